// Package wire writes the bodies of requests. It gives the bytes of
// json.Marshal for less: how a type is written is found out once, and values are
// not boxed to ask them for their JSON. What values with a MarshalJSON of their
// own say is taken as it is and not gone over again, and JSON that came from the
// vendor goes back with every space.
//
// It knows the types that requests are made of. Whatever else a value holds, and
// every value that cannot be written, is left to encoding/json, so that errors
// are the usual ones.
package wire

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// Marshal returns the JSON of v.
func Marshal(v any) ([]byte, error) {
	if m, ok := v.(json.Marshaler); ok {
		if out, err := m.MarshalJSON(); err == nil {
			return out, nil
		}
		return json.Marshal(v)
	}
	value := reflect.ValueOf(v)
	if value.Kind() == reflect.Struct { // its members are asked where they are
		place := reflect.New(value.Type()).Elem()
		place.Set(value)
		value = place
	} else if value.Kind() == reflect.Pointer {
		value = value.Elem()
	}
	if value.Kind() == reflect.Struct {
		p := planOf(value.Type())
		if out, ok := object(make([]byte, 0, p.room.Load()), value); ok {
			p.room.Store(min(maxRoom, int64(len(out)+len(out)/8))) // unknown members come behind it
			return out, nil
		}
	}
	return json.Marshal(v)
}

// maxRoom keeps one large body from making all later ones as large.
const maxRoom = 8 << 10

// A writer appends a value that is addressable. It reports false for one that
// has to be left to encoding/json.
type writer func(out []byte, v reflect.Value) ([]byte, bool)

func object(out []byte, v reflect.Value) ([]byte, bool) {
	p := planOf(v.Type())
	if p.members == nil {
		return other(out, v)
	}
	out = append(out, '{')
	first := true
	for i := range p.members {
		m := &p.members[i]
		f := v.Field(m.index)
		if m.left != nil && m.left(f) {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		var ok bool
		if out, ok = m.write(append(out, m.name...), f); !ok {
			return out, false
		}
	}
	return append(out, '}'), true
}

// own takes a value at its word.
func own(out []byte, v reflect.Value) ([]byte, bool) {
	data, err := v.Addr().Interface().(json.Marshaler).MarshalJSON()
	return append(out, data...), err == nil
}

// other lets encoding/json write a value within the object.
func other(out []byte, v reflect.Value) ([]byte, bool) {
	data, err := json.Marshal(v.Addr().Interface())
	return append(out, data...), err == nil
}

func writerOf(t reflect.Type) writer {
	switch t {
	case reflect.TypeFor[credit.Decimal]():
		return decimal
	case reflect.TypeFor[time.Time]():
		return instant
	}
	at := reflect.PointerTo(t)
	switch {
	case t == reflect.TypeFor[json.RawMessage]():
		return free
	case at.Implements(reflect.TypeFor[json.Marshaler]()):
		return own
	case at.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return other
	}
	switch t.Kind() {
	case reflect.String:
		return func(out []byte, v reflect.Value) ([]byte, bool) { return text(out, v.String()) }
	case reflect.Bool:
		return func(out []byte, v reflect.Value) ([]byte, bool) { return strconv.AppendBool(out, v.Bool()), true }
	case reflect.Int64:
		return func(out []byte, v reflect.Value) ([]byte, bool) { return strconv.AppendInt(out, v.Int(), 10), true }
	case reflect.Struct:
		return object
	case reflect.Pointer:
		return pointer(writerOf(t.Elem()))
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 {
			return list(writerOf(t.Elem()))
		}
	case reflect.Map:
		if t == reflect.TypeFor[map[string]string]() {
			return entries
		}
	}
	return other
}

func decimal(out []byte, v reflect.Value) ([]byte, bool) {
	d := v.Addr().Interface().(*credit.Decimal)
	return append(out, d.String()...), d.IsSet()
}

func instant(out []byte, v reflect.Value) ([]byte, bool) {
	out, err := v.Addr().Interface().(*time.Time).AppendText(append(out, '"'))
	return append(out, '"'), err == nil
}

// free writes JSON that came from elsewhere, and may be none.
func free(out []byte, v reflect.Value) ([]byte, bool) {
	raw := *v.Addr().Interface().(*json.RawMessage)
	if raw == nil {
		return append(out, "null"...), true
	}
	return append(out, raw...), json.Valid(raw)
}

// text leaves what has to be escaped, and what is not ASCII, to encoding/json.
func text(out []byte, s string) ([]byte, bool) {
	for i := range len(s) {
		if escaped[s[i]] {
			quoted, err := json.Marshal(s)
			return append(out, quoted...), err == nil
		}
	}
	return append(append(append(out, '"'), s...), '"'), true
}

var escaped = func() (table [256]bool) {
	for c := range table {
		table[c] = c < ' ' || c > '~' || strings.ContainsRune(`"\<>&`, rune(c))
	}
	return table
}()

func pointer(write writer) writer {
	return func(out []byte, v reflect.Value) ([]byte, bool) {
		if v.IsNil() {
			return append(out, "null"...), true
		}
		return write(out, v.Elem())
	}
}

func list(write writer) writer {
	return func(out []byte, v reflect.Value) ([]byte, bool) {
		if v.IsNil() {
			return append(out, "null"...), true
		}
		out = append(out, '[')
		var ok bool
		for i := range v.Len() {
			if i > 0 {
				out = append(out, ',')
			}
			if out, ok = write(out, v.Index(i)); !ok {
				return out, false
			}
		}
		return append(out, ']'), true
	}
}

func entries(out []byte, v reflect.Value) ([]byte, bool) {
	m := *v.Addr().Interface().(*map[string]string)
	if m == nil {
		return append(out, "null"...), true
	}
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	out = append(out, '{')
	var ok bool
	for i, name := range names {
		if i > 0 {
			out = append(out, ',')
		}
		if out, ok = text(out, name); ok {
			out, ok = text(append(out, ':'), m[name])
		}
		if !ok {
			return out, false
		}
	}
	return append(out, '}'), true
}
