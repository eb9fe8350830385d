package rawjson

import "testing"

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

func TestFind(t *testing.T) {
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
		if got, n := o.Find(test.name); string(got) != test.want || n != test.count || n == 0 && got != nil {
			t.Errorf("%s: %q is %s, %d times", test.doc, test.name, got, n)
		}
	}
}

func TestZeroObject(t *testing.T) {
	var o Object
	if _, n := o.Find("a"); n != 0 || string(o.Bytes()) != `{}` {
		t.Errorf("not empty: %s", o.Bytes())
	}
	if got := o.With(Drop("a"), set(t, "a", 1)); string(got) != `{"a":1}` {
		t.Errorf("got %s", got)
	}
}

// What was handed out stays as it was, and cannot be made to grow into o.
func TestResultsAreStable(t *testing.T) {
	const doc = `{"a":1,"b":2}`
	o := mustParse(t, doc)
	value, _ := o.Find("a")
	_ = append(value, "9999"...)
	_ = append(o.Bytes(), "9999"...)
	clear(o.With())
	clear(o.With(set(t, "a", "long enough to move b"), Drop("b")))
	if string(o.Bytes()) != doc || string(value) != `1` {
		t.Errorf("changed to %s and %s", o.Bytes(), value)
	}
}
