package rawjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"
)

type fields struct {
	Text  string   `json:"text"`
	Count int64    `json:"count"`
	List  []string `json:"list"`
}

var fieldNames = []string{"count", "list", "text"}

func TestDecode(t *testing.T) {
	for _, test := range []struct {
		doc     string
		want    fields
		unknown map[string]json.RawMessage
	}{
		{`{}`, fields{}, nil},
		{`{"text":"a","count":7,"list":["b"]}`, fields{"a", 7, []string{"b"}}, nil},
		{`{"x": [ 1.10 ],"t\u0065xt":"a"}`, fields{Text: "a"}, map[string]json.RawMessage{"x": json.RawMessage(`[ 1.10 ]`)}},
		{`{"text":"a","Text":"b","TEXT":null}`, fields{Text: "a"}, map[string]json.RawMessage{"Text": json.RawMessage(`"b"`), "TEXT": json.RawMessage(`null`)}},
	} {
		var got fields
		unknown, err := Decode([]byte(test.doc), &got, fieldNames...)
		if err != nil || !reflect.DeepEqual(got, test.want) || !reflect.DeepEqual(unknown, test.unknown) {
			t.Errorf("%s: %+v and %s, %v; want %+v and %s", test.doc, got, unknown, err, test.want, test.unknown)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, doc := range append([]string{`{"text":"a","text":"b"}`, `{"x":1,"x":2}`, `{"\ud800":1}`}, broken...) {
		if unknown, err := Decode([]byte(doc), new(fields), fieldNames...); err == nil || unknown != nil {
			t.Errorf("%s: %s, %v; want an error", doc, unknown, err)
		}
	}
	_, err := Decode([]byte(`{"x":1,"count":"a"}`), new(fields), fieldNames...)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok || wrong.Field != "count" {
		t.Errorf("got %v, want encoding/json's error about count", err)
	}
}

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
		rest, unknown, err := splitUnknown([]byte(test.doc), []string{"a", "b"})
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
		rest, unknown, err := splitUnknown(doc, []string{"a", "b"})
		if err != nil || unknown != nil || &rest[0] != &doc[0] || len(rest) != len(doc) {
			t.Errorf("%s: %q, %v, %v", text, rest, unknown, err)
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	docs := append([]string{`{"a":1,"a":2}`, `{"x":1,"x":2}`, `{"x":1,"\u0078":2}`, `{"a":1,"\u0061":2}`, `{"\ud800":1}`, "{\"\xff\":1}"}, broken...)
	for _, doc := range docs {
		if rest, unknown, err := splitUnknown([]byte(doc), []string{"a", "b"}); err == nil || rest != nil || unknown != nil {
			t.Errorf("%s: %s, %v, %v; want an error", doc, rest, unknown, err)
		}
	}
	_, _, err := splitUnknown([]byte(`{"x":1,"x":2}`), nil)
	if want := `rawjson: byte 7: member "x" occurs twice`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// The values of splitUnknown must not change when its input buffer is used again.
func TestSplitCopies(t *testing.T) {
	doc := []byte(`{"a":1,"x":"kept"}`)
	rest, unknown, err := splitUnknown(doc, []string{"a"})
	clear(doc)
	if err != nil || string(rest) != `{"a":1}` || string(unknown["x"]) != `"kept"` {
		t.Errorf("%s, %s, %v", rest, unknown, err)
	}
}

// FuzzSplit compares the results of splitUnknown with encoding/json.
func FuzzSplit(f *testing.F) {
	for _, doc := range slices.Concat(awkward, broken) {
		f.Add([]byte(doc))
	}
	f.Add([]byte(` {"":1}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		var all map[string]json.RawMessage
		isObject := json.Unmarshal(doc, &all) == nil && all != nil
		rest, unknown, err := splitUnknown(doc, []string{"a", "b", "dup"})
		if err != nil {
			return // TestSplitRefuses and FuzzEdit show when it may
		}
		if !isObject {
			t.Fatalf("splitUnknown accepted %q", doc)
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
