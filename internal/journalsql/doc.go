// Package journalsql tests journal.SQL with real databases: a PostgreSQL server, which
// the tests start from an installed binary, and SQLite in Go. It is a module of its own,
// so that importers never see the drivers.
package journalsql
