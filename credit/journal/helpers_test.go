package journal_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/credit/journal"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/knox"
	"github.com/creditkit/creditkit/metronome"
	"github.com/creditkit/creditkit/nexudus"
	"github.com/creditkit/creditkit/thoughtindustries"
)

var ref = credit.Ref{ID: "c"}

// newFake returns a fake with one credit. Its name and total can be set again without
// harm, its balance cannot.
func newFake() *credittest.Fake {
	return credittest.NewFake(credit.Support{Fields: map[credit.Field]credit.Ability{
		credit.FieldName:    {Set: true},
		credit.FieldTotal:   {Set: true},
		credit.FieldBalance: {Set: true, NotIdempotent: true},
	}}, credit.Record{ID: ref.ID, Values: credit.Values{
		Name: credit.Set("before"), Total: credit.Set(credit.NewDecimal(10)), Balance: credit.Set(credit.NewDecimal(10)),
	}})
}

func nameJob(key, name string) journal.Job {
	return journal.Job{Key: key, Vendor: "fake", Ref: ref, Patch: credit.Patch{Name: credit.Set(name)}}
}

func balanceJob(key string, balance int64) journal.Job {
	return journal.Job{Key: key, Vendor: "fake", Ref: ref, Patch: credit.Patch{Balance: credit.Set(credit.NewDecimal(balance))}}
}

func failure(kind credit.Kind, outcome credit.Outcome) error {
	return &credit.Error{Vendor: "fake", Op: "Update", Kind: kind, Outcome: outcome, Attempts: 1}
}

func lostAnswer() error { return failure(credit.ErrUnavailable, credit.Unknown) }

// countApplied counts the updates that changed the credit.
func countApplied(fake *credittest.Fake) (n int) {
	for _, call := range fake.Calls() {
		if call.Applied {
			n++
		}
	}
	return n
}

// readValues returns the present values of the fake's credit.
func readValues(t *testing.T, updater credit.Updater, ref credit.Ref) credit.Values {
	t.Helper()
	record, err := updater.(credit.Reader).Read(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	return record.Values
}

// checkRun compares what Run returned with what it should have returned.
func checkRun(t *testing.T, entry *journal.Entry, err error, state journal.State, outcome credit.Outcome) {
	t.Helper()
	if entry == nil || entry.State != state || entry.Outcome != outcome {
		t.Errorf("entry %+v, want %s, %s", entry, state, outcome)
	}
	if outcome == credit.Applied {
		outcome = 0
	}
	if credit.OutcomeOf(err) != outcome {
		t.Errorf("the outcome is %s, want %s: %v", credit.OutcomeOf(err), outcome, err)
	}
}

// A hookedUpdater calls before and after each update, and can replace its error.
type hookedUpdater struct {
	*credittest.Fake
	before func(ctx context.Context)
	after  func(error) error
}

func (u *hookedUpdater) Update(ctx context.Context, ref credit.Ref, patch credit.Patch, opts ...credit.CallOption) (*credit.Result, error) {
	if u.before != nil {
		u.before(ctx)
	}
	result, err := u.Fake.Update(ctx, ref, patch, opts...)
	if u.after != nil {
		if err = u.after(err); err != nil {
			result = nil
		}
	}
	return result, err
}

// A failingStore fails at the operations that fail names: the n-th call of "events",
// "starts", or "append" and the kind of the event. With after, the event is stored.
type failingStore struct {
	journal.Store
	fail   string
	after  bool
	onFail func() // is called by Append before it fails; may be nil
}

var errStore = errors.New("the disk is full")

func (s *failingStore) Append(ctx context.Context, e journal.Event) (journal.Prior, error) {
	if s.fail != "append "+string(e.Kind) {
		return s.Store.Append(ctx, e)
	}
	if s.after {
		if _, err := s.Store.Append(ctx, e); err != nil {
			return journal.Prior{}, err
		}
	}
	if s.onFail != nil {
		s.onFail()
	}
	return journal.Prior{}, errStore
}

func (s *failingStore) Events(ctx context.Context, key string) ([]journal.Event, error) {
	if s.fail == "events" {
		return nil, errStore
	}
	return s.Store.Events(ctx, key)
}

func (s *failingStore) Starts(ctx context.Context, name string) (journal.Starts, error) {
	if s.fail == "starts" {
		return journal.Starts{}, errStore
	}
	return s.Store.Starts(ctx, name)
}

// A vendor is one of the five, with its fake and a change to make there.
type vendor struct {
	name       string
	fake       func(credittest.TB) *credittest.Server
	open       func(opts ...credit.Option) (interface{ Updater() credit.Updater }, error)
	patch      func(n int64) credit.Patch
	repeatable bool // the change can be sent again without harm
}

var vendors = []vendor{
	{
		"knox", func(t credittest.TB) *credittest.Server { return credittest.NewKnox(t) },
		func(opts ...credit.Option) (interface{ Updater() credit.Updater }, error) {
			return knox.New("example.org", credit.StaticToken("token"), opts...)
		},
		totalPatch, true,
	},
	{
		"thoughtindustries", func(t credittest.TB) *credittest.Server { return credittest.NewThoughtIndustries(t) },
		func(opts ...credit.Option) (interface{ Updater() credit.Updater }, error) {
			return thoughtindustries.New("acme", "token", opts...)
		},
		func(n int64) credit.Patch { return credit.Patch{Balance: credit.Set(credit.NewDecimal(n))} }, false,
	},
	{
		"nexudus", func(t credittest.TB) *credittest.Server { return credittest.NewNexudus(t) },
		func(opts ...credit.Option) (interface{ Updater() credit.Updater }, error) {
			return nexudus.New(credit.StaticToken("token"), opts...)
		},
		totalPatch, true,
	},
	{
		"flexprice", func(t credittest.TB) *credittest.Server { return credittest.NewFlexprice(t) },
		func(opts ...credit.Option) (interface{ Updater() credit.Updater }, error) {
			return flexprice.New("token", opts...)
		},
		func(n int64) credit.Patch {
			return credit.Patch{Name: credit.Set(credit.NewDecimal(n).String())}
		}, true,
	},
	{
		"metronome", func(t credittest.TB) *credittest.Server { return credittest.NewMetronome(t) },
		func(opts ...credit.Option) (interface{ Updater() credit.Updater }, error) {
			return metronome.New("token", opts...)
		},
		totalPatch, true,
	},
}

func totalPatch(n int64) credit.Patch { return credit.Patch{Total: credit.Set(credit.NewDecimal(n))} }

// A line is a connection to a fake that can break.
type line struct {
	http.RoundTripper
	fake *credittest.Server
	lose atomic.Bool // the response to the next write, and all that follows
	down atomic.Bool
}

var errLine = errors.New("the line is down")

func (l *line) RoundTrip(req *http.Request) (*http.Response, error) {
	if l.down.Load() {
		return nil, errLine
	}
	writes := len(l.fake.Writes())
	resp, err := l.RoundTripper.RoundTrip(req)
	if l.lose.Load() && len(l.fake.Writes()) > writes {
		l.lose.Store(false)
		l.down.Store(true)
		if err == nil {
			_ = resp.Body.Close()
		}
		return nil, errLine
	}
	return resp, err
}

// connect returns an Updater of the fake and its line.
func (v vendor) connect(t *testing.T, fake *credittest.Server) (credit.Updater, *line) {
	t.Helper()
	l := &line{RoundTripper: fake.Transport(), fake: fake}
	client, err := v.open(credit.WithBaseURL(fake.URL), credit.WithTransport(l))
	if err != nil {
		t.Fatal(err)
	}
	return client.Updater(), l
}

func (v vendor) job(key string, ref credit.Ref, n int64) journal.Job {
	return journal.Job{Key: key, Vendor: v.name, Ref: ref, Patch: v.patch(n)}
}
