package row

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
)

func TestJSONValuePositions(t *testing.T) {
	doc := []byte(` { "a" : [ 1 , "]" , { } , [] ] ,"b":{"c":"\"}"},"d":-1.5e3, "e":null } `)
	var got strings.Builder
	top := rootValue(doc)
	for name, v := range top.members() {
		fmt.Fprintf(&got, "%s@%d %s\n", name, v.begin, v.rawText())
		switch v.kind() {
		case '[':
			for item := range v.items() {
				fmt.Fprintf(&got, "  @%d %s\n", item.begin, item.rawText())
			}
		case '{':
			for name, item := range v.members() {
				fmt.Fprintf(&got, "  %s@%d %s is %q\n", name, item.begin, item.rawText(), item.stringValue())
			}
		}
	}
	want := `a@9 [ 1 , "]" , { } , [] ]
  @11 1
  @15 "]"
  @21 { }
  @27 []
b@37 {"c":"\"}"}
  c@42 "\"}" is "\"}"
d@53 -1.5e3
e@65 null
`
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
}

// FuzzValue compares the members with encoding/json.
func FuzzValue(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1}`, ` {"a" : [ ] , "b" : {"c":"\\"}, "a":true} `, `{"":"","\u0061":"\ud83d\ude00"}`, `{"a":[{"b":[[]]},1e9]}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		var want map[string]json.RawMessage
		if json.Unmarshal([]byte(doc), &want) != nil || want == nil {
			return
		}
		got := map[string]json.RawMessage{}
		for name, v := range rootValue([]byte(doc)).members() {
			got[name] = json.RawMessage(v.rawText())
			if v.kind() == '[' {
				var items []json.RawMessage
				for item := range v.items() {
					items = append(items, json.RawMessage(item.rawText()))
				}
				same(t, items, v.rawText())
			}
		}
		if !maps.EqualFunc(got, want, func(a, b json.RawMessage) bool { return string(a) == string(b) }) {
			t.Errorf("%q has the members %s, want %s", doc, got, want)
		}
	})
}

func same(t *testing.T, items []json.RawMessage, array string) {
	t.Helper()
	var want []json.RawMessage
	if err := json.Unmarshal([]byte(array), &want); err != nil || fmt.Sprintf("%s", items) != fmt.Sprintf("%s", want) {
		t.Errorf("%s has the items %s, want %s", array, items, want)
	}
}

func TestLoneSurrogates(t *testing.T) {
	for _, c := range []struct {
		doc  string
		want int
	}{
		{``, -1}, {`"a"`, -1}, {`"\ud83d\ude00"`, -1}, {`"\uD83D\uDE00\uD83D\uDE00"`, -1}, {`"\u0041\n\\ud800"`, -1}, {`"\\\\ud800"`, -1}, {`"\ud7ff\ue000"`, -1},
		{`"\ud800"`, 1}, {`"\udc00"`, 1}, {`"a\\\ud800"`, 4}, {`"\ud800\ud800\udc00"`, 1}, {`"\ud83d\ude00\ude00"`, 13}, {`"\ud800\n\udc00"`, 1}, {`"\u0041\udfff"`, 7},
	} {
		if got := loneSurrogate([]byte(c.doc)); got != c.want {
			t.Errorf("%s: %d, want %d", c.doc, got, c.want)
		}
	}
}
