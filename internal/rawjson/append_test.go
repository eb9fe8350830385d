package rawjson

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestAppend(t *testing.T) {
	for _, test := range []struct {
		doc     string
		unknown map[string]json.RawMessage
		want    string
	}{
		{`{"a":1}`, nil, `{"a":1}`},
		{`{}`, map[string]json.RawMessage{"x": []byte(`1`)}, `{"x":1}`},
		{" \t{ }", map[string]json.RawMessage{"x": []byte(`1`)}, " \t{ \"x\":1}"},
		{" {\"a\":1\n}", map[string]json.RawMessage{"x": []byte(`2`)}, " {\"a\":1\n,\"x\":2}"},
		{`{"a":1}`, map[string]json.RawMessage{"z": []byte(`1.10`), "x": []byte(`[ 1 ]`), "A": []byte(`null`)}, `{"a":1,"A":null,"x":[ 1 ],"z":1.10}`},
		{`{"a":"}"}`, map[string]json.RawMessage{`<">`: []byte(`"\ud800"`)}, `{"a":"}","<\">":"\ud800"}`},
	} {
		got, err := Append([]byte(test.doc), test.unknown, "a", "b")
		if err != nil || string(got) != test.want {
			t.Errorf("%s: %s, %v; want %s", test.doc, got, err, test.want)
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	for name, test := range map[string]struct{ doc, name, value string }{
		"a known name that is absent": {`{"a":1}`, "b", `1`},
		"a known name that is there":  {`{"a":1}`, "a", `1`},
		"no value":                    {`{"a":1}`, "x", ``},
		"two members for one":         {`{"a":1}`, "x", `1,"a":2`},
		"an end too early":            {`{"a":1}`, "x", `1}`},
		"too deep":                    {`{"a":1}`, "x", strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth)},
		"a name that is not UTF-8":    {`{"a":1}`, "\xff", `1`},
	} {
		got, err := Append([]byte(test.doc), map[string]json.RawMessage{test.name: []byte(test.value)}, "a", "b")
		if err == nil || got != nil {
			t.Errorf("%s: %.80s, %v; want an error", name, got, err)
		}
	}
}
