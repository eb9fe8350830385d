package credit

import "slices"

// A Verdict says what a credit that was read again shows of a change.
type Verdict int

// The verdicts. None of them says that the change was not made: a write can
// arrive late, after the credit was read.
const (
	// AsAsked: every field of the patch is as the patch wants it.
	AsAsked Verdict = iota + 1
	// AsBefore: every field of the patch is as it was before the change.
	AsBefore
	// Neither: some field is neither, or the vendor does not show it.
	Neither
)

// String returns "as asked", "as before" or "neither", and "none" for the zero
// value.
func (v Verdict) String() string {
	switch v {
	case AsAsked:
		return "as asked"
	case AsBefore:
		return "as before"
	case Neither:
		return "neither"
	}
	return "none"
}

// Compare holds what a credit shows now against the patch, and against the credit
// as it was before the change, which may be nil. The fields are those that differ:
// from the patch, or with [Neither] from what was before. It is exported for
// those who write a [Driver].
func (p Patch) Compare(before, now *Record) (Verdict, []FieldMismatch) {
	wrong := mismatches(now, &p, nil)
	if len(wrong) == 0 {
		return AsAsked, nil
	}
	if before == nil {
		return Neither, wrong
	}
	if moved := changedSince(before, now, &p); len(moved) > 0 {
		return Neither, moved
	}
	return AsBefore, wrong
}

// changedSince lists the fields of a patch that are not as they were, with what
// the patch wants. A field that the vendor did not show before cannot be compared
// and is one of them.
func changedSince(before, now *Record, p *Patch) []FieldMismatch {
	var out []FieldMismatch
	asBefore := before.values()
	moved := differing(now, &asBefore)
	eachAsked(now, p, false, func(f Field, got, want string) {
		if got == unknown || !asBefore.asks(f) || slices.Contains(moved, f) {
			out = append(out, FieldMismatch{Field: f, Want: want, Got: got})
		}
	})
	return out
}

func differing(r *Record, p *Patch) []Field {
	var fields []Field
	for _, m := range mismatches(r, p, nil) {
		fields = append(fields, m.Field)
	}
	return fields
}
