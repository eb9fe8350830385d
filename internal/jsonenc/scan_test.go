package jsonenc

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// texts are JSON texts that are easily read wrongly.
var texts = []string{
	`{}`, " {\t}\r\n", `[]`, `[ ]`, `null`, `true`, ` false `, `0`, `-0`, `-0.0e-0`, `1.10`, `1E400`, `12345678901234567890`, `""`,
	`{"a":1,"b":[1,{"c":[[],{}]},"d"],"e":null}`,
	"{\n  \"a\" : 1 ,\n  \"b\" : [ 1 , { } , [ ] ]\n}\n",
	`{"a":1,"\u0061":2,"a":3}`, `{"dup":1,"Dup":2,"DUP":3}`, `{"":0," ":1}`,
	`{"s":"\"\\\/\b\f\n\r\t\u00e9é😀\ud83d\ude00<>&\u2028"}`, `{"lone":"\ud800","\udfff":1}`,
	"{\"raw\":\"\xff\xfe\",\"\xff\":1,\"\x7f\":2}", `{"a\"}":"{\"b\":[","c":"\\"}`,
}

// broken are texts that are not JSON.
var broken = []string{
	``, ` `, `{`, `}`, `{}}`, `{}{}`, `{} 1`, `{},`, "{}\x00", "\ufeff{}", "{}\v", `[`, `]`, `[1,]`, `[,1]`, `[1 2]`, `[}`, `{]`,
	`{a:1}`, `{'a':1}`, `{1:1}`, `{null:1}`, `{"a"}`, `{"a":}`, `{"a" 1}`, `{"a"::1}`, `{"a":1,}`, `{,"a":1}`, `{"a":1,,"b":2}`,
	`{"a":1 "b":2}`, `{"a":1;"b":2}`, `{"a":1`, `{"a":1,`, `{"a`, `{"a":"b`, `{"a":"\`, `{"a":"\"}`, `{"a":[1}`, `{"a":{]}`,
	`01`, `+1`, `.5`, `1.`, `-`, `1e`, `1e+`, `0x1`, `1_0`, `--1`, `NaN`, `Infinity`, `nul`, `nulll`, `True`, `tru`, `undefined`,
	`"\x"`, `"\u12"`, `"\u12g4"`, `"\U0041"`, "\"\n\"", "\"\x00\"", "\"\x1f\"", `"`, `"\u`, `//`, `{/**/}`,
}

func TestScannerAcceptsWhatEncodingJSONAccepts(t *testing.T) {
	all := slices.Concat(texts, broken)
	for _, depth := range []int{maxDepth - 1, maxDepth, maxDepth + 1} {
		all = append(all, strings.Repeat("[", depth)+strings.Repeat("]", depth),
			strings.Repeat(`{"a":`, depth)+"1"+strings.Repeat("}", depth))
	}
	for _, text := range all {
		checkValid(t, []byte(text))
	}
	for _, text := range broken {
		if json.Valid([]byte(text)) {
			t.Errorf("%q is listed as broken", text)
		}
	}
}

func checkValid(t *testing.T, text []byte) {
	t.Helper()
	var s Scanner
	s.Reset(text)
	s.Skip()
	if got, want := s.End(), json.Valid(text); got != want {
		t.Errorf("%.200q is accepted: %t, want %t", text, got, want)
	}
}

func FuzzScanner(f *testing.F) {
	for _, text := range slices.Concat(texts, broken) {
		f.Add([]byte(text))
	}
	f.Fuzz(checkValid)
}

func TestFind(t *testing.T) {
	for _, test := range []struct {
		doc      string
		isObject bool
		value    string
		count    int
	}{
		{`{}`, true, "", 0},
		{` {"a": [ 1 ] } `, true, "[ 1 ]", 1},
		{`{"a":1,"A":2,"a":3,"b":{"a":4},"\u0061":5}`, true, "5", 3},
		{`{"A":1}`, true, "", 0},
		{`["a"]`, false, "", 0},
		{`"a"`, false, "", 0},
		{`null`, false, "", 0},
		{``, false, "", 0},
		{`{"a":1`, false, "1", 1},
		{`{"a":1} 2`, false, "1", 1},
	} {
		var found [2]Found
		if got := Find([]byte(test.doc), []string{"é", "a"}, found[:]); got != test.isObject {
			t.Errorf("%s is an object: %t", test.doc, got)
		}
		if string(found[1].Value) != test.value || found[1].Count != test.count || found[0].Count != 0 {
			t.Errorf("%s: found %s, %d times, want %s, %d times", test.doc, found[1].Value, found[1].Count, test.value, test.count)
		}
	}
}

// FuzzFind compares Find with a map of encoding/json.
func FuzzFind(f *testing.F) {
	for _, text := range slices.Concat(texts, broken) {
		for _, name := range []string{"a", "dup", "é"} {
			f.Add([]byte(text), name)
		}
	}
	f.Fuzz(func(t *testing.T, doc []byte, name string) {
		var members map[string]json.RawMessage
		isObject := json.Unmarshal(doc, &members) == nil && members != nil
		var found [1]Found
		if got := Find(doc, []string{name}, found[:]); got != isObject {
			t.Fatalf("%q is an object: %t, want %t", doc, got, isObject)
		}
		want, has := members[name]
		if isObject && (has != (found[0].Count > 0) || string(found[0].Value) != string(want)) {
			t.Fatalf("%q: found %s, %d times, want %s", doc, found[0].Value, found[0].Count, want)
		}
	})
}

func TestFindAllocatesNothing(t *testing.T) {
	doc := []byte(whole)
	if n := testing.AllocsPerRun(10, func() {
		var found [1]Found
		Find(doc, []string{"inner"}, found[:])
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestText(t *testing.T) {
	for _, value := range append(slices.Concat(texts, broken), `"a"`, ` "a" `, `"a" "b"`, `"é\n"`, `"`, "\"\xff\"", `"a`, `a"`, `"\"`) {
		var want string
		if json.Unmarshal([]byte(value), &want) != nil {
			want = ""
		}
		if got := Text([]byte(value)); got != want {
			t.Errorf("%q is the text %q, want %q", value, got, want)
		}
	}
}
