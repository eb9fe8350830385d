package rawjson

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

func TestSplit(t *testing.T) {
	for _, test := range []struct {
		doc, rest string
		unknown   map[string]string
	}{
		{doc: `{"x":1}`, rest: `{}`, unknown: map[string]string{"x": `1`}},
		{doc: `{"a":1,"x":2,"b":3}`, rest: `{"a":1,"b":3}`, unknown: map[string]string{"x": `2`}},
		{doc: `{"x":2,"a":1}`, rest: `{"a":1}`, unknown: map[string]string{"x": `2`}},
		{doc: `{"a":1,"x":2}`, rest: `{"a":1}`, unknown: map[string]string{"x": `2`}},
		{doc: `{"x":1,"y":2,"b":1.10,"z":3,"a":1E400,"w":4}`, rest: `{"b":1.10,"a":1E400}`,
			unknown: map[string]string{"x": `1`, "y": `2`, "z": `3`, "w": `4`}},
		{doc: "{ \"a\" : 1 ,\n \"x\" : [ 1, 2 ] ,\n \"b\" : 2 }", rest: "{ \"a\" : 1,\"b\" : 2}",
			unknown: map[string]string{"x": `[ 1, 2 ]`}},
		{doc: `{"a":1,"A":2}`, rest: `{"a":1}`, unknown: map[string]string{"A": `2`}},
		{doc: `{"\u0061":1,"\u0078":2}`, rest: `{"\u0061":1}`, unknown: map[string]string{"x": `2`}},
		{doc: `{"x":"\ud800","n":12345678901234567890,"o":{"a":1,"a":2}}`, rest: `{}`,
			unknown: map[string]string{"x": `"\ud800"`, "n": `12345678901234567890`, "o": `{"a":1,"a":2}`}},
	} {
		rest, unknown, err := split([]byte(test.doc), []string{"a", "b"})
		if err != nil || string(rest) != test.rest {
			t.Errorf("%s: rest %s, %v; want %s", test.doc, rest, err, test.rest)
		}
		got := make(map[string]string)
		for name, value := range unknown {
			got[name] = string(value)
		}
		if !maps.Equal(got, test.unknown) {
			t.Errorf("%s: unknown %v, want %v", test.doc, got, test.unknown)
		}
	}
}

func TestSplitWithoutUnknownMembers(t *testing.T) {
	for _, text := range []string{`{}`, " { } \n", `{"b":1,"a":2}`, ` { "a" : { "x" : 1 } } `} {
		doc := []byte(text)
		rest, unknown, err := split(doc, []string{"a", "b"})
		if err != nil || unknown != nil || &rest[0] != &doc[0] || len(rest) != len(doc) {
			t.Errorf("%s: %q, %v, %v", text, rest, unknown, err)
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	docs := append([]string{`{"a":1,"a":2}`, `{"x":1,"x":2}`, `{"x":1,"\u0078":2}`, `{"a":1,"\u0061":2}`, `{"\ud800":1}`, "{\"\xff\":1}"}, broken...)
	for _, doc := range docs {
		if rest, unknown, err := split([]byte(doc), []string{"a", "b"}); err == nil || rest != nil || unknown != nil {
			t.Errorf("%s: %s, %v, %v; want an error", doc, rest, unknown, err)
		}
	}
	_, _, err := split([]byte(`{"x":1,"x":2}`), nil)
	if want := `rawjson: byte 7: member "x" occurs twice`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// What split hands out must not change when the buffer it read is used again.
func TestSplitCopies(t *testing.T) {
	doc := []byte(`{"a":1,"x":"kept"}`)
	rest, unknown, err := split(doc, []string{"a"})
	clear(doc)
	if err != nil || string(rest) != `{"a":1}` || string(unknown["x"]) != `"kept"` {
		t.Errorf("%s, %s, %v", rest, unknown, err)
	}
}

// FuzzSplit checks split by what encoding/json makes of its results.
func FuzzSplit(f *testing.F) {
	for _, doc := range slices.Concat(awkward, broken) {
		f.Add([]byte(doc))
	}
	f.Add([]byte(` {"":1}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		var all map[string]json.RawMessage
		isObject := json.Unmarshal(doc, &all) == nil && all != nil
		rest, unknown, err := split(doc, []string{"a", "b", "dup"})
		if err != nil {
			return // TestSplitRefuses and FuzzEdit show when it may
		}
		if !isObject {
			t.Fatalf("split accepted %q", doc)
		}
		var known map[string]json.RawMessage
		if err := json.Unmarshal(rest, &known); err != nil {
			t.Fatalf("rest is %q: %v", rest, err)
		}
		for name, value := range all {
			field := name == "a" || name == "b" || name == "dup"
			from := unknown
			if field {
				from = known
			}
			if got, found := from[name]; !found || !bytes.Equal(got, value) {
				t.Fatalf("%q: %q is %q, not %q", doc, name, got, value)
			}
		}
		if len(known)+len(unknown) != len(all) {
			t.Fatalf("%q: %d known and %d unknown members of %d", doc, len(known), len(unknown), len(all))
		}
		whole, err := Append(rest, unknown, "a", "b", "dup")
		if err != nil {
			t.Fatalf("%q: %v", doc, err)
		}
		var again map[string]json.RawMessage
		if err := json.Unmarshal(whole, &again); err != nil || !maps.EqualFunc(again, all, sameText) {
			t.Fatalf("%q came back as %q, %v", doc, whole, err)
		}
	})
}

func sameText(a, b json.RawMessage) bool { return bytes.Equal(a, b) }
