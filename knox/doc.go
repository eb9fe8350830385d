// Package knox updates credits at Rhythm Software (https://rhythmsoftware.com),
// whose API calls its authorizer knox: credits that a contact has earned toward
// a certification.
//
//	tokens := knox.ClientCredentials{
//		Domain:       "acme.us.auth0.com",
//		ClientID:     id,
//		ClientSecret: secret,
//	}.TokenSource(ctx)
//	client, err := knox.New("acme", tokens)
//	...
//	record, err := client.GetCredit(ctx, creditID)
//	...
//	record.Quantity = credit.MustParseDecimal("2.25")
//	record, err = client.UpdateCredit(ctx, *record)
//
// # Authentication
//
// A bearer token of the tenant's Auth0 domain. It lives for 24 hours, and a
// tenant gets 1,000 of them a month, over all of its programs; after that there
// are none until the next month. Make one token source per process and share
// it: [ClientCredentials] keeps its token until it expires and never asks for
// another because of a 401.
//
// A 401 has many reasons: a token for another audience, a user who has never
// signed in, a wrong base URL. A request for a tenant that the token is not made
// for, or for a path that does not exist, is denied as well, and the vendor's
// pages do not say with which status.
//
// # What an update does
//
// It replaces the whole record: assume that what a [Credit] leaves out is lost.
// Read the credit, change it, send all of it back. Members that Credit does not
// know are kept on the way, and so are the digits of numbers and the texts of
// dates. A null in a member that Credit does know is not kept: it is left out,
// or sent as an empty text where the vendor marks the member as required.
//
// The page of the update does not say what becomes of a member that is left
// out, so look at the record in the answer after clearing one. Nor does it say
// what sys_version does: send back what was read, and assume all the same that
// whoever writes last wins, and that a change which somebody made between the
// read and the write is lost.
//
// Refused by the vendor are a quantity below 0.01 and, where sys_locked is set,
// any change. Whether quantity_used and quantity_available can be written is not
// known.
//
// The vendor documents no read of one credit. [Client.GetCredit] follows the
// convention of its API, and a tenant may not have it. It asks for a consistent
// read; others may show the record as it was before the last write.
//
// # Answers
//
// An update succeeded where the answer is a 200, 201 or 203 with an object that has
// the id of the credit. Where something else in that object cannot be read, the
// error is [credit.Applied]. Every other answer of the 2xx is
// [credit.ErrMalformed] and [credit.Unknown].
//
// A 4xx, a 307 and a 308 are [credit.Rejected]: the vendor and the gateways before
// it are assumed to send them only when nothing was changed. A 408, 425, 460 and
// 499, every other 3xx and a 5xx do not say that. They are [credit.Unknown].
// A 409 is [credit.ErrConflict]. The page of the update does not say what it means;
// the vendor's page on queries words it as a reference to, or from, an object that
// does not exist. The vendor documents no body for any refusal.
//
// # Retries
//
// [Client.UpdateCredit] sends the same replacement again after a lost connection, a
// timeout, an answer that broke off, a 408, 502, 503 or 504, and after a 429, which
// changed nothing. What another writer changed between two attempts is then lost;
// where that matters, use the Updater, or switch retries off with
// [credit.WithRetry].
//
// The Updater reads the credit before it repeats a write that may have been
// applied. Where the credit shows the change, the update has succeeded. Where the
// fields of the patch are as they were, the patch is laid over the record as it is
// now, and that is sent. Otherwise the error is a *[credit.ChangedError]. Where the
// credit cannot be read, nothing more is written and the outcome is
// [credit.Unknown]: a tenant without this read has no repeats of such writes.
//
// Updates of one credit through one client run one after the other, whether by
// [Client.UpdateCredit] or by the Updater, which reads in its turn as well. Two
// processes that read, change and write one credit can lose a change of each other,
// and so can two goroutines that call [Client.GetCredit] and [Client.UpdateCredit],
// because the queue does not hold the time between the two. A write that arrives late,
// after its attempt timed out, can undo what was written since. No client can exclude
// a second process or a late write.
//
// The vendor documents no numbers of its limits, which are those of a tenant. It
// asks for backing off after a 429, or for waiting as long as Retry-After says.
package knox
