package credit

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/creditkit/creditkit/internal/typednil"
)

// An Updater changes credits at one vendor. Each vendor's Client has one.
//
// It is safe for concurrent use. No write is tied to a version: of two updates of one
// credit at the same time the last one wins. At the vendors that write back what was
// read (knox, nexudus, flexprice) the fields that it did not name are then as they
// were when they were read; updates through one client run one after the other
// there, so that this happens between clients only. So do those at thoughtindustries, where
// the repeat of an update could otherwise undo a later one. [WithExpect] compares the credit with
// what the caller expects shortly before the write.
type Updater interface {
	// Update applies patch to the credit with one write at most. A nil error means
	// that the vendor reported the change as made and returned nothing that
	// contradicts it. On error, check [OutcomeOf] before sending the update again:
	// what can be retried safely has been retried. The Result is nil if there is an
	// error; a [MismatchError] and an [UnverifiedError] hold it.
	Update(ctx context.Context, ref Ref, patch Patch, opts ...CallOption) (*Result, error)
	// Support returns what Update can do, as a copy that the caller may change.
	Support() Support
}

// A Reader reads a credit as a [Record]. An Updater that can read is also a Reader:
// reader, ok := updater.(credit.Reader).
type Reader interface {
	Read(ctx context.Context, ref Ref) (*Record, error)
}

// A Ref identifies a credit.
type Ref struct {
	// ID is the credit's id at the vendor.
	ID string
	// Owner is the id of the credit's owner: the customer at metronome, which is
	// required; the client at thoughtindustries, which is needed for reads only. It
	// must be empty at other vendors.
	Owner string
}

// A Driver implements one vendor for [NewUpdater]. The Updater has validated each
// call before the Driver sees it: the context is not nil, the patch is not empty
// and within Support, its values can be encoded, its times are in UTC, the ref is
// complete, and every option is of use to the call. The Driver refuses only what
// this vendor cannot hold.
type Driver interface {
	// Vendor returns the name for errors and results. It is called once.
	Vendor() string
	// Support returns what the vendor can change. It is called once.
	Support() Support
	// Apply makes the change with one write at most and returns a new Result with
	// what the vendor returned. If cfg.DryRun is set, it returns the Request of
	// the write and does not send it. It fills cfg.Info, if it is not nil, once it
	// has sent a write. Info.Before is the record that it read before, also if it
	// returns an error.
	//
	// If cfg.ReadsFirst, it reads the credit and returns it in Result.Before. It passes
	// each record that it reads before a write to cfg.CheckExpect, and writes nothing
	// after an error. If cfg.Expect is set, it does so before each repeat as well, and
	// after an attempt whose outcome is Unknown it repeats only where [Patch.Compare]
	// with that record gives AsBefore.
	//
	// The Updater sets Vendor, ID and DryRun of the Result, computes its Changes, compares the
	// Result with the patch, and reads back for cfg.Verify. Apply returns errors of
	// this package: for any other [OutcomeOf] returns [Unknown].
	Apply(ctx context.Context, ref Ref, patch Patch, cfg CallConfig) (*Result, error)
}

// NewUpdater returns an Updater of a vendor's Driver. It is a [Reader] if the Driver is
// one, and a [Finder] if the Driver is one. An Updater of a nil Driver refuses every call.
func NewUpdater(d Driver) Updater {
	if typednil.Is(d) {
		return &updater{}
	}
	u := &updater{driver: d, vendor: d.Vendor(), support: d.Support().clone()}
	reader, reads := d.(Reader)
	finder, finds := d.(Finder)
	if reads {
		u.reader = reader
	}
	switch {
	case reads && finds:
		return &readingFindingUpdater{readingUpdater{u}, checkedFinder{u, finder}}
	case reads:
		return &readingUpdater{u}
	case finds:
		return &findingUpdater{u, checkedFinder{u, finder}}
	}
	return u
}

type updater struct {
	driver  Driver
	reader  Reader // nil where the driver cannot read
	vendor  string
	support Support
}

// shared returns what all Updaters of NewUpdater embed.
func (u *updater) shared() *updater { return u }

func (u *updater) Support() Support { return u.support.clone() }

func (u *updater) Update(ctx context.Context, ref Ref, patch Patch, opts ...CallOption) (*Result, error) {
	cfg, err := NewCallConfig(u.vendor, opts...)
	if err != nil {
		return nil, err
	}
	if cfg.Info != nil {
		*cfg.Info = CallInfo{} // not that of an earlier call
	}
	if err := u.validateCall(ctx, ref, &patch, cfg); err != nil {
		return nil, err
	}
	result, err := u.driver.Apply(ctx, ref, patch.inUTC(), cfg)
	if err != nil {
		return nil, err
	}
	if result == nil {
		return nil, u.errNoResult("Update", Unknown)
	}
	result.Vendor, result.ID = u.vendor, ref.ID
	result.DryRun = result.DryRun || cfg.DryRun
	result.patch, result.support = patch, &u.support
	if entries, ok := patch.Metadata.Get(); ok {
		result.patch.Metadata = Set(maps.Clone(entries)) // the caller may go on with its map
	}
	if result.DryRun {
		return result, nil
	}
	if err := u.compare(result, &patch); err != nil {
		return nil, err
	}
	if !cfg.Verify {
		return result, nil
	}
	if err := u.verify(ctx, ref, result, &patch); err != nil {
		return nil, err
	}
	return result, nil
}

// verifyDelay is the time between the two reads of a verification. Reads can come from a
// cache that does not have the write yet.
const verifyDelay = time.Second

// verify reads the credit back, and once more if it does not show the change.
func (u *updater) verify(ctx context.Context, ref Ref, result *Result, patch *Patch) error {
	if err := u.readBack(ctx, ref, result); err != nil {
		return err
	}
	mismatch := u.compare(result, patch)
	if mismatch == nil || !sleep(ctx, verifyDelay) {
		return mismatch
	}
	if err := u.readBack(ctx, ref, result); err != nil {
		return mismatch // of the first read
	}
	return u.compare(result, patch)
}

// sleep reports whether the time passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// compare compares what the vendor returned with the patch.
func (u *updater) compare(result *Result, patch *Patch) error {
	if result.After == nil {
		return nil
	}
	if wrong := mismatches(result.After, patch, result.NotReturned); len(wrong) > 0 {
		return &MismatchError{Vendor: u.vendor, ID: result.ID, Fields: wrong, Result: result}
	}
	return nil
}

// readBack sets result.After to the credit as it is now.
func (u *updater) readBack(ctx context.Context, ref Ref, result *Result) error {
	after, err := u.readRecord(ctx, ref)
	if err != nil {
		return &UnverifiedError{Vendor: u.vendor, ID: ref.ID, Result: result, Err: afterChange(err)}
	}
	result.After, result.NotReturned = after, nil
	return nil
}

// readRecord reads the credit with the driver. It returns an error if the
// driver returns neither a record nor an error.
func (u *updater) readRecord(ctx context.Context, ref Ref) (*Record, error) {
	record, err := u.reader.Read(ctx, ref)
	if err != nil {
		return nil, err
	}
	if record == nil {
		return nil, u.errNoResult("Read", NotSent)
	}
	return record, nil
}

var errNothingReturned = errors.New("the driver returned neither a result nor an error")

// errNoResult is the error of a driver that returned neither a result nor an error.
func (u *updater) errNoResult(op string, o Outcome) error {
	return &Error{Vendor: u.vendor, Op: op, Kind: ErrMalformed, Outcome: o, Err: errNothingReturned}
}

type readingUpdater struct{ *updater }

// Read implements Reader.
func (u *readingUpdater) Read(ctx context.Context, ref Ref) (*Record, error) {
	errs := InvalidError{Vendor: u.vendor}
	u.checkRef(ctx, &errs, ref, true)
	if err := errs.ErrorOrNil(); err != nil {
		return nil, err
	}
	return u.readRecord(ctx, ref)
}
