package nexudus_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/nexudus"
)

// The body of a 429 has the seconds to wait.
func TestWaitInTheBodyOfA429(t *testing.T) {
	for _, test := range []struct {
		name    string
		fault   credittest.Fault
		waits   time.Duration // until the second attempt; 0 for the usual back-off
		refused time.Duration // returned in the error, for a wait that is too long
	}{
		{"seconds", credittest.WaitSeconds(7), 7 * time.Second, 0},
		{"one second", credittest.Respond(429, `"wait 1 second"`), time.Second, 0},
		{"a sentence", credittest.Respond(429, `Too many requests. Wait 12 seconds, please.`), 12 * time.Second, 0},
		{"the header goes first", credittest.WaitSeconds(7).With("Retry-After", "3"), 3 * time.Second, 0},
		{"too long", credittest.WaitSeconds(3600), 0, time.Hour},
		{"no number", credittest.Respond(429, `Wait some seconds`), 0, 0},
		{"a number beyond all", credittest.Respond(429, `Wait 99999999999999999999 seconds`), 0, 0},
		{"no seconds", credittest.Respond(429, `Wait 7 minutes`), 0, 0},
		{"zero", credittest.WaitSeconds(0), 0, 0},
		{"another status", credittest.Respond(503, `Wait 7 seconds`), 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			fake := credittest.NewNexudus(t)
			client, err := nexudus.New(credit.StaticToken("token"), credit.WithBaseURL(fake.URL), credit.WithTransport(fake.Transport()))
			if err != nil {
				t.Fatal(err)
			}
			fake.Queue(test.fault.OnWrite())
			synctest.Test(t, func(t *testing.T) {
				_, err := client.Updater().Update(t.Context(), fake.Ref, credit.Patch{Note: credit.Set("changed")})
				writes := fake.Writes()
				if test.refused > 0 {
					e, ok := errors.AsType[*credit.Error](err)
					if !ok || e.RetryAfter != test.refused || len(writes) != 1 {
						t.Errorf("after %d writes: %v", len(writes), err)
					}
					return
				}
				if err != nil || len(writes) != 2 {
					t.Fatalf("after %d writes: %v", len(writes), err)
				}
				waited := writes[1].At.Sub(writes[0].At)
				if test.waits > 0 && waited != test.waits || test.waits == 0 && (waited <= 0 || waited > 5*time.Second) {
					t.Errorf("the second write came after %v, want %v", waited, test.waits)
				}
			})
		})
	}
}
