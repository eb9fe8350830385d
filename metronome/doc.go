// Package metronome edits credits at Metronome (https://metronome.com): amounts per
// period that a customer's usage draws down.
//
//	client, err := metronome.New(token)
//	_, err = client.EditCredit(ctx, metronome.EditCreditRequest{
//		CreditID:   "5e7e82cf-ccb7-428c-a96f-a8e4f67af822",
//		CustomerID: "4c91c473-fc12-445a-9c38-40421d47023f",
//		Name:       new("Trial"),
//	})
//
// # Authentication
//
// Requests carry a bearer token that is created in Metronome's console. It may be
// limited to the sandbox or to production, which share one address.
//
// # What an update does
//
// An edit changes only what the request names; an omitted member stays unchanged. Five
// members can also be null: products, tags, specifiers, contracts and the priority are
// [Nullable]. Null contracts stand for all of the contracts.
//
//   - Amounts are in the credit's pricing unit. US dollars are counted in cents. If
//     access_type is QUANTITY, amounts are units and not money.
//   - Periods begin and end on the hour.
//   - Draft invoices change at once. Finalized invoices change only when they are voided
//     and generated again.
//   - Credits of a contract can be edited only if Metronome has enabled contract editing.
//
// The response contains an id and nothing else of the credit. Read the credit with
// [Client.GetCredit].
//
// # Finding credits
//
// The Updater is a [credit.Finder]: it lists the credits of a customer and of the
// customer's contracts, with their balances, in pages of 25. Archived credits are not
// listed. [Client.ListCustomerCredits] has the vendor's other filters.
//
// # Outcomes
//
// An edit succeeded if the response is a 200, 201 or 203 with a string as data.id. Every
// other response with a status of 2xx is [credit.ErrMalformed] and [credit.Unknown].
//
//   - A 4xx, a 307 and a 308 are [credit.Rejected]: the package assumes that the vendor
//     and the gateways before it send them only if nothing was changed.
//   - A 408, 425, 460 and 499, every other 3xx and every 5xx do not prove that. They are
//     [credit.Unknown].
//   - A 409 means that the key was used for another edit, that an edit under the key is
//     still running, or that the credit's state does not allow the edit. At the first
//     attempt under a new key it can only be the last of these, and is [credit.Rejected].
//     Otherwise it is retried after a wait, under the same key, and in the end it is
//     [credit.Unknown].
//   - A 500 is [credit.Unknown], and its error has KeyUsedUp set: read the credit, then
//     edit again under a new key.
//
// # Retries and limits
//
// Every edit carries an Idempotency-Key, which is the same on each attempt: the caller's
// (see [credit.WithIdempotencyKey]) or a generated one. An edit is therefore retried
// after a lost connection, a timeout, an incomplete response, a 408, 429, 502, 503 or
// 504, and Metronome applies it once. Metronome keeps keys for at least 24 hours and
// replays its response, failures included. A 500 is not retried, because the same key
// can only return the same 500.
//
// A 429 has the header X-Metronome-Rate-Limit-Type, which says whose limit was reached:
// client or customer.
//
// # What is not known
//
//   - What null does to members other than the contracts. The wording of the page
//     suggests that it lifts the limit.
//   - What happens to times that are not on the hour.
//   - The numbers of the limits, and whether responses have a request id: Metronome
//     documents neither.
package metronome
