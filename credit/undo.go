package credit

import "maps"

// Undo returns the patch that puts back the values of Before in the fields that the
// update set or cleared. Metadata is put back as a whole map. Send it with [WithExpect]
// of *After, so that nothing is written if the credit has changed since:
//
//	undo, err := result.Undo()
//	...
//	_, err = updater.Update(ctx, ref, undo, credit.WithExpect(*result.After))
//
// Before is there where the update had to read the credit, or with [WithBefore]. After
// is nil at vendors that do not return the credit, unless [WithVerify] read it.
//
// The error is an *[InvalidError] that names every field that cannot be put back:
// Before does not have its value, or it was empty and the vendor cannot clear it, or
// it had a value and the vendor cannot set it. There is then no patch at all: undoing
// the other fields alone is for the caller to decide. A nil Result, a dry run, a Result
// without Before, and a Result that is not from an [Updater] and has no patch are an
// *InvalidError too. Undo does not take the fields that differ between Before and After
// instead, because the vendor and other writers change fields as well.
//
// [Support] says only which fields can be set and cleared. The vendor may refuse a value
// that it had itself, such as an end date that has passed: Update returns the error. It
// also finds what cannot be cleared if the Result comes from JSON, which has no Support.
func (r *Result) Undo() (Patch, error) {
	if r == nil { // the Result of an update that failed
		return Patch{}, &InvalidError{Field: "Result", Reason: "is nil"}
	}
	errs := InvalidError{Vendor: r.Vendor}
	switch {
	case r.DryRun:
		errs.Add("DryRun", "is set: nothing was written that could be undone")
	case r.Before == nil:
		errs.Add("Before", "is nil: the credit was not read before the update, see WithBefore")
	case r.patch.IsEmpty():
		errs.Add("Result", "has no patch: it is not from an Updater")
	}
	if err := errs.ErrorOrNil(); err != nil {
		return Patch{}, err
	}
	var undo Patch
	was, back := r.Before.ops(), undo.ops()
	for i, changed := range r.patch.ops() {
		if changed.IsZero() {
			continue
		}
		errs.addReason(string(fields[i]), r.cannotPutBack(fields[i], was[i]))
		back[i].Copy(was[i])
	}
	if err := errs.ErrorOrNil(); err != nil {
		return Patch{}, err
	}
	if entries, ok := undo.Metadata.Get(); ok {
		undo.Metadata = Set(maps.Clone(entries)) // Before keeps its own
	}
	return undo, nil
}

// cannotPutBack returns why a field cannot be given the value that it had, or "".
func (r *Result) cannotPutBack(f Field, was FieldOp) string {
	switch {
	case was.IsZero():
		return "cannot be put back: Before does not have its value"
	case r.support == nil: // Update compares the patch with it
		return ""
	case was.IsClear() && !r.support.CanClear(f):
		return "cannot be put back: it was empty, and the vendor cannot clear it"
	case was.IsSet() && !r.support.CanSet(f):
		return "cannot be put back: it had a value, and the vendor cannot set it"
	}
	return ""
}
