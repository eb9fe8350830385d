package rest

import (
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
)

// children iterates over the values inside v with their names, as encoding/json
// writes them: "amount" for an object, "[0]" for a list, and "" for what adds no
// level, such as a pointer.
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
			for entries := v.MapRange(); entries.Next(); { // v.Seq2 would link reflect's calls of functions
				if !yield(keyName(entries.Key()), entries.Value()) {
					return
				}
			}
		case reflect.Slice, reflect.Array:
			if v.Type().Elem().Kind() == reflect.Uint8 {
				return // bytes, or JSON that is encoded already
			}
			for i := range v.Len() {
				if !yield(fmt.Sprintf("[%d]", i), v.Index(i)) {
					return
				}
			}
		}
	}
}

// omitted reports whether encoding/json omits field f with the value v.
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
	zeroer, ok := v.Interface().(interface{ IsZero() bool })
	return v.IsZero() || ok && zeroer.IsZero()
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

// keyName returns the name of a map's member. The map inside a nullable.Nullable
// has keys of another type and adds no level.
func keyName(key reflect.Value) string {
	if key.Kind() == reflect.String {
		return key.String()
	}
	return ""
}

// joinPath joins two names: "items" and "[0].amount" become "items[0].amount".
func joinPath(name, below string) string {
	if name == "" || below == "" || below[0] == '[' {
		return name + below
	}
	return name + "." + below
}
