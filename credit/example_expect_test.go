package credit_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/thoughtindustries"
)

// A change by 50 is a read, a sum, and an update that expects what was read. If another
// writer was faster, nothing is written: start again from the credit as it is now.
func ExampleWithExpect() {
	server := newKnoxServer()
	defer server.Close()
	updater, ref := server.updater(), credit.Ref{ID: "cr-1"}
	setTotal := func(read *credit.Record, sum string) error {
		want := credit.Record{Values: credit.Values{Total: read.Total}}
		_, err := updater.Update(context.Background(), ref, credit.Patch{
			Total: credit.Set(credit.MustParseDecimal(sum)),
		}, credit.WithExpect(want))
		return err
	}

	read, err := updater.(credit.Reader).Read(context.Background(), ref)
	if err != nil {
		fmt.Println(err)
		return
	}
	total, _ := read.Total.Get()
	fmt.Println("read a total of", total)

	// Meanwhile another writer sets the total to 9.
	server.record = []byte(`{"id":"cr-1","contact_id":"con-1","quantity":9,"notes":"by another"}`)

	err = setTotal(read, "51.50") // 1.50 + 50
	changed, ok := errors.AsType[*credit.ChangedError](err)
	if !ok {
		fmt.Println(err)
		return
	}
	fmt.Println(credit.OutcomeOf(err), err)

	// After an outcome of Unknown, find out first whether the change was made.
	if credit.OutcomeOf(err) <= credit.Rejected {
		err = setTotal(changed.Now, "59") // 9 + 50
		fmt.Println(err)
	}
	// Output:
	// read a total of 1.50
	// not sent knox: credit cr-1 has changed: total is now 9; nothing was written
	// knox gets {"id":"cr-1","contact_id":"con-1","quantity":59,"notes":"by another"}
	// <nil>
}

// Thought Industries' update does not read the batch. WithBefore does, so that the result
// shows what was changed, and CallInfo has the record after an error.
func ExampleWithBefore() {
	fake := credittest.NewThoughtIndustries(nil)
	defer fake.Close()
	client, err := thoughtindustries.New("acme", "key", credit.WithBaseURL(fake.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	refill := credit.Patch{Balance: credit.Set(credit.NewDecimal(700))}

	result, err := client.Updater().Update(context.Background(), fake.Ref, refill, credit.WithBefore())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Changes())

	fake.Queue(credittest.LostBefore().OnWrite())
	var info credit.CallInfo
	_, err = client.Updater().Update(context.Background(), fake.Ref, refill, credit.WithBefore(), credit.WithInfo(&info))
	balance, _ := info.Before.Balance.Get()
	fmt.Println(credit.OutcomeOf(err), "and the balance was", balance)
	// Output:
	// [{balance 640 700}]
	// unknown and the balance was 700
}
