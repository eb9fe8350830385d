package wire

import (
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A plan is how a struct is written. It has no members where encoding/json has
// to do it.
type plan struct {
	members []member
	room    atomic.Int64 // what the last text took, for the next
}

// A member is one field of a struct.
type member struct {
	index int
	name  string // as it is written, with the colon
	left  func(reflect.Value) bool
	write writer
}

var plans sync.Map // of *plan by reflect.Type

func planOf(t reflect.Type) *plan {
	known, ok := plans.Load(t)
	if !ok {
		known, _ = plans.LoadOrStore(t, &plan{members: membersOf(t)})
	}
	return known.(*plan)
}

// membersOf lists the members of a struct by the rules of encoding/json. It is
// nil where these go beyond plain fields with a name and a rule for leaving
// them out.
func membersOf(t reflect.Type) []member {
	members := make([]member, 0, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		if !f.IsExported() && !f.Anonymous || tag == "-" {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		left, ok := leaving(f.Type, options)
		if !ok || f.Anonymous || name == "" || strings.Trim(name, plain) != "" {
			return nil
		}
		members = append(members, member{index: i, name: `"` + name + `":`, left: left, write: writerOf(f.Type)})
	}
	return members
}

const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// Leaves reports whether a field of a struct is left out when it has the value,
// as far as a plan knows it.
func Leaves(f reflect.StructField, v reflect.Value) bool {
	tag := f.Tag.Get("json")
	_, options, _ := strings.Cut(tag, ",")
	left, ok := leaving(f.Type, options)
	if !ok || left == nil {
		return tag == "-"
	}
	place := reflect.New(f.Type).Elem()
	place.Set(v)
	return left(place)
}

// leaving turns the options of a tag into the question whether a value is left
// out.
func leaving(t reflect.Type, options string) (left func(reflect.Value) bool, ok bool) {
	switch options {
	case "":
		return nil, true
	case "omitempty":
		return isEmpty, true
	case "omitzero":
		return isZero(t)
	case "omitempty,omitzero":
		zero, ok := isZero(t)
		return func(v reflect.Value) bool { return isEmpty(v) || zero(v) }, ok
	}
	return nil, false
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

func isZero(t reflect.Type) (left func(reflect.Value) bool, ok bool) {
	if t == reflect.TypeFor[time.Time]() {
		return func(v reflect.Value) bool { return v.Addr().Interface().(*time.Time).IsZero() }, true
	}
	own := reflect.PointerTo(t).Implements(reflect.TypeFor[interface{ IsZero() bool }]())
	return reflect.Value.IsZero, !own
}
