// Package thoughtindustries updates credit batches at Thought Industries
// (https://www.thoughtindustries.com): credits that a client of an instance has
// bought and its learners redeem.
//
//	client, err := thoughtindustries.New("acme", apiKey)
//	batch, err := client.UpdateCreditBatch(ctx, id, thoughtindustries.UpdateCreditBatchRequest{
//		CurrentBalance: new(int64(250)),
//	})
//
// An instance can have this feature switched off, and the vendor is replacing
// it by Training Credits, which these calls do not reach.
//
// # Authentication
//
// An API key, made in the instance's settings, with the permissions of a role.
// It is sent as a bearer token. A key that begins with ti_test_ belongs to a
// sandbox. The vendor's pages on keys and limits call api.thoughtindustries.com,
// all others the instance's own host, and so does this package: [New] takes the
// one host as well as the other.
//
// # What an update does
//
// Name, expiry and balance can be set. What a request leaves out is taken to
// stay as it is: all three are optional on the vendor's page, and no page says
// more. How to take an expiry away is not known. An expiry goes out in UTC, the
// only zone that the pages show.
//
// The balance is set, not added to, and there is no version to compare.
// Learners redeem credits meanwhile: a balance that was computed from one read
// a second ago overwrites what they redeemed in between. Redemptions, and
// batches that are added, expire or are deleted, change the balance that the
// client's learners see.
//
// The batch that comes back may be bare or in an envelope, and an update may be
// answered by a 204, which gives a [CreditBatch] with nothing but its ID. Nobody
// has shown an answer of these calls but the vendor's page, so both are
// accepted.
//
// # Answers
//
// An update succeeded where the answer is a 204, or a 200, 201 or 203 with a batch
// that has the id of the update, as data.UpdateCreditBatch or as the whole answer.
// Where something else in that batch cannot be read, the error is [credit.Applied].
// Every other answer of the 2xx is [credit.ErrMalformed] and [credit.Unknown].
//
// The vendor's other calls have been seen to answer with a 200 and a list of
// errors. It is [credit.Rejected] only where an entry shows a refusal, by a code
// such as BAD_USER_INPUT or by words such as "not found" or "must be", and no entry
// shows a failure of the vendor, such as "internal" or "timed out". Otherwise, and
// where the batch stands beside the errors, it is [credit.Unknown]. The kind is
// [credit.ErrNotFound] where the list says "not found".
//
// A 4xx, a 307 and a 308 are [credit.Rejected]: the vendor and the gateways before
// it are assumed to send them only when nothing was changed. A 408, 425, 460 and
// 499, every other 3xx and a 5xx do not say that. They are [credit.Unknown].
//
// # Retries and limits
//
// An update that sets the balance is sent again only where it certainly did not
// happen: after a failed dial or a 429. A second one could undo a redemption.
// A dial counts as failed where the transport reports it through net/http's trace,
// as those of net/http do. Any other update, and a read, is sent again also after a
// lost connection, a timeout, an answer that broke off, a 408, 500, 502, 503 or 504.
//
// The vendor documents 120 or 600 requests a minute for each key, by plan, with
// bursts of 20 or 100, and has been seen to allow less. A 429 says how long to
// wait, and a 503 may. Where the update is sent again, it waits that long, unless
// that is longer than the policy or the context allows. A redirect is refused, although the pages say to follow it.
package thoughtindustries
