// Package flexprice updates credit grants at Flexprice (https://flexprice.io):
// the rules by which a plan, a subscription or an add-on gives credits.
//
//	client, err := flexprice.New(apiKey)
//	grant, err := client.UpdateCreditGrant(ctx, id, flexprice.UpdateCreditGrantRequest{Name: new("Trial")})
//
// # Authentication
//
// An API key, bound to one environment. Clients talk to the US region unless
// told otherwise:
//
//	flexprice.New(apiKey, credit.WithBaseURL(flexprice.RegionIndia))
//
// # What an update does
//
// Name, metadata and end date can be changed and nothing else, although the
// vendor's page speaks of the amount; the server ignores all other members with
// a 200. What a request leaves out stays. Metadata is replaced as a whole map.
//
// An end date is another matter than the rest, and not taken back by any call:
//
//   - On a grant of a subscription it ends the grant. The answer to the update
//     still shows the old end date; read the grant to see the new one.
//   - On a grant of a plan the date is thrown away and the grant is archived at
//     once, and the answer does not say so.
//   - It is written after the name and the metadata, and may fail alone. A 400
//     to an update with both is therefore [credit.Unknown]: read the grant.
//
// There are no versions and no idempotency keys; whoever writes last wins.
//
// # Retries
//
// The same update may be sent again, so it is: after a lost connection, a
// timeout, a 408, 429, 502, 503 or 504. A 500 is not: the server answers some
// input with one each time. Flexprice documents no limits for these calls.
package flexprice
