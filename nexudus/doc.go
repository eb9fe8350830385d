// Package nexudus updates booking credits at Nexudus (https://nexudus.com): the
// credits that a coworking space gives a customer for bookings, events and
// products.
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
// A bearer token of a user who is a full administrator or has the role
// CoworkerBookingCredit-Edit, and CoworkerBookingCredit-Read to read. [Password]
// signs in and keeps the token fresh. Give each process a client id of its own:
// a second sign-in under the same id ends the first one's session. Nexudus
// answers a missing role with a 401, just as a bad token; so a 401 refreshes the
// token once per call, and is handed up when it comes again.
//
// # What an update does
//
// It replaces the whole record. An optional member that is left out is cleared,
// or becomes false; an empty list means unrestricted, so that forgetting one
// makes the credit valid for more. The page of the update does not say so;
// Nexudus' earlier pages do. Read the credit with
// [Client.GetCoworkerBookingCredit], make an update of it with
// [CoworkerBookingCredit.Update], and then change what is to change. Never start
// from a row of a list: rows lack the lists.
//
// AddedX and RemovedX lists are commands that change a list item by item. What
// they do beside the list X itself, no page says: send one or the other. The
// Updater sends none: a member of a record that begins with Added or Removed, in
// any letter case, is left out.
//
// The page's example of a refusal calls RemainingCredit required, and no page
// lists it as a member of the request. It can be sent, and need not be.
// [CoworkerBookingCredit.Update] sends what was read. Should Nexudus take it,
// then what the customer spent since the read is given back; whether it does is
// not known, so keep the time between read and write short.
//
// ValidFrom and ExpireDate are written as they are read: which time zone holds
// for them is not known. There is no version; whoever writes last wins.
//
// Nexudus says no with a 200 too, whose WasSuccessful is false. That is an error
// here.
//
// # Answers
//
// An update succeeded where the answer is a 200, 201 or 203 with WasSuccessful true
// and the id of the credit as Value.Id. Where something else in it cannot be read,
// the error is [credit.Applied]. WasSuccessful false is [credit.Rejected], unless
// the Status in the body is 500 or more: then Nexudus failed, and the outcome is
// [credit.Unknown]. Every other answer of the 2xx is [credit.ErrMalformed] and
// [credit.Unknown].
//
// A 4xx, a 307 and a 308 are [credit.Rejected]: the vendor and the gateways before
// it are assumed to send them only when nothing was changed. A 408, 425, 460 and
// 499, every other 3xx and a 5xx do not say that. They are [credit.Unknown].
//
// # Retries
//
// [Client.UpdateCoworkerBookingCredit] sends the same replacement again after a lost
// connection, a timeout, an answer that broke off, a 408, 502, 503 or 504. What
// another writer changed between two attempts is then lost; where that matters, use
// the Updater, or switch retries off with [credit.WithRetry]. An update with AddedX
// or RemovedX lists is not sent again, because whether Nexudus would apply those
// twice is not known. A 500 is not sent again either.
//
// The Updater reads the credit before it repeats a write that may have been
// applied. Where the credit shows the change, the update has succeeded. Where the
// fields of the patch are as they were, the patch is laid over the record as it is
// now, and that is sent. Otherwise the error is a *[credit.ChangedError]. Where the
// credit cannot be read, nothing more is written and the outcome is
// [credit.Unknown].
//
// Updates of one credit through one client run one after the other, whether by
// [Client.UpdateCoworkerBookingCredit] or by the Updater. Two processes that read,
// change and write one credit can lose a change of each other, and a write that
// arrives late, after its attempt timed out, can undo what was written since. No
// client can exclude either.
//
// A 409 is no conflict: Nexudus uses it for rate limiting. It is waited for, as
// a 429 is, whose body may say for how many seconds, and if that does not help it
// is [credit.ErrRateLimited]. Documented
// are 60 writes and 120 calls a minute, one call per 100 ms, and 5,000 writes a
// day; [credit.WithLimiter] keeps a program below that.
package nexudus
