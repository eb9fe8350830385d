package journal_test

import (
	"context"
	"fmt"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/credit/journal"
	"github.com/creditkit/creditkit/thoughtindustries"
)

// trainingFake is a fake with the support of thoughtindustries, where an update of the
// balance must not be repeated, and one credit with a balance of 640.
func trainingFake() (*credittest.Fake, credit.Ref) {
	client, err := thoughtindustries.New("acme", "key")
	if err != nil {
		panic(err)
	}
	ref := credit.Ref{ID: "9b2f7c1e", Owner: "c0a8e1d2"}
	return credittest.NewFake(client.Updater().Support(), credit.Record{ID: ref.ID, Owner: ref.Owner, Values: credit.Values{
		Name:    credit.Set("Spring training"),
		Balance: credit.Set(credit.NewDecimal(640)),
	}}), ref
}

// The order's message is delivered twice, and the balance grows once. A service opens its
// store with OpenDir, or uses one in its database.
func ExampleRun() {
	updater, ref := trainingFake()
	store, ctx := journal.NewMemory(), context.Background()
	job := journal.Job{
		Key: "order-1842", Vendor: "thoughtindustries", Ref: ref,
		Add:   journal.Amounts{Balance: credit.NewDecimal(60)},
		Actor: "shop", Reason: "60 seats, order 1842",
	}
	for range 2 {
		entry, err := journal.Run(ctx, store, updater, job)
		if err != nil {
			fmt.Println(err)
			return
		}
		balance, _ := entry.Target.Balance.Get()
		fmt.Println(entry.State, entry.Outcome, balance)
	}
	fmt.Println(len(updater.Calls()), "update")
	// Output:
	// ended applied 700
	// ended applied 700
	// 1 update
}

// The job is stored with the order, and a worker runs what is open.
func ExampleEnqueue() {
	updater, ref := trainingFake()
	store, ctx := journal.NewMemory(), context.Background()
	for _, order := range []string{"order-1", "order-2"} {
		entry, err := journal.Enqueue(ctx, store, journal.Job{
			Key: order, Vendor: "thoughtindustries", Ref: ref,
			Add: journal.Amounts{Balance: credit.NewDecimal(10)},
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(entry.Job.Key, "is", entry.State)
	}
	for entry, err := range journal.List(ctx, store, true) {
		if err == nil {
			entry, err = journal.Run(ctx, store, updater, entry.Job)
		}
		if err != nil {
			fmt.Println(err) // run it again later
			continue
		}
		balance, _ := entry.Target.Balance.Get()
		fmt.Println(entry.Job.Key, "is", entry.State, "with a balance of", balance)
	}
	// Output:
	// order-1 is queued
	// order-2 is queued
	// order-1 is ended with a balance of 650
	// order-2 is ended with a balance of 660
}

// A person decides about a change whose answer was lost and that the credit does not show.
func ExampleSettle() {
	updater, ref := trainingFake()
	store, ctx := journal.NewMemory(), context.Background()
	job := journal.Job{
		Key: "order-7", Vendor: "thoughtindustries", Ref: ref,
		Patch: credit.Patch{Balance: credit.Set(credit.NewDecimal(700))},
	}
	updater.Fail(lostResponse())
	for range 2 { // the second run reads the credit, and sends nothing
		entry, err := journal.Run(ctx, store, updater, job)
		fmt.Println(entry.State, credit.OutcomeOf(err))
	}
	if err := journal.Settle(ctx, store, job.Key, credit.NotSent, "ann", "the balance was 640 for an hour"); err != nil {
		fmt.Println(err)
		return
	}
	entry, err := journal.Run(ctx, store, updater, job)
	fmt.Println(entry.State, entry.Outcome, err)
	// Output:
	// in doubt unknown
	// in doubt unknown
	// ended applied <nil>
}

// Doubts are for an alarm, and for a page where a person settles them.
func ExampleDoubts() {
	updater, ref := trainingFake()
	store, ctx := journal.NewMemory(), context.Background()
	updater.Fail(lostResponse())
	_, _ = journal.Run(ctx, store, updater, journal.Job{
		Key: "order-7", Vendor: "thoughtindustries", Ref: ref, Actor: "shop", Reason: "refund",
		Patch: credit.Patch{Balance: credit.Set(credit.NewDecimal(600))},
	})
	for entry, err := range journal.Doubts(ctx, store) {
		if err != nil {
			fmt.Println(err)
			return
		}
		balance, _ := entry.Target.Balance.Get()
		fmt.Printf("%s: was the balance of %s set to %s? (%s, %s)\n", entry.Job.Key, entry.Job.Ref.ID, balance, entry.Job.Actor, entry.Job.Reason)
	}
	// Output:
	// order-7: was the balance of 9b2f7c1e set to 600? (shop, refund)
}

// lostResponse is the error of a write that was sent and not answered.
func lostResponse() error {
	return &credit.Error{
		Vendor: "thoughtindustries", Op: "UpdateCreditBatch", Kind: credit.ErrUnavailable,
		Outcome: credit.Unknown, Attempts: 1,
	}
}
