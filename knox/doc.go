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
//
// # Authentication
//
// A bearer token of the tenant's Auth0 domain. It lives for 24 hours, and a
// tenant gets 1,000 of them a month, over all of its programs; after that there
// are none until the next month. Make one token source per process and share
// it: [ClientCredentials] keeps its token until it expires and never asks for
// another because of a 401.
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
// out, nor what sys_version does. Whoever writes last wins; a change that
// somebody made between the read and the write is lost.
//
// The vendor documents no read of one credit. [Client.GetCredit] follows the
// convention of its API, and a tenant may not have it.
//
// # Retries
//
// The same replacement may be sent again, so it is: after a lost connection, a
// timeout, a 408, 429, 502, 503 or 504. What a 409 means nobody says; it is
// handed up as [credit.ErrConflict]. The vendor documents no limits, asks for
// backing off after a 429, and documents no body for any refusal. A request for
// a tenant that the token is not made for, or with a wrong base URL, is denied
// as if the token were wrong.
package knox
