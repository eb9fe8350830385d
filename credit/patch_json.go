package credit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// MarshalJSON returns the patch as a JSON object with the names of [Fields]. A field
// that is left alone is absent, one that is set is its value, and one that is cleared is
// null:
//
//	{"total":12.50,"expires_at":null}
//
// Amounts are JSON numbers with the digits that they were parsed from. Times are RFC 3339
// in UTC, with nanoseconds. Metadata is an object of strings. A value that no vendor can
// be sent is an error that names the field: an unset amount or time, a nil map, text
// that is not UTF-8.
func (p Patch) MarshalJSON() ([]byte, error) { return withPrefix("patch", p.encode) }

// UnmarshalJSON replaces the patch by the one in data, which must be as MarshalJSON
// writes it. An amount may also be a JSON string, and a time may have any offset; it
// comes back in UTC. Names are case-sensitive. An unknown name, a name that occurs
// twice and a value of another type are errors that name the field, and leave the patch
// unchanged. So does null, which is not a patch.
func (p *Patch) UnmarshalJSON(data []byte) error {
	return decodeWhole("patch", data, p, (*Patch).decode)
}

// MarshalJSON returns the values as [Patch.MarshalJSON] does. A field that the vendor
// did not return is absent, and an empty one is null.
func (v Values) MarshalJSON() ([]byte, error) { return withPrefix("values", Patch(v).encode) }

// UnmarshalJSON replaces the values, as [Patch.UnmarshalJSON] does.
func (v *Values) UnmarshalJSON(data []byte) error {
	return decodeWhole("values", data, (*Patch)(v), (*Patch).decode)
}

// MarshalJSON returns the ref as {"id":"...","owner":"..."}, without members that are
// empty. Text that is not UTF-8 is an error.
func (r Ref) MarshalJSON() ([]byte, error) {
	return withPrefix("ref", func() ([]byte, error) {
		var w objectWriter
		w.string("id", r.ID)
		w.string("owner", r.Owner)
		return w.end()
	})
}

// UnmarshalJSON replaces the ref by the one in data. It is as strict as
// [Patch.UnmarshalJSON].
func (r *Ref) UnmarshalJSON(data []byte) error {
	return decodeWhole("ref", data, r, func(r *Ref, data []byte) error {
		return decodeObject(data, func(name string, value json.RawMessage) (err error) {
			switch name {
			case "id":
				r.ID, err = decodeText(value)
			case "owner":
				r.Owner, err = decodeText(value)
			default:
				return errUnknownMember
			}
			return err
		})
	})
}

// MarshalJSON returns the value, or null if the field is cleared, as
// [Patch.MarshalJSON] does. A field that is left alone has no JSON and is an error: tag
// the member of a struct with omitzero.
func (o Opt[T]) MarshalJSON() ([]byte, error) {
	switch op, known := opOf(&o); {
	case o.IsZero():
		return nil, errors.New("credit: a field that is left alone has no JSON: tag the member with omitzero")
	case known:
		return withPrefix("field", op.encode)
	case o.IsClear():
		return []byte("null"), nil
	}
	return json.Marshal(o.value)
}

// UnmarshalJSON clears the field for null, and sets it for any other value. It is as
// strict as [Patch.UnmarshalJSON].
func (o *Opt[T]) UnmarshalJSON(data []byte) error {
	return decodeWhole("field", data, o, func(o *Opt[T], data []byte) error {
		op, known := opOf(o)
		switch {
		case known && !json.Valid(data):
			return errors.New("is not JSON")
		case known:
			return op.decode(bytes.TrimSpace(data))
		case isNull(data):
			*o = Clear[T]()
			return nil
		}
		o.op = opSet
		return json.Unmarshal(data, &o.value)
	})
}

// opOf returns the operation of a field, if it has the type of a field of a [Patch].
func opOf[T any](o *Opt[T]) (op FieldOp, known bool) {
	switch o := any(o).(type) {
	case *Opt[string]:
		return FieldOp{Text: o}, true
	case *Opt[Decimal]:
		return FieldOp{Amount: o}, true
	case *Opt[time.Time]:
		return FieldOp{Time: o}, true
	case *Opt[map[string]string]:
		return FieldOp{Entries: o}, true
	}
	return FieldOp{}, false
}

// withPrefix puts the name of a type in front of an error of encode.
func withPrefix(name string, encode func() ([]byte, error)) ([]byte, error) {
	text, err := encode()
	if err != nil {
		return nil, fmt.Errorf("credit: %s: %w", name, err)
	}
	return text, nil
}

// decodeWhole decodes data into a new T and stores it in out, unless there is an error.
func decodeWhole[T any](name string, data []byte, out *T, decode func(*T, []byte) error) error {
	var decoded T
	if err := decode(&decoded, data); err != nil {
		return fmt.Errorf("credit: %s: %w", name, err)
	}
	*out = decoded
	return nil
}

func (p Patch) encode() ([]byte, error) {
	var w objectWriter
	p.write(&w)
	return w.end()
}

// write writes the fields that the patch sets or clears.
func (p *Patch) write(w *objectWriter) {
	for f, op := range p.All() {
		value, err := op.encode()
		w.member(string(f), value, err)
	}
}

func (p *Patch) decode(data []byte) error {
	return decodeObject(data, func(name string, value json.RawMessage) error {
		if known, err := p.decodeField(name, value); known {
			return err
		}
		return errUnknownMember
	})
}

// decodeField decodes a member that is a field, and reports whether it is one.
func (p *Patch) decodeField(name string, value json.RawMessage) (known bool, err error) {
	i := slices.Index(fields[:], Field(name))
	if i < 0 {
		return false, nil
	}
	return true, p.ops()[i].decode(value)
}

// encode returns the JSON of a field that is set or cleared.
func (o FieldOp) encode() ([]byte, error) {
	if o.IsClear() {
		return []byte("null"), nil
	}
	if reason := o.invalid(); reason != "" {
		return nil, errors.New(reason)
	}
	switch {
	case o.Text != nil:
		return encodeText(o.Text.value)
	case o.Amount != nil:
		return o.Amount.value.MarshalJSON()
	case o.Time != nil:
		return encodeText(formatTime(o.Time.value))
	}
	return encodeEntries(o.Entries.value)
}

// decode sets or clears the field from its JSON.
func (o FieldOp) decode(value json.RawMessage) (err error) {
	if isNull(value) {
		o.Clear()
		return nil
	}
	switch {
	case o.Text != nil:
		err = setFrom(o.Text, value, decodeText)
	case o.Amount != nil:
		err = setFrom(o.Amount, value, decodeAmount)
	case o.Time != nil:
		err = setFrom(o.Time, value, decodeTime)
	case o.Entries != nil:
		err = setFrom(o.Entries, value, decodeEntries)
	}
	if err != nil {
		return err
	}
	if reason := o.invalid(); reason != "" {
		return errors.New(reason)
	}
	return nil
}

func setFrom[T any](o *Opt[T], value json.RawMessage, decode func(json.RawMessage) (T, error)) error {
	decoded, err := decode(value)
	*o = Set(decoded)
	return err
}

func decodeAmount(value json.RawMessage) (d Decimal, err error) {
	switch c := value[0]; {
	case c != '"' && c != '-' && (c < '0' || c > '9'):
		return d, wrongType(value, "a number, or a string with a number")
	case d.UnmarshalJSON(value) != nil:
		return d, errors.New("must be a number within the limits of ParseDecimal")
	}
	return d, nil
}
