// Package knox updates credits at Rhythm Software (https://rhythmsoftware.com):
// credits that a contact has earned toward a certification. Rhythm's API calls its
// authorizer knox.
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
// Requests carry a bearer token of the tenant's Auth0 domain. A token lives for 24
// hours. A tenant gets 1,000 tokens a month for all of its programs together; after
// that there are none until the next month. Create one token source per process and
// share it: [ClientCredentials] caches its token until it expires, and does not
// request another one after a 401.
//
// A 401 has several causes: a token for another audience, a user who has never
// signed in, a wrong base URL. The vendor also denies a request for a tenant that the
// token is not valid for, and for a path that does not exist.
//
// # What an update does
//
// An update replaces the whole record. Assume that a member that a [Credit] omits is
// lost: read the credit, change it, and send all of it back. Members that Credit does
// not know are kept, and so are the digits of numbers and the texts of dates. A null
// in a member that Credit knows is not kept: the member is omitted, or sent as an
// empty string if the vendor marks it as required.
//
// The vendor rejects a quantity below 0.01 and, if sys_locked is set, any change.
//
// # Finding credits
//
// The Updater is not a [credit.Finder]: the vendor documents no list of credits, and its
// queries have no documented type for credits.
//
// # Outcomes
//
// An update succeeded if the response is a 200, 201 or 203 with an object that has
// the id of the credit. If another part of that object cannot be read, the error is
// [credit.Applied]. Every other response with a status of 2xx is
// [credit.ErrMalformed] and [credit.Unknown].
//
//   - A 4xx, a 307 and a 308 are [credit.Rejected]: the package assumes that the vendor
//     and the gateways before it send them only if nothing was changed.
//   - A 408, 425, 460 and 499, every other 3xx and every 5xx do not prove that. They are
//     [credit.Unknown].
//   - A 409 is [credit.ErrConflict]. The page of the update does not explain it; the
//     vendor's page on queries describes it as a reference to, or from, an object that
//     does not exist.
//
// # Retries and limits
//
// [Client.UpdateCredit] sends the same replacement again after a lost connection, a
// timeout, an incomplete response, a 408, 502, 503 or 504, and after a 429, which
// changed nothing. A change by another writer between two attempts is then lost. If
// that matters, use the Updater, or disable retries with [credit.WithRetry].
//
// The Updater reads the credit before it repeats a write that may have been applied:
//
//   - If the credit shows the change and did not before, the update has succeeded.
//   - If the fields of the patch are unchanged, the patch is applied to the record as it
//     is now, and that is sent.
//   - Otherwise the error is a *[credit.ChangedError].
//   - If the credit cannot be read, nothing more is written and the outcome is
//     [credit.Unknown]. For a tenant without this read, such writes are not repeated.
//
// Updates of one credit through one client are serialized, both those of
// [Client.UpdateCredit] and those of the Updater, which include its read. Two processes
// that read, change and write one credit can lose each other's changes. So can two
// goroutines that call [Client.GetCredit] and [Client.UpdateCredit], because the time
// between the two calls is not covered. A write that arrives late, after its attempt
// timed out, can undo later writes. No client can prevent the effects of a second
// process or of a late write.
//
// The limits are those of a tenant; the vendor documents no numbers. After a 429 it
// asks clients to back off, or to wait as long as Retry-After says.
//
// # What is not known
//
//   - What happens to an omitted member. The page of the update does not say, so check
//     the record in the response after clearing one.
//   - What sys_version does. Send back what was read, and assume that the last writer
//     wins: a change that another writer made between the read and the write is lost.
//   - Whether quantity_used and quantity_available can be written.
//   - Whether one credit can be read. The vendor does not document it; [Client.GetCredit]
//     follows the convention of its API, and a tenant may not have it. It requests a
//     consistent read; other reads may return the record from before the last write.
//   - The status of a denied request, and the body of any error.
package knox
