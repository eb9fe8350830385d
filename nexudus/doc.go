// Package nexudus updates booking credits at Nexudus (https://nexudus.com): credits
// that a coworking space gives a customer for bookings, events and products.
//
//	tokens := nexudus.Password{Email: email, Password: password, ClientID: "billing-worker-1"}.TokenSource(ctx)
//	client, err := nexudus.New(tokens)
//	...
//	record, err := client.GetCoworkerBookingCredit(ctx, 87654321)
//	...
//	update := record.Update()
//	update.TotalCredit = credit.NewDecimal(60)
//	_, err = client.UpdateCoworkerBookingCredit(ctx, update)
//
// # Authentication
//
// Requests carry a bearer token of a user. The user must be a full administrator or
// have the role CoworkerBookingCredit-Edit, and CoworkerBookingCredit-Read to read.
// [Password] signs in and keeps the token valid. Give each process its own client id:
// a second sign-in under the same id ends the session of the first.
//
// Nexudus responds to a missing role with a 401, as it does to an invalid token. A
// 401 therefore refreshes the token once per call; a second 401 is returned as an
// error.
//
// # What an update does
//
// An update replaces the whole record. An optional member that is omitted is cleared,
// or becomes false. An empty list means unrestricted, so that omitting a list makes
// the credit valid for more. The page of the update does not say so; earlier pages of
// Nexudus do. Follow these steps:
//
//  1. Read the credit with [Client.GetCoworkerBookingCredit]. Never start from a row of
//     a list: rows lack the lists.
//  2. Create an update with [CoworkerBookingCredit.Update].
//  3. Modify it and send it.
//
// The lists AddedX and RemovedX are commands that change the list X item by item. Send
// either the list or its commands. The Updater sends no commands: it drops a member of
// a record whose name begins with Added or Removed, in any letter case.
//
// ValidFrom and ExpireDate are written as they were read. Records have no version; the
// last writer wins.
//
// # Finding credits
//
// The Updater is a [credit.Finder]: it lists the credits of a coworker or, without an
// owner, all that the user may see. It needs the role CoworkerBookingCredit-List. Rows
// lack the lists of a record, so a found record has no Raw, and no update starts from
// one. A row of another coworker than the one in the request is an error.
//
// # Outcomes
//
// Nexudus rejects updates with a 200 too, with WasSuccessful false. That is an error
// here.
//
//   - An update succeeded if the response is a 200, 201 or 203 with WasSuccessful true and
//     the id of the credit as Value.Id. If another part of it cannot be read, the error is
//     [credit.Applied].
//   - WasSuccessful false is [credit.Rejected], unless the Status in the body is 408, 425,
//     460, 499, or 500 or more: then Nexudus did not finish or failed, and the outcome is
//     [credit.Unknown].
//   - Every other response with a status of 2xx is [credit.ErrMalformed] and
//     [credit.Unknown].
//   - A 4xx, a 307 and a 308 are [credit.Rejected]: the package assumes that the vendor
//     and the gateways before it send them only if nothing was changed.
//   - A 408, 425, 460 and 499, every other 3xx and every 5xx do not prove that. They are
//     [credit.Unknown].
//
// # Retries and limits
//
// [Client.UpdateCoworkerBookingCredit] sends the same replacement again after a lost
// connection, a timeout, an incomplete response, a 408, 502, 503 or 504. A change by
// another writer between two attempts is then lost. If that matters, use the Updater,
// or disable retries with [credit.WithRetry]. An update with AddedX or RemovedX lists
// is not repeated, because Nexudus may apply them twice. A 500 is not retried.
//
// Nexudus uses a 409 for rate limiting, not for conflicts. A 409 and a 429 are retried
// after a wait. The body of a 429 may give the seconds to wait. If the last attempt is
// rejected as well, the error is [credit.ErrRateLimited]. Nexudus documents 60 writes
// and 120 calls a minute, one call per 100 ms, and 5,000 writes a day; use
// [credit.WithLimiter] to stay below that.
//
// The Updater reads the credit before it repeats a write that may have been applied:
//
//   - If the credit shows the change and did not before, the update has succeeded.
//   - If the fields of the patch are unchanged, the patch is applied to the record as it
//     is now, and that is sent.
//   - Otherwise the error is a *[credit.ChangedError].
//   - If the credit cannot be read, nothing more is written and the outcome is
//     [credit.Unknown].
//
// Updates of one credit through one client are serialized, both those of
// [Client.UpdateCoworkerBookingCredit] and those of the Updater, which include its
// read. Two processes that read, change and write one credit can lose each other's
// changes. So can two goroutines that call [Client.GetCoworkerBookingCredit] and
// [Client.UpdateCoworkerBookingCredit], because the time between the two calls is not
// covered. A write that arrives late, after its attempt timed out, can undo later
// writes. No client can prevent the effects of a second process or of a late write.
//
// # What is not known
//
//   - What a command does beside the list that it changes, and whether a repeated command
//     is applied twice.
//   - Whether RemainingCredit can be written. The page's example of a rejection calls it
//     required, and no page lists it as a member of the request. It is optional here, and
//     [CoworkerBookingCredit.Update] sends the value that was read. If Nexudus accepts it,
//     what the customer spent after the read is given back, so keep the time between read
//     and write short.
//   - The time zone of ValidFrom and ExpireDate.
package nexudus
