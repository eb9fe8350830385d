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
// accepted; an answer about another batch is an error, with [credit.Applied].
//
// The vendor's other calls have been seen to say no with a 200 and a list of
// errors. That is an error here, with [credit.Rejected], and [credit.ErrNotFound]
// where the list says "not found", else [credit.ErrInvalid]. Where the batch is
// there beside the errors, nobody knows which holds: [credit.Unknown].
//
// # Retries and limits
//
// An update that sets the balance is sent again only where it certainly did not
// happen: after a failed dial or a 429. A second one could undo a redemption.
// Any other update, and a read, is sent again also after a lost connection, a
// timeout, a 408, 500, 502, 503 or 504.
//
// The vendor documents 120 or 600 requests a minute for each key, by plan, with
// bursts of 20 or 100, and has been seen to allow less. A 429 says how long to
// wait, and is waited for unless that is longer than the policy or the context
// allows. A redirect is refused, although the pages say to follow it.
package thoughtindustries
