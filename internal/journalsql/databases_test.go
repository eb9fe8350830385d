package journalsql

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/creditkit/creditkit/credit/journal"
	"github.com/creditkit/creditkit/internal/pgtest"
)

// A database is an empty database without tables, and how to open it.
type database struct {
	dialect     journal.Dialect
	driver, dsn string
}

func (d database) open(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open(d.driver, d.dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// journal opens a database with the tables.
func (d database) journal(t testing.TB) (*journal.SQL, *sql.DB) {
	t.Helper()
	db := d.open(t)
	if err := journal.CreateSchema(context.Background(), db, d.dialect); err != nil {
		t.Fatal(err)
	}
	store, err := journal.OpenSQL(context.Background(), db, d.dialect)
	if err != nil {
		t.Fatal(err)
	}
	return store, db
}

// A kind is a kind of database that every test runs with.
type kind struct {
	name string
	new  func(t testing.TB) database
}

var kinds = []kind{
	{"PostgreSQL", newPostgres},
	{"SQLite", func(t testing.TB) database {
		return newSQLite(t, "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)")
	}},
}

func eachKind(t *testing.T, test func(t *testing.T, k kind)) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) { test(t, k) })
	}
}

func newSQLite(t testing.TB, options string) database {
	return database{journal.SQLite, "sqlite", "file:" + filepath.Join(t.TempDir(), "journal.db") + options}
}

var databases atomic.Int64

func newPostgres(t testing.TB) database {
	t.Helper()
	server := sharedServer(t)
	name := fmt.Sprintf("journal%d", databases.Add(1))
	admin, err := sql.Open("pgx", server.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	if _, err := admin.ExecContext(context.Background(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return database{journal.PostgreSQL, "pgx", server.URL(name)}
}

// All tests share one server, which is started by the first that needs it.
var (
	serverOnce sync.Once
	server     *pgtest.Server
	serverErr  error
	stopServer = func() error { return nil }
)

func sharedServer(t testing.TB) *pgtest.Server {
	t.Helper()
	serverOnce.Do(func() { server, stopServer, serverErr = pgtest.Open(context.Background()) })
	if serverErr != nil {
		pgtest.Missing(t, serverErr)
	}
	return server
}

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(runChild())
	}
	code := m.Run()
	if err := stopServer(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
