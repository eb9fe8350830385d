package rawjson

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// awkward are documents that a decoder into a struct, or into a map, changes.
var awkward = []string{
	`{}`,
	" {\t}\r\n",
	`{"a":1}`,
	`{"a":1,"b":2,"c":3}`,
	"{\n  \"a\" : 1 ,\n  \"b\" : [ 1 , { } , [ ] ]\n}\n",
	`{"dup":1,"Dup":2,"DUP":3}`,
	`{"a":1,"\u0061":2,"a":3}`,
	`{"":0," ":1,"a b":2}`,
	`{"big":12345678901234567890,"money":1.10,"huge":1E400,"tiny":-0.0e-0,"minus":-0}`,
	`{"n":null,"t":true,"f":false,"e":"","o":{},"l":[]}`,
	`{"s":"\"\\\/\b\f\n\r\t\u00e9é😀\ud83d\ude00<>&\u2028"}`,
	`{"lone":"\ud800","pair":"\udc00\ud800","\udfff":1}`,
	`{"":{"":{"":[[[{"":null}]]]}}}`,
	"{\"raw\":\"\xff\xfe\",\"\xff\":1,\"\x7f\":2}",
	`{"a\"}":"{\"b\":[","c":"\\"}`,
	`{"\ud83d\ude00":1,"😀x":2}`,
}

// broken are not one JSON object.
var broken = []string{
	``, ` `, `1`, `null`, `"a"`, `[]`, `[{}]`, `{`, `}`, `{}}`, `{}{}`, `{} 1`, `{},`, "{}\x00", "\ufeff{}", "{}\v",
	`{a:1}`, `{'a':1}`, `{1:1}`, `{null:1}`, `{"a"}`, `{"a":}`, `{"a" 1}`, `{"a"::1}`, `{"a":1,}`, `{,"a":1}`, `{"a":1,,"b":2}`,
	`{"a":1 "b":2}`, `{"a":1;"b":2}`, `{"a":1`, `{"a":1,`, `{"a`, `{"a":"b`, `{"a":"\`, `{"a":"\"}`, `{"a":[1}`, `{"a":{]}`,
	`{"a":[1,]}`, `{"a":[,1]}`, `{"a":[1 2]}`, `{"a":[}`, `{"a":[},"b":{]}`, `{"a":[}],"b":1}`,
	`{"a":01}`, `{"a":+1}`, `{"a":.5}`, `{"a":1.}`, `{"a":-}`, `{"a":1e}`, `{"a":1e+}`, `{"a":0x1}`, `{"a":1_0}`, `{"a":--1}`,
	`{"a":NaN}`, `{"a":Infinity}`, `{"a":nul}`, `{"a":nulll}`, `{"a":True}`, `{"a":tru`, `{"a":undefined}`, `{"a":1 2}`,
	`{"a":"\x"}`, `{"a":"\u12"}`, `{"a":"\u12g4"}`, `{"a":"\U0041"}`, "{\"a\":\"\n\"}", "{\"a\":\"\x00\"}", "{\"\t\":1}", "{\"a\":\"\x1f\"}",
	`{"a":1}//`, `{/**/}`, "{\"a\":\u00a01}",
}

// nested returns an object that nests to the given depth.
func nested(depth int, inner string) string {
	return strings.Repeat(`{"a":`, depth-1) + inner + strings.Repeat("}", depth-1)
}

// maxDepth is how deep encoding/json lets arrays and objects nest.
const maxDepth = 10_000

func TestWithAgreesWithEncodingJSON(t *testing.T) {
	docs := append(append([]string{}, awkward...), broken...)
	for _, depth := range []int{maxDepth - 1, maxDepth, maxDepth + 1} {
		docs = append(docs, nested(depth, "{}"), nested(depth, "[]"), strings.Repeat("[", depth)+strings.Repeat("]", depth))
	}
	for _, doc := range docs {
		agree(t, []byte(doc))
	}
	for _, doc := range broken {
		if _, err := With([]byte(doc)); err == nil {
			t.Errorf("With accepted %q", doc)
		}
	}
}

// agree checks that With accepts the objects that encoding/json accepts, and
// leaves them as they are.
func agree(t *testing.T, doc []byte) {
	t.Helper()
	isJSON := json.Valid(doc)
	isObject := isJSON && strings.HasPrefix(strings.TrimLeft(string(doc), " \t\r\n"), "{")
	got, err := With(doc)
	if (err == nil) != isObject {
		t.Errorf("With(%.200q): %v; json.Valid says %t", doc, err, isJSON)
	}
	if err == nil && !bytes.Equal(got, doc) {
		t.Errorf("%.200q came back as %.200q", doc, got)
	}
}

func TestErrorsDoNotQuoteTheDocument(t *testing.T) {
	for _, doc := range []string{`{"name":"Ada Lovelace`, `{"name":"Ada"} Lovelace`, `{"name":Ada}`} {
		_, err := With([]byte(doc))
		if err == nil || strings.Contains(err.Error(), "Ada") || strings.Contains(err.Error(), "Lovelace") {
			t.Errorf("%s: %v", doc, err)
		}
	}
}
