// Package flexprice updates credit grants at Flexprice (https://flexprice.io): the
// rules by which a plan, a subscription or an add-on gives credits.
//
//	client, err := flexprice.New(apiKey)
//	grant, err := client.UpdateCreditGrant(ctx, id, flexprice.UpdateCreditGrantRequest{Name: new("Trial")})
//
// # Authentication
//
// Requests carry an API key in the header x-api-key. A key belongs to one environment;
// the grants of other environments are not found. A key without an environment, which
// self-hosted servers can have, is rejected with a 403: it would need the header
// X-Environment-ID, which this package does not send. Updates need a role that may
// write credit grants.
//
// Clients use the US region by default. Set another region, or a self-hosted server
// with its /v1, with [credit.WithBaseURL]:
//
//	flexprice.New(apiKey, credit.WithBaseURL(flexprice.RegionIndia))
//
// A redirect is an error, so that it does not send the key to another host.
//
// # What an update does
//
// Only the name, the metadata and the end date can be changed, although the vendor's
// page mentions the amount; the server ignores all other members with a 200. An
// omitted member stays unchanged, as long as one writer at a time updates the grant:
// the server reads the grant and writes all of it back without checking for changes in
// between, so that one of two concurrent updates is lost, even if they change different
// fields. Metadata is replaced as a whole map: an empty one clears it. Archived grants
// can be changed as well. There are no versions and no idempotency keys; the last writer
// wins.
//
// An end date must be in the future. The server compares it with neither the grant's
// start nor the subscription's end, and no call removes it. The response to the update
// shows the grant from before the update: read it with [Client.GetCreditGrant]. The
// effect of the date depends on the grant's scope:
//
//   - SUBSCRIPTION: it ends the grant, and credits that were to be granted from then on
//     are cancelled.
//   - PLAN: it is discarded and the grant is archived at once. The response shows
//     neither.
//   - ADDON: it is stored, and the grant stays published.
//
// The end date is written after the name and the metadata, and may fail alone, as it
// does on an archived grant.
//
// # Finding grants
//
// The Updater is a [credit.Finder]: it lists the grants of a subscription, which the
// vendor's call for the subscription returns. The newer call of the same record
// (/subscriptions/{id}/v2) documents the grants too, but the vendor's server does not
// return them there. [Client.ListPlanCreditGrants] and [Client.ListAddonCreditGrants]
// list those of a plan and of an add-on. All three list published grants only, and not
// archived ones, in one response: a list that exceeds 4 MiB is an error.
//
// # Outcomes
//
// An update succeeded if the response is a 200, 201 or 203 with an object that has the
// id of the grant. If another part of that object cannot be read, the error is
// [credit.Applied]. Every other response with a status of 2xx is
// [credit.ErrMalformed] and [credit.Unknown].
//
//   - A 4xx, a 307 and a 308 are [credit.Rejected]: the package assumes that the vendor
//     and the gateways before it send them only if nothing was changed.
//   - A 400 to an update with an end date and another member is [credit.Unknown], unless
//     it says that the request could not be read or that the end date is not valid: read
//     the grant.
//   - A 408, 425, 460 and 499, every other 3xx and every 5xx do not prove that nothing was
//     changed. They are [credit.Unknown].
//   - Three 500s come before the update and are [credit.Rejected]: those of the checks of
//     the environment and of the tenant, and "Failed to get credit grant" for a request
//     without an end date.
//
// The server uses several error bodies. The package reads all of them, including that of
// servers from before April 2026. [credit.Error] has the server's code as Code, its
// details as Fields, and its X-Request-Id as RequestID. The code decides the kind if
// there is one, otherwise the status does. While the server's database is down, the
// response to a valid key can be a 401.
//
// # Retries and limits
//
// An update may be repeated, so it is retried after a lost connection, a timeout, an
// incomplete response, a 408, 502, 503 or 504, and after a 429, which changed nothing. A
// change by another writer between two attempts is overwritten. A 500 is not retried:
// the server responds to some input with a 500 each time.
//
// Updates of one grant through one client are serialized, both those of
// [Client.UpdateCreditGrant] and those of the Updater. Two processes that read, change
// and write one grant can lose each other's changes. A write that arrives late, after
// its attempt timed out, can undo later writes. No client can prevent the effects of
// either.
//
// A read can be older than the last write: the server can use a cache of 30 minutes or a
// second database. [credit.WithVerify] therefore reads once more, after a second, before
// it reports a difference.
//
// # What is not known
//
//   - Whether Flexprice's cloud reads from the cache or the second database. Both are off
//     by default.
//   - The limits for these calls: Flexprice documents none.
package flexprice
