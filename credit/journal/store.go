package journal

import (
	"context"
	"iter"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/typednil"
)

// A Store keeps the events of a journal in one order. It is safe for concurrent use.
// [OpenDir] is a store in a folder, [SQL] one in a database, [NewMemory] one for tests.
// Package journaltest tests a Store.
type Store interface {
	// Append stores e durably, and returns what the store had before e. Both are one
	// atomic step: of two Appends one sees the other's event. An error means that e may
	// or may not be stored.
	Append(ctx context.Context, e Event) (Prior, error)
	// Events returns the events of a key in their order, none for an unknown key.
	Events(ctx context.Context, key string) ([]Event, error)
	// Starts returns what was started on a credit, which [Event.Credit] names.
	Starts(ctx context.Context, credit string) (Starts, error)
	// Keys returns the keys in the order of their first events. With open, it leaves
	// out keys that have ended; see [HasEnded].
	Keys(ctx context.Context, open bool) iter.Seq2[string, error]
}

// checkArguments returns an error for a nil context and a nil store.
func checkArguments(ctx context.Context, s Store) error {
	errs := credit.InvalidError{Vendor: "journal"}
	if typednil.Is(ctx) {
		errs.Add("ctx", "is nil")
	}
	if typednil.Is(s) {
		errs.Add("store", "is nil")
	}
	return errs.ErrorOrNil()
}

// Prior is what a [Store] had before an event.
type Prior struct {
	// Events are the earlier events of the event's key, in their order.
	Events []Event
	// Starts are the earlier starts of the event's credit. They are empty for an event
	// without a job.
	Starts Starts
}

// Starts are the keys with a [Started] event of one credit.
type Starts struct {
	// Last is the key of the latest Started event that is not a restart, see
	// [IsRestart]. It is "" if there is none.
	//
	// It counts starts and not sends: if two keys of a credit start at the same moment,
	// the later start sends nothing, and is Last. A doubt of the other key is then
	// resolved by reading, and not by a repeat, which may leave it to a person. It cannot
	// hide a change: each change has a start of its own before it is sent.
	Last string
	// Open are the keys that have not ended, in any order; see [HasEnded].
	Open []string
}
