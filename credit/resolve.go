package credit

import (
	"context"

	"github.com/creditkit/creditkit/internal/typednil"
)

// A Resolution is what [Resolve] has found.
type Resolution struct {
	// Verdict is the result of the comparison, and never zero.
	Verdict Verdict
	// Now is the credit as it was read.
	Now *Record
	// Fields are the fields that differ, as [Patch.Compare] returns them: none for
	// [AsAsked]; those that differ from the patch for [AsBefore]; those that differ
	// from what was before for [Neither], or from the patch if there was nothing to
	// compare with. Got is "unknown" for a field that the vendor did not return,
	// such as the amount of a metronome credit with several schedule items.
	Fields []FieldMismatch
}

// Resolve reads a credit after an update of it ended [Unknown], and compares it with
// the update's patch and with the credit as it was before. It sends nothing but the
// read. before is the record that was read before the update; it may be nil, and the
// verdict is then [AsAsked] or [Neither]. The updater must be a [Reader].
//
//   - [AsAsked]: the credit has every value of the patch. The change is there, and
//     need not be sent again.
//   - [AsBefore]: the change is not there yet. That does not prove that it was not
//     made or will not be: the write may still arrive, or the read may be older
//     than the write. Wait, and resolve again.
//   - [Neither]: a field has a third value, or the vendor does not return it, or it
//     is not known how it was before. Another writer has written, or only a part
//     of the patch was applied. A person must look at Fields and decide.
//
// How long a write can take to arrive:
//
//   - knox, thoughtindustries, nexudus, flexprice: it is not known. No page says how
//     long the vendor, or a gateway in front of it, goes on with a request whose
//     client has gone. Wait longer than any gateway is likely to hold a request,
//     such as some minutes, and resolve again. An update that [Support.Repeatable]
//     allows to be repeated need not wait: send it again.
//   - metronome: waiting is not needed. Within 24 hours send the same update again
//     under the same key (Error.IdempotencyKey, with [WithIdempotencyKey]): metronome
//     applies it once, whether the first write has arrived, arrives later, or never
//     does, and keeps keys for at least 24 hours. After a 500 (Error.KeyUsedUp) the
//     key returns the same 500 again: resolve, and if the change is not there, send
//     it with a new key. After more than 24 hours the key may be forgotten, and the
//     update would be a new one: resolve first.
//
// How old a read can be:
//
//   - knox: the package requests a consistent read. Whether the vendor honours that
//     for credits is not documented.
//   - flexprice: up to 30 minutes, if the server uses its cache; more if it reads from
//     a second database that lags. Both are off by default, and it is not known
//     whether the vendor's cloud uses them. Resolve again after half an hour before
//     believing AsBefore.
//   - thoughtindustries, nexudus, metronome: it is not known.
//
// The patch is validated as Update validates it: an empty one is [ErrEmptyPatch], and one
// with fields that the vendor cannot change is an *[UnsupportedError]. Other arguments
// that are wrong are an *[InvalidError], which an updater that is not a Reader is too.
// An error of the read is returned as it is. Its outcome is NotSent, because it is that
// of the read: the update remains Unknown.
func Resolve(ctx context.Context, u Updater, ref Ref, patch Patch, before *Record) (*Resolution, error) {
	if typednil.Is(u) {
		return nil, &InvalidError{Field: "updater", Reason: "is nil"}
	}
	own := updaterOf(u)
	reader, ok := u.(Reader)
	if !ok {
		return nil, &InvalidError{Vendor: own.vendor, Field: "updater", Reason: "cannot read: it is not a Reader"}
	}
	if err := own.validateResolve(ctx, ref, &patch, before); err != nil {
		return nil, err
	}
	now, err := reader.Read(ctx, ref)
	if err != nil {
		return nil, err
	}
	if now == nil {
		return nil, own.errNoResult("Read", NotSent)
	}
	verdict, wrong := patch.Compare(before, now)
	return &Resolution{Verdict: verdict, Now: now, Fields: wrong}, nil
}

// updaterOf returns u, or for an Updater that [NewUpdater] did not make, one with
// its Support and without a vendor's name.
func updaterOf(u Updater) *updater {
	switch own := u.(type) {
	case *updater:
		return own
	case *readingUpdater:
		return own.updater
	}
	return &updater{support: u.Support()}
}

// validateResolve validates the arguments of Resolve as validateCall does those of an
// update.
func (u *updater) validateResolve(ctx context.Context, ref Ref, patch *Patch, before *Record) error {
	if patch.IsEmpty() {
		return ErrEmptyPatch
	}
	if err := u.checkSupport(patch); err != nil {
		return err
	}
	errs := InvalidError{Vendor: u.vendor}
	u.checkRef(ctx, &errs, ref, true)
	checkValues(&errs, patch)
	// A verdict about another credit would look like any other.
	if before != nil && before.ID != "" && before.ID != ref.ID {
		errs.Add("before", "is the record of another credit")
	}
	return errs.ErrorOrNil()
}
