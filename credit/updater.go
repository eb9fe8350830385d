package credit

import "context"

// An Updater changes credits at one vendor. Each vendor's Client has one.
//
// It is safe for concurrent use. No vendor compares versions in these writes,
// so that of two updates of one credit at the same time the last one wins; at
// the vendors that replace records (knox, nexudus) it wins whole, with the
// fields that it did not name as they were when it read them.
type Updater interface {
	// Update changes the credit that ref names as patch says, with one write
	// at most. A nil error means that the vendor reported the change as made
	// and showed nothing to the contrary; for every other end see
	// [OutcomeOf]. Do not retry an update that failed without looking at its
	// outcome: what could be retried safely has been.
	Update(ctx context.Context, ref Ref, patch Patch, opts ...CallOption) (*Result, error)
	// Support says what Update can do.
	Support() Support
}

// A Reader reads a credit in the terms of a [Patch]. An Updater that can read
// is one as well: reader, ok := updater.(credit.Reader).
type Reader interface {
	Read(ctx context.Context, ref Ref) (*Record, error)
}

// A Ref names a credit.
type Ref struct {
	// ID is the credit's id at the vendor.
	ID string
	// Owner is whom the credit belongs to, where the vendor must be told: the
	// customer at metronome, required; the client at thoughtindustries, only
	// needed to read. Other vendors refuse it.
	Owner string
}

// A Driver is one vendor behind [NewUpdater], which has checked the call by
// the time the Driver sees it: the patch is not empty and within Support, its
// values can be written, and the ref is complete.
type Driver interface {
	// Vendor is the name for errors and results.
	Vendor() string
	// Support is asked once.
	Support() Support
	// Apply makes the change with one write at most, or shows it where
	// [CallConfig.DryRun] says so, and returns a Result with what the vendor
	// said. Comparing that with the patch, and [CallConfig.Verify], is not
	// its business. Its errors are those of this package.
	Apply(ctx context.Context, ref Ref, patch Patch, opts ...CallOption) (*Result, error)
}

// NewUpdater makes an Updater of a vendor's Driver. Where the Driver is a
// [Reader], so is the Updater.
func NewUpdater(d Driver) Updater {
	if d == nil {
		return &updater{vendor: "credit"}
	}
	u := &updater{driver: d, vendor: d.Vendor(), support: d.Support()}
	if reader, ok := d.(Reader); ok {
		u.reader = reader
		return &readingUpdater{u}
	}
	return u
}

type updater struct {
	driver  Driver
	reader  Reader // nil where the driver cannot read
	vendor  string
	support Support
}

func (u *updater) Support() Support { return u.support }

func (u *updater) Update(ctx context.Context, ref Ref, patch Patch, opts ...CallOption) (*Result, error) {
	cfg, err := u.check(ctx, ref, patch, opts)
	if err != nil {
		return nil, err
	}
	result, err := u.driver.Apply(ctx, ref, patch, opts...)
	if err != nil {
		return nil, err
	}
	result.Changes = changesOf(result.Before, patch)
	if result.DryRun {
		return result, nil
	}
	if cfg.Verify {
		if err := u.readBack(ctx, ref, result); err != nil {
			return nil, err
		}
	}
	if result.After == nil {
		return result, nil
	}
	if wrong := mismatches(result.After, patch, result.Untold); len(wrong) > 0 {
		return nil, &MismatchError{Vendor: u.vendor, ID: ref.ID, Fields: wrong, Result: result}
	}
	return result, nil
}

// readBack replaces what the answer showed by what is there now.
func (u *updater) readBack(ctx context.Context, ref Ref, result *Result) error {
	after, err := u.reader.Read(ctx, ref)
	if err != nil {
		return &UnverifiedError{Vendor: u.vendor, ID: ref.ID, Result: result, Err: err}
	}
	result.After, result.Untold = after, nil
	return nil
}

type readingUpdater struct{ *updater }

// Read implements Reader.
func (u *readingUpdater) Read(ctx context.Context, ref Ref) (*Record, error) {
	if err := u.checkRef(ctx, ref, Required); err != nil {
		return nil, err
	}
	return u.reader.Read(ctx, ref)
}
