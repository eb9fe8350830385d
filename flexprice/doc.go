// Package flexprice updates credit grants at Flexprice (https://flexprice.io):
// the rules by which a plan, a subscription or an add-on gives credits.
//
//	client, err := flexprice.New(apiKey)
//	grant, err := client.UpdateCreditGrant(ctx, id, flexprice.UpdateCreditGrantRequest{Name: new("Trial")})
//
// # Authentication
//
// An API key, bound to one environment; in another one its grants are not
// found. A key without an environment, which servers of one's own can have, is
// refused with a 403: it would need the header X-Environment-ID, which this
// package does not send. Updates need a role that may write credit grants.
//
// Clients talk to the US region unless told otherwise, and a server of one's
// own is named with its /v1:
//
//	flexprice.New(apiKey, credit.WithBaseURL(flexprice.RegionIndia))
//
// The key goes out in the header x-api-key. A redirect is refused, so that it
// does not carry the key to another host.
//
// # What an update does
//
// Name, metadata and end date can be changed and nothing else, although the
// vendor's page speaks of the amount; the server ignores all other members with
// a 200. What a request leaves out stays. Metadata is replaced as a whole map:
// an empty one clears it. Archived grants can be changed as well.
//
// An end date is another matter than the rest. It must lie in the future, but
// the server compares it with neither the grant's start nor the subscription's
// end, and no call takes it away again. The answer to the update shows the
// grant as it was before: read it with [Client.GetCreditGrant]. What the date
// does depends on the grant's scope:
//
//   - SUBSCRIPTION: it ends the grant, and what was to be granted from then on
//     is cancelled.
//   - PLAN: it is thrown away and the grant is archived at once. The answer
//     says neither.
//   - ADDON: it is stored, and the grant stays published.
//
// It is written after the name and the metadata, and may fail alone, as it does
// on an archived grant. A 400 to an update with both is therefore
// [credit.Unknown], unless it says that the request could not be read: read the
// grant.
//
// There are no versions and no idempotency keys; whoever writes last wins.
//
// # Errors
//
// The server answers with several shapes of body; all are read, that of servers
// from before April 2026 too. [credit.Error] has the server's code as Code, its
// details as Fields, and its X-Request-Id as RequestID. The code decides on the
// kind where there is one, else the status. A 5xx is [credit.Unknown], but for
// the two 500s of the checks that come before the update.
//
// # Retries and limits
//
// The same update may be sent again, so it is: after a lost connection, a
// timeout, a 408, 502, 503 or 504, and after a 429, which changed nothing. What
// somebody else wrote between two attempts is overwritten. A 500 is not sent
// again: the server answers some input with one each time. Flexprice documents
// no limits for these calls.
package flexprice
