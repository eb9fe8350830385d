package credit

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// MarshalJSON returns the record as a JSON object: "id", "owner", the fields as in
// [Patch.MarshalJSON], and "raw". Members that are empty are left out, and a field that
// the vendor did not return is absent.
//
// "raw" is Raw itself, not text. json.Marshal removes white space in it and may write
// characters as escapes; its values keep every digit and every member. A Raw that is not
// JSON, or not UTF-8, is an error.
func (r Record) MarshalJSON() ([]byte, error) { return withPrefix("record", r.encode) }

// UnmarshalJSON replaces the record by the one in data. It is as strict as
// [Patch.UnmarshalJSON].
func (r *Record) UnmarshalJSON(data []byte) error {
	return decodeWhole("record", data, r, (*Record).decode)
}

// MarshalJSON returns the result as a JSON object: "vendor", "id", "attempts",
// "request_id", "idempotency_key", "dry_run", "before", "after", "not_returned",
// "request", "raw" and "patch", the patch of the update, from which [Result.Changes] is
// computed. Members that are empty are left out. For "raw" see [Record.MarshalJSON].
func (r Result) MarshalJSON() ([]byte, error) { return withPrefix("result", r.encode) }

// UnmarshalJSON replaces the result by the one in data. It is as strict as
// [Patch.UnmarshalJSON].
func (r *Result) UnmarshalJSON(data []byte) error {
	return decodeWhole("result", data, r, (*Result).decode)
}

// MarshalJSON returns the request as {"method":"...","path":"...","body":...}, without
// members that are empty. The body is JSON, as "raw" in [Record.MarshalJSON].
func (r Request) MarshalJSON() ([]byte, error) { return withPrefix("request", r.encode) }

// UnmarshalJSON replaces the request by the one in data. It is as strict as
// [Patch.UnmarshalJSON].
func (r *Request) UnmarshalJSON(data []byte) error {
	return decodeWhole("request", data, r, (*Request).decode)
}

func (r Record) encode() ([]byte, error) {
	var w objectWriter
	w.string("id", r.ID)
	w.string("owner", r.Owner)
	(*Patch)(&r.Values).write(&w)
	w.raw("raw", r.Raw)
	return w.end()
}

func (r *Record) decode(data []byte) error {
	return decodeObject(data, func(name string, value json.RawMessage) (err error) {
		switch name {
		case "id":
			r.ID, err = decodeText(value)
		case "owner":
			r.Owner, err = decodeText(value)
		case "raw":
			r.Raw, err = checkRaw(value)
		default:
			known, err := (*Patch)(&r.Values).decodeField(name, value)
			if !known {
				return errUnknownMember
			}
			return err
		}
		return err
	})
}

func (r Result) encode() ([]byte, error) {
	var w objectWriter
	w.string("vendor", r.Vendor)
	w.string("id", r.ID)
	if r.Attempts != 0 {
		w.member("attempts", strconv.AppendInt(nil, int64(r.Attempts), 10), nil)
	}
	w.string("request_id", r.RequestID)
	w.string("idempotency_key", r.IdempotencyKey)
	if r.DryRun {
		w.member("dry_run", []byte("true"), nil)
	}
	writeObject(&w, "before", r.Before, Record.encode)
	writeObject(&w, "after", r.After, Record.encode)
	if len(r.NotReturned) > 0 {
		value, err := encodeFields(r.NotReturned)
		w.member("not_returned", value, err)
	}
	writeObject(&w, "request", r.Request, Request.encode)
	w.raw("raw", r.Raw)
	if !r.patch.IsEmpty() {
		writeObject(&w, "patch", &r.patch, Patch.encode)
	}
	return w.end()
}

func (r *Result) decode(data []byte) error {
	return decodeObject(data, func(name string, value json.RawMessage) (err error) {
		switch name {
		case "vendor":
			r.Vendor, err = decodeText(value)
		case "id":
			r.ID, err = decodeText(value)
		case "attempts":
			r.Attempts, err = decodeInt(value)
		case "request_id":
			r.RequestID, err = decodeText(value)
		case "idempotency_key":
			r.IdempotencyKey, err = decodeText(value)
		case "dry_run":
			r.DryRun, err = decodeBool(value)
		case "before":
			r.Before, err = decodePointer(value, (*Record).decode)
		case "after":
			r.After, err = decodePointer(value, (*Record).decode)
		case "not_returned":
			r.NotReturned, err = decodeFields(value)
		case "request":
			r.Request, err = decodePointer(value, (*Request).decode)
		case "raw":
			r.Raw, err = checkRaw(value)
		case "patch":
			err = r.patch.decode(value)
		default:
			return errUnknownMember
		}
		return err
	})
}

func (r Request) encode() ([]byte, error) {
	var w objectWriter
	w.string("method", r.Method)
	w.string("path", r.Path)
	w.raw("body", r.Body)
	return w.end()
}

func (r *Request) decode(data []byte) error {
	return decodeObject(data, func(name string, value json.RawMessage) (err error) {
		switch name {
		case "method":
			r.Method, err = decodeText(value)
		case "path":
			r.Path, err = decodeText(value)
		case "body":
			r.Body, err = checkRaw(value)
		default:
			return errUnknownMember
		}
		return err
	})
}

// writeObject writes a member with the object that v points to, unless v is nil.
func writeObject[T any](w *objectWriter, name string, v *T, encode func(T) ([]byte, error)) {
	if v != nil {
		value, err := encode(*v)
		w.member(name, value, err)
	}
}

// decodePointer decodes an object. For null, which json.Marshal writes for a nil pointer,
// it returns nil.
func decodePointer[T any](value json.RawMessage, decode func(*T, []byte) error) (*T, error) {
	if isNull(value) {
		return nil, nil
	}
	v := new(T)
	return v, decode(v, value)
}

func encodeFields(list []Field) ([]byte, error) {
	text := []byte{'['}
	for i, f := range list {
		if !slices.Contains(fields[:], f) {
			return nil, fmt.Errorf("unknown field %.40q", f)
		}
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(append(text, '"'), f...), '"')
	}
	return append(text, ']'), nil
}

func decodeFields(value json.RawMessage) ([]Field, error) {
	var items []json.RawMessage
	if value[0] != '[' || json.Unmarshal(value, &items) != nil {
		return nil, wrongType(value, "an array of names of fields")
	}
	var list []Field
	for _, item := range items {
		name, err := decodeText(item)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(fields[:], Field(name)) {
			return nil, fmt.Errorf("unknown field %.40q", name)
		}
		list = append(list, Field(name))
	}
	return list, nil
}

func decodeInt(value json.RawMessage) (int, error) {
	if c := value[0]; c != '-' && (c < '0' || c > '9') {
		return 0, wrongType(value, "a whole number")
	}
	n, err := strconv.Atoi(string(value))
	if err != nil {
		return 0, fmt.Errorf("must be a whole number, got %.40s", value)
	}
	return n, nil
}

func decodeBool(value json.RawMessage) (bool, error) {
	if string(value) != "true" && string(value) != "false" {
		return false, wrongType(value, "true or false")
	}
	return string(value) == "true", nil
}
