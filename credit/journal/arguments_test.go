package journal_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/credit/journal"
)

// A nil context, store, updater or database is an error, and not a panic.
func TestNilArgumentsAreErrors(t *testing.T) {
	store, fake := journal.NewMemory(), newFake()
	run := func(ctx context.Context, s journal.Store, u credit.Updater) error {
		_, err := journal.Run(ctx, s, u, nameJob("k", "new"))
		return err
	}
	enqueue := func(ctx context.Context, s journal.Store) error {
		_, err := journal.Enqueue(ctx, s, nameJob("k", "new"))
		return err
	}
	settle := func(ctx context.Context, s journal.Store) error {
		return journal.Settle(ctx, s, "k", credit.Applied, "ada", "seen")
	}
	doubts := func(ctx context.Context, s journal.Store) (err error) {
		for _, err = range journal.Doubts(ctx, s) {
		}
		return err
	}
	var none context.Context
	for name, err := range map[string]error{
		"run without a context":     run(none, store, fake),
		"run without a store":       run(t.Context(), nil, fake),
		"run with a nil Memory":     run(t.Context(), (*journal.Memory)(nil), fake),
		"run with a nil Dir":        run(t.Context(), (*journal.Dir)(nil), fake),
		"run with a nil SQL":        run(t.Context(), (*journal.SQL)(nil), fake),
		"run without an updater":    run(t.Context(), store, nil),
		"run with a nil updater":    run(t.Context(), store, (*credittest.Fake)(nil)),
		"enqueue without a context": enqueue(none, store),
		"enqueue with a nil store":  enqueue(t.Context(), (*journal.Memory)(nil)),
		"settle without a context":  settle(none, store),
		"settle with a nil store":   settle(t.Context(), (*journal.Memory)(nil)),
		"doubts without a context":  doubts(none, store),
		"doubts with a nil store":   doubts(t.Context(), (*journal.Memory)(nil)),
	} {
		if _, ok := errors.AsType[*credit.InvalidError](err); !ok || credit.OutcomeOf(err) != credit.NotSent {
			t.Errorf("%s: %v", name, err)
		}
	}
	var closed journal.Dir
	if err := run(t.Context(), &closed, fake); credit.KindOf(err) != credit.ErrUnavailable {
		t.Errorf("run with the zero Dir: %v", err)
	}
	if err := closed.Close(); err != nil {
		t.Errorf("closing the zero Dir: %v", err)
	}
	if _, err := journal.OpenSQL(t.Context(), nil, journal.SQLite); err == nil {
		t.Error("a nil database was opened")
	}
	if err := journal.CreateSchema(t.Context(), nil, journal.SQLite); err == nil {
		t.Error("a nil database has a schema")
	}
	if len(fake.Calls()) > 0 {
		t.Errorf("%d updates were made", len(fake.Calls()))
	}
}

// A SQL without a database is an error of every method.
func TestSQLWithoutADatabaseIsAnError(t *testing.T) {
	var none *journal.SQL
	for name, store := range map[string]journal.Store{
		"the zero SQL":                  &journal.SQL{},
		"a nil SQL":                     none,
		"a transaction of the zero SQL": (&journal.SQL{}).WithTx(new(sql.Tx)),
		"a transaction of a nil SQL":    none.WithTx(nil),
	} {
		checkStoreFails(t, name, store, "the SQL store is not open: get it from OpenSQL")
	}
}

func checkStoreFails(t *testing.T, name string, store journal.Store, want string) {
	t.Helper()
	_, appendErr := store.Append(t.Context(), journal.Event{Kind: journal.Started, Key: "k"})
	_, eventsErr := store.Events(t.Context(), "k")
	_, startsErr := store.Starts(t.Context(), "c")
	errs := map[string]error{"Append": appendErr, "Events": eventsErr, "Starts": startsErr, "Keys": nil}
	for _, err := range store.Keys(t.Context(), false) {
		errs["Keys"] = err
	}
	for method, err := range errs {
		if err == nil || err.Error() != "journal: "+want {
			t.Errorf("%s: %s: got error %v", name, method, err)
		}
	}
	if _, err := journal.Enqueue(t.Context(), store, nameJob("k", "new")); err == nil {
		t.Errorf("%s: a job was enqueued", name)
	}
}

// An event that no store returns says nothing about its key.
func TestEventsWithoutTheirJobCountForNothing(t *testing.T) {
	events := []journal.Event{{Kind: journal.Queued}, {Kind: journal.Started}}
	if entry, ok := journal.NewEntry(events, time.Now()); !ok || entry.State != journal.StateQueued || entry.Starts != 0 {
		t.Errorf("entry %+v", entry)
	}
}

// An outcome is recorded although the result has no JSON: without the record, a later run
// could make the change once more.
func TestOutcomeIsRecordedWithoutAResultThatHasNoJSON(t *testing.T) {
	late := time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -5*3600)) // year 10000 in UTC
	record := func(values credit.Values) *credit.Record { return &credit.Record{ID: ref.ID, Values: values} }
	for name, result := range map[string]*credit.Result{
		"a time after the year 9999": {After: record(credit.Values{ExpiresAt: credit.Set(late)})},
		"such a time before":         {Before: record(credit.Values{ExpiresAt: credit.Set(late)})},
		"text that is not UTF-8":     {After: record(credit.Values{Name: credit.Set("\xff")})},
		"such a request id":          {RequestID: "\xff"},
		"an unset amount":            {After: record(credit.Values{Total: credit.Set(credit.Decimal{})})},
		"an unknown field":           {NotReturned: []credit.Field{"color"}},
	} {
		t.Run(name, func(t *testing.T) {
			store, updater := journal.NewMemory(), &answeringUpdater{Fake: newFake(), result: result}
			for range 2 {
				entry, err := journal.Run(t.Context(), store, updater, balanceJob("k", 5))
				checkRun(t, entry, err, journal.StateEnded, credit.Applied)
			}
			if updater.updates != 1 {
				t.Errorf("%d updates, want 1", updater.updates)
			}
		})
	}
}

// An answeringUpdater succeeds with a result.
type answeringUpdater struct {
	*credittest.Fake
	result  *credit.Result
	updates int
}

func (u *answeringUpdater) Update(context.Context, credit.Ref, credit.Patch, ...credit.CallOption) (*credit.Result, error) {
	u.updates++
	return u.result, nil
}
