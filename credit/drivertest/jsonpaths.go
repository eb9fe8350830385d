package drivertest

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// pathValues are the scalar values of a JSON document as they are written, by path. An
// empty object or list counts as a scalar.
type pathValues map[string]string

func pathValuesOf(doc json.RawMessage) (pathValues, bool) {
	all := pathValues{}
	ok := json.Valid(doc)
	if ok {
		all.add("", doc)
	}
	return all, ok
}

func (l pathValues) add(path string, raw json.RawMessage) {
	raw = encode(raw) // compact
	below := func(name string) string {
		if path == "" {
			return name
		}
		return path + "/" + name
	}
	var object map[string]json.RawMessage
	var list []json.RawMessage
	switch {
	case raw[0] == '{' && json.Unmarshal(raw, &object) == nil && len(object) > 0:
		for name, value := range object {
			l.add(below(name), value)
		}
	case raw[0] == '[' && json.Unmarshal(raw, &list) == nil && len(list) > 0:
		for i, value := range list {
			l.add(below(strconv.Itoa(i)), value)
		}
	default:
		l[path] = string(raw)
	}
}

// isWithin reports whether a path is one of the places or below one of them.
func isWithin(path string, places []string) bool {
	return slices.ContainsFunc(places, func(place string) bool {
		return path == place || strings.HasPrefix(path, place+"/")
	})
}

// at returns the values at a place and below it.
func (l pathValues) at(place string) pathValues {
	some := pathValues{}
	for path, value := range l {
		if isWithin(path, []string{place}) {
			some[path] = value
		}
	}
	return some
}

// without returns the values outside of the places.
func (l pathValues) without(places []string) pathValues {
	some := maps.Clone(l)
	maps.DeleteFunc(some, func(path, _ string) bool { return isWithin(path, places) })
	return some
}

// empty reports whether there are only empty values.
func (l pathValues) empty() bool {
	for _, value := range l {
		if !slices.Contains([]string{"null", `""`, "{}", "[]"}, value) {
			return false
		}
	}
	return true
}

// differing returns the paths whose values differ.
func (l pathValues) differing(other pathValues) []string {
	var paths []string
	for path, value := range l {
		if otherValue, found := other[path]; !found || otherValue != value {
			paths = append(paths, path)
		}
	}
	for path := range other {
		if _, found := l[path]; !found {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}
