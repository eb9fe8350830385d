package nexudus_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
	"github.com/creditkit/creditkit/nexudus"
)

// slow is a transport whose requests take a second each, and which keeps the
// order in which they came and went.
type slow struct {
	next http.RoundTripper

	mu    sync.Mutex
	order []string
}

func (s *slow) RoundTrip(req *http.Request) (*http.Response, error) {
	s.note("+" + req.Method)
	time.Sleep(time.Second)
	defer s.note("-" + req.Method)
	return s.next.RoundTrip(req)
}

func (s *slow) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.order = append(s.order, what)
}

func (s *slow) seen() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.order, " ")
}

// slowVault returns a client of a vendor that holds one credit.
func slowVault(t *testing.T) (*nexudus.Client, *slow, *vault) {
	t.Helper()
	v := &vault{records: map[int]string{87654321: held}, written: map[int]int{}}
	s := &slow{next: v}
	client, err := nexudus.New(credit.StaticToken(token), credit.WithTransport(s))
	if err != nil {
		t.Fatal(err)
	}
	return client, s, v
}

// Each update writes the whole record. Two at once would write back what the
// other one has changed.
func TestUpdatesOfDifferentFieldsLoseNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _, v := slowVault(t)
		updater := client.Updater()
		for round := range 20 {
			patches := []credit.Patch{
				{Note: credit.Set(fmt.Sprintf("note %d", round))},
				{Total: credit.Set(credit.NewDecimal(int64(round + 1)))},
				{StartsAt: credit.Set(newYear.AddDate(0, 0, round))},
				{ExpiresAt: credit.Set(newYear.AddDate(1, 0, round))},
			}
			var wg sync.WaitGroup
			for _, patch := range patches {
				wg.Go(func() {
					if _, err := updater.Update(t.Context(), ref, patch); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			want := fmt.Sprintf(`{"Id":87654321,"CoworkerId":12,"BusinessId":34,"TotalCredit":%d,"Description":"note %d","ValidFrom":"%s","ExpireDate":"%s"}`,
				round+1, round, newYear.AddDate(0, 0, round).Format(time.RFC3339), newYear.AddDate(1, 0, round).Format(time.RFC3339))
			if got := v.records[87654321]; got != want {
				t.Fatalf("round %d: the record is\n%s\nwant\n%s", round, got, want)
			}
		}
	})
}

// The facade's update holds the credit from its read to its write, and the
// method's own update waits for it, and the other way round.
func TestNativeUpdatesWaitForTheFacades(t *testing.T) {
	for _, test := range []struct{ name, want string }{
		{"the facade first", "+GET -GET +PUT -PUT +PUT -PUT"},
		{"the facade last", "+PUT -PUT +GET -GET +PUT -PUT"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, s, _ := slowVault(t)
				updates := []func() error{
					func() error { _, err := client.Updater().Update(t.Context(), ref, three); return err },
					func() error { _, err := client.UpdateCoworkerBookingCredit(t.Context(), leastUpdate(nil)); return err },
				}
				if test.name == "the facade last" {
					slices.Reverse(updates)
				}
				var wg sync.WaitGroup
				for _, update := range updates {
					wg.Go(func() {
						if err := update(); err != nil {
							t.Error(err)
						}
					})
					synctest.Wait() // the first one has the credit
				}
				wg.Wait()
				if got := s.seen(); got != test.want {
					t.Errorf("the requests are %s, want %s", got, test.want)
				}
			})
		})
	}
}

// Updates of other credits, reads and dry runs do not wait.
func TestOnlyUpdatesOfOneCreditWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _, v := slowVault(t)
		v.records[12] = strings.Replace(held, "87654321", "12", 1)
		start := time.Now()
		var wg sync.WaitGroup
		for _, call := range []func() error{
			func() error { _, err := client.Updater().Update(t.Context(), ref, three); return err },
			func() error {
				_, err := client.Updater().Update(t.Context(), credit.Ref{ID: "12"}, three)
				return err
			},
			func() error {
				_, err := client.Updater().Update(t.Context(), ref, three, credit.WithDryRun())
				return err
			},
			func() error { _, err := client.GetCoworkerBookingCredit(t.Context(), 87654321); return err },
		} {
			wg.Go(func() {
				if err := call(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(start); took != 2*time.Second { // a read and a write
			t.Errorf("all of it took %v, want 2 s", took)
		}
	})
}

// An update that waits for its turn and gives up has sent nothing, and those
// behind it still have theirs.
func TestWaitingUpdateWhoseContextEndsIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, s, v := slowVault(t)
		updates := map[string]func(ctx context.Context) error{
			"the facade's": func(ctx context.Context) error { _, err := client.Updater().Update(ctx, ref, three); return err },
			"its own": func(ctx context.Context) error {
				_, err := client.UpdateCoworkerBookingCredit(ctx, leastUpdate(nil))
				return err
			},
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := client.Updater().Update(t.Context(), ref, three); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		for name, update := range updates {
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			wg.Go(func() {
				err := update(ctx)
				e, ok := errors.AsType[*credit.Error](err)
				if !ok || e.Outcome != credit.NotSent || credit.OutcomeOf(err) != credit.NotSent || e.Attempts != 0 || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s update gives %v, want it not sent", name, err)
				}
			})
		}
		time.Sleep(600 * time.Millisecond)
		if got := s.seen(); got != "+GET" {
			t.Errorf("the requests are %s", got)
		}
		wg.Go(func() {
			if _, err := client.UpdateCoworkerBookingCredit(t.Context(), leastUpdate(nil)); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		if got := s.seen(); got != "+GET -GET +PUT -PUT +PUT -PUT" || v.written[87654321] != 2 {
			t.Errorf("the requests are %s", got)
		}
	})
}

// panicking is a transport that panics at its first request.
type panicking struct {
	next http.RoundTripper
	once sync.Once
}

func (p *panicking) RoundTrip(req *http.Request) (*http.Response, error) {
	p.once.Do(func() { panic("planted") })
	return p.next.RoundTrip(req)
}

// A panic of the caller's transport reaches the caller, and does not hold up the
// updates behind it.
func TestPanicLeavesTheQueueFree(t *testing.T) {
	client, err := nexudus.New(credit.StaticToken(token), credit.WithTransport(&panicking{next: scripttest.NewTransport(t, scripttest.OK(updated))}))
	if err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if got := recover(); got != "planted" {
				t.Errorf("recovered %v", got)
			}
		}()
		_, err := client.Updater().Update(t.Context(), ref, three)
		t.Errorf("the update returned %v", err)
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := client.UpdateCoworkerBookingCredit(ctx, leastUpdate(nil)); err != nil {
		t.Error(err)
	}
}
