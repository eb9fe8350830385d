package work

import (
	"errors"
	"testing"

	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// newBlockScene is a scene with a job of blocks of four rows, which all change one credit.
func newBlockScene(t *testing.T) *scene {
	t.Helper()
	s := newScene(t, "thoughtindustries", name)
	job := queue.Job{Name: "blocks", Digest: "d", Rows: 4096, VendorRows: map[string]int64{s.vendor.Name: 4096}}
	if err := s.queue.Create(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	err := s.queue.Submit(t.Context(), job, func(yield func(row.Row, error) bool) {
		for i := range job.Rows {
			r := s.row
			r.Number = i + 1
			if !yield(r, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.journal, err = s.queue.Journal(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.journal.Follow(t.Context()) }() // until the test ends
	s.vendor = s.newVendor(job, s.vendor.Name)
	return s
}

// process works on the next block, and returns the counts of the journal.
func (s *scene) process() journal.Counts {
	s.t.Helper()
	var b *queue.Block
	err := queue.ErrNoBlock
	for errors.Is(err, queue.ErrNoBlock) {
		b, err = s.vendor.Rows.Next(s.t.Context())
	}
	if err == nil {
		err = s.vendor.processBlock(s.t.Context(), s.t.Context(), b)
	}
	if err == nil {
		err = s.journal.CatchUp(s.t.Context())
	}
	if err != nil || len(b.Rows) != 4 || b.Rows[0].Number != 1 {
		s.t.Fatalf("got %+v, %v", b, err)
	}
	return s.journal.Counts()[s.vendor.Name]
}

// A row that fails does not hold up the rows behind it, and comes again with its block.
// The rows that have ended are not sent again.
func TestFailedRowComesAgainWithItsBlock(t *testing.T) {
	s := newBlockScene(t)
	s.fake.Queue(credittest.Respond(503, "").OnWrite())
	if c := s.process(); c != (journal.Counts{Applied: 3, Waiting: 1}) || len(s.fake.Writes()) != 4 {
		t.Errorf("got %+v after %d writes", c, len(s.fake.Writes()))
	}
	if c := s.process(); c != (journal.Counts{Applied: 4}) || len(s.fake.Writes()) != 5 {
		t.Errorf("got %+v after %d writes", c, len(s.fake.Writes()))
	}
}

// A vendor that is away does not get all rows of a block at once.
func TestBlockWaitsAfterTwoFailures(t *testing.T) {
	s := newBlockScene(t)
	for range 2 {
		s.fake.Queue(credittest.Respond(503, "").OnWrite())
	}
	if c := s.process(); c != (journal.Counts{Waiting: 2}) || len(s.fake.Writes()) != 2 {
		t.Errorf("got %+v after %d writes", c, len(s.fake.Writes()))
	}
	if c := s.process(); c != (journal.Counts{Applied: 4}) || len(s.fake.Writes()) != 6 {
		t.Errorf("got %+v after %d writes", c, len(s.fake.Writes()))
	}
}

// A vendor that was given up, and the end of the work, leave the rest of the block.
func TestStopLeavesRestOfBlock(t *testing.T) {
	s := newBlockScene(t)
	s.fake.Queue(credittest.Respond(401, "").OnWrite())
	if c := s.process(); c != (journal.Counts{Waiting: 1}) || len(s.fake.Writes()) != 1 {
		t.Errorf("got %+v after %d writes", c, len(s.fake.Writes()))
	}
	s.vendor = s.newVendor(s.vendor.Job, s.vendor.Name)
	if c := s.process(); c != (journal.Counts{Applied: 4}) {
		t.Errorf("got %+v", c)
	}
}
