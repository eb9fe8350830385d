// Package credit is what is the same at every vendor whose credits this module
// changes: errors and what they say of the change, amounts and times that keep
// their digits, and the options of clients and calls. Each vendor's own calls
// are in a package of its own, named after it; those packages say how their
// vendor signs in, what a write does to what it leaves out, and what may be
// sent again.
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
// A call fails in one of two ways. An [InvalidError] is an argument that was
// refused before anything was sent; it names every member that is wrong. An
// [Error] is a call that the vendor refused, that failed on its way, or whose
// answer nobody can use. It holds the status, the vendor's code and words, the
// request id to quote to the vendor, and the idempotency key where there was
// one.
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
// credential, a query or a body. What a vendor says is shortened, and the
// credential of the call is masked in it.
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
