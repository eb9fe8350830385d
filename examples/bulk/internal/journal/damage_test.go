package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/creditkit/creditkit/examples/bulk/internal/mark"
	"github.com/creditkit/creditkit/examples/bulk/internal/natstest"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A guarded is a journal with marks, and its parts.
type guarded struct {
	*Journal
	t      *testing.T
	js     jetstream.JetStream
	stream jetstream.Stream
	marks  *mark.File
	path   string
}

const guardedRows = 8

func (g *guarded) newLog() Log { return NewStream(g.js, g.stream, "journal") }

func newGuarded(t *testing.T) *guarded {
	t.Helper()
	g := &guarded{t: t, js: natstest.New(t), path: filepath.Join(t.TempDir(), "marks")}
	var err error
	if g.stream, err = g.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "JOURNAL", Subjects: []string{"journal"}}); err != nil {
		t.Fatal(err)
	}
	if err := mark.Create(g.path, "job", guardedRows); err != nil {
		t.Fatal(err)
	}
	if g.marks, err = mark.Open(g.path, "job", guardedRows); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.marks.Close() })
	g.Journal = g.open()
	return g
}

// open follows the journal as a new process does. CatchUp reports the error of
// Follow.
func (g *guarded) open() *Journal {
	j := Open(g.newLog(), guardedRows, false)
	j.Marks = g.marks
	ctx, cancel := context.WithCancel(g.t.Context())
	go func() { _ = j.Follow(ctx) }() // it does not end where a test removes the stream
	g.t.Cleanup(cancel)
	return j
}

// status returns the mark of a row.
func (g *guarded) status(row int64) mark.Status {
	g.t.Helper()
	for m, err := range g.marks.All() {
		if err != nil {
			g.t.Fatal(err)
		}
		if m.Row == row {
			return m.Status
		}
	}
	g.t.Fatalf("row %d has no mark", row)
	return 0
}

func (g *guarded) start(row int64) Start {
	g.t.Helper()
	s, err := g.Start(g.t.Context(), row, "knox")
	if err != nil {
		g.t.Fatal(err)
	}
	return s
}

func (g *guarded) finish(row int64, o result.Outcome) {
	g.t.Helper()
	if err := g.Finish(g.t.Context(), result.Result{Row: row, Line: int(row) + 1, Vendor: "knox", Outcome: o}); err != nil {
		g.t.Fatal(err)
	}
}

// play leaves rows in each state: 1 applied, 2 rejected, 3 rejected after a doubt, 4
// released, 5 released in doubt, 6 and 7 started, 8 untouched.
func (g *guarded) play() {
	g.t.Helper()
	ctx := g.t.Context()
	g.start(1)
	g.finish(1, result.Applied)
	g.start(2)
	g.finish(2, result.Rejected)
	if err := g.Release(ctx, g.start(3), true); err != nil {
		g.t.Fatal(err)
	}
	g.start(3)
	g.finish(3, result.Rejected)
	if err := errors.Join(g.Release(ctx, g.start(4), false), g.Release(ctx, g.start(5), true)); err != nil {
		g.t.Fatal(err)
	}
	g.start(6)
	g.start(7)
}

func TestEachEntryUpdatesMark(t *testing.T) {
	g := newGuarded(t)
	g.play()
	for row, want := range []mark.Status{
		mark.Ended(result.Applied), mark.Ended(result.Rejected), mark.Ended(result.Unknown), mark.Released, mark.Doubtful,
		mark.Started, mark.Started, mark.Untouched,
	} {
		if got := g.status(int64(row) + 1); got != want {
			t.Errorf("row %d: got %d, want %d", row+1, got, want)
		}
	}
	again := g.open()
	if err := errors.Join(again.CatchUp(t.Context()), again.Verify()); err != nil {
		t.Errorf("an undamaged journal: %v", err)
	}
	if s, err := again.Start(t.Context(), 1, "knox"); err != nil || !s.Ended || g.status(1) != mark.Ended(result.Applied) {
		t.Errorf("a row that has ended is started: %+v, %v, mark %d", s, err, g.status(1))
	}
}

// A row whose mark cannot be written is not sent.
func TestRowIsReleasedIfMarkFails(t *testing.T) {
	g := newGuarded(t)
	_ = g.marks.Close()
	if _, err := g.Start(t.Context(), 1, "knox"); err == nil || !strings.Contains(err.Error(), "row 1 was not sent") {
		t.Fatalf("got %v", err)
	}
	j := g.open()
	j.Marks = nil
	if err := j.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := j.Counts()["knox"]; c.Open != 0 || c.Waiting != 1 {
		t.Errorf("got %+v", c)
	}
}

// deleted removes entries from the stream, as a damaged file does.
func (g *guarded) deleted(sequences ...uint64) {
	g.t.Helper()
	for _, sequence := range sequences {
		if err := g.stream.DeleteMsg(g.t.Context(), sequence); err != nil {
			g.t.Fatal(err)
		}
	}
}

func TestMissingEntriesAreDamage(t *testing.T) {
	for _, test := range []struct {
		name   string
		damage func(g *guarded)
	}{
		{"first", func(g *guarded) { g.deleted(1) }},
		{"in the middle", func(g *guarded) { g.deleted(4, 5) }},
		{"unreadable", func(g *guarded) {
			if _, err := g.js.Publish(g.t.Context(), "journal", []byte("{")); err != nil {
				g.t.Fatal(err)
			}
		}},
		{"all, and the stream is another", func(g *guarded) {
			err := g.js.DeleteStream(g.t.Context(), "JOURNAL")
			if err == nil {
				g.stream, err = g.js.CreateStream(g.t.Context(), jetstream.StreamConfig{Name: "JOURNAL", Subjects: []string{"journal"}})
			}
			if err != nil {
				g.t.Fatal(err)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := newGuarded(t)
			g.play()
			test.damage(g)
			j := g.open()
			err := j.CatchUp(t.Context())
			if err == nil {
				err = j.Verify()
			}
			if !IsDamage(err) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A journal on a server has no marks and is not verified.
func TestJournalWithoutMarksIsNotVerified(t *testing.T) {
	journals, _ := fleet(t, 1, 1)
	if err := journals[0].Verify(); err != nil {
		t.Error(err)
	}
}

// recovered returns the entries that Recover keeps, in order, as "row outcome".
func (g *guarded) recovered(marks *mark.File, log Log) (ends []string, s *Salvage) {
	g.t.Helper()
	describe := func(row int64) (result.Result, error) {
		return result.Result{Row: row, Line: int(row) + 1, Vendor: "knox", ID: fmt.Sprint("c", row)}, nil
	}
	s, err := Recover(g.t.Context(), log, marks, guardedRows, false, describe, func(text []byte) error {
		var e Event
		if err := json.Unmarshal(text, &e); err != nil {
			return err
		}
		ends = append(ends, fmt.Sprintf("%d %s", e.Row, e.Result.Outcome))
		return nil
	})
	if err != nil {
		g.t.Fatal(err)
	}
	slices.Sort(ends)
	return ends, s
}

func TestRecoverKeepsKnownOutcomes(t *testing.T) {
	for _, test := range []struct {
		name    string
		deleted []uint64
		noMarks bool
		noTail  bool
		want    string
	}{
		{"nothing lost", nil, false, false, "1 applied, 2 rejected, 3 unknown, 5 unknown, 6 unknown, 7 unknown"},
		{"an end lost", []uint64{2}, false, false, "1 applied, 2 rejected, 3 unknown, 5 unknown, 6 unknown, 7 unknown"},
		{"everything lost but marks", nil, false, true, "1 applied, 2 rejected, 3 unknown, 5 unknown, 6 unknown, 7 unknown"},
		{"marks lost", nil, true, false, "1 applied, 2 rejected, 3 unknown, 5 unknown, 6 unknown, 7 unknown"},
		{"marks and an entry lost", []uint64{13}, true, false, "1 applied, 2 rejected, 3 unknown, 4 unknown, 5 unknown, 6 unknown, 7 unknown, 8 unknown"},
		{"marks and everything lost", nil, true, true, "1 unknown, 2 unknown, 3 unknown, 4 unknown, 5 unknown, 6 unknown, 7 unknown, 8 unknown"},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := newGuarded(t)
			g.play()
			g.deleted(test.deleted...)
			marks, log := g.marks, g.newLog()
			if test.noMarks {
				marks = nil
			}
			if test.noTail {
				log = nil
			}
			ends, s := g.recovered(marks, log)
			if got := strings.Join(ends, ", "); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			for _, r := range s.InDoubt {
				if r.Line != int(r.Row)+1 || r.ID != fmt.Sprint("c", r.Row) || r.Kind != result.KindDamaged {
					t.Errorf("got %+v", r)
				}
			}
		})
	}
}

// An imported entry updates the mark only if it is the newest of its row.
func TestImportRecordsEntries(t *testing.T) {
	g := newGuarded(t)
	g.play()
	text := func(e Event) []byte {
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, test := range []struct {
		name string
		e    Event
		row  int64
		want mark.Status
	}{
		{"the answer of a row in flight", FinishEvent(result.Result{Row: 6, Vendor: "knox", Outcome: result.Applied}), 6, mark.Ended(result.Applied)},
		{"an older release", Event{Kind: kindReleased, Row: 7, Vendor: "knox", Claim: "other"}, 7, mark.Started},
		{"an end of a row that has ended", FinishEvent(result.Result{Row: 1, Vendor: "knox", Outcome: result.Rejected}), 1, mark.Ended(result.Applied)},
	} {
		if err := g.Import(t.Context(), text(test.e)); err != nil {
			t.Fatal(err)
		}
		if got := g.status(test.row); got != test.want {
			t.Errorf("%s: got %d, want %d", test.name, got, test.want)
		}
	}
	if err := g.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := g.Counts()["knox"]; c.Applied != 2 || c.Open != 1 {
		t.Errorf("got %+v", c)
	}
	if err := g.Import(t.Context(), []byte(`{"event":"x"}`)); err == nil {
		t.Error("an entry of an unknown kind was imported")
	}
}

// An entry that the server does not accept at the first attempt is spilled, except
// a start, whose row is not sent.
func TestSpillAfterFailedWrite(t *testing.T) {
	g := newGuarded(t)
	s := g.start(1)
	var spilled []Event
	g.Spill = func(e Event) { spilled = append(spilled, e) }
	g.StorageFailed = func() bool { return true }
	if err := g.js.DeleteStream(t.Context(), "JOURNAL"); err != nil {
		t.Fatal(err)
	}
	if err := g.Finish(t.Context(), result.Result{Row: 1, Vendor: "knox", Outcome: result.Applied}); err == nil || !strings.Contains(err.Error(), "the disk is probably full") {
		t.Errorf("got %v", err)
	}
	if err := g.Release(t.Context(), s, true); err == nil {
		t.Error("no error")
	}
	if _, err := g.Start(t.Context(), 2, "knox"); err == nil {
		t.Error("no error")
	}
	if len(spilled) != 2 || spilled[0].Kind != kindDone || spilled[1].Kind != kindReleased || !spilled[1].Doubt || spilled[1].Claim == "" {
		t.Errorf("got %+v", spilled)
	}
	if g.status(1) != mark.Started || g.status(2) != mark.Untouched {
		t.Errorf("marks %d and %d", g.status(1), g.status(2))
	}
}
