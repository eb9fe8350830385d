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
// vendor's page speaks of the amount; the server ignores all other members with a
// 200. What a request leaves out stays, as long as one writer at a time updates
// the grant: the server reads the grant and writes back all of it without a look
// at what was written meanwhile, so that one of two updates at the same time is
// lost, also where they change different fields. Metadata is replaced as a whole
// map: an empty one clears it. Archived grants can be changed as well.
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
// [credit.Unknown], unless it says that the request could not be read or that the
// end date is not valid: read the grant.
//
// A read can be older than the last write: the server can answer it from a cache of
// 30 minutes or from a second database. Both are off by default; what the cloud has
// is not known. [credit.WithVerify] therefore reads once more, after a second,
// before it reports a difference.
//
// There are no versions and no idempotency keys; the last writer wins.
//
// # Errors
//
// The server answers with several shapes of body; all are read, that of servers
// from before April 2026 too. [credit.Error] has the server's code as Code, its
// details as Fields, and its X-Request-Id as RequestID. The code decides on the
// kind where there is one, else the status. While the server's database is down, a
// valid key can be answered with a 401.
//
// An update succeeded where the answer is a 200, 201 or 203 with an object that has
// the id of the grant. Where something else in that object cannot be read, the
// error is [credit.Applied]. Every other answer of the 2xx is
// [credit.ErrMalformed] and [credit.Unknown].
//
// A 4xx, a 307 and a 308 are [credit.Rejected]: the vendor and the gateways before
// it are assumed to send them only when nothing was changed. A 408, 425, 460 and
// 499, every other 3xx and a 5xx do not say that. They are [credit.Unknown].
// Three 500s come before the update and are [credit.Rejected]: those of the checks
// of the environment and of the tenant, and "Failed to get credit grant" to a
// request without an end date.
//
// # Retries and limits
//
// The same update may be sent again, so it is: after a lost connection, a
// timeout, an answer that broke off, a 408, 502, 503 or 504, and after a 429, which
// changed nothing. What another writer wrote between two attempts is overwritten.
//
// Updates of one grant through one client run one after the other, whether by
// [Client.UpdateCreditGrant] or by the Updater. Two processes that read, change
// and write one grant can lose a change of each other, and a write that arrives
// late, after its attempt timed out, can undo what was written since. No client
// can exclude either.
//
// A 500 is not sent again: the server answers some input with one each time.
// Flexprice documents no limits for these calls.
package flexprice
