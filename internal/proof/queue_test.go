package proof

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// queued are the vendors whose clients make the updates of one credit one after the
// other, each with a patch whose update reads the credit before it writes.
var queued = []struct {
	name  string
	patch credit.Patch
}{
	{"knox", notePatch(1)},
	{"nexudus", notePatch(1)},
	{"flexprice", credit.Patch{ExpiresAt: credit.Set(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))}},
}

// A slowTransport takes a second for each request, and records the order in which
// requests begin and end.
type slowTransport struct {
	next http.RoundTripper

	mu    sync.Mutex
	order []string
}

func (s *slowTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	s.record("+" + req.Method)
	time.Sleep(time.Second)
	defer s.record("-" + req.Method)
	return s.next.RoundTrip(req)
}

func (s *slowTransport) record(event string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.order = append(s.order, event)
}

func (s *slowTransport) recorded() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.order, " ")
}

// A queue is a client of a vendor with slow responses. facade and native update the
// fake's credit.
type queue struct {
	client         nativeCalls
	slow           *slowTransport
	fake           *credittest.Server
	patch          credit.Patch
	facade, native func(context.Context) error
}

// eachQueue runs a test with the client of each vendor, in a bubble.
func eachQueue(t *testing.T, test func(t *testing.T, q *queue)) {
	for _, v := range queued {
		t.Run(v.name, func(t *testing.T) {
			fake := vendorNamed(t, v.name).fake(t) // started outside: a listener would stop the bubble's clock
			synctest.Test(t, func(t *testing.T) {
				test(t, newQueue(t, vendorNamed(t, v.name), fake, v.patch))
			})
		})
	}
}

func newQueue(t *testing.T, v vendor, fake *credittest.Server, patch credit.Patch) *queue {
	q := &queue{slow: &slowTransport{next: fake.Transport()}, fake: fake, patch: patch}
	q.client = v.openNative(t, fake.Ref, fake.Record(fake.Ref.ID), q.slow, credit.WithBaseURL(fake.URL))
	q.facade = func(ctx context.Context) error {
		_, err := q.client.updater.Update(ctx, fake.Ref, patch)
		return err
	}
	q.native = func(ctx context.Context) error {
		_, err := q.client.update(ctx)
		return err
	}
	return q
}

// start makes a call in a goroutine, which must succeed.
func start(t *testing.T, group *sync.WaitGroup, call func(context.Context) error) {
	group.Go(func() {
		if err := call(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// The facade's update holds the credit from its read to its write. The vendor's own
// update waits for it, and the other way round.
func TestUpdatesOfOneCreditWaitForEachOther(t *testing.T) {
	for _, test := range []struct{ name, want string }{
		{"the facade first", "+GET -GET +PUT -PUT +PUT -PUT"},
		{"the facade last", "+PUT -PUT +GET -GET +PUT -PUT"},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachQueue(t, func(t *testing.T, q *queue) {
				updates := []func(context.Context) error{q.facade, q.native}
				if test.name == "the facade last" {
					slices.Reverse(updates)
				}
				var group sync.WaitGroup
				for _, update := range updates {
					start(t, &group, update)
					synctest.Wait() // the first one has the credit
				}
				group.Wait()
				if got := q.slow.recorded(); got != test.want {
					t.Errorf("the requests are %s, want %s", got, test.want)
				}
			})
		})
	}
}

// Updates of other credits, reads and dry runs do not wait.
func TestOnlyUpdatesOfOneCreditWait(t *testing.T) {
	eachQueue(t, func(t *testing.T, q *queue) {
		other := seedCopies(t, q.fake, 1)[0]
		began := time.Now()
		var group sync.WaitGroup
		start(t, &group, q.facade)
		start(t, &group, func(ctx context.Context) error {
			_, err := q.client.updater.Update(ctx, other, q.patch)
			return err
		})
		start(t, &group, func(ctx context.Context) error {
			_, err := q.client.updater.Update(ctx, q.fake.Ref, q.patch, credit.WithDryRun())
			return err
		})
		start(t, &group, func(ctx context.Context) error {
			_, err := q.client.read(ctx)
			return err
		})
		group.Wait()
		if took := time.Since(began); took != 2*time.Second { // a read and a write
			t.Errorf("all of it took %v, want 2 s", took)
		}
	})
}

// An update that waits for its turn and gives up has sent nothing, and those behind
// it still have their turn.
func TestWaitingUpdateWhoseContextEndsIsNotSent(t *testing.T) {
	eachQueue(t, func(t *testing.T, q *queue) {
		var group sync.WaitGroup
		start(t, &group, q.facade)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		for name, update := range map[string]func(context.Context) error{"the facade's": q.facade, "the vendor's": q.native} {
			group.Go(func() {
				err := update(ctx)
				e, ok := errors.AsType[*credit.Error](err)
				if !ok || e.Outcome != credit.NotSent || credit.OutcomeOf(err) != credit.NotSent || e.Attempts != 0 || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s update gives %v, want it not sent", name, err)
				}
			})
		}
		time.Sleep(600 * time.Millisecond)
		if got := q.slow.recorded(); got != "+GET" {
			t.Errorf("the requests are %s", got)
		}
		start(t, &group, q.native)
		group.Wait()
		if got := q.slow.recorded(); got != "+GET -GET +PUT -PUT +PUT -PUT" || len(q.fake.Writes()) != 2 {
			t.Errorf("the requests are %s, with %d writes", got, len(q.fake.Writes()))
		}
	})
}

// The credit is read and compared when it is the update's turn, so of two updates through
// one client that expect the same credit only one is made.
func TestExpectIsComparedWithinTheQueue(t *testing.T) {
	eachQueue(t, func(t *testing.T, q *queue) {
		expected, err := q.client.updater.(credit.Reader).Read(t.Context(), q.fake.Ref)
		if err != nil {
			t.Fatal(err)
		}
		errs := make([]error, 2)
		var group sync.WaitGroup
		for i := range errs {
			group.Go(func() {
				_, errs[i] = q.client.updater.Update(t.Context(), q.fake.Ref, q.patch, credit.WithExpect(*expected))
			})
		}
		group.Wait()
		made := slices.Index(errs, nil)
		if made < 0 || !errors.Is(errs[1-made], credit.ErrConflict) || credit.OutcomeOf(errs[1-made]) != credit.NotSent {
			t.Errorf("the updates ended with %v", errs)
		}
		if got, want := q.slow.recorded(), "+GET -GET +GET -GET +PUT -PUT +GET -GET"; got != want {
			t.Errorf("the requests are %s, want %s", got, want)
		}
	})
}

// A panickingTransport panics at its first request.
type panickingTransport struct {
	next http.RoundTripper
	once sync.Once
}

func (p *panickingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	p.once.Do(func() { panic("planted") })
	return p.next.RoundTrip(req)
}

// A panic of the caller's transport reaches the caller, and does not hold up the
// updates behind it.
func TestPanicLeavesTheQueueFree(t *testing.T) {
	eachQueue(t, func(t *testing.T, q *queue) {
		q.slow.next = &panickingTransport{next: q.slow.next}
		func() {
			defer func() {
				if got := recover(); got != "planted" {
					t.Errorf("recovered %v", got)
				}
			}()
			t.Errorf("the update returned %v", q.facade(t.Context()))
		}()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := q.native(ctx); err != nil {
			t.Error(err)
		}
	})
}
