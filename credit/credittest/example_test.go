package credittest_test

import (
	"context"
	"fmt"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/metronome"
)

// desk is the service under test: it extends credits for customers, and must
// never tell one that it failed when it did not.
type desk struct{ credits credit.Updater }

func (d desk) extend(ctx context.Context, ref credit.Ref, until time.Time) string {
	_, err := d.credits.Update(ctx, ref, credit.Patch{ExpiresAt: credit.Set(until)})
	switch credit.OutcomeOf(err) {
	case 0, credit.Applied:
		return "extended"
	case credit.Unknown:
		return "we will look into it" // and puts the ref on a list for people
	}
	return "not extended"
}

var nextYear = time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)

// A service is tested against the vendor's behaviour: here the vendor makes the
// change and responds with invalid JSON, then it refuses.
func Example() {
	fake := credittest.NewMetronome(nil) // a test passes its t, and need not close it
	defer fake.Close()
	client, err := metronome.New("token", credit.WithBaseURL(fake.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	service := desk{credits: client.Updater()}

	fake.Queue(credittest.InvalidJSON().OnWrite())
	fmt.Println(service.extend(context.Background(), fake.Ref, nextYear))

	fake.Queue(credittest.Respond(403, `{"message":"no"}`).OnWrite())
	fmt.Println(service.extend(context.Background(), fake.Ref, nextYear))

	fmt.Println(len(fake.Writes()), "writes")
	// Output:
	// we will look into it
	// not extended
	// 2 writes
}

// Without HTTP, a Fake stands for the vendor's Updater, and fails as planned
// to.
func ExampleNewFake() {
	support := credit.Support{Fields: map[credit.Field]credit.Ability{credit.FieldExpiresAt: {Set: true}}}
	fake := credittest.NewFake(support, credit.Record{ID: "credit-1"})
	service := desk{credits: fake}
	ref := credit.Ref{ID: "credit-1"}

	fmt.Println(service.extend(context.Background(), ref, nextYear))

	lost := &credit.Error{Vendor: "fake", Op: "Update", Kind: credit.ErrUnavailable, Outcome: credit.Unknown}
	fake.FailAfter(lost) // the change is made, and the response is lost
	fmt.Println(service.extend(context.Background(), ref, nextYear.AddDate(1, 0, 0)))

	record, err := fake.Read(context.Background(), ref)
	if err != nil {
		fmt.Println(err)
		return
	}
	until, _ := record.ExpiresAt.Get()
	fmt.Println(until.Year(), "after", len(fake.Calls()), "calls")
	// Output:
	// extended
	// we will look into it
	// 2029 after 2 calls
}
