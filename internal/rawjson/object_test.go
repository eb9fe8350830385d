package rawjson

import (
	"slices"
	"testing"
)

func mustParse(t *testing.T, doc string) *Object {
	t.Helper()
	o, err := Parse([]byte(doc))
	if err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return o
}

func TestParseKeepsEveryByte(t *testing.T) {
	for _, doc := range awkward {
		if got := mustParse(t, doc).Bytes(); string(got) != doc {
			t.Errorf("%q came back as %q", doc, got)
		}
	}
}

func TestParseCopies(t *testing.T) {
	doc := []byte(`{"a":1}`)
	o, err := Parse(doc)
	clear(doc)
	if err != nil || string(o.Bytes()) != `{"a":1}` {
		t.Errorf("%q, %v", o.Bytes(), err)
	}
}

func TestGetAndCount(t *testing.T) {
	for _, test := range []struct {
		doc, name, want string
		count           int
	}{
		{`{"a":1}`, "a", `1`, 1},
		{`{"a":1}`, "A", ``, 0},
		{`{"a":1}`, "", ``, 0},
		{`{"":1}`, "", `1`, 1},
		{`{"\u0061": [ 1 , 2 ] }`, "a", `[ 1 , 2 ]`, 1},
		{`{"a":1,"b":{"a":9},"\u0061":2}`, "a", `2`, 2},
		{`{"dup":1,"Dup":2}`, "Dup", `2`, 1},
		{`{"n":12345678901234567890}`, "n", `12345678901234567890`, 1},
		{`{"😀":1.10}`, "😀", `1.10`, 1},
		{`{"\ud83d\ude00":null}`, "😀", `null`, 1},
		{`{"a\"b":"\ud800"}`, `a"b`, `"\ud800"`, 1},
		{`{"b":{"a":1}}`, "a", ``, 0},
	} {
		o := mustParse(t, test.doc)
		got, found := o.Get(test.name)
		if string(got) != test.want || found != (test.count > 0) || o.Count(test.name) != test.count {
			t.Errorf("%s: %q is %s, %t, %d times", test.doc, test.name, got, found, o.Count(test.name))
		}
	}
}

func TestNames(t *testing.T) {
	o := mustParse(t, `{"b":1,"\u0061":2,"B":{"x":1},"b":3}`)
	if got := slices.Collect(o.Names()); !slices.Equal(got, []string{"b", "a", "B", "b"}) {
		t.Errorf("got %q", got)
	}
	for name := range o.Names() {
		if name != "b" {
			t.Errorf("began with %q", name)
		}
		break
	}
	o = mustParse(t, `{"a":1,"b":2,"c":3}`)
	for name := range o.Names() {
		o.Delete(name)
	}
	if got := string(o.Bytes()); got != `{}` {
		t.Errorf("after deleting all: %s", got)
	}
}

func TestZeroObject(t *testing.T) {
	var o Object
	if _, found := o.Get("a"); found || string(o.Bytes()) != `{}` || o.Count("a") != 0 {
		t.Errorf("not empty: %s", o.Bytes())
	}
	o.Delete("a")
	if err := o.Set("a", 1); err != nil || string(o.Bytes()) != `{"a":1}` {
		t.Errorf("got %s, %v", o.Bytes(), err)
	}
}

// What was handed out stays as it was, and cannot be made to grow into o.
func TestResultsAreStable(t *testing.T) {
	o := mustParse(t, `{"a":1,"b":2}`)
	text := o.Bytes()
	value, _ := o.Get("a")
	_ = append(value, "9999"...)
	if err := o.Set("a", "long enough to move b"); err != nil {
		t.Fatal(err)
	}
	if string(text) != `{"a":1,"b":2}` || string(value) != `1` {
		t.Errorf("changed to %s and %s", text, value)
	}
}
