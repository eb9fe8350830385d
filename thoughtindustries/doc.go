// Package thoughtindustries updates credit batches at Thought Industries
// (https://www.thoughtindustries.com): training credits that a client of an
// instance has bought and its learners redeem.
//
//	client, err := thoughtindustries.New("acme", apiKey)
//	batch, err := client.UpdateCreditBatch(ctx, id, thoughtindustries.UpdateCreditBatchRequest{
//		CurrentBalance: new(int64(250)),
//	})
//
// # Authentication
//
// An API key, made in the instance's settings, with the permissions of a role.
// It is sent as a bearer token.
//
// # What an update does
//
// Name, expiry and balance can be set. What a request leaves out stays as it
// is: all three are optional on the vendor's page, and no page says more. How
// to take an expiry away is not known.
//
// The balance is set, not added to, and there is no version to compare.
// Learners redeem credits meanwhile: a balance that was computed from one read
// a second ago overwrites what they redeemed in between.
//
// The batch that comes back may be bare or in an envelope, and an update may be
// answered by a 204, which gives a [CreditBatch] with nothing but its ID. The
// vendor also says no with a 200 and a list of errors; that is an error here.
//
// # Retries
//
// An update that sets the balance is sent again only where it certainly did not
// happen: after a failed dial or a 429. A second one could undo a redemption.
// Any other update is sent again also after a lost connection, a timeout, a
// 408, 500, 502, 503 or 504.
//
// The vendor documents 120 or 600 requests a minute, by plan, with bursts of 20
// or 100, and has been seen to allow less.
package thoughtindustries
