package journal_test

import (
	"testing"

	"github.com/creditkit/creditkit/credit/journal"
	"github.com/creditkit/creditkit/credit/journal/journaltest"
)

func TestMemoryKeepsTheContract(t *testing.T) {
	journaltest.Run(t, journaltest.Harness{New: func(*testing.T) func() (journal.Store, error) {
		m := journal.NewMemory()
		return func() (journal.Store, error) { return m, nil }
	}})
}

func TestDirKeepsTheContract(t *testing.T) {
	journaltest.Run(t, journaltest.Harness{New: func(t *testing.T) func() (journal.Store, error) {
		folder := t.TempDir()
		return func() (journal.Store, error) { return journal.OpenDir(folder) }
	}})
}
