package journalsql

import (
	"bytes"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/journal"
)

// An event comes back from the database as it was stored. A text that is not an event, or
// not one of its key, is an error: an event that is left out could let a change be made
// twice.
func FuzzStoredEvent(f *testing.F) {
	start := started("k", "c", "a")
	for _, e := range []journal.Event{
		{Kind: journal.Queued, Key: "k", At: start.At, Job: start.Job},
		start,
		{Kind: journal.Prepared, Key: "k", At: start.At, Claim: "a", Target: start.Target},
		{Kind: journal.Ended, Key: "k", At: start.At, Claim: "a", Outcome: credit.Unknown, Error: "quote ' \\ \x00 \u2028 \U0001F600", Attempts: 3},
		{Kind: journal.Settled, Key: "k", At: start.At, Outcome: credit.Applied, Actor: "ann", Reason: "seen"},
	} {
		text, err := e.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
		f.Add(string(text[:len(text)-1]))
	}
	f.Add(`{"event":"ended","key":"other","claim":"a","outcome":"applied"}`)
	f.Add("")
	f.Add("\x00")
	store, db := newSQLite(f, "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)").journal(f)
	f.Fuzz(func(t *testing.T, text string) {
		ctx := t.Context()
		clear := func() {
			for _, table := range []string{"events", "keys", "starts", "credits"} {
				if _, err := db.ExecContext(ctx, "DELETE FROM creditkit_journal_"+table); err != nil {
					t.Fatal(err)
				}
			}
		}
		clear()
		// The text as it is, under a key of its own.
		if _, err := db.ExecContext(ctx, "INSERT INTO creditkit_journal_events (job_key, n, event) VALUES ('k', 1, ?)", text); err != nil {
			t.Fatal(err)
		}
		e, decodeErr := journal.Decode([]byte(text))
		events, err := store.Events(ctx, "k")
		if accepted := decodeErr == nil && e.Key == "k"; (err == nil) != accepted || accepted && len(events) != 1 {
			t.Errorf("%q: %d events, error %v; Decode says %v", text, len(events), err, decodeErr)
		}
		if decodeErr != nil {
			return
		}
		clear()
		want, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Append(ctx, e); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		events, err = store.Events(ctx, e.Key)
		if err != nil || len(events) != 1 {
			t.Fatalf("%q: %d events, error %v", text, len(events), err)
		}
		if got, err := events[0].Encode(); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s came back as %s, error %v", want, got, err)
		}
	})
}
