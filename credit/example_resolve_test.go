package credit_test

import (
	"context"
	"fmt"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// lostResponse is the error of a write that was sent and not answered.
func lostResponse() error {
	return &credit.Error{Vendor: "metronome", Op: "EditCredit", Kind: credit.ErrUnavailable, Outcome: credit.Unknown, Attempts: 1}
}

// trialFake is a fake with metronome's support and one credit.
func trialFake() (*credittest.Fake, credit.Ref) {
	ref := credit.Ref{ID: "5e7e82cf", Owner: "4c91c473"}
	fake := credittest.NewFake(client().Updater().Support(), credit.Record{ID: ref.ID, Owner: ref.Owner, Values: credit.Values{
		Name:  credit.Set("Trial"),
		Total: credit.Set(credit.NewDecimal(1000)),
	}})
	return fake, ref
}

// After an Unknown outcome a read shows whether the change is there. With the record from
// before, a credit that is unchanged differs from one that another writer has changed.
func ExampleResolve() {
	updater, ref := trialFake()
	ctx := context.Background()
	patch := credit.Patch{Total: credit.Set(credit.NewDecimal(1250))}

	before, err := updater.Read(ctx, ref)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, lose := range []func(error){updater.Fail, updater.FailAfter} { // not made, and made
		lose(lostResponse())
		if _, err := updater.Update(ctx, ref, patch); credit.OutcomeOf(err) != credit.Unknown {
			fmt.Println("not unknown:", err)
			return
		}
		r, err := credit.Resolve(ctx, updater, ref, patch, before)
		if err != nil {
			fmt.Println("the outcome stays unknown:", err) // resolve again later
			return
		}
		switch r.Verdict {
		case credit.AsAsked:
			fmt.Println("the change is there")
		case credit.AsBefore:
			fmt.Println("the change is not there yet:", r.Fields)
		case credit.Neither:
			fmt.Println("a person must decide:", r.Fields)
		}
	}
	// Output:
	// the change is not there yet: [{total 1250 1000}]
	// the change is there
}

// Undo returns the patch that puts the old values back. It names what cannot be put
// back: this credit had no note, and metronome cannot clear one.
func ExampleResult_Undo() {
	updater, ref := trialFake()
	ctx := context.Background()

	result, err := updater.Update(ctx, ref, credit.Patch{Total: credit.Set(credit.NewDecimal(1250))})
	if err != nil {
		fmt.Println(err)
		return
	}
	undo, err := result.Undo()
	if err != nil {
		fmt.Println(err)
		return
	}
	// Add credit.WithExpect(*result.After) where other writers change the credit too.
	result, err = updater.Update(ctx, ref, undo)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Changes())

	result, err = updater.Update(ctx, ref, credit.Patch{Name: credit.Set("Gold"), Note: credit.Set("upgraded")})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = result.Undo()
	for _, f := range credit.FieldErrors(err) {
		fmt.Println(f.Field, f.Message)
	}
	// Output:
	// [{total 1250 1000}]
	// note cannot be put back: it was empty, and the vendor cannot clear it
}
