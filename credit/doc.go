// Package credit holds what is the same at every vendor: the [Updater] that changes
// a credit, errors that say whether the change happened, exact amounts, times, and
// the options of clients and calls. Each vendor has a package of its own (knox,
// thoughtindustries, nexudus, flexprice, metronome) with its client. That package's
// documentation says how the vendor signs in, what a write does to what it leaves
// out, and what is not known about it.
//
// # A first call
//
//	client, err := knox.New("acme", tokens)
//	...
//	result, err := client.Updater().Update(ctx, credit.Ref{ID: id}, credit.Patch{
//		Total:     credit.Set(credit.MustParseDecimal("12.50")), // set
//		ExpiresAt: credit.Clear[time.Time](),                    // clear
//	}) // every other field stays as it is
//	switch credit.OutcomeOf(err) {
//	case 0: // no error: the change was made
//	case credit.NotSent, credit.Rejected: // it was not made: read the error
//	case credit.Unknown: // it may have been made: read the credit first
//	case credit.Applied: // it was made: do not send it again
//	}
//
// # Outcomes
//
// Every error has an [Outcome], by [OutcomeOf], and its text says it too:
//
//   - [NotSent]: nothing was sent. The change can be made at any time.
//   - [Rejected]: the vendor refused the change. Remove the reason first.
//   - [Unknown]: the change was sent, and no response shows whether it was made. Read
//     the credit before sending it again.
//   - [Applied]: the vendor reported the change as made, and something else is
//     wrong. Do not send it again.
//
// A call without an error was made, also where its context ended meanwhile. An ended
// context proves nothing: a change that was on its way by then is Unknown. After one
// attempt that was Unknown, no later refusal makes the outcome of the call less. A
// read changes nothing, so an error of a read is always NotSent.
//
// # What an outcome rests on
//
// An outcome is as true as these rules and assumptions:
//
//   - Success, and Applied, need a response that can be read: a 200, 201 or 203 with
//     what the vendor documents as success, about the credit of the request (a
//     204 at thoughtindustries). Every other 2xx response is Unknown: an empty
//     body, a page, {}, a body that broke off, another credit's id, a 202, a 206.
//   - Rejected is a 4xx, a 307 or a 308, or a success that is a refusal by its body.
//     The assumption is that a vendor, and a gateway in front of it, send them only
//     when nothing was changed. A 408, 425, 460 and 499 do not say that, and neither
//     do the other 3xx: they are Unknown. So is a 5xx, unless the vendor's package
//     documents it as a refusal.
//   - NotSent after a failed attempt needs proof: by net/http's own trace the attempt
//     never held a connection, or nothing was written on the one it held. A transport
//     that reports no trace proves nothing.
//
// No client can exclude the following:
//
//   - A write can arrive late, after its attempt timed out, and undo what another
//     writer changed in between (A, B, A). At metronome the idempotency key excludes it.
//   - Two processes that read, change and write one credit can undo each other's
//     changes. No vendor of the five ties a write to a version.
//   - A gateway can answer 4xx after the vendor acted.
//
// # Finding credits
//
// An Updater of a vendor that documents a list call is also a [Finder], by type
// assertion: metronome lists a customer's credits, thoughtindustries a client's,
// nexudus a coworker's, flexprice a subscription's. knox documents none. A loop over
// Find reads page by page and ends after the first error; the credits before it are
// valid. A row of a list can lack parts of the record. Its Raw is then nil, so that it
// cannot be passed to [WithRecord].
//
// # Errors
//
// A vendor's own call fails in one of two ways. An [InvalidError] is an argument that
// was refused before anything was sent; it names every wrong member. An [Error] is a
// call that the vendor refused, that failed on its way, or whose response cannot be
// used. It has the status, the vendor's code and message, the request id to quote to
// the vendor, and the idempotency key where there was one. An Updater adds these:
//
//   - [UnsupportedError]: the vendor cannot do what the patch asks for.
//   - [AmbiguousError]: the patch could mean several parts of the credit.
//   - [MalformedReadError]: the record that an update starts from is not one.
//   - [ChangedError]: the credit has changed since the update read it, or is not as
//     [WithExpect] expects it.
//   - [MismatchError]: the vendor reported the change as made, and shows other values.
//   - [UnverifiedError]: the change was made, and could not be read back.
//
// errors.Is compares with a [Kind], whichever vendor the error comes from, and
// [KindOf] returns one word for every error:
//
//   - [ErrInvalid]: the request is wrong.
//   - [ErrUnauthorized]: the credentials are wrong or have expired.
//   - [ErrForbidden]: the credentials do not allow the call.
//   - [ErrNotFound]: the credit does not exist.
//   - [ErrConflict]: the credit's state forbids the change.
//   - [ErrRateLimited]: too many calls.
//   - [ErrUnavailable]: the vendor failed, or did not respond.
//   - [ErrMalformed]: the response is not what the vendor documents.
//
// Kind and outcome are independent: a change whose error is ErrUnavailable may have
// been made or not. An ended context stays visible to errors.Is.
//
// No error, no log line and no printed client or token source shows a credential, a
// query or a body. A vendor's message is shortened; the credential of the call is
// masked in it, quotes of the request's body are cut out, and control and format
// characters are escaped, as in \u202e.
//
// # Retries
//
// A call repeats its request by itself, within [RetryPolicy]: 4 attempts, random
// waits from half a second to 30 seconds.
//
//   - After a connection that was never held, a 429, and another response that requests a
//     wait, it always repeats.
//   - After a lost connection, a timeout, a truncated response, a 408, 502, 503
//     and 504 it repeats where the vendor's operation can be repeated without changing
//     more, or knows the request by its idempotency key.
//   - Where an update writes back what it read (knox, nexudus), and with [WithExpect]
//     at every vendor, it reads the credit again before it repeats a write that may
//     have been applied. If the credit shows the change and did not before, the update
//     has succeeded. If the fields of the patch are as they were, it repeats the write,
//     at knox and nexudus with the patch laid over the record as it is now. Otherwise
//     the error is a ChangedError.
//   - At knox and nexudus a record that is 5 seconds old by the time of a repeat, after
//     the wait for a 429, is read again as well, so that the repeat does not revert
//     what others changed meanwhile. A record given by [WithRecord] is not.
//   - After any other refusal it does not repeat. Failures that a repeat cannot heal,
//     such as a certificate that is not trusted, are tried once.
//
// A vendor's Retry-After is honoured. If it is longer than the longest wait, or than
// the context has time left, the call returns at once with Error.RetryAfter set. An
// attempt lasts at most 30 seconds, see [WithAttemptTimeout]; the context bounds the
// whole call.
//
// One attempt of a write is one request on the wire, as long as the transport keeps
// the contract of [WithTransport]. A read without a body can be sent once more by
// net/http itself, when a kept connection breaks.
//
// # After an Unknown outcome
//
// The change may have been made, and may still be. There are three ways on:
//
//   - Send the same update again where [Support.Repeatable] allows it. Where the vendor
//     has idempotency keys (metronome) that holds under Error.IdempotencyKey only, given
//     by [WithIdempotencyKey], and only until the vendor forgets the key;
//     Error.KeyUsedUp says that the key brings nothing but the same failure. To be
//     safe across a crash, choose and store the key before the call.
//   - Call [Resolve], which reads the credit and compares it with the patch and with the
//     record from before the update. [AsAsked] settles it. [AsBefore] does not prove
//     that the change was not made: wait and resolve again. Its
//     documentation says how long a write can take to arrive, and how old a read can be.
//   - Leave it to a person where the verdict is [Neither].
//
// A change that was made, and should not have been, is undone with [Result.Undo].
//
// Package credit/journal does all this for a service whose orders change credits: it
// records each change under a key, such as an order's id, before it is sent. The change of
// a key is then made once, also if the process ends in between or the order is delivered
// twice, and what stays unknown is listed for a person to decide.
//
// # Updates
//
// An update is one write, and a patch that would take two is refused. It is made
// whole or not at all, but for one case: flexprice stores an end date after the name
// and the metadata, and may fail in between. A refused update with both is therefore
// Unknown.
//
// Every field that the patch leaves out stays as it is, also at the vendors whose
// writes replace the whole record (knox, nexudus): the record is read first and goes
// back byte for byte. Setting "" or 0 is not the same as Clear. No vendor can do
// everything: [Support] says what one can, and no field stands in for another, so a
// Total is never a Balance. A patch or a value that the vendor cannot hold is refused
// as a whole, before a change is sent.
//
// Updates of one credit through one client run one after the other at knox, nexudus
// and flexprice, whose servers write back what was read. Across processes the last
// writer wins: at most vendors with the fields that it names, at knox and nexudus with
// the whole record, and at flexprice with what its server read a moment before. The
// same goes for the time since a record was read that is given by [WithRecord].
//
// A [Result] holds only what the vendor showed: Before where the update read,
// After where the vendor showed the credit. Where its response holds the credit (knox,
// thoughtindustries, and flexprice but for the end date) it is compared with the
// patch. [WithVerify] reads the credit back at every vendor, and once more after a
// second where it does not show the change, because reads can come from a cache. A
// later read may also show what another writer changed. [WithDryRun] makes the reads and
// the checks and shows the write; the vendor may still refuse what it has not seen.
//
// # Guarded changes
//
// [WithBefore] reads the credit before the write at every vendor, so that the result
// shows what was changed. After an error the record is in CallInfo.Before, see [WithInfo].
//
// [WithExpect] compares the credit with a record before the write, and again before each
// repeat. If a field differs, nothing is written and the error is a ChangedError. So a
// change that depends on the present value, such as "50 more", is a read, a sum, and an
// update that expects what was read. It is not a lock: no vendor of the five ties a write
// to a version, and a change that another writer makes between the read and the write is
// not noticed. That takes about one round trip, and the limiter's wait.
//
// An update that ended Unknown and is sent again with the same WithExpect may find its own
// change and end with a ChangedError. Compare the credit with the patch first, by
// [Patch.Compare] with CallInfo.Before.
//
// # Choosing a vendor
//
// To choose a vendor by name, keep a map[string]credit.Updater. A vendor of one's own
// is a [Driver], and [NewUpdater] makes an Updater of it.
//
// # Storing a change
//
// A [Ref], a [Patch], a [Record], a [Result] and a [Request] can be stored as JSON and
// come back without loss, so that a queue or a table can hold a change:
//
//	{"ref":{"id":"c-17"},"patch":{"total":12.50,"expires_at":null}}
//
// A field of a patch that is left alone is absent, one that is set is its value, and one
// that is cleared is null. The names are those of [Fields]. An amount is a JSON number
// with all its digits, so a tool on the way must not read numbers as floats. A time is
// RFC 3339 in UTC. [Record.Raw] keeps its values, but json.Marshal removes its white
// space. A Result keeps its patch, so that [Result.Changes] works after decoding.
//
// Decoding is strict: a name that is unknown, differs in case or occurs twice, and a
// value of another type, are errors that name the field. What is decoded replaces
// everything that the value held before. Text that is not UTF-8 is refused by the
// encoder, and half of a surrogate pair by the decoder; neither is replaced.
//
// An [Outcome], a [Kind] and a [Verdict] are their texts, such as "not sent", in JSON and
// in slog. slog writes a Patch, a Record and a Result as groups, without Raw and without
// the body of the request.
//
// A struct that embeds one of these types gets its JSON methods, and then loses its other
// members. Give the type a field with a name instead.
//
// # Amounts and times
//
// A [Decimal] is an amount as text: what a vendor sent goes back with the same
// digits, and nothing passes through a float. Its zero value is unset and is not the
// amount 0. [Decimal.Add] and [Decimal.Sub] are exact. A [QuotedDecimal] is a JSON string on the wire. A [LocalTime] is a date or
// a time that may lack a zone, and does not guess one.
//
// In a request, a member that is left out stays out: a nil pointer, a nil list or an
// unset amount is not sent, while a pointer to "" or false, an empty list and an
// amount of 0 are. Whether the vendor then keeps or clears the member is in the
// vendor's package.
//
// # Options
//
// An [Option] is for a client, a [CallOption] for one call. An option that is wrong,
// or of no use to the call, is an InvalidError. A client is safe for concurrent use,
// never changes, and shares its connections with the other clients of the process, so
// one per credential is enough. It reads no environment variable but Go's proxy
// variables.
//
// Addresses must be https, except for loopback hosts in tests. Redirects are refused.
//
// # Observing calls
//
// [WithObserver] reports each attempt, each call and each token request when it has
// ended, as an [Event]: the vendor's operation, the attempt, the time it took, the
// status and the outcome. That is what metrics need, and package otelcredit, a module
// of its own, makes OpenTelemetry's spans and metrics of it. A client without an
// observer does no work for it.
//
// An update is one call that writes, and a call for each read that it needs. What an
// Updater finds after its calls, such as a MismatchError, is in no event: measure
// Update itself for the whole.
//
// Code that is given a context in the middle of a call learns the operation from it
// with [OperationFrom]: a [Limiter], so that reads do not use up a budget of writes; a
// transport of [WithTransport]; a handler of [WithLogger]; and the HTTP client of a
// token source of this module, where the operation is "Token".
package credit
