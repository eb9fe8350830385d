package plan

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/reading"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// A driver is a vendor in memory. Reads of a credit whose id begins with "slow" take a
// second; errs are the errors of its next calls.
type driver struct {
	before credit.Values
	paused []time.Duration

	mu    sync.Mutex
	errs  []error
	calls int
}

func (*driver) Vendor() string { return "knox" }

func (*driver) Support() credit.Support {
	all := make(map[credit.Field]credit.Ability)
	for _, f := range credit.Fields() {
		all[f] = credit.Ability{Set: true, Clear: true}
	}
	return credit.Support{Fields: all}
}

func (d *driver) Read(context.Context, credit.Ref) (*credit.Record, error) {
	return &credit.Record{Values: d.before}, nil
}

func (d *driver) Apply(ctx context.Context, ref credit.Ref, _ credit.Patch, cfg credit.CallConfig) (*credit.Result, error) {
	if err := d.nextError(); err != nil {
		return nil, err
	}
	if strings.HasPrefix(ref.ID, "slow") {
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if !cfg.DryRun || !cfg.ReadsFirst() {
		return nil, errors.New("a plan must not write, and must read")
	}
	before := &credit.Record{ID: ref.ID, Values: d.before}
	if err := cfg.CheckExpect("knox", before); err != nil {
		return nil, err
	}
	return &credit.Result{Before: before, Request: &credit.Request{Method: "PUT", Path: "/" + ref.ID}}, nil
}

// nextError counts a call and returns its error.
func (d *driver) nextError() (err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	if len(d.errs) > 0 {
		err, d.errs = d.errs[0], d.errs[1:]
	}
	return err
}

func (d *driver) Pause(_ context.Context, wait time.Duration) error {
	d.paused = append(d.paused, wait)
	time.Sleep(wait)
	return nil
}

// make plans a row for each id that sets the total to 5.
func (d *driver) make(ctx context.Context, v *Vendor, ids ...string) (lines []Line, err error) {
	v.Updater, v.Calls = credit.NewUpdater(d), d
	err = Make(ctx, inputs(ids), map[string]*Vendor{"knox": v}, func(l Line) error { lines = append(lines, l); return nil })
	return lines, err
}

func inputs(ids []string) iter.Seq2[Input, error] {
	return func(yield func(Input, error) bool) {
		for i, id := range ids {
			r := row.Row{Number: int64(i) + 1, Line: i + 2, Vendor: "knox", Ref: credit.Ref{ID: id}, Patch: credit.Patch{Total: credit.Set(credit.NewDecimal(5))}}
			if !yield(Input{Row: r}, nil) {
				return
			}
		}
	}
}

func values(total int64) credit.Values {
	return credit.Values{Total: credit.Set(credit.NewDecimal(total)), Note: credit.Clear[string](), Balance: credit.Set(credit.NewDecimal(2))}
}

func TestLinesKeepTheOrderOfRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ids []string
		for i := range 1000 {
			id := fmt.Sprint("credit-", i)
			if i%100 == 0 {
				id = fmt.Sprint("slow-", i)
			}
			ids = append(ids, id)
		}
		d := &driver{before: values(1)}
		lines, err := d.make(t.Context(), &Vendor{Vendor: &reading.Vendor{InFlight: 16}}, ids...)
		var got []string
		for _, l := range lines {
			got = append(got, l.ID)
		}
		if err != nil || !slices.Equal(got, ids) {
			t.Errorf("%v, %d lines", err, len(got))
		}
	})
}

// What a row expects decides what apply compares: every field that was read, or only those
// of the change. A field that was not read is not guarded, and the line says so.
func TestGuards(t *testing.T) {
	for _, test := range []struct {
		name   string
		all    bool
		before credit.Values
		want   string
	}{
		{"all", true, values(1), "planned note total balance []"},
		{"changed", false, values(1), "planned total []"},
		{"unchanged", true, values(5), "unchanged []"},
		{"unknown", true, credit.Values{Note: credit.Clear[string]()}, "planned note [total]"},
		{"nothing to compare", false, credit.Values{Note: credit.Clear[string]()}, "refused []"},
	} {
		t.Run(test.name, func(t *testing.T) {
			lines, err := (&driver{before: test.before}).make(t.Context(), &Vendor{Vendor: &reading.Vendor{InFlight: 1}, GuardAll: test.all}, "1")
			if err != nil || len(lines) != 1 {
				t.Fatalf("%v, %+v", err, lines)
			}
			got := lines[0].Status
			if e := lines[0].Expect; e != nil {
				for f := range e.All() {
					got += " " + string(f)
				}
			}
			if got += fmt.Sprint(" ", lines[0].Unguarded); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// A rate limit is waited for, a missing credit refuses its row, refused credentials and a
// vendor that is away for longer than the patience end the plan.
func TestErrorsOfReads(t *testing.T) {
	failed := func(kind credit.Kind, wait time.Duration) error {
		return &credit.Error{Vendor: "knox", Kind: kind, Outcome: credit.NotSent, RetryAfter: wait}
	}
	for _, test := range []struct {
		name   string
		errs   []error
		want   string
		paused []time.Duration
	}{
		{"rate limit", []error{failed(credit.ErrRateLimited, time.Minute), failed(credit.ErrRateLimited, 0)}, "planned", []time.Duration{time.Minute, 5 * time.Second}},
		{"not found", []error{failed(credit.ErrNotFound, 0)}, "refused", nil},
		{"unavailable", []error{failed(credit.ErrUnavailable, 0)}, "refused", nil},
		{"unauthorized", []error{failed(credit.ErrUnauthorized, 0)}, "no plan", nil},
		{"away", slices.Repeat([]error{failed(credit.ErrRateLimited, time.Hour)}, 9), "no plan", []time.Duration{time.Hour, time.Hour}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &driver{before: values(1), errs: test.errs}
				lines, err := d.make(t.Context(), &Vendor{Vendor: &reading.Vendor{InFlight: 1, Patience: 90 * time.Minute}}, "1")
				got := "no plan"
				if err == nil {
					got = lines[0].Status
				}
				if got != test.want || !slices.Equal(d.paused, test.paused) {
					t.Errorf("%s after pauses of %v, %v", got, d.paused, err)
				}
			})
		})
	}
}

func TestEndOfContextEndsPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		ids := slices.Repeat([]string{"slow"}, 100)
		if _, err := (&driver{before: values(1)}).make(ctx, &Vendor{Vendor: &reading.Vendor{InFlight: 1}}, ids...); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

// A row that needs no read sends none.
func TestRefusedAndUnchangedInputsAreNotRead(t *testing.T) {
	d := &driver{}
	v := &Vendor{Vendor: &reading.Vendor{Updater: credit.NewUpdater(d), InFlight: 1}}
	rows := func(yield func(Input, error) bool) {
		_ = yield(Input{Row: row.Row{Vendor: "knox"}, Unchanged: true}, nil) && yield(Input{Row: row.Row{Vendor: "acme"}, Refused: "no\nreason"}, nil)
	}
	var got []string
	err := Make(t.Context(), rows, map[string]*Vendor{"knox": v}, func(l Line) error { got = append(got, l.Status+l.Reason); return nil })
	if err != nil || d.calls > 0 || !slices.Equal(got, []string{"unchanged", "refusedno reason"}) {
		t.Errorf("got %q, %v, after %d calls", got, err, d.calls)
	}
}

// A line that a row could not be read from again is refused and not written.
func TestTooLongLineIsRefused(t *testing.T) {
	before := values(1)
	before.Name = credit.Set(strings.Repeat("x", row.MaxLength))
	lines, err := (&driver{before: before}).make(t.Context(), &Vendor{Vendor: &reading.Vendor{InFlight: 1}, GuardAll: true}, "1")
	if err != nil || lines[0].Status != row.StatusRefused || !strings.Contains(lines[0].Reason, "bytes, more than") {
		t.Errorf("got %.100v, %v", lines, err)
	}
}
