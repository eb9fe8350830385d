package credit

import (
	"context"
	"iter"

	"github.com/creditkit/creditkit/internal/typednil"
)

// A Finder lists the credits of an owner. An Updater of a vendor that documents a list
// call is also a Finder: finder, ok := updater.(credit.Finder).
type Finder interface {
	// Find iterates over the credits that q selects. It requests one page of the list
	// at a time, when the loop needs it. A page is one read, with the retries of a
	// read.
	//
	// The sequence ends after its first error, which comes with a nil Record. The
	// credits before it are valid, but others may be missing. An invalid Query is an
	// [InvalidError], without a request. A list that repeats a page or exceeds 10,000
	// pages is an error with the kind [ErrMalformed]. A list that others change
	// meanwhile may lack a credit or show an earlier state of it.
	//
	// A Record has the ID and the Owner of the [Ref] for Update and Read. It has the
	// fields that a row of the list shows: fewer than Read returns at some vendors, and
	// then Raw is nil.
	Find(ctx context.Context, q Query) iter.Seq2[*Record, error]
}

// A Query selects credits for a [Finder].
type Query struct {
	// Owner is the id of what the credits belong to: the customer at metronome, the
	// client at thoughtindustries, the coworker at nexudus, the subscription at
	// flexprice. It is required, except where [Support.FindsAll] is set.
	Owner string
}

// findingUpdater is an updater whose driver is a Finder.
type findingUpdater struct {
	*updater
	checkedFinder
}

// readingFindingUpdater is an updater whose driver is a Reader and a Finder.
type readingFindingUpdater struct {
	readingUpdater
	checkedFinder
}

// checkedFinder is a driver's Finder, called after u has validated the query.
type checkedFinder struct {
	u      *updater
	finder Finder
}

// Find implements Finder.
func (f checkedFinder) Find(ctx context.Context, q Query) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		if err := f.u.validateQuery(ctx, q); err != nil {
			yield(nil, err)
			return
		}
		for record, err := range f.finder.Find(ctx, q) {
			if err == nil && record == nil {
				err = f.u.errNoResult("Find", NotSent)
			}
			if err == nil {
				err = f.u.contextError(ctx)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(record, nil) {
				return
			}
		}
	}
}

// contextError returns an error if ctx has ended: a loop must not go on with the
// rest of a page.
func (u *updater) contextError(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return &Error{Vendor: u.vendor, Op: "Find", Kind: ErrUnavailable, Outcome: NotSent, Err: err}
	}
	return nil
}

// validateQuery validates the arguments of Find.
func (u *updater) validateQuery(ctx context.Context, q Query) error {
	errs := InvalidError{Vendor: u.vendor}
	if typednil.Is(ctx) {
		errs.Add("ctx", "is nil")
	}
	switch {
	case q.Owner != "":
		errs.addReason("owner", invalidID(q.Owner))
	case !u.support.FindsAll:
		errs.Add("owner", "is required to find credits")
	}
	return errs.ErrorOrNil()
}
