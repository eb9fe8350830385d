package rest

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// rereads is a Source that counts its reads.
type rereads struct {
	now   *credit.Record
	err   error
	count int
}

func (r *rereads) Reread() (*credit.Record, []byte, error) {
	r.count++
	return r.now, []byte("new body"), r.err
}

func recordNamed(name string) *credit.Record {
	return &credit.Record{ID: "7", Values: credit.Values{Name: credit.Set(name), Note: credit.Set("n")}, Raw: []byte(name)}
}

// Before a repeat that cannot apply the change twice, the credit is read if something
// is expected of it, or if the write holds an old record.
func TestGuardReadsBeforeRepeat(t *testing.T) {
	expect := recordNamed("old")
	for _, test := range []struct {
		name     string
		cfg      credit.CallConfig
		replaces bool
		wait     time.Duration
		reads    int
	}{
		{"a short wait", credit.CallConfig{}, true, maxAge - 1, 0},
		{"a long wait", credit.CallConfig{}, true, maxAge, 1},
		{"a long wait, and the body does not hold the record", credit.CallConfig{}, false, maxAge, 0},
		{"a long wait, and the record is the caller's", credit.CallConfig{Record: []byte("{}")}, true, time.Hour, 0},
		{"no wait, and a record is expected", credit.CallConfig{Expect: expect}, false, 0, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			source := &rereads{now: recordNamed("old")}
			g := &Guard{Vendor: "acme", Config: test.cfg, Result: &credit.Result{}, Source: source, Replaces: test.replaces}
			if err := g.Begin(recordNamed("old")); err != nil {
				t.Fatal(err)
			}
			time.Sleep(test.wait)
			body, err := g.Recheck(false)
			if err != nil || source.count != test.reads || (body != nil) != (test.reads > 0) {
				t.Errorf("%s: %d reads, body %q, %v; want %d reads", test.name, source.count, body, err, test.reads)
			}
			if (g.Result.Before == source.now) != (test.reads > 0) {
				t.Errorf("%s: Before is %p, the record that was read last is %p", test.name, g.Result.Before, source.now)
			}
			// The record is fresh again.
			if _, err := g.Recheck(false); err != nil || test.cfg.Expect == nil && source.count != test.reads {
				t.Errorf("%s: %d reads before the second repeat, %v", test.name, source.count, err)
			}
		})
	}
}

// What the credit shows decides on a repeat.
func TestGuardComparesBeforeRepeat(t *testing.T) {
	errRead := errors.New("no read")
	note := &credit.Record{Values: credit.Values{Note: credit.Set("n")}}
	otherNote := recordNamed("old")
	otherNote.Note = credit.Set("other")
	bare := recordNamed("third") // a vendor's record without its text
	bare.Raw = nil
	for _, test := range []struct {
		name     string
		expect   *credit.Record
		now      *credit.Record
		err      error
		doubtful bool
		want     error // ErrAlreadyApplied, errRead, or credit.ErrConflict for a ChangedError
	}{
		{"as before", nil, recordNamed("old"), nil, true, nil},
		{"the patch's value", nil, recordNamed("new"), nil, true, ErrAlreadyApplied},
		{"the patch's value without doubt", note, recordNamed("new"), nil, false, nil},
		{"another value", nil, recordNamed("third"), nil, true, credit.ErrConflict},
		{"another value without its text", nil, bare, nil, true, credit.ErrConflict},
		{"another value without doubt", note, recordNamed("third"), nil, false, nil},
		{"as expected", note, recordNamed("old"), nil, true, nil},
		{"as before, and an expected field is not", note, otherNote, nil, true, credit.ErrConflict},
		{"an expected field differs without doubt", note, otherNote, nil, false, credit.ErrConflict},
		{"unreadable", note, nil, errRead, true, errRead},
		{"unreadable without doubt", note, nil, errRead, false, errRead},
	} {
		t.Run(test.name, func(t *testing.T) {
			source := &rereads{now: test.now, err: test.err}
			before := recordNamed("old")
			g := &Guard{
				Vendor: "acme", Patch: credit.Patch{Name: credit.Set("new")}, Config: credit.CallConfig{Expect: test.expect},
				Result: &credit.Result{}, Source: source, Replaces: true,
			}
			if err := g.Begin(before); err != nil {
				t.Fatal(err)
			}
			body, err := g.Recheck(test.doubtful)
			if !errors.Is(err, test.want) || (body != nil) != (err == nil) {
				t.Errorf("body %q, %v; want %v", body, err, test.want)
			}
			if err != nil && g.Result.Before != before {
				t.Error("Before is not what the update read first")
			}
			if errors.Is(err, ErrAlreadyApplied) && g.Result.After != test.now {
				t.Error("After is not what was read")
			}
		})
	}
}

// A credit that had the patch's values before does not show whether a write has arrived,
// so the write is repeated.
func TestGuardRepeatsWhatTheCreditHadBefore(t *testing.T) {
	source := &rereads{now: recordNamed("new")}
	g := &Guard{Vendor: "acme", Patch: credit.Patch{Name: credit.Set("new")}, Result: &credit.Result{}, Source: source}
	if err := g.Begin(recordNamed("new")); err != nil {
		t.Fatal(err)
	}
	if body, err := g.Recheck(true); err != nil || body == nil || g.Result.After != nil {
		t.Errorf("body %q, %v, After %v; want a repeat", body, err, g.Result.After)
	}
}
