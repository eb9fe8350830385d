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

	"github.com/creditkit/creditkit/credit"
	changes "github.com/creditkit/creditkit/credit/journal"
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

const guardedRows = 9

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

// play leaves rows in each state: 1 applied, 2 rejected, 3 rejected after a doubt, 4 tried
// without a request, 5 in doubt, 6 and 7 started, 8 untouched, 9 applied and without its
// result.
func (g *guarded) play() {
	g.t.Helper()
	t, j := g.t, g.Journal
	add(t, j, 1, endedEvent(1, start(t, j, 1), credit.Applied)) // entries 1 and 2
	finish(t, j, 1, result.Applied)
	add(t, j, 2, endedEvent(2, start(t, j, 2), credit.Rejected)) // 4 and 5
	finish(t, j, 2, result.Rejected)
	add(t, j, 3, endedEvent(3, start(t, j, 3), credit.Unknown)) // 7 and 8
	add(t, j, 3, endedEvent(3, start(t, j, 3), credit.Rejected))
	finish(t, j, 3, result.Unknown)
	add(t, j, 4, passingEvent(4, start(t, j, 4)))               // 12 and 13
	add(t, j, 5, endedEvent(5, start(t, j, 5), credit.Unknown)) // 14 and 15
	start(t, j, 6)
	start(t, j, 7)
	add(t, j, 9, endedEvent(9, start(t, j, 9), credit.Applied)) // 18 and 19
}

func TestEachEntryUpdatesMark(t *testing.T) {
	g := newGuarded(t)
	g.play()
	for row, want := range []mark.Status{
		mark.Ended(result.Applied), mark.Ended(result.Rejected), mark.Ended(result.Unknown), mark.Released, mark.Doubtful,
		mark.Started, mark.Started, mark.Untouched, mark.Ended(result.Applied),
	} {
		if got := g.status(int64(row) + 1); got != want {
			t.Errorf("row %d: got %d, want %d", row+1, got, want)
		}
	}
	again := g.open()
	if err := errors.Join(again.CatchUp(t.Context()), again.Verify()); err != nil {
		t.Errorf("an undamaged journal: %v", err)
	}
	if _, _, err := startRow(t.Context(), again, 1); !errors.Is(err, ErrDone) || g.status(1) != mark.Ended(result.Applied) {
		t.Errorf("got %v, mark %d", err, g.status(1))
	}
}

// In a dry run the outcome of a try is that of a request that was not sent.
func TestDryRunMarksNoOutcomeOfTry(t *testing.T) {
	g := newGuarded(t)
	g.dryRun = true
	claim := start(t, g.Journal, 1)
	add(t, g.Journal, 1, endedEvent(1, claim, credit.Applied))
	if got := g.status(1); got != mark.Released {
		t.Errorf("after the try: %d", got)
	}
	finish(t, g.Journal, 1, result.Planned)
	if got := g.status(1); got != mark.Ended(result.Planned) {
		t.Errorf("after the result: %d", got)
	}
}

// A row whose mark cannot be written is not sent.
func TestRowIsNotSentIfMarkFails(t *testing.T) {
	g := newGuarded(t)
	_ = g.marks.Close()
	row := g.Row(1, "knox", rowKey(1))
	if _, err := row.Append(t.Context(), startedEvent(1, "a")); err == nil || !strings.Contains(err.Error(), "row 1 was not sent") {
		t.Fatalf("got %v", err)
	}
	if _, err := row.Err(); err == nil {
		t.Error("the row has no error")
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
func (g *guarded) recovered(marks *mark.File, log Log, unrecorded ...[]byte) (ends []string, s *Salvage) {
	g.t.Helper()
	describe := func(row int64) (result.Result, error) {
		return result.Result{Row: row, Line: int(row) + 1, Vendor: "knox", ID: fmt.Sprint("c", row)}, nil
	}
	s, err := Recover(g.t.Context(), log, unrecorded, marks, guardedRows, false, describe, func(text []byte) error {
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
	const (
		known     = "1 applied, 2 rejected, 3 unknown, 5 unknown, 6 unknown, 7 unknown, 9 applied"
		untrusted = "1 applied, 2 rejected, 3 unknown, 4 unknown, 5 unknown, 6 unknown, 7 unknown, 8 unknown, 9 applied"
	)
	for _, test := range []struct {
		name    string
		deleted []uint64
		noMarks bool
		noTail  bool
		want    string
	}{
		{"nothing lost", nil, false, false, known},
		{"a result lost", []uint64{3}, false, false, known},
		{"a result and the end of its try lost", []uint64{2, 3}, false, false, known},
		{"a refusal and the doubt before it lost", []uint64{7, 8, 11}, false, false, known},
		{"everything lost but marks", nil, false, true, known},
		{"marks lost", nil, true, false, known},
		{"marks and an entry lost", []uint64{13}, true, false, untrusted},
		{"marks, a refusal's result and the doubt before it lost", []uint64{7, 8, 11}, true, false, untrusted},
		{"marks and a result lost", []uint64{6}, true, false, strings.Replace(untrusted, "2 rejected", "2 unknown", 1)},
		{"marks and everything lost", nil, true, true, "1 unknown, 2 unknown, 3 unknown, 4 unknown, 5 unknown, 6 unknown, 7 unknown, 8 unknown, 9 unknown"},
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

// The results of a recovery are the same in the new journal, which has no starts.
func TestRecoveredResultsStay(t *testing.T) {
	g := newGuarded(t)
	g.play()
	next := newGuarded(t)
	describe := func(row int64) (result.Result, error) {
		return result.Result{Row: row, Vendor: "knox"}, nil
	}
	_, err := Recover(t.Context(), g.newLog(), nil, g.marks, guardedRows, false, describe, func(text []byte) error {
		return next.Import(t.Context(), text)
	})
	if err := errors.Join(err, next.CatchUp(t.Context())); err != nil {
		t.Fatal(err)
	}
	if got, want := next.Counts()["knox"], (Counts{Applied: 2, Rejected: 1, Unknown: 4}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// The second copy of a start, which a lost answer of the server leaves, is not another try
// that may have made the change.
func TestRecoverCountsCopiesOnce(t *testing.T) {
	g := newGuarded(t)
	claim := start(t, g.Journal, 1)
	first, err := g.newLog().Get(t.Context(), 1)
	if err == nil {
		_, err = g.newLog().Publish(t.Context(), first.Text)
	}
	if err != nil {
		t.Fatal(err)
	}
	add(t, g.Journal, 1, endedEvent(1, claim, credit.Rejected))
	for _, marks := range []*mark.File{g.marks, nil} {
		if ends, _ := g.recovered(marks, g.newLog()); !slices.Equal(ends, []string{"1 rejected"}) {
			t.Errorf("got %v", ends)
		}
	}
}

// An answer in the reserve is known, although the journal did not accept it.
func TestRecoverReadsUnrecordedEntries(t *testing.T) {
	g := newGuarded(t)
	claim := start(t, g.Journal, 1)
	e, err := newChangeEvent(1, "knox", endedEvent(1, claim, credit.Applied), maxChangeBytes)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, log := range []Log{g.newLog(), nil} {
		ends, s := g.recovered(g.marks, log, text, []byte("{"))
		if !slices.Equal(ends, []string{"1 applied"}) || s.Restored != 1 || len(s.InDoubt) != 0 {
			t.Errorf("got %v, %+v", ends, s)
		}
	}
}

// A result that is made from the tries has what they know.
func TestRecoveredResultHasItsChange(t *testing.T) {
	g := newGuarded(t)
	for row, outcome := range map[int64]credit.Outcome{1: credit.Applied, 2: credit.Unknown} {
		e := endedEvent(row, start(t, g.Journal, row), outcome)
		e.RequestID, e.Error = "request", "a text"
		e.Before = &credit.Record{Values: credit.Values{Name: credit.Set("old")}}
		add(t, g.Journal, row, e)
	}
	describe := func(row int64) (result.Result, error) { return result.Result{Row: row, Vendor: "knox"}, nil }
	want := []result.Change{{Field: "name", Before: `"old"`, After: `"new"`}}
	_, err := Recover(t.Context(), g.newLog(), nil, g.marks, guardedRows, false, describe, func(text []byte) error {
		var e Event
		if err := json.Unmarshal(text, &e); err != nil {
			return err
		}
		if r := e.Result; !slices.Equal(r.Changes, want) || r.RequestID != "request" || !strings.Contains(r.Error, "the last try: a text") {
			t.Errorf("got %+v", r)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// An imported entry that the journal has already does not hide a later start.
func TestImportOfStoredEntryKeepsMark(t *testing.T) {
	g := newGuarded(t)
	claim := start(t, g.Journal, 1)
	e, err := newChangeEvent(1, "knox", passingEvent(1, claim), maxChangeBytes)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := g.Import(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		start(t, g.Journal, 1)
	}
	if err := g.Import(t.Context(), text); err != nil || g.status(1) != mark.Started {
		t.Errorf("got %v, mark %d", err, g.status(1))
	}
}

// An imported entry of a row that has a result changes no mark.
func TestImportRecordsEntries(t *testing.T) {
	g := newGuarded(t)
	g.play()
	for _, test := range []struct {
		name string
		e    Event
		row  int64
		want mark.Status
	}{
		{"the answer of a row in flight", g.spilled(6, func(claim string) changes.Event { return endedEvent(6, claim, credit.Applied) }), 6, mark.Ended(result.Applied)},
		{"the end of another start", g.spilled(7, func(string) changes.Event { return passingEvent(7, "other") }), 7, mark.Doubtful},
		{"a result", NewDoneEvent(result.Result{Row: 9, Vendor: "knox", Outcome: result.Applied}, ""), 9, mark.Ended(result.Applied)},
		{"a result of a row that has one", NewDoneEvent(result.Result{Row: 1, Vendor: "knox", Outcome: result.Rejected}, ""), 1, mark.Ended(result.Applied)},
	} {
		text, err := json.Marshal(test.e)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Import(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		if got := g.status(test.row); got != test.want {
			t.Errorf("%s: got %d, want %d", test.name, got, test.want)
		}
	}
	if err := g.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := g.Counts()["knox"]; c.Applied != 2 || c.Open != 1 || c.Waiting != 3 {
		t.Errorf("got %+v", c)
	}
	for _, text := range []string{`{"event":"x"}`, `{"event":"tried","row":1,"id":"1","change":{}}`} {
		if err := g.Import(t.Context(), []byte(text)); err == nil {
			t.Errorf("%s was imported", text)
		}
	}
}

// spilled returns the entry of an event that was not stored, about a row that is started.
func (g *guarded) spilled(row int64, event func(claim string) changes.Event) Event {
	g.t.Helper()
	events, err := g.Row(row, "knox", rowKey(row)).Events(g.t.Context(), rowKey(row))
	if err != nil {
		g.t.Fatal(err)
	}
	e, err := newChangeEvent(row, "knox", event(events[0].Claim), maxChangeBytes)
	if err != nil {
		g.t.Fatal(err)
	}
	return e
}

// An entry that the server does not accept at the first attempt is spilled, except
// a start, whose row is not sent. The row keeps the ends that were not stored.
func TestSpillAfterFailedWrite(t *testing.T) {
	g := newGuarded(t)
	claim := start(t, g.Journal, 1)
	var spilled []Event
	g.Spill = func(e Event) { spilled = append(spilled, e) }
	g.StorageFailed = func() bool { return true }
	if err := g.js.DeleteStream(t.Context(), "JOURNAL"); err != nil {
		t.Fatal(err)
	}
	if err := g.Finish(t.Context(), NewDoneEvent(result.Result{Row: 1, Vendor: "knox", Outcome: result.Applied}, "")); err == nil || !strings.Contains(err.Error(), "the disk is probably full") {
		t.Errorf("got %v", err)
	}
	row := g.Row(1, "knox", rowKey(1))
	if _, err := row.Append(t.Context(), endedEvent(1, claim, credit.Unknown)); err == nil {
		t.Error("no error")
	}
	other := g.Row(2, "knox", rowKey(2))
	if _, err := other.Append(t.Context(), startedEvent(2, "a")); err == nil {
		t.Error("no error")
	}
	if len(spilled) != 2 || spilled[0].Kind != kindDone || spilled[1].Kind != kindTried || spilled[1].Claim != claim {
		t.Errorf("got %+v", spilled)
	}
	if lost, err := row.Err(); err == nil || len(lost) != 1 || lost[0].ID != spilled[1].ID {
		t.Errorf("the row has lost %+v, %v", lost, err)
	}
	if lost, err := other.Err(); err == nil || len(lost) != 0 {
		t.Errorf("the row that was not sent has lost %+v, %v", lost, err)
	}
	if g.status(1) != mark.Started || g.status(2) != mark.Untouched {
		t.Errorf("marks %d and %d", g.status(1), g.status(2))
	}
}
