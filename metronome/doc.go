// Package metronome edits credits at Metronome (https://metronome.com), whose
// credits are amounts per period that a customer's usage draws down.
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
// A bearer token, made in Metronome's console. It may be limited to the sandbox
// or to production, which share one address.
//
// # What an edit does
//
// What a request leaves out stays as it is. Five members can be null as well
// (products, tags, specifiers, contracts and the priority are [Nullable]):
// Metronome documents only that null contracts stand for all of them. What null
// does to the others is not known; the wording of the page suggests that it
// lifts the limit.
//
// Amounts are in the credit's pricing unit. US dollars are counted in cents. Where
// access_type is QUANTITY they are units and not money.
// Periods begin and end on the hour; what happens to other times is not known.
// Draft invoices change at once, finalized ones only when they are voided and
// made anew. Credits of a contract can be edited only where Metronome has
// switched contract editing on.
//
// The answer holds an id and nothing of the credit. Read it with
// [Client.GetCredit].
//
// # Retries
//
// Every edit carries an Idempotency-Key, the caller's (see
// [credit.WithIdempotencyKey]) or a fresh one, the same on each attempt. So an
// edit is sent again after a lost connection, a timeout, an answer that broke off,
// a 408, 429, 502, 503 or 504, and Metronome applies it once. Metronome keeps keys
// for at least 24 hours, and replays what it answered, failures included: a 500 is
// not sent again, because the same key can only bring the same 500. Its error is
// [credit.Unknown] and has KeyUsedUp set: read the credit, then edit again under a
// new key.
//
// A 409 says that the key was used for another edit, that an edit under the key is
// still running, or that the credit's state forbids the edit. At the first attempt
// under a fresh key it can only be the last, and is [credit.Rejected]. Otherwise it
// is waited for and sent again under the same key, and in the end it is
// [credit.Unknown].
//
// # Answers
//
// An edit succeeded where the answer is a 200, 201 or 203 with a text as data.id.
// Every other answer of the 2xx is [credit.ErrMalformed] and [credit.Unknown].
//
// A 4xx, a 307 and a 308 are [credit.Rejected]: the vendor and the gateways before
// it are assumed to send them only when nothing was changed. A 408, 425, 460 and
// 499, every other 3xx and a 5xx do not say that. They are [credit.Unknown].
//
// Metronome documents no numbers of a limit and no request id. A 429 has the
// header X-Metronome-Rate-Limit-Type, which says whose limit was reached: client
// or customer.
package metronome
