package credit

import "log/slog"

// A Verdict is the result of comparing a credit with a change, see [Patch.Compare].
type Verdict int

// The verdicts. None of them proves that the change was not made: a write can
// arrive late, after the credit was read.
const (
	// AsAsked: every field of the patch has the patch's value.
	AsAsked Verdict = iota + 1
	// AsBefore: every field of the patch has the value from before the change.
	AsBefore
	// Neither: at least one field has another value, or the vendor does not return
	// it.
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

// MarshalText returns the text of String, for JSON, logs and keys of maps. The zero
// Verdict is "none". A number that is not a Verdict is an error.
func (v Verdict) MarshalText() ([]byte, error) {
	return encodeWord("verdict", v, 0, AsAsked, AsBefore, Neither)
}

// UnmarshalText accepts the texts of String, exactly. Any other text is an error and
// leaves v unchanged.
func (v *Verdict) UnmarshalText(text []byte) error {
	return decodeWord("verdict", text, v, 0, AsAsked, AsBefore, Neither)
}

// UnmarshalJSON accepts a JSON string with a text that UnmarshalText accepts. Any other
// JSON value, null included, is an error and leaves v unchanged.
func (v *Verdict) UnmarshalJSON(data []byte) error { return decodeJSONWord(data, v.UnmarshalText) }

// LogValue returns the text of String.
func (v Verdict) LogValue() slog.Value { return slog.StringValue(v.String()) }

// Compare compares a credit as it is now with the patch, and with the credit as it
// was before the change; before may be nil. The fields are those that differ: from
// the patch, or for [Neither] from what was before. It is exported for authors of a
// [Driver].
func (p Patch) Compare(before, now *Record) (Verdict, []FieldMismatch) {
	wrong := mismatches(now, &p, nil)
	if len(wrong) == 0 {
		return AsAsked, nil
	}
	if before == nil {
		return Neither, wrong
	}
	if changed := changedSince(before, now, &p); len(changed) > 0 {
		return Neither, changed
	}
	return AsBefore, wrong
}

// changedSince lists the fields of a patch that are not as they were before, with
// what the patch wants. A field that the vendor did not return, before or now,
// cannot be compared and counts as changed.
func changedSince(before, now *Record, p *Patch) []FieldMismatch {
	var out []FieldMismatch
	was, got := before.ops(), now.ops()
	for i, want := range p.ops() {
		if !want.IsZero() && (got[i].IsZero() || was[i].IsZero() || !got[i].Equal(was[i])) {
			out = append(out, FieldMismatch{Field: fields[i], Want: want.String(), Got: got[i].String()})
		}
	}
	return out
}
