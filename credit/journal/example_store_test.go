package journal_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"os"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/credit/journal"
)

// A journal in a folder makes the change of an order once. A second delivery of the
// order, after a restart, returns what was recorded.
func ExampleOpenDir() {
	folder, err := os.MkdirTemp("", "journal")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	ctx := context.Background()
	vendor := credittest.NewFake(credit.Support{
		Fields: map[credit.Field]credit.Ability{credit.FieldName: {Set: true}},
	}, credit.Record{ID: "c1", Values: credit.Values{Name: credit.Set("Summer")}})
	job := journal.Job{
		Key:    "order-1842",
		Vendor: "fake",
		Ref:    credit.Ref{ID: "c1"},
		Patch:  credit.Patch{Name: credit.Set("Autumn")},
	}
	for range 2 {
		store, err := journal.OpenDir(folder)
		if err != nil {
			log.Fatal(err)
		}
		entry, err := journal.Run(ctx, store, vendor, job)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(entry.State, entry.Outcome, entry.Starts)
		if err := store.Close(); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println("updates:", len(vendor.Calls()))
	// Output:
	// ended applied 1
	// ended applied 1
	// updates: 1
}

// A journal in the service's own database. The driver is one of the program's choice,
// such as github.com/jackc/pgx/v5/stdlib.
func ExampleOpenSQL() {
	ctx := context.Background()
	db, err := sql.Open("pgx", "postgres://shop@db.example.com/shop")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	if err := journal.CreateSchema(ctx, db, journal.PostgreSQL); err != nil {
		log.Fatal(err)
	}
	store, err := journal.OpenSQL(ctx, db, journal.PostgreSQL)
	if err != nil {
		log.Fatal(err)
	}
	for entry, err := range journal.Doubts(ctx, store) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("in doubt:", entry.Job.Key)
	}
}

// An order and its job are committed together. A worker runs the job later.
func ExampleSQL_WithTx() {
	storeOrder := func(ctx context.Context, db *sql.DB, store *journal.SQL, orderID string, job journal.Job) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback() // after Commit it does nothing
		if _, err := tx.ExecContext(ctx, "INSERT INTO orders (id) VALUES ($1)", orderID); err != nil {
			return err
		}
		if _, err := journal.Enqueue(ctx, store.WithTx(tx), job); err != nil {
			return err
		}
		return tx.Commit()
	}
	_ = storeOrder
}
