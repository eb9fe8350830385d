package journalsql

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/journal"
	"github.com/creditkit/creditkit/credit/journal/journaltest"
)

func jobOf(key, creditID string) journal.Job {
	return journal.Job{Key: key, Vendor: "knox", Ref: credit.Ref{ID: creditID}, Patch: credit.Patch{Name: credit.Set("Autumn")}}
}

func started(key, creditID, claim string) journal.Event {
	job, at := jobOf(key, creditID), time.Now()
	return journal.Event{Kind: journal.Started, Key: key, At: at, Claim: claim, Job: &job, Target: job.Patch, Lease: at.Add(time.Minute)}
}

// harnessOf opens a journal with a new pool of connections each time.
func harnessOf(newDatabase func(t testing.TB) database) journaltest.Harness {
	return journaltest.Harness{Shared: true, New: func(t *testing.T) func() (journal.Store, error) {
		d := newDatabase(t)
		return func() (journal.Store, error) {
			store, _ := d.journal(t)
			return store, nil
		}
	}}
}

func TestSQLKeepsTheContract(t *testing.T) {
	for _, k := range append(slices.Clone(kinds),
		kind{"PostgreSQL, serializable", func(t testing.TB) database {
			d := newPostgres(t)
			d.dsn += "&default_transaction_isolation=serializable"
			return d
		}},
		kind{"PostgreSQL, repeatable read", func(t testing.TB) database {
			d := newPostgres(t)
			d.dsn += "&default_transaction_isolation=repeatable%20read"
			return d
		}},
		kind{"SQLite with a rollback journal", func(t testing.TB) database {
			return newSQLite(t, "?_pragma=busy_timeout(10000)")
		}},
		kind{"SQLite with immediate transactions", func(t testing.TB) database {
			return newSQLite(t, "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_txlock=immediate")
		}},
	) {
		t.Run(k.name, func(t *testing.T) { journaltest.Run(t, harnessOf(k.new)) })
	}
}

// Without a busy_timeout, SQLite refuses a writer while another one writes. Append runs
// its transaction again.
func TestAppendIsRetriedWhileSQLiteIsLocked(t *testing.T) {
	d := newSQLite(t, "?_pragma=journal_mode(WAL)")
	store, db := d.journal(t)
	other, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Rollback()
	if _, err := other.Exec("CREATE TABLE orders (id TEXT)"); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		_, err := store.Append(t.Context(), started("k1", "c1", "a"))
		done <- err
	}()
	select {
	case err := <-done:
		t.Fatalf("Append ended while another transaction had written: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	if err := other.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}

	// It is not retried for ever.
	if other, err = db.BeginTx(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	defer other.Rollback()
	if _, err := other.Exec("INSERT INTO orders VALUES ('1')"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Append(t.Context(), started("k2", "c1", "a")); err == nil || !strings.Contains(err.Error(), "locked") {
		t.Errorf("Append in a locked database: got error %v", err)
	}
}

// A nil transaction is an error of every method of its store, and not a panic.
func TestNilTransactionIsAnError(t *testing.T) {
	eachKind(t, func(t *testing.T, k kind) {
		open, _ := k.new(t).journal(t)
		store, ctx := open.WithTx(nil), t.Context()
		_, appendErr := store.Append(ctx, started("k", "c", "a"))
		_, eventsErr := store.Events(ctx, "k")
		_, startsErr := store.Starts(ctx, "c")
		_, enqueueErr := journal.Enqueue(ctx, store, jobOf("k", "c"))
		var keysErr error
		for _, keysErr = range store.Keys(ctx, false) {
		}
		for method, err := range map[string]error{
			"Append": appendErr, "Events": eventsErr, "Starts": startsErr, "Enqueue": enqueueErr, "Keys": keysErr,
		} {
			if err == nil || !strings.Contains(err.Error(), "journal: the transaction of WithTx is nil") {
				t.Errorf("%s: got error %v", method, err)
			}
		}
		if got := keysOf(t, open); len(got) > 0 {
			t.Errorf("keys: got %q, want none", got)
		}
	})
}

func TestOrderAndJobAreStoredInOneTransaction(t *testing.T) {
	eachKind(t, func(t *testing.T, k kind) {
		ctx := t.Context()
		store, db := k.new(t).journal(t)
		if _, err := db.Exec("CREATE TABLE orders (id TEXT PRIMARY KEY)"); err != nil {
			t.Fatal(err)
		}
		order := func(id string, end func(*sql.Tx) error) {
			t.Helper()
			tx, err := db.BeginTx(ctx, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback()
			if _, err := tx.Exec("INSERT INTO orders VALUES ('" + id + "')"); err != nil {
				t.Fatal(err)
			}
			inTx := store.WithTx(tx)
			if _, err := journal.Enqueue(ctx, inTx, jobOf(id, "c1")); err != nil {
				t.Fatal(err)
			}
			events, err := inTx.Events(ctx, id)
			if err != nil || len(events) != 1 {
				t.Errorf("in the transaction: %d events, error %v, want 1 event", len(events), err)
			}
			if got := keysOf(t, inTx); !slices.Contains(got, id) {
				t.Errorf("in the transaction: keys %q", got)
			}
			if got := keysOf(t, store); slices.Contains(got, id) {
				t.Errorf("outside the transaction before its commit: keys %q", got)
			}
			if err := end(tx); err != nil {
				t.Fatal(err)
			}
		}
		order("o1", (*sql.Tx).Rollback)
		order("o2", (*sql.Tx).Commit)
		var orders string
		if err := db.QueryRow("SELECT min(id) || ' ' || count(*) FROM orders").Scan(&orders); err != nil || orders != "o2 1" {
			t.Errorf("orders: got %q, error %v", orders, err)
		}
		if got := keysOf(t, store); !slices.Equal(got, []string{"o2"}) {
			t.Errorf("keys: got %q, want o2", got)
		}
	})
}

func keysOf(t *testing.T, s journal.Store) (keys []string) {
	t.Helper()
	for key, err := range s.Keys(t.Context(), true) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	return keys
}

// A start that the caller rolls back would leave a request without a record.
func TestStartIsRefusedInATransaction(t *testing.T) {
	eachKind(t, func(t *testing.T, k kind) {
		store, db := k.new(t).journal(t)
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		if _, err := store.WithTx(tx).Append(t.Context(), started("k1", "c1", "a")); err == nil || !strings.Contains(err.Error(), "must be committed before") {
			t.Errorf("got error %v", err)
		}
	})
}

// An Append of a credit waits for a transaction that has appended to it, and then sees
// its events.
func TestAppendWaitsForATransactionOfTheCredit(t *testing.T) {
	eachKind(t, func(t *testing.T, k kind) {
		store, db := k.new(t).journal(t)
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		job := jobOf("k1", "c1")
		if _, err := store.WithTx(tx).Append(t.Context(), journal.Event{Kind: journal.Queued, Key: "k1", At: time.Now(), Job: &job}); err != nil {
			t.Fatal(err)
		}
		type result struct {
			prior journal.Prior
			err   error
		}
		done := make(chan result)
		go func() {
			prior, err := store.Append(t.Context(), started("k1", "c1", "a"))
			done <- result{prior, err}
		}()
		select {
		case r := <-done:
			t.Fatalf("Append did not wait: %+v", r)
		case <-time.After(50 * time.Millisecond):
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		if r := <-done; r.err != nil || len(r.prior.Events) != 1 {
			t.Errorf("got %+v, want the event of the transaction", r)
		}
	})
}

func TestSchemaIsCreatedOnceByMany(t *testing.T) {
	eachKind(t, func(t *testing.T, k kind) {
		d := k.new(t)
		if _, err := journal.OpenSQL(t.Context(), d.open(t), d.dialect); err == nil || !strings.Contains(err.Error(), "CreateSchema") {
			t.Errorf("without tables: got error %v", err)
		}
		var wg sync.WaitGroup
		for range 8 {
			db := d.open(t)
			wg.Go(func() {
				if err := journal.CreateSchema(t.Context(), db, d.dialect); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		db := d.open(t)
		if _, err := journal.OpenSQL(t.Context(), db, d.dialect); err != nil {
			t.Error(err)
		}
		if _, err := db.Exec("INSERT INTO creditkit_journal_schema VALUES (2)"); err != nil {
			t.Fatal(err)
		}
		if _, err := journal.OpenSQL(t.Context(), db, d.dialect); err == nil || !strings.Contains(err.Error(), "version 2") {
			t.Errorf("tables of a later version: got error %v", err)
		}
		if _, err := journal.OpenSQL(t.Context(), db, 0); err == nil {
			t.Error("an unknown dialect was accepted")
		}
	})
}

func TestDatabaseThatLosesCommitsIsRefused(t *testing.T) {
	for _, test := range []struct {
		name, option, want string
		database           func(t testing.TB) database
	}{
		{"synchronous_commit", "&synchronous_commit=off", "synchronous_commit is off", newPostgres},
		{"synchronous", "?_pragma=synchronous(NORMAL)", "PRAGMA synchronous must be 2", func(t testing.TB) database { return newSQLite(t, "") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := test.database(t)
			d.journal(t)
			d.dsn += test.option
			if _, err := journal.OpenSQL(t.Context(), d.open(t), d.dialect); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
}

func TestChangedRowsAreRefused(t *testing.T) {
	for _, test := range []struct{ name, statement, want string }{
		{"a missing event", "DELETE FROM creditkit_journal_events WHERE n = 2", "event 2 of key"},
		{"an event of another key", "UPDATE creditkit_journal_events SET event = replace(event, 'k1', 'k2')", "has the key"},
		{"an event cut off", "UPDATE creditkit_journal_events SET event = substr(event, 1, 20)", "stored event"},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachKind(t, func(t *testing.T, k kind) {
				store, db := k.new(t).journal(t)
				for _, claim := range []string{"a", "b", "c"} {
					if _, err := store.Append(t.Context(), started("k1", "c1", claim)); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := db.Exec(test.statement); err != nil {
					t.Fatal(err)
				}
				if _, err := store.Events(t.Context(), "k1"); err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("Events: got error %v, want %q", err, test.want)
				}
				if _, err := store.Append(t.Context(), started("k1", "c1", "d")); err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("Append: got error %v, want %q", err, test.want)
				}
			})
		})
	}
}

const (
	childVariable = "JOURNALSQL_CHILD"
	childAppends  = 25
)

// Several processes append to one key and to one credit. What they got back is one order.
func TestProcessesShareOneOrder(t *testing.T) {
	eachKind(t, func(t *testing.T, k kind) {
		d := k.new(t)
		store, _ := d.journal(t)
		const children = 3
		var wg sync.WaitGroup
		var outputs [children]bytes.Buffer
		for i := range children {
			child := exec.CommandContext(t.Context(), os.Args[0])
			child.Env = append(os.Environ(), fmt.Sprintf("%s=%d", childVariable, i), "JOURNALSQL_DIALECT="+d.dialect.String(),
				"JOURNALSQL_DRIVER="+d.driver, "JOURNALSQL_DSN="+d.dsn)
			child.Stdout, child.Stderr = &outputs[i], &outputs[i]
			wg.Go(func() {
				if err := child.Run(); err != nil {
					t.Errorf("child: %v\n%s", err, &outputs[i])
				}
			})
		}
		wg.Wait()
		seenEvents, seenStarts := map[string]bool{}, map[string]bool{}
		for i := range outputs {
			for line := range strings.Lines(outputs[i].String()) {
				events, starts, _ := strings.Cut(strings.TrimSpace(line), " ")
				if seenEvents[events] || seenStarts[starts] {
					t.Errorf("two Appends returned %s events or %s starts: neither saw the other", events, starts)
				}
				seenEvents[events], seenStarts[starts] = true, true
			}
		}
		if len(seenEvents) != children*childAppends || len(seenStarts) != children*childAppends {
			t.Errorf("got %d and %d places in the order, want %d", len(seenEvents), len(seenStarts), children*childAppends)
		}
		events, err := store.Events(t.Context(), "shared")
		if err != nil || len(events) != children*childAppends {
			t.Errorf("got %d events, error %v", len(events), err)
		}
		starts, err := store.Starts(t.Context(), creditName("one"))
		if err != nil || len(starts.Open) != children*childAppends {
			t.Errorf("got %d starts, error %v", len(starts.Open), err)
		}
	})
}

func creditName(creditID string) string {
	e := started("any", creditID, "a")
	return e.Credit()
}

// runChild appends to one key, and starts other keys of one credit. It prints how many
// events and starts were there before.
func runChild() int {
	d := database{journal.SQLite, os.Getenv("JOURNALSQL_DRIVER"), os.Getenv("JOURNALSQL_DSN")}
	if os.Getenv("JOURNALSQL_DIALECT") == journal.PostgreSQL.String() {
		d.dialect = journal.PostgreSQL
	}
	ctx, name := context.Background(), os.Getenv(childVariable)
	db, err := sql.Open(d.driver, d.dsn)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer db.Close()
	store, err := journal.OpenSQL(ctx, db, d.dialect)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	for i := range childAppends {
		first, err := store.Append(ctx, started("shared", "other", fmt.Sprint(name, i)))
		if err != nil {
			fmt.Println(err)
			return 1
		}
		second, err := store.Append(ctx, started(fmt.Sprint(name, "-", i), "one", "a"))
		if err != nil {
			fmt.Println(err)
			return 1
		}
		fmt.Println(len(first.Events), len(second.Starts.Open))
	}
	return 0
}
