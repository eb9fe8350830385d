package rawjson

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Decode decodes doc into the struct that into points to, as json.Unmarshal
// does, and returns copies of the members that it has no field for, each value
// byte for byte, or nil when there are none. doc must be one JSON object, and
// known the names of the struct's members, always the same for one struct.
//
// Other than with json.Unmarshal a member belongs to a field when its name,
// escapes resolved, is exactly the field's. A name that occurs twice is an
// error, and so is an unknown name that is not Unicode.
//
// Values that say what they are as they stand, such as a text without escapes,
// are put into their fields on the way. All others are left to encoding/json,
// and so is every value that does not fit its field: errors are the usual ones.
// After an error the struct may be filled in part.
func Decode(doc []byte, into any, known ...string) (unknown map[string]json.RawMessage, err error) {
	v := reflect.ValueOf(into).Elem()
	fields := fieldsOf(v.Type(), known)
	rest, unknown, err := split(doc, known, func(i int, value []byte) bool {
		f := &fields[i]
		return f.take != nil && f.take(v.Field(f.index), value)
	})
	if err != nil {
		return nil, err
	}
	if string(rest) == "{}" {
		return unknown, nil
	}
	return unknown, json.Unmarshal(rest, into)
}

// A field is where a member of a struct goes.
type field struct {
	index int
	take  taker // nil: left to encoding/json
}

// A taker puts a value into its field as encoding/json would, or returns false.
type taker func(f reflect.Value, value []byte) bool

var plans sync.Map // of []field by reflect.Type

// fieldsOf lists the fields of a struct in the order of its members' names.
func fieldsOf(t reflect.Type, names []string) []field {
	if plan, ok := plans.Load(t); ok {
		return plan.([]field)
	}
	fields := make([]field, len(names))
	for i := range t.NumField() {
		f := t.Field(i)
		tagged, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		at := slices.Index(names, tagged)
		if at >= 0 && !strings.Contains(options, "string") {
			fields[at] = field{index: i, take: takerOf(f.Type)}
		}
	}
	plan, _ := plans.LoadOrStore(t, fields)
	return plan.([]field)
}

func takerOf(t reflect.Type) taker {
	at := reflect.PointerTo(t)
	switch {
	case at.Implements(reflect.TypeFor[json.Unmarshaler]()):
		return own
	case at.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()), t == reflect.TypeFor[json.Number]():
		return nil
	}
	switch t.Kind() {
	case reflect.String:
		return text
	case reflect.Bool:
		return truth
	case reflect.Pointer:
		return pointer(t.Elem(), takerOf(t.Elem()))
	}
	return nil
}

func own(f reflect.Value, value []byte) bool {
	return f.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(value) == nil
}

func text(f reflect.Value, value []byte) bool {
	if value[0] != '"' || !isPlain(value[1:len(value)-1]) {
		return false
	}
	f.SetString(string(value[1 : len(value)-1]))
	return true
}

func truth(f reflect.Value, value []byte) bool {
	is := value[0] == 't'
	if !is && value[0] != 'f' {
		return false
	}
	f.SetBool(is)
	return true
}

// pointer leaves null, which empties the pointer, to encoding/json.
func pointer(elem reflect.Type, take taker) taker {
	if take == nil {
		return nil
	}
	return func(f reflect.Value, value []byte) bool {
		if value[0] == 'n' {
			return false
		}
		to := f
		if f.IsNil() {
			to = reflect.New(elem)
		}
		if !take(to.Elem(), value) {
			return false
		}
		f.Set(to)
		return true
	}
}
