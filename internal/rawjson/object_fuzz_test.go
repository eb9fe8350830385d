package rawjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"testing"
)

// FuzzObject holds Object against encoding/json: what it accepts, that nothing
// changes by itself, and that Set and Delete change one member and no other.
func FuzzObject(f *testing.F) {
	for _, doc := range slices.Concat(awkward, broken) {
		for _, name := range []string{"a", "dup", "é"} {
			f.Add([]byte(doc), name)
		}
	}
	f.Fuzz(func(t *testing.T, doc []byte, name string) {
		agree(t, doc)
		o, err := Parse(doc)
		if err != nil {
			return
		}
		if !bytes.Equal(o.Bytes(), doc) {
			t.Fatalf("%q came back as %q", doc, o.Bytes())
		}
		before := walk(t, doc)
		at := slices.IndexFunc(before, func(p pair) bool { return p.name == name })
		count := 0
		for _, p := range before {
			if p.name == name {
				count++
			}
		}
		if got := o.Count(name); got != count {
			t.Fatalf("%q: %q counted %d times, not %d", doc, name, got, count)
		}
		if got, found := o.Get(name); found != (count > 0) || count == 1 && !bytes.Equal(got, before[at].value) {
			t.Fatalf("%q: %q is %q, %t", doc, name, got, found)
		}
		if err := o.Set(name, "new <value>"); err == nil {
			want := slices.Clone(before)
			added := pair{name, json.RawMessage(`"new <value>"`)}
			if at < 0 {
				want = append(want, added)
			} else {
				want[at] = added
			}
			same(t, "Set", walk(t, o.Bytes()), want)
		} else if !bytes.Equal(o.Bytes(), doc) {
			t.Fatalf("%q: a refused change left %q", doc, o.Bytes())
		}
		o.Delete(name)
		without := slices.DeleteFunc(before, func(p pair) bool { return p.name == name })
		same(t, "Delete", walk(t, o.Bytes()), without)
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
		t.Fatalf("%s: members are %q, want %q", what, got, want)
	}
}
