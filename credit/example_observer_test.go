package credit_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// An observer gets one event for each attempt and one for the call.
func ExampleWithObserver() {
	fake := credittest.NewMetronome(nil)
	defer fake.Close()
	observe := func(_ context.Context, e credit.Event) {
		fmt.Println(e.Vendor, e.Name, e.Kind, e.Attempt, "status", e.StatusCode, "outcome", e.Outcome)
	}
	fast := credit.WithRetry(credit.RetryPolicy{MinWait: time.Millisecond, MaxWait: time.Millisecond})
	updater := client(credit.WithBaseURL(fake.URL), credit.WithObserver(observe), fast).Updater()

	fake.Queue(credittest.Respond(http.StatusServiceUnavailable, ""))
	patch := credit.Patch{Name: credit.Set("Trial")}
	if _, err := updater.Update(context.Background(), fake.Ref, patch); err != nil {
		fmt.Println(err)
	}
	// Output:
	// metronome EditCredit attempt 1 status 503 outcome unknown
	// metronome EditCredit attempt 2 status 200 outcome none
	// metronome EditCredit call 2 status 200 outcome none
}

// A writeLimiter delays writes only.
type writeLimiter struct{ writes credit.Limiter }

func (l writeLimiter) Wait(ctx context.Context) error {
	op, ok := credit.OperationFrom(ctx)
	fmt.Println(op.Vendor, op.Name, "writes:", op.Write)
	if ok && !op.Write {
		return nil
	}
	return l.writes.Wait(ctx)
}

// slot stands for a *rate.Limiter of golang.org/x/time/rate.
type slot struct{}

func (slot) Wait(ctx context.Context) error { return ctx.Err() }

// A limiter distinguishes the reads of an update from its write.
func ExampleOperationFrom() {
	fake := credittest.NewMetronome(nil)
	defer fake.Close()
	limiter := credit.WithLimiter(writeLimiter{writes: slot{}})
	updater := client(credit.WithBaseURL(fake.URL), limiter).Updater()

	patch := credit.Patch{Total: credit.Set(credit.MustParseDecimal("5000"))}
	if _, err := updater.Update(context.Background(), fake.Ref, patch); err != nil {
		fmt.Println(err)
	}
	// Output:
	// metronome ListCustomerCredits writes: false
	// metronome EditCredit writes: true
}
