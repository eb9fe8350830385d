package journal

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	mathrand "math/rand/v2"
	"time"
)

// SQL is a [Store] in a PostgreSQL or SQLite database. Any number of processes can use
// one database. It imports no driver. [OpenSQL] makes one; the methods of the zero SQL
// return an error.
//
// Each Append is a transaction of its own. It locks the credit's row and the key's row,
// so that Appends of a key or of a credit run one after the other, at every isolation
// level. A transaction that the database rolls back because of another one is run
// again, up to 20 times within two seconds.
//
// With SQLite, give every connection a busy_timeout of some seconds: then writers wait
// for each other, instead of failing.
type SQL struct {
	db      *sql.DB
	dialect Dialect
}

// OpenSQL returns the journal in db, whose tables [CreateSchema] creates. It is an error
// if they do not exist or have another version, and if the database is set to confirm
// commits that are not on disk: PostgreSQL with synchronous_commit or fsync off, SQLite
// with PRAGMA synchronous below FULL. The caller closes db.
func OpenSQL(ctx context.Context, db *sql.DB, d Dialect) (*SQL, error) {
	if err := d.validate(db); err != nil {
		return nil, err
	}
	if err := d.checkSchema(ctx, db); err != nil {
		return nil, err
	}
	if err := d.checkDurable(ctx, db); err != nil {
		return nil, err
	}
	return &SQL{db: db, dialect: d}, nil
}

var (
	errNotOpen = errors.New("journal: the SQL store is not open: get it from OpenSQL")
	errNilTx   = errors.New("journal: the transaction of WithTx is nil")
)

// validate returns an error for a nil or zero SQL.
func (s *SQL) validate() error {
	if s == nil || s.db == nil {
		return errNotOpen
	}
	return nil
}

// Append implements [Store].
func (s *SQL) Append(ctx context.Context, e Event) (prior Prior, err error) {
	if err := s.validate(); err != nil {
		return Prior{}, err
	}
	err = retrySQL(ctx, func() error {
		prior, err = s.appendOnce(ctx, e)
		return err
	})
	return prior, err
}

func (s *SQL) appendOnce(ctx context.Context, e Event) (Prior, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return Prior{}, fmt.Errorf("journal: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // it has ended, or the error is returned
	prior, err := sqlConn{tx, s.dialect}.append(ctx, e)
	if err != nil {
		return Prior{}, err
	}
	if err := tx.Commit(); err != nil {
		return Prior{}, fmt.Errorf("journal: %w", err)
	}
	return prior, nil
}

// Events implements [Store].
func (s *SQL) Events(ctx context.Context, key string) (events []Event, err error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	err = retrySQL(ctx, func() error {
		events, err = sqlConn{s.db, s.dialect}.events(ctx, key)
		return err
	})
	return events, err
}

// Starts implements [Store].
func (s *SQL) Starts(ctx context.Context, credit string) (starts Starts, err error) {
	if err := s.validate(); err != nil {
		return Starts{}, err
	}
	err = retrySQL(ctx, func() error {
		starts, err = sqlConn{s.db, s.dialect}.starts(ctx, credit)
		return err
	})
	return starts, err
}

// Keys implements [Store]. It reads 500 keys at a time, and holds no connection while
// the caller works on them.
func (s *SQL) Keys(ctx context.Context, open bool) iter.Seq2[string, error] {
	if err := s.validate(); err != nil {
		return failedKeys(err)
	}
	return sqlConn{s.db, s.dialect}.keys(ctx, open)
}

func failedKeys(err error) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) { yield("", err) }
}

// WithTx returns a store that appends in the caller's transaction, so that an order and
// its job are stored together, or neither:
//
//	journal.Enqueue(ctx, store.WithTx(tx), job)
//
// The events exist once the caller has committed tx. Until then, Appends of the same key
// or credit wait for it. After an error, roll tx back. The error may be a deadlock or a
// serialization failure, which the database chooses to let another transaction pass, so
// be ready to run yours again. With SQLite, let the first statement of the transaction be
// a write, such as the order's INSERT: after a read, SQLite may refuse to write.
//
// The store refuses Started events, and so [Run] does not work with it: a start must be
// committed before its request is sent. If tx is nil, every method of the store returns an
// error.
func (s *SQL) WithTx(tx *sql.Tx) Store {
	err := s.validate()
	switch {
	case err != nil:
		return txStore{err: err}
	case tx == nil:
		return txStore{err: errNilTx}
	}
	return txStore{conn: sqlConn{tx, s.dialect}}
}

type txStore struct {
	conn sqlConn
	err  error // why conn is not set, nil if it is
}

func (s txStore) Append(ctx context.Context, e Event) (Prior, error) {
	if s.err != nil {
		return Prior{}, s.err
	}
	if e.Kind == Started {
		return Prior{}, fmt.Errorf("journal: key %q cannot be started in a transaction: its start must be committed before the request is sent", e.Key)
	}
	return s.conn.append(ctx, e)
}

func (s txStore) Events(ctx context.Context, key string) ([]Event, error) {
	if s.err != nil {
		return nil, s.err
	}
	return s.conn.events(ctx, key)
}

func (s txStore) Starts(ctx context.Context, credit string) (Starts, error) {
	if s.err != nil {
		return Starts{}, s.err
	}
	return s.conn.starts(ctx, credit)
}

func (s txStore) Keys(ctx context.Context, open bool) iter.Seq2[string, error] {
	if s.err != nil {
		return failedKeys(s.err)
	}
	return s.conn.keys(ctx, open)
}

// A queryer is an sql.DB or an sql.Tx.
type queryer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// A sqlConn runs the statements of the journal.
type sqlConn struct {
	queryer
	dialect Dialect
}

// append stores an event. It must be in a transaction. Its first statement is a write:
// SQLite then waits for other writers. After a read, it could not.
func (c sqlConn) append(ctx context.Context, e Event) (Prior, error) {
	text, err := e.Encode()
	if err != nil {
		return Prior{}, err
	}
	if e, err = Decode(text); err != nil { // what other readers will see
		return Prior{}, err
	}
	var prior Prior
	if e.Job != nil {
		if prior.Starts, err = c.lockCredit(ctx, e.Credit()); err != nil {
			return Prior{}, err
		}
	}
	if err := c.exec(ctx, `INSERT INTO creditkit_journal_keys (job_key, open) VALUES (?, TRUE)
		ON CONFLICT (job_key) DO UPDATE SET open = creditkit_journal_keys.open`, e.Key); err != nil {
		return Prior{}, err
	}
	if prior.Events, err = c.events(ctx, e.Key); err != nil {
		return Prior{}, err
	}
	if err := c.exec(ctx, "INSERT INTO creditkit_journal_events (job_key, n, event) VALUES (?, ?, ?)",
		e.Key, len(prior.Events)+1, string(text)); err != nil {
		return Prior{}, err
	}
	return prior, c.noteStart(ctx, e, prior.Events)
}

// lockCredit creates the row of a credit, or locks it: an update that changes nothing
// is FOR UPDATE in both dialects. It returns the starts.
func (c sqlConn) lockCredit(ctx context.Context, credit string) (Starts, error) {
	if err := c.exec(ctx, `INSERT INTO creditkit_journal_credits (credit, last_key) VALUES (?, '')
		ON CONFLICT (credit) DO UPDATE SET last_key = creditkit_journal_credits.last_key`, creditColumn(credit)); err != nil {
		return Starts{}, err
	}
	return c.starts(ctx, credit)
}

// noteStart keeps the starts of the event's credit, as index.noteStart does.
func (c sqlConn) noteStart(ctx context.Context, e Event, earlier []Event) error {
	ended := HasEnded(append(earlier[:len(earlier):len(earlier)], e))
	switch {
	case e.Kind == Started:
		credit := creditColumn(e.Credit())
		if !IsRestart(earlier) {
			if err := c.exec(ctx, "UPDATE creditkit_journal_credits SET last_key = ? WHERE credit = ?", e.Key, credit); err != nil {
				return err
			}
		}
		if ended {
			return nil
		}
		return c.exec(ctx, "INSERT INTO creditkit_journal_starts (credit, job_key) VALUES (?, ?) ON CONFLICT DO NOTHING", credit, e.Key)
	case ended && !HasEnded(earlier):
		if err := c.exec(ctx, "UPDATE creditkit_journal_keys SET open = FALSE WHERE job_key = ?", e.Key); err != nil {
			return err
		}
		return c.exec(ctx, "DELETE FROM creditkit_journal_starts WHERE job_key = ?", e.Key)
	}
	return nil
}

func (c sqlConn) events(ctx context.Context, key string) ([]Event, error) {
	var events []Event
	var n int
	var text string
	err := c.query(ctx, func() error {
		if n != len(events)+1 {
			return fmt.Errorf("event %d of key %q is missing in the database", len(events)+1, key)
		}
		e, err := Decode([]byte(text))
		if err == nil && e.Key != key {
			err = fmt.Errorf("event %d of key %q has the key %q", n, key, e.Key)
		}
		events = append(events, e)
		return err
	}, []any{&n, &text}, "SELECT n, event FROM creditkit_journal_events WHERE job_key = ? ORDER BY n", key)
	if err != nil {
		return nil, err
	}
	return events, nil
}

func (c sqlConn) starts(ctx context.Context, credit string) (Starts, error) {
	var starts Starts
	var key string
	err := c.query(ctx, func() error { return nil }, []any{&starts.Last},
		"SELECT last_key FROM creditkit_journal_credits WHERE credit = ?", creditColumn(credit))
	if err == nil {
		err = c.query(ctx, func() error {
			starts.Open = append(starts.Open, key)
			return nil
		}, []any{&key}, "SELECT job_key FROM creditkit_journal_starts WHERE credit = ?", creditColumn(credit))
	}
	if err != nil {
		return Starts{}, err
	}
	return starts, nil
}

const keysPage = 500

func (c sqlConn) keys(ctx context.Context, open bool) iter.Seq2[string, error] {
	statement := "SELECT seq, job_key FROM creditkit_journal_keys WHERE seq > ? ORDER BY seq LIMIT ?"
	if open {
		statement = "SELECT seq, job_key FROM creditkit_journal_keys WHERE open AND seq > ? ORDER BY seq LIMIT ?"
	}
	return func(yield func(string, error) bool) {
		for last := int64(0); ; {
			var page []string
			from, key := last, ""
			err := retrySQL(ctx, func() error {
				page = page[:0]
				return c.query(ctx, func() error {
					page = append(page, key)
					return nil
				}, []any{&last, &key}, statement, from, keysPage)
			})
			if err != nil {
				yield("", err)
				return
			}
			for _, key := range page {
				if !yield(key, nil) {
					return
				}
			}
			if len(page) < keysPage {
				return
			}
		}
	}
}

func (c sqlConn) exec(ctx context.Context, statement string, args ...any) error {
	if _, err := c.ExecContext(ctx, c.dialect.number(statement), args...); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// query scans each row into the columns and calls each.
func (c sqlConn) query(ctx context.Context, each func() error, columns []any, statement string, args ...any) (err error) {
	rows, err := c.QueryContext(ctx, c.dialect.number(statement), args...)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := rows.Scan(columns...); err != nil {
			return fmt.Errorf("journal: %w", err)
		}
		if err := each(); err != nil {
			return fmt.Errorf("journal: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// creditColumn returns what the tables hold for a credit's name. An index of PostgreSQL
// takes 2,700 bytes at most.
func creditColumn(name string) string {
	const maxColumn = 1000
	if len(name) <= maxColumn {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return "sha256 " + hex.EncodeToString(sum[:])
}

const maxSQLTries = 20

// retrySQL runs do again while the database rolls it back because of another
// transaction.
func retrySQL(ctx context.Context, do func() error) error {
	for try := 1; ; try++ {
		err := do()
		if err == nil || try == maxSQLTries || !isConflict(err) {
			return err
		}
		if !sleep(ctx, mathrand.N(time.Duration(try)*10*time.Millisecond)) {
			return err
		}
	}
}
