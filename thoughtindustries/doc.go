// Package thoughtindustries updates credit batches at Thought Industries
// (https://www.thoughtindustries.com): credits that a client of an instance has bought
// and that its learners redeem.
//
//	client, err := thoughtindustries.New("acme", apiKey)
//	batch, err := client.UpdateCreditBatch(ctx, id, thoughtindustries.UpdateCreditBatchRequest{
//		CurrentBalance: new(int64(250)),
//	})
//
// An instance can have this feature disabled. The vendor is replacing it by Training
// Credits, which these calls do not reach.
//
// # Authentication
//
// Requests carry an API key as a bearer token. The key is created in the instance's
// settings and has the permissions of a role. A key that begins with ti_test_ belongs to
// a sandbox. The vendor's pages on keys and limits use the host
// api.thoughtindustries.com; all others use the instance's own host, and so does this
// package. [New] accepts either host.
//
// # What an update does
//
// The name, the expiry and the balance can be set. An expiry is sent in UTC, the only
// time zone that the vendor's pages show.
//
// The balance is set, not added to, and there is no version to compare. Learners redeem
// credits in the meantime: a balance that was computed from one read a second ago
// overwrites what they redeemed in between. Redemptions, and batches that are added,
// expire or are deleted, change the balance that the client's learners see.
//
// Updates of one batch through one client run one after the other: otherwise the repeat
// of an update whose response was lost could undo a later update of the same member.
// Between two clients that can happen.
//
// The batch in the response may be bare or in an envelope. An update may also be
// answered by a 204, which returns a [CreditBatch] with only its ID.
//
// # Finding batches
//
// The Updater is a [credit.Finder]: it lists the batches of a client in all of its
// credit accounts. [Client.ListCreditBatches] lists those of one account.
//
// # Outcomes
//
// An update succeeded if the response is a 204, or a 200, 201 or 203 with a batch that
// has the id of the update, as data.UpdateCreditBatch or as the whole body. If another
// part of that batch cannot be read, the error is [credit.Applied]. Every other response
// with a status of 2xx is [credit.ErrMalformed] and [credit.Unknown].
//
// Other calls of the vendor have been observed to respond with a 200 and a list of
// errors:
//
//   - It is [credit.Rejected] only if an entry shows a rejection, by a code such as
//     BAD_USER_INPUT or by words such as "not found" or "must be", and no entry shows a
//     failure of the vendor, such as "internal" or "timed out".
//   - Otherwise, and if the response contains the batch as well, it is [credit.Unknown].
//   - The kind is [credit.ErrNotFound] if the list says "not found".
//
// For the other statuses:
//
//   - A 4xx, a 307 and a 308 are [credit.Rejected]: the package assumes that the vendor
//     and the gateways before it send them only if nothing was changed.
//   - A 408, 425, 460 and 499, every other 3xx and every 5xx do not prove that. They are
//     [credit.Unknown].
//
// A redirect is an error, although the vendor's pages say to follow it.
//
// # Retries and limits
//
// An update that sets the balance is retried only after a failed dial or a 429, which
// is assumed to change nothing. A second one could undo a redemption. A dial counts as failed
// if the transport reports it through net/http's trace, as net/http's own transports do.
// Any other update, and a read, is also retried after a lost connection, a timeout, an
// incomplete response, a 408, 500, 502, 503 or 504.
//
// The vendor documents 120 or 600 requests a minute for each key, by plan, with bursts of
// 20 or 100, and has been observed to allow less. A 429 says how long to wait, and a 503
// may. A retry waits that long, unless that is longer than the policy or the context
// allows.
//
// # What is not known
//
//   - What happens to an omitted member. It is assumed to stay unchanged, because all three
//     members are optional on the vendor's page.
//   - How to clear an expiry.
//   - Which form of response these calls use. Only the vendor's page shows one, so the
//     package accepts both the bare batch and the envelope.
package thoughtindustries
