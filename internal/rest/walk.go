package rest

import (
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
)

// parts lists the values that v is made of, as encoding/json writes them, with
// their names: "amount" of an object, "[0]" of a list, none of what adds no
// level of its own.
func children(v reflect.Value) iter.Seq2[string, reflect.Value] {
	return func(yield func(string, reflect.Value) bool) {
		switch v.Kind() {
		case reflect.Pointer, reflect.Interface:
			if !v.IsNil() {
				yield("", v.Elem())
			}
		case reflect.Struct:
			for i := range v.NumField() {
				if f := v.Type().Field(i); f.IsExported() && !omitted(f, v.Field(i)) && !yield(memberName(f), v.Field(i)) {
					return
				}
			}
		case reflect.Map:
			for entries := v.MapRange(); entries.Next(); { // Seq2 would link what calls functions
				if !yield(keyName(entries.Key()), entries.Value()) {
					return
				}
			}
		case reflect.Slice, reflect.Array:
			if v.Type().Elem().Kind() == reflect.Uint8 {
				return // bytes, or JSON that is written already
			}
			for i := range v.Len() {
				if !yield(fmt.Sprintf("[%d]", i), v.Index(i)) {
					return
				}
			}
		}
	}
}

// omitted reports whether encoding/json leaves out a field with the value.
func omitted(f reflect.StructField, v reflect.Value) bool {
	tag := f.Tag.Get("json")
	options := strings.Split(tag, ",")[1:]
	return tag == "-" ||
		slices.Contains(options, "omitempty") && isEmpty(v) ||
		slices.Contains(options, "omitzero") && isZero(v)
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

func isZero(v reflect.Value) bool {
	own, ok := v.Interface().(interface{ IsZero() bool })
	return v.IsZero() || ok && own.IsZero()
}

func memberName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	switch {
	case name != "":
		return name
	case f.Anonymous:
		return ""
	}
	return f.Name
}

// keyName names a map's member. The map inside a nullable.Nullable has keys of
// another type and is no level of its own.
func keyName(key reflect.Value) string {
	if key.Kind() == reflect.String {
		return key.String()
	}
	return ""
}

// path puts names together: "items", "[0].amount" is "items[0].amount".
func joinPath(name, below string) string {
	if name == "" || below == "" || below[0] == '[' {
		return name + below
	}
	return name + "." + below
}
