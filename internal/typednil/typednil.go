// Package typednil finds nil pointers in interfaces.
package typednil

import "reflect"

// Is reports whether v is nil, or holds a nil pointer, function, map, channel
// or slice: a method called on it usually panics. A struct around a nil pointer
// or interface is not looked into.
func Is(v any) bool {
	if v == nil {
		return true
	}
	switch value := reflect.ValueOf(v); value.Kind() {
	case reflect.Pointer, reflect.Func, reflect.Map, reflect.Chan, reflect.Slice, reflect.UnsafePointer:
		return value.IsNil()
	}
	return false
}
