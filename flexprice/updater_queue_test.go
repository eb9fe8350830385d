package flexprice_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/flexprice"
)

// careless is a server that reads a grant, takes a second and writes back all of
// it, without a look at what others wrote meanwhile. It keeps the order in which
// requests came and went.
type careless struct {
	mu     sync.Mutex
	grants map[string]map[string]any
	order  []string
}

func newCareless(ids ...string) *careless {
	s := &careless{grants: map[string]map[string]any{}}
	for _, id := range ids {
		s.grants[id] = map[string]any{"id": id, "scope": "SUBSCRIPTION", "status": "published"}
	}
	return s
}

func (s *careless) RoundTrip(req *http.Request) (*http.Response, error) {
	id := path.Base(req.URL.Path)
	s.mu.Lock()
	s.order = append(s.order, "+"+req.Method)
	grant := maps.Clone(s.grants[id])
	s.mu.Unlock()
	time.Sleep(time.Second)
	if req.Method == http.MethodPut {
		if err := json.NewDecoder(req.Body).Decode(&grant); err != nil {
			return nil, err
		}
	}
	answer, err := json.Marshal(grant)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.order = append(s.order, "-"+req.Method)
	if req.Method == http.MethodPut {
		s.grants[id] = grant
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(answer)))}, nil
}

func (s *careless) seen() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.order, " ")
}

func (s *careless) client(t *testing.T) *flexprice.Client {
	t.Helper()
	return newClient(t, flexprice.RegionUS, credit.WithTransport(s))
}

// The server loses one of two updates that it has at the same time, also where
// they change different fields.
func TestUpdatesOfDifferentFieldsLoseNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newCareless("cg")
		client := server.client(t)
		for round := range 20 {
			name, tier := fmt.Sprintf("name %d", round), fmt.Sprint(round)
			end := time.Date(2100+round, 1, 1, 0, 0, 0, 0, time.UTC)
			var wg sync.WaitGroup
			for _, update := range []func() error{
				func() error {
					_, err := client.Updater().Update(t.Context(), ref, credit.Patch{Name: credit.Set(name)})
					return err
				},
				func() error {
					_, err := client.UpdateCreditGrant(t.Context(), "cg", flexprice.UpdateCreditGrantRequest{Metadata: map[string]string{"tier": tier}})
					return err
				},
				func() error {
					_, err := client.Updater().Update(t.Context(), ref, credit.Patch{ExpiresAt: credit.Set(end)})
					return err
				},
			} {
				wg.Go(func() {
					if err := update(); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			want := map[string]any{
				"id": "cg", "scope": "SUBSCRIPTION", "status": "published",
				"name": name, "metadata": map[string]any{"tier": tier}, "end_date": end.Format(time.RFC3339),
			}
			if diff := cmp.Diff(want, server.grants["cg"]); diff != "" {
				t.Fatalf("round %d (-want +got):\n%s", round, diff)
			}
		}
	})
}

// The facade's update holds the grant from its read to its write, and the method's
// own update waits for it, and the other way round.
func TestNativeUpdatesWaitForTheFacades(t *testing.T) {
	for _, test := range []struct{ name, want string }{
		{"the facade first", "+GET -GET +PUT -PUT +PUT -PUT"},
		{"the facade last", "+PUT -PUT +GET -GET +PUT -PUT"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newCareless("cg")
				client := server.client(t)
				updates := []func() error{
					func() error {
						_, err := client.Updater().Update(t.Context(), ref, fieldPatches()["set expires_at"])
						return err
					},
					func() error {
						_, err := client.UpdateCreditGrant(t.Context(), "cg", flexprice.UpdateCreditGrantRequest{Name: new("n")})
						return err
					},
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
					synctest.Wait() // the first one has the grant
				}
				wg.Wait()
				if got := server.seen(); got != test.want {
					t.Errorf("the requests are %s, want %s", got, test.want)
				}
			})
		})
	}
}

// Updates of other grants, reads and dry runs do not wait.
func TestOnlyUpdatesOfOneGrantWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := newCareless("cg", "cg2").client(t)
		patch := fieldPatches()["set name"]
		start := time.Now()
		var wg sync.WaitGroup
		for _, call := range []func() error{
			func() error { _, err := client.Updater().Update(t.Context(), ref, patch); return err },
			func() error { _, err := client.Updater().Update(t.Context(), credit.Ref{ID: "cg2"}, patch); return err },
			func() error {
				_, err := client.Updater().Update(t.Context(), ref, patch, credit.WithDryRun())
				return err
			},
			func() error { _, err := client.GetCreditGrant(t.Context(), "cg"); return err },
		} {
			wg.Go(func() {
				if err := call(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(start); took != time.Second {
			t.Errorf("all of it took %v, want 1 s", took)
		}
	})
}

// An update that waits for its turn and gives up has sent nothing, and those
// behind it still have theirs.
func TestWaitingUpdateWhoseContextEndsIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newCareless("cg")
		client := server.client(t)
		updates := map[string]func(ctx context.Context) error{
			"the facade's": func(ctx context.Context) error {
				_, err := client.Updater().Update(ctx, ref, fieldPatches()["set name"])
				return err
			},
			"its own": func(ctx context.Context) error {
				_, err := client.UpdateCreditGrant(ctx, "cg", flexprice.UpdateCreditGrantRequest{Name: new("n")})
				return err
			},
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := updates["its own"](t.Context()); err != nil {
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
				if !ok || e.Outcome != credit.NotSent || e.Attempts != 0 || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s update gives %v, want it not sent", name, err)
				}
			})
		}
		time.Sleep(600 * time.Millisecond)
		wg.Go(func() {
			if err := updates["the facade's"](t.Context()); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		if got := server.seen(); got != "+PUT -PUT +PUT -PUT" {
			t.Errorf("the requests are %s", got)
		}
	})
}

// The grant is read and compared when it is the update's turn, so of two updates through
// one client that expect the same grant only one is made.
func TestExpectIsComparedWithinTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newCareless("cg_1")
		updater := s.client(t).Updater()
		unnamed := credit.Record{Values: credit.Values{Name: credit.Clear[string]()}}
		errs := make([]error, 2)
		var group sync.WaitGroup
		for i := range errs {
			group.Go(func() {
				name := credit.Patch{Name: credit.Set(fmt.Sprint("name ", i))}
				_, errs[i] = updater.Update(t.Context(), credit.Ref{ID: "cg_1"}, name, credit.WithExpect(unnamed))
			})
		}
		group.Wait()
		made := slices.Index(errs, nil)
		if made < 0 || !errors.Is(errs[1-made], credit.ErrConflict) || credit.OutcomeOf(errs[1-made]) != credit.NotSent {
			t.Errorf("the updates ended with %v", errs)
		}
		if got, want := s.seen(), "+GET -GET +PUT -PUT +GET -GET"; got != want {
			t.Errorf("the requests are %s, want %s", got, want)
		}
	})
}
