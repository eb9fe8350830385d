// Package journaltest tests a [journal.Store] against its contract.
//
//	func TestStore(t *testing.T) {
//		journaltest.Run(t, journaltest.Harness{New: func(t *testing.T) func() (journal.Store, error) {
//			folder := t.TempDir()
//			return func() (journal.Store, error) { return mystore.Open(folder) }
//		}})
//	}
package journaltest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/creditkit/creditkit/credit/journal"
)

// A Harness describes a Store under test.
type Harness struct {
	// New prepares an empty journal, such as a new folder or database, and returns the
	// function that opens it. The function is called again after the store was closed,
	// and must return a store with the same events. A store that is an io.Closer is
	// closed by the suite.
	New func(t *testing.T) func() (journal.Store, error)
	// Shared reports that a journal can be open several times at once. Then the tests of
	// concurrency use several stores of one journal.
	Shared bool
}

// Run tests a Store. Each rule of the contract is a subtest with a journal of its own.
func Run(t *testing.T, h Harness) {
	t.Helper()
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			j := &journalUnderTest{open: h.New(t), shared: h.Shared}
			if err := errors.Join(rule.check(t.Context(), j), j.close()); err != nil {
				t.Error(err)
			}
		})
	}
}

// A rule is one rule of the contract. check returns how a store breaks it.
type rule struct {
	name  string
	check func(ctx context.Context, j *journalUnderTest) error
}

var rules = []rule{
	{"a new journal is empty", checkEmpty},
	{"Append returns the events before", checkPriorEvents},
	{"events are returned as they were appended", checkExactEvents},
	{"an event without its parts is refused", checkInvalidEvent},
	{"the caller's later changes do not reach the store", checkCopies},
	{"Starts.Last is the last start that is not a restart", checkLastStart},
	{"Starts.Open are the started keys that have not ended", checkOpenStarts},
	{"Keys are in the order of their first events", checkKeys},
	{"keys and credits are compared byte by byte", checkOddNames},
	{"large events", checkLargeEvents},
	{"a context that has ended", checkContext},
	{"Appends of one key have one order", checkConcurrentKey},
	{"Appends of one credit have one order", checkConcurrentCredit},
	{"opening again keeps everything", checkReopen},
}

// journalUnderTest opens and closes the stores of a journal.
type journalUnderTest struct {
	open   func() (journal.Store, error)
	shared bool
	stores []journal.Store
}

// store opens the journal.
func (j *journalUnderTest) store() (journal.Store, error) {
	s, err := j.open()
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	j.stores = append(j.stores, s)
	return s, nil
}

// several returns stores of the journal for concurrent use: the same one if it cannot be
// open several times.
func (j *journalUnderTest) several(number int) ([]journal.Store, error) {
	var stores []journal.Store
	for len(stores) < number {
		if len(stores) > 0 && !j.shared {
			stores = append(stores, stores[0])
			continue
		}
		s, err := j.store()
		if err != nil {
			return nil, err
		}
		stores = append(stores, s)
	}
	return stores, nil
}

// close closes the stores that are open.
func (j *journalUnderTest) close() error {
	var errs []error
	for _, s := range j.stores {
		if closer, ok := s.(io.Closer); ok {
			errs = append(errs, closer.Close())
		}
	}
	j.stores = nil
	return errors.Join(errs...)
}
