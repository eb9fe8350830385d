package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"github.com/creditkit/creditkit/credit/journal"
)

// A storage holds the orders and the journal of their changes in one database.
type storage struct {
	db      *sql.DB
	journal *journal.SQL
}

var (
	errNoOrder    = errors.New("id: there is no such order")
	errOtherOrder = errors.New("id: stands for another order")
)

const (
	orderSchema = `CREATE TABLE IF NOT EXISTS orders (
	id       TEXT PRIMARY KEY,
	product  TEXT NOT NULL,
	credit   TEXT NOT NULL,
	owner    TEXT NOT NULL,
	received BIGINT NOT NULL -- milliseconds since 1970
)`
	orderIndex  = `CREATE INDEX IF NOT EXISTS orders_received ON orders (received)`
	insertOrder = `INSERT INTO orders (id, product, credit, owner, received) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING`
	selectOrder = `SELECT id, product, credit, owner, received FROM orders WHERE id = $1`
	selectLast  = `SELECT id, product, credit, owner, received FROM orders ORDER BY received DESC, id LIMIT $1`
)

// openStorage opens a PostgreSQL database, if its name begins with postgres://, or an
// SQLite file. It creates the tables that do not exist.
func openStorage(ctx context.Context, name string) (*storage, error) {
	driver, dialect := "pgx", journal.PostgreSQL
	if !strings.HasPrefix(name, "postgres://") && !strings.HasPrefix(name, "postgresql://") {
		driver, dialect = "sqlite", journal.SQLite
		name = "file:" + (&url.URL{Path: name}).EscapedPath() +
			"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(16)
	s := &storage{db: db}
	err = journal.CreateSchema(ctx, db, dialect)
	if err == nil {
		err = createOrders(ctx, db, dialect)
	}
	if err == nil {
		s.journal, err = journal.OpenSQL(ctx, db, dialect)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// createOrders creates the table of the orders.
func createOrders(ctx context.Context, db *sql.DB, dialect journal.Dialect) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // does nothing after a Commit
	statements := []string{orderSchema, orderIndex}
	if dialect == journal.PostgreSQL {
		// Two processes that begin at the same time would both create the table.
		statements = append([]string{"SELECT pg_advisory_xact_lock(hashtext('creditkit_orders'))"}, statements...)
	}
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// addOrder stores a new order and its job in one transaction: there is never one
// without the other. If that order is stored already, it reports false. Another order
// with the same id is errOtherOrder.
func (s *storage) addOrder(ctx context.Context, o order, job journal.Job) (added bool, err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer tx.Rollback() //nolint:errcheck // does nothing after a Commit
	inserted, err := tx.ExecContext(ctx, insertOrder, o.ID, o.Product, o.Credit, o.Owner, time.Now().UnixMilli())
	if err != nil {
		return false, err
	}
	if n, err := inserted.RowsAffected(); err != nil {
		return false, err
	} else if n == 0 {
		stored, err := scanOrder(tx.QueryRowContext(ctx, selectOrder, o.ID))
		if err == nil && stored.order != o {
			err = errOtherOrder
		}
		return false, err
	}
	_, err = journal.Enqueue(ctx, s.journal.WithTx(tx), job)
	if _, used := errors.AsType[*journal.JobError](err); used {
		return false, errOtherOrder
	}
	if err != nil {
		return false, err
	}
	return true, tx.Commit()
}

// order returns the status of an order, or errNoOrder.
func (s *storage) order(ctx context.Context, id string) (status, error) {
	found, err := scanOrder(s.db.QueryRowContext(ctx, selectOrder, id))
	if errors.Is(err, sql.ErrNoRows) {
		return status{}, errNoOrder
	}
	if err == nil {
		err = s.addEntry(ctx, &found)
	}
	return found, err
}

// lastOrders returns the status of the latest n orders, the latest first.
func (s *storage) lastOrders(ctx context.Context, n int) ([]status, error) {
	rows, err := s.db.QueryContext(ctx, selectLast, n)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err has it
	var last []status
	for rows.Next() {
		found, err := scanOrder(rows)
		if err != nil {
			return nil, err
		}
		last = append(last, found)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i := range last {
		if err := s.addEntry(ctx, &last[i]); err != nil {
			return nil, err
		}
	}
	return last, nil
}

func (s *storage) addEntry(ctx context.Context, to *status) error {
	events, err := s.journal.Events(ctx, to.ID)
	if err != nil {
		return err
	}
	entry, ok := journal.NewEntry(events, time.Now())
	if !ok {
		return fmt.Errorf("order %s has no job", to.ID)
	}
	to.Entry = entry
	return nil
}

func scanOrder(row interface{ Scan(...any) error }) (status, error) {
	var found status
	var received int64
	err := row.Scan(&found.ID, &found.Product, &found.Credit, &found.Owner, &received)
	found.Received = time.UnixMilli(received).UTC()
	return found, err
}
