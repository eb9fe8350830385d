// Package credit is what is the same at every vendor whose credits this module
// changes: errors and what they say of the change, amounts and times that keep
// their digits, and the options of clients and calls. Each vendor's own calls
// are in a package of its own, named after it; those packages say how their
// vendor signs in, what a write does to what it leaves out, and what may be
// sent again. An [Updater] puts any of them behind one and the same call.
//
// Credits are worth money. The sections below are what to know before the first
// call.
//
// # Did the change happen?
//
// Every error of a call answers that. [OutcomeOf] is the first thing to ask,
// and an error's text says it too:
//
//	NotSent    nothing left this process           make the change again at will
//	Rejected   the vendor answered no              mend the reason first
//	Unknown    sent, and no answer tells           read the credit, then decide
//	Applied    made, but the answer is of no use   do not make it again
//
// A call that returns no error was made, also where its context ended meanwhile;
// if that cost the answer, the error says Applied. The other way round, an ended
// context does not mean that nothing happened: a change that was on its way by
// then is Unknown. Once one attempt of a call was Unknown, no later refusal
// makes it less.
//
// A read changes nothing, so an error of a read is always NotSent.
//
// # Errors
//
// A vendor's own call fails in one of two ways. An [InvalidError] is an argument
// that was refused before anything was sent; it names every member that is
// wrong. An [Error] is a call that the vendor refused, that failed on its way,
// or whose answer nobody can use. It holds the status, the vendor's code and
// words, the request id to quote to the vendor, and the idempotency key where
// there was one. An [Updater] has some more, see below.
//
// Both compare with a [Kind] by errors.Is, whichever vendor they come from:
//
//	ErrInvalid        the request is wrong
//	ErrUnauthorized   the credentials are wrong or have expired
//	ErrForbidden      the credentials do not allow this
//	ErrNotFound       there is no such credit
//	ErrConflict       the credit's state forbids it
//	ErrRateLimited    too many calls
//	ErrUnavailable    the vendor failed, or did not answer
//	ErrMalformed      the answer is not what was to be expected
//
// Kind and outcome are two things: a call that is ErrUnavailable may have been
// made or not. An ended context stays visible to errors.Is as well.
//
// No error, no log line and no printed client or token source shows a
// credential, a query or a body. A vendor's text is shortened. The credential of
// the call is masked in it, and so are quotes of the request's body. Its control
// and format characters are escaped, as in \u202e.
//
// # What is sent again
//
// A call sends its request again by itself, and never so that a change is
// applied twice. A connection that was never made, a 429 and another answer
// that asks for patience are always worth another attempt. A lost answer, a
// timeout, 408, 502, 503 and 504 are one only where the vendor's operation can
// bear a second request, or knows it by its idempotency key. No other refusal
// is.
//
// [RetryPolicy] bounds this: 4 attempts, random waits from half a second to 30
// seconds. A vendor's Retry-After is honoured to the full. One that is longer
// than the longest wait, or than the context has time left, ends the call at
// once with Error.RetryAfter set. An attempt lasts at most 30 seconds, see
// [WithAttemptTimeout]; the context bounds the whole call.
//
// Where a call ended Unknown at a vendor with idempotency keys, the same change
// under Error.IdempotencyKey, given by [WithIdempotencyKey], cannot be applied
// a second time, for as long as the vendor remembers the key. To be safe across
// a crash, choose and store the key before the call.
//
// # One updater for every vendor
//
// An [Updater] changes a credit in terms that are the same everywhere; each
// vendor's Client has one. A [Patch] names what to change:
//
//	result, err := updater.Update(ctx, credit.Ref{ID: id}, credit.Patch{
//		Total:     credit.Set(credit.MustParseDecimal("12.50")), // set
//		ExpiresAt: credit.Clear[time.Time](),                    // clear
//	}) // and leave the rest
//
// What is left stays as it is, also at the vendors whose writes replace the
// whole record (knox, nexudus): it is read, and goes back byte for byte. [Set]
// to an empty text or to 0 is no [Clear].
//
// No vendor can do all of it. [Support] tells what one can, and no field stands
// in for another: a Total is never a Balance. A patch that asks for more is an
// [UnsupportedError], a value that the vendor cannot hold an [InvalidError], and
// a patch that could mean several parts of a credit an [AmbiguousError]. Each
// refuses the whole patch, and no change has been sent.
//
// An update is one write, and what would take two is refused. So it is made
// whole or not at all, but for one case: flexprice stores an end date after the
// name and the metadata, and may fail in between. A refused update with both is
// therefore Unknown.
//
// No write is tied to a version, so of two updates at the same time the last
// one wins. At most vendors it wins the fields that it names. At knox and
// nexudus it wins the whole record: what somebody else writes between the read
// and the write of an update is lost, and the same goes for the time since a
// record was read that [WithRecord] hands in. Where a vendor reports a version
// conflict all the same (flexprice), the patch is applied anew, three times at
// most, and then the error is handed up.
//
// An update sends again by itself what can be sent again safely, and a failed
// one needs no loop around it. Before repeating it ask [OutcomeOf], and where
// that is Unknown, [Support.Repeatable] whether a second one is harmless. Ask
// for its kind after that, because an update that was made can fail as well:
//
//   - [MismatchError]: the vendor reported the change as made, and shows another
//     value. Where its answer holds the credit (knox, thoughtindustries, and
//     flexprice but for the end date) that is compared always.
//   - [UnverifiedError]: the change was made, and could not be read back.
//
// Both are Applied and carry the [Result]. A Result holds what the vendor said
// and nothing that was concluded from the patch: Before is there where the
// update had to read, After where the vendor showed the credit. nexudus and
// metronome show nothing; [WithVerify] reads the credit back, everywhere, and
// compares it. That is one more call, and may see what somebody else wrote
// after it.
//
// [WithDryRun] makes the reads and the checks, and shows the write and the
// changes field by field. The vendor may still refuse what it has not seen.
//
// To choose a vendor by name, keep a map[string]credit.Updater of those that
// the program has credentials for. A vendor of one's own is a [Driver], and
// [NewUpdater] makes an Updater of it.
//
// # Amounts and times
//
// A [Decimal] is an amount as text: what a vendor sent goes back with the same
// digits, and nothing passes through a float. Its zero value is unset and is
// not the amount 0. A [QuotedDecimal] is a JSON string on the wire. A
// [LocalTime] is a date or a time that may lack a zone, and does not guess one.
//
// In a request, a member that is left out stays out: a nil pointer, a nil list
// or an unset amount is not sent, while a pointer to "" or false, an empty list
// and an amount of 0 are. What leaving out means at the vendor, keep or clear,
// is told by its package.
//
// # Options
//
// An [Option] is for a client, a [CallOption] for one call. Neither is ever
// ignored: one that is wrong, or of no use to the call, is an InvalidError. A
// client is safe for concurrent use, never changes, and shares its connections
// with the other clients of the process, so one per credential is enough. It
// reads no environment variable, but for Go's proxy variables.
//
// Addresses must be https, but for loopback hosts in tests. Redirects are
// refused. Tracing and metrics go into [WithTransport], a rate limit into
// [WithLimiter].
package credit
