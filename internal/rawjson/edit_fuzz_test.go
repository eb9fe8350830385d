package rawjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"testing"
)

// FuzzEdit holds an edit against encoding/json: what it accepts, that nothing
// changes by itself, and that an edit changes its member and no other.
func FuzzEdit(f *testing.F) {
	for _, doc := range slices.Concat(awkward, broken) {
		for _, name := range []string{"a", "dup", "é"} {
			f.Add([]byte(doc), name)
		}
	}
	f.Fuzz(func(t *testing.T, doc []byte, name string) {
		agree(t, doc)
		if _, err := With(doc); err != nil {
			return
		}
		before := walk(t, doc)
		count := 0
		for _, p := range before {
			if p.name == name {
				count++
			}
		}
		without := slices.DeleteFunc(slices.Clone(before), func(p pair) bool { return p.name == name })
		same(t, "Drop", walk(t, []byte(edited(t, string(doc), Drop(name)))), without)
		edit, err := Set(name, "new <value>")
		if err != nil {
			return
		}
		added := pair{name, json.RawMessage(`"new <value>"`)}
		for i := range before {
			if before[i].name == name {
				before[i] = added
			}
		}
		if count == 0 {
			before = append(before, added)
		}
		same(t, "Set", walk(t, []byte(edited(t, string(doc), edit))), before)
	})
}

// FuzzWith holds edits that are made at once against the same made one after
// the other, first what drops and then what sets. kinds says which do which.
func FuzzWith(f *testing.F) {
	for _, doc := range awkward {
		for kinds := range byte(8) {
			f.Add([]byte(doc), "a", "dup", "\u00e9", kinds)
		}
	}
	f.Fuzz(func(t *testing.T, doc []byte, a, b, c string, kinds byte) {
		if _, err := With(doc); err != nil || a == b || b == c || a == c {
			return
		}
		var drops, sets []Edit
		for i, name := range []string{a, b, c} {
			if edit, err := Set(name, i); err == nil && kinds&(1<<i) != 0 {
				sets = append(sets, edit)
			} else {
				drops = append(drops, Drop(name))
			}
		}
		want := doc
		for _, edit := range slices.Concat(drops, sets) {
			want = []byte(edited(t, string(want), edit))
		}
		for _, edits := range [][]Edit{slices.Concat(drops, sets), slices.Concat(sets, drops)} {
			if got := edited(t, string(doc), edits...); got != string(want) {
				t.Fatalf("%q at once is %q, one by one %q", doc, got, want)
			}
		}
	})
}

// pair is a member as encoding/json reads it.
type pair struct {
	name  string
	value json.RawMessage
}

// walk reads the members of doc in their order, without the code under test.
// Decoding into a RawMessage keeps the value's bytes.
func walk(t *testing.T, doc []byte) (members []pair) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		t.Fatalf("%q begins with %v, %v", doc, start, err)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			t.Fatalf("%q: %v", doc, err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatalf("%q: %v", doc, err)
		}
		members = append(members, pair{name.(string), value})
	}
	if _, err := d.Token(); err != nil {
		t.Fatalf("%q: %v", doc, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		t.Fatalf("%q goes on: %v", doc, err)
	}
	return members
}

func same(t *testing.T, what string, got, want []pair) {
	t.Helper()
	if !slices.EqualFunc(got, want, func(a, b pair) bool { return a.name == b.name && bytes.Equal(a.value, b.value) }) {
		t.Fatalf("%s: members are %+v, want %+v", what, got, want)
	}
}
