// Package nexudus updates booking credits at Nexudus (https://nexudus.com): the
// credits that a coworking space gives a customer for bookings, events and
// products.
//
//	tokens := nexudus.Password{Email: email, Password: password, ClientID: "billing-worker-1"}.TokenSource(ctx)
//	client, err := nexudus.New(tokens)
//
// # Authentication
//
// A bearer token of a user who is a full administrator or has the role
// CoworkerBookingCredit-Edit, and CoworkerBookingCredit-Read to read. [Password]
// signs in and keeps the token fresh. Give each process a client id of its own:
// a second sign-in under the same id ends the first one's session. Nexudus
// answers a missing role with a 401, just as a bad token.
//
// # What an update does
//
// It replaces the whole record. An optional member that is left out is cleared,
// or becomes false; an empty list means unrestricted, so that forgetting one
// makes the credit valid for more. Read the credit with
// [Client.GetCoworkerBookingCredit], fill every member of the update from it,
// and then change what is to change. Never start from a row of a list: rows lack
// the lists. The page of the update does not say this; Nexudus' earlier pages
// do.
//
// The page's example of a refusal calls RemainingCredit required, and no page
// lists it as a member of the request. It can be sent, and need not be.
//
// ValidFrom and ExpireDate are written as they are read: which time zone holds
// for them is not known. There is no version; whoever writes last wins.
//
// Nexudus says no with a 200 too, whose WasSuccessful is false. That is an error
// here.
//
// # Retries
//
// The same replacement may be sent again, so it is: after a lost connection, a
// timeout, a 408, 502, 503 or 504. An update with AddedX or RemovedX lists is
// not, because whether Nexudus would apply those twice is not known.
//
// A 409 is no conflict: Nexudus asks for patience with it. It is waited for, as
// a 429 is, and if that does not help it is [credit.ErrRateLimited]. Documented
// are 60 writes and 120 calls a minute, one call per 100 ms, and 5,000 writes a
// day.
package nexudus
