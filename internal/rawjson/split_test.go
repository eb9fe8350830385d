package rawjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
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
		if n := testing.AllocsPerRun(10, func() { _, _, _ = split(doc, []string{"a", "b"}) }); n != 0 {
			t.Errorf("%s: %v allocations", text, n)
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

func TestSplitOfManyNames(t *testing.T) {
	var names []string
	for i := range 600 {
		names = append(names, fmt.Sprintf("n%d", i))
	}
	doc := `{"` + strings.Join(names, `":0,"`) + `":0}`
	if _, unknown, err := split([]byte(doc), names); err != nil || unknown != nil {
		t.Errorf("%v, %v", unknown, err)
	}
	for _, again := range []string{"n0", "n255", "n256", "n599"} {
		if _, _, err := split([]byte(doc[:len(doc)-1]+`,"`+again+`":1}`), names); err == nil {
			t.Errorf("%s occurs twice, and nobody minds", again)
		}
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

// record returns a record of 45 members in 2.4 kB, as a vendor sends it, and
// the names in it.
func record() (doc []byte, names []string) {
	var b bytes.Buffer
	for i := range 44 {
		name := fmt.Sprintf("member_number_%d", i)
		names = append(names, name)
		value := []string{
			`"2025-01-15T10:30:00.123456Z"`, `1234567.50`, `null`,
			`"a note of some length, as people write"`, `{"id":12,"tags":["x","y"],"open":true}`,
		}[i%5]
		fmt.Fprintf(&b, `%c"%s": %s`, "{,"[min(i, 1)], name, value)
	}
	b.WriteString(`,"padding":"` + strings.Repeat("p", 2400-b.Len()-len(`,"padding":""}`)) + `"}`)
	return b.Bytes(), append(names, "padding")
}

func BenchmarkSplit(b *testing.B) {
	doc, names := record()
	backwards := slices.Clone(names)
	slices.Reverse(backwards)
	for _, bench := range []struct {
		name  string
		known []string
	}{
		{"all known", names},
		{"fields in reverse", backwards},
		{"three unknown", slices.Delete(slices.Clone(names), 10, 13)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(doc)))
			for b.Loop() {
				if _, _, err := split(doc, bench.known); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("json.Valid alone", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(doc)))
		for b.Loop() {
			json.Valid(doc)
		}
	})
}
