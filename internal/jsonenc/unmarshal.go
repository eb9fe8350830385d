package jsonenc

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// Unmarshal decodes data into out as json.Unmarshal does, with one exception: in
// an object that has a member with exactly the name of a field, members whose
// name differs from it in case are ignored, at every depth. Of members with
// exactly the same name the last counts, as in encoding/json.
//
// A type with an UnmarshalJSON of its own decides for itself.
func Unmarshal(data []byte, out any) error {
	return json.Unmarshal(hideFolded(data, reflect.TypeOf(out)), out)
}

// hideFolded returns data, or a copy in which the names that must be ignored
// are replaced by names of the same length that no field has. Offsets in errors
// stay as they are.
func hideFolded(data []byte, t reflect.Type) []byte {
	var h hider
	h.Reset(data)
	if h.value(t); !h.End() || len(h.hidden) == 0 {
		return data // what is not JSON is left to encoding/json's errors
	}
	data = bytes.Clone(data)
	for _, name := range h.hidden {
		for i := name.start + 1; i < name.end-1; i++ {
			data[i] = '~'
		}
	}
	return data
}

// A hider walks a text along the type that it is decoded into.
type hider struct {
	Scanner
	hidden []span
}

func (h *hider) value(t reflect.Type) {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch open := h.peek(); {
	case t == nil, decodesItself(t):
		h.Skip()
	case open == '{' && t.Kind() == reflect.Struct:
		h.object(fieldsOf(t))
	case open == '{' && t.Kind() == reflect.Map:
		for h.Enter('{'); h.Member(); {
			h.value(t.Elem())
		}
	case open == '[' && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array):
		for h.Enter('['); h.Element(); {
			h.value(t.Elem())
		}
	default:
		h.Skip()
	}
}

func (h *hider) object(fields []field) {
	exact := make([]bool, len(fields))
	type folded struct {
		field int
		name  span
	}
	var maybe []folded
	for h.Enter('{'); h.Member(); {
		i, isExact := find(fields, h.Name())
		switch {
		case i < 0:
			h.Skip()
			continue
		case isExact:
			exact[i] = true
		default:
			maybe = append(maybe, folded{i, h.name})
		}
		h.value(fields[i].typ)
	}
	for _, m := range maybe {
		if exact[m.field] {
			h.hidden = append(h.hidden, m.name)
		}
	}
}

// decodesItself reports whether a type has its own way to be decoded.
func decodesItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// A field is a field of a struct under its name in JSON.
type field struct {
	name string
	typ  reflect.Type
}

// find returns the field that encoding/json would choose for a name, or -1.
func find(fields []field, name string) (i int, exact bool) {
	for i := range fields {
		if fields[i].name == name {
			return i, true
		}
	}
	for i := range fields {
		if strings.EqualFold(fields[i].name, name) {
			return i, false
		}
	}
	return -1, false
}

var fieldLists sync.Map // of []field by reflect.Type

func fieldsOf(t reflect.Type) []field {
	if known, ok := fieldLists.Load(t); ok {
		return known.([]field)
	}
	known, _ := fieldLists.LoadOrStore(t, listFields(t))
	return known.([]field)
}

// listFields lists a struct's own fields before those of the structs that it
// embeds, which encoding/json treats as its own.
func listFields(t reflect.Type) []field {
	var fields, embedded []field
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		name, _, _ := strings.Cut(tag, ",")
		switch {
		case tag == "-":
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			embedded = append(embedded, listFields(f.Type)...)
		case !f.IsExported():
		case name == "":
			fields = append(fields, field{f.Name, f.Type})
		default:
			fields = append(fields, field{name, f.Type})
		}
	}
	return append(fields, embedded...)
}
