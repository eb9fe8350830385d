package drivertest

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// leaves are the values of a JSON document that hold no further ones, as they
// are written, by their paths. An empty object or list is one.
type leaves map[string]string

func leavesOf(doc json.RawMessage) (leaves, bool) {
	all := leaves{}
	ok := json.Valid(doc)
	if ok {
		all.add("", doc)
	}
	return all, ok
}

func (l leaves) add(path string, raw json.RawMessage) {
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

// within reports whether a path is one of the places or below one.
func within(path string, places []string) bool {
	return slices.ContainsFunc(places, func(place string) bool {
		return path == place || strings.HasPrefix(path, place+"/")
	})
}

// at are the leaves at a place and below it.
func (l leaves) at(place string) leaves {
	some := leaves{}
	for path, value := range l {
		if within(path, []string{place}) {
			some[path] = value
		}
	}
	return some
}

// without leaves out the places.
func (l leaves) without(places []string) leaves {
	some := maps.Clone(l)
	maps.DeleteFunc(some, func(path, _ string) bool { return within(path, places) })
	return some
}

// empty reports whether there is no value, or one that vendors store as none.
func (l leaves) empty() bool {
	for _, value := range l {
		if !slices.Contains([]string{"null", `""`, "{}", "[]"}, value) {
			return false
		}
	}
	return true
}

// differing are the paths that are not the same in both.
func (l leaves) differing(other leaves) []string {
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
