package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A Dialect is the kind of a database that a [SQL] is in.
type Dialect int

// The dialects. PostgreSQL is version 12 or later, with a database in UTF-8. SQLite is
// version 3.35 or later.
const (
	PostgreSQL Dialect = iota + 1
	SQLite
)

// String returns the name of the database.
func (d Dialect) String() string {
	switch d {
	case PostgreSQL:
		return "PostgreSQL"
	case SQLite:
		return "SQLite"
	}
	return fmt.Sprintf("Dialect(%d)", int(d))
}

// schemaVersion is what the table creditkit_journal_schema holds.
const schemaVersion = 1

// Events are text and not jsonb: jsonb changes numbers and the order of members. Keys
// are compared byte by byte.
const schemaPostgreSQL = `CREATE TABLE IF NOT EXISTS creditkit_journal_schema (
	version integer PRIMARY KEY
);
INSERT INTO creditkit_journal_schema (version) VALUES (1) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS creditkit_journal_keys (
	seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	job_key text COLLATE "C" NOT NULL UNIQUE,
	open boolean NOT NULL
);
CREATE INDEX IF NOT EXISTS creditkit_journal_keys_open ON creditkit_journal_keys (seq) WHERE open;
CREATE TABLE IF NOT EXISTS creditkit_journal_events (
	job_key text COLLATE "C" NOT NULL,
	n integer NOT NULL,
	event text NOT NULL,
	PRIMARY KEY (job_key, n)
);
CREATE TABLE IF NOT EXISTS creditkit_journal_credits (
	credit text COLLATE "C" PRIMARY KEY,
	last_key text COLLATE "C" NOT NULL
);
CREATE TABLE IF NOT EXISTS creditkit_journal_starts (
	credit text COLLATE "C" NOT NULL,
	job_key text COLLATE "C" NOT NULL,
	PRIMARY KEY (credit, job_key)
);
CREATE INDEX IF NOT EXISTS creditkit_journal_starts_key ON creditkit_journal_starts (job_key);
`

const schemaSQLite = `CREATE TABLE IF NOT EXISTS creditkit_journal_schema (
	version INTEGER PRIMARY KEY
);
INSERT INTO creditkit_journal_schema (version) VALUES (1) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS creditkit_journal_keys (
	seq INTEGER PRIMARY KEY AUTOINCREMENT,
	job_key TEXT NOT NULL UNIQUE,
	open INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS creditkit_journal_keys_open ON creditkit_journal_keys (seq) WHERE open;
CREATE TABLE IF NOT EXISTS creditkit_journal_events (
	job_key TEXT NOT NULL,
	n INTEGER NOT NULL,
	event TEXT NOT NULL,
	PRIMARY KEY (job_key, n)
);
CREATE TABLE IF NOT EXISTS creditkit_journal_credits (
	credit TEXT PRIMARY KEY NOT NULL,
	last_key TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS creditkit_journal_starts (
	credit TEXT NOT NULL,
	job_key TEXT NOT NULL,
	PRIMARY KEY (credit, job_key)
);
CREATE INDEX IF NOT EXISTS creditkit_journal_starts_key ON creditkit_journal_starts (job_key);
`

// Schema returns the statements that create the tables of a [SQL], for programs that
// manage their schemas themselves. It is empty for an unknown dialect. The tables can be
// in any schema of a PostgreSQL database that is in the search_path.
func (d Dialect) Schema() string {
	switch d {
	case PostgreSQL:
		return schemaPostgreSQL
	case SQLite:
		return schemaSQLite
	}
	return ""
}

// CreateSchema creates the tables of a [SQL] that do not exist yet, in one transaction.
// Several processes can call it at the same time.
func CreateSchema(ctx context.Context, db *sql.DB, d Dialect) error {
	if err := d.validate(db); err != nil {
		return err
	}
	return retrySQL(ctx, func() error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return fmt.Errorf("journal: create schema: %w", err)
		}
		defer tx.Rollback() //nolint:errcheck // it has ended, or the error is returned
		if d == PostgreSQL {
			// CREATE TABLE IF NOT EXISTS fails if another one runs at the same time.
			if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(hashtext('creditkit_journal_schema'))"); err != nil {
				return fmt.Errorf("journal: create schema: %w", err)
			}
		}
		for statement := range strings.SplitSeq(strings.TrimSuffix(d.Schema(), ";\n"), ";\n") {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("journal: create schema: %w", err)
			}
		}
		if err := tx.Commit(); err != nil {
			return fmt.Errorf("journal: create schema: %w", err)
		}
		return nil
	})
}

func (d Dialect) validate(db *sql.DB) error {
	if db == nil {
		return errors.New("journal: the database is nil")
	}
	if d != PostgreSQL && d != SQLite {
		return fmt.Errorf("journal: unknown dialect %d", int(d))
	}
	return nil
}

// checkSchema returns an error for a database without the tables of this version.
func (d Dialect) checkSchema(ctx context.Context, db *sql.DB) error {
	var version int
	if err := db.QueryRowContext(ctx, "SELECT max(version) FROM creditkit_journal_schema").Scan(&version); err != nil {
		return fmt.Errorf("journal: the tables cannot be read, CreateSchema creates them: %w", err)
	}
	if version != schemaVersion {
		return fmt.Errorf("journal: the tables have version %d, this program knows version %d", version, schemaVersion)
	}
	return nil
}

// checkDurable returns an error for a connection whose commits are not on disk.
func (d Dialect) checkDurable(ctx context.Context, db *sql.DB) error {
	if d == SQLite {
		var synchronous int
		if err := db.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&synchronous); err != nil {
			return fmt.Errorf("journal: PRAGMA synchronous: %w", err)
		}
		if synchronous < 2 {
			return fmt.Errorf("journal: PRAGMA synchronous must be 2 (FULL) or 3 (EXTRA), got %d: a crash could lose commits", synchronous)
		}
		return nil
	}
	for _, name := range []string{"synchronous_commit", "fsync"} {
		var setting string
		if err := db.QueryRowContext(ctx, "SELECT current_setting($1)", name).Scan(&setting); err != nil {
			return fmt.Errorf("journal: setting %s: %w", name, err)
		}
		if setting == "off" {
			return fmt.Errorf("journal: the setting %s is off: a crash could lose commits", name)
		}
	}
	return nil
}

// number replaces the question marks of a statement by what the dialect wants.
func (d Dialect) number(statement string) string {
	if d != PostgreSQL {
		return statement
	}
	var out strings.Builder
	for i, part := range strings.Split(statement, "?") {
		if i > 0 {
			out.WriteString("$" + strconv.Itoa(i))
		}
		out.WriteString(part)
	}
	return out.String()
}

// isConflict reports whether err says that a transaction was rolled back because of
// another one, so that it can be run again.
func isConflict(err error) bool {
	if state, ok := errors.AsType[interface {
		error
		SQLState() string
	}](err); ok {
		switch state.SQLState() {
		case "40001", "40P01", "23505": // serialization failure, deadlock, unique violation
			return true
		}
		return false
	}
	// The drivers of SQLite share no type, but they all quote SQLite's own text.
	return strings.Contains(err.Error(), "database is locked")
}
