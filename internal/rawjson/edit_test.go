package rawjson

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func set(t *testing.T, name string, value any) Edit {
	t.Helper()
	e, err := Set(name, value)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// edited returns doc with the edits made, and checks that doc stays as it is.
func edited(t *testing.T, doc string, edits ...Edit) string {
	t.Helper()
	text := []byte(doc)
	got, err := With(text, edits...)
	if err != nil || string(text) != doc {
		t.Fatalf("%s: %v, and the text is now %s", doc, err, text)
	}
	return string(got)
}

func TestSet(t *testing.T) {
	for _, test := range []struct {
		doc, name string
		value     any
		want      string
	}{
		{`{}`, "a", 1, `{"a":1}`},
		{"{ }\n", "a", 1, "{\"a\":1 }\n"},
		{`{"a":1}`, "a", 22, `{"a":22}`},
		{`{"a":1}`, "a", nil, `{"a":null}`},
		{`{"a":1}`, "A", 2, `{"a":1,"A":2}`},
		{`{"a":1}`, "b", "<&>", `{"a":1,"b":"<&>"}`},
		{`{"a":1 }`, "é\"", 2, `{"a":1,"é\"":2 }`},
		{`{"\u0061":1,"b":2}`, "a", 3, `{"\u0061":3,"b":2}`},
		{"{\n  \"a\" : 1 ,\n  \"b\" : 2\n}\n", "a", []int{1, 2}, "{\n  \"a\" : [1,2] ,\n  \"b\" : 2\n}\n"},
		{"{\n  \"a\" : 1 ,\n  \"b\" : 2\n}\n", "b", true, "{\n  \"a\" : 1 ,\n  \"b\" : true\n}\n"},
		{`{"n":12345678901234567890,"m":1.10,"a":"x","h":1E400,"l":"\ud800","z":null}`, "a", "", `{"n":12345678901234567890,"m":1.10,"a":"","h":1E400,"l":"\ud800","z":null}`},
		{`{"dup":1,"Dup":2}`, "Dup", 3, `{"dup":1,"Dup":3}`},
		{`{"b":1,"b":2,"a":1}`, "a", 2, `{"b":1,"b":2,"a":2}`},
		{`{"a":1,"b":2,"\u0061":3}`, "a", 4, `{"a":4,"b":2,"\u0061":4}`},
		{`{"o":{"a":1},"a":2}`, "a", 3, `{"o":{"a":1},"a":3}`},
		{`{"a":{"x":[1,{"y":"}"}]},"b":2}`, "a", json.RawMessage(`1.10`), `{"a":1.10,"b":2}`},
	} {
		if got := edited(t, test.doc, set(t, test.name, test.value)); got != test.want {
			t.Errorf("%s with %s: %s, want %s", test.doc, test.name, got, test.want)
		}
	}
}

func TestSetRefuses(t *testing.T) {
	for what, test := range map[string]struct {
		name  string
		value any
	}{
		"a value that has no JSON":     {"a", func() {}},
		"a raw value that is not JSON": {"a", json.RawMessage(`1,"c":2`)},
		"a raw value that is too deep": {"a", json.RawMessage(strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth))},
		"a name that is not UTF-8":     {"\xff", 1},
	} {
		if _, err := Set(test.name, test.value); err == nil {
			t.Errorf("%s is taken", what)
		}
	}
}

func TestDrop(t *testing.T) {
	for _, test := range []struct{ doc, name, want string }{
		{`{}`, "a", `{}`},
		{`{"a":1}`, "a", `{}`},
		{`{"a":1}`, "A", `{"a":1}`},
		{" { \"a\" : 1 } ", "a", " {  } "},
		{`{"a":1,"b":2,"c":3}`, "a", `{"b":2,"c":3}`},
		{`{"a":1,"b":2,"c":3}`, "b", `{"a":1,"c":3}`},
		{`{"a":1,"b":2,"c":3}`, "c", `{"a":1,"b":2}`},
		{"{\n \"a\" : 1 ,\n \"b\" : 2 ,\n \"c\" : 3\n}", "a", "{\n  \n \"b\" : 2 ,\n \"c\" : 3\n}"},
		{"{\n \"a\" : 1 ,\n \"b\" : 2 ,\n \"c\" : 3\n}", "b", "{\n \"a\" : 1 \n  ,\n \"c\" : 3\n}"},
		{"{\n \"a\" : 1 ,\n \"b\" : 2 ,\n \"c\" : 3\n}", "c", "{\n \"a\" : 1 ,\n \"b\" : 2 \n \n}"},
		{`{"a":",","\u0062":",","c":","}`, "b", `{"a":",","c":","}`},
		{`{"a":1,"b":2,"\u0061":3,"c":4,"a":5}`, "a", `{"b":2,"c":4}`},
		{`{"a":1,"a":2}`, "a", `{}`},
		{`{"dup":1,"Dup":2}`, "dup", `{"Dup":2}`},
		{`{"n":12345678901234567890,"a":{"b":[1,2]},"l":"\ud800"}`, "a", `{"n":12345678901234567890,"l":"\ud800"}`},
	} {
		if got := edited(t, test.doc, Drop(test.name)); got != test.want {
			t.Errorf("%q without %s is %q, want %q", test.doc, test.name, got, test.want)
		}
	}
}

func TestManyEdits(t *testing.T) {
	const doc = "{ \"a\":1 ,\"b\" :2, \"c\": 3\t,\"d\":4\n}"
	for what, test := range map[string]struct {
		edits []Edit
		want  string
	}{
		"none":                    {nil, doc},
		"of what is not there":    {[]Edit{Drop("x"), Drop("A")}, doc},
		"all set":                 {[]Edit{set(t, "d", nil), set(t, "b", "<longer>"), set(t, "a", 0), set(t, "c", 3.5)}, "{ \"a\":0 ,\"b\" :\"<longer>\", \"c\": 3.5\t,\"d\":null\n}"},
		"all dropped":             {[]Edit{Drop("d"), Drop("a"), Drop("b"), Drop("c")}, "{   \t\n}"},
		"the first ones":          {[]Edit{Drop("a"), Drop("b")}, "{   \"c\": 3\t,\"d\":4\n}"},
		"some between":            {[]Edit{Drop("b"), Drop("c")}, "{ \"a\":1  \t,\"d\":4\n}"},
		"the last ones":           {[]Edit{Drop("d"), Drop("c")}, "{ \"a\":1 ,\"b\" :2 \t\n}"},
		"every other one":         {[]Edit{Drop("a"), Drop("c")}, "{  \"b\" :2 \t,\"d\":4\n}"},
		"added behind what stays": {[]Edit{Drop("d"), set(t, "x", 5), set(t, "y\"", 6)}, "{ \"a\":1 ,\"b\" :2, \"c\": 3,\"x\":5,\"y\\\"\":6\t\n}"},
		"added to nothing":        {[]Edit{Drop("a"), Drop("b"), Drop("c"), Drop("d"), set(t, "x", 5), set(t, "y", 6)}, "{\"x\":5,\"y\":6   \t\n}"},
		"the last of a name":      {[]Edit{Drop("a"), set(t, "a", 7), set(t, "b", 8), Drop("b"), set(t, "x", 1), set(t, "x", 2), set(t, "y", 3), Drop("y")}, "{ \"a\":7 , \"c\": 3\t,\"d\":4,\"x\":2\n}"},
	} {
		if got := edited(t, doc, test.edits...); got != test.want {
			t.Errorf("%s: %q, want %q", what, got, test.want)
		}
	}
}

func TestDropMatching(t *testing.T) {
	added := DropMatching(func(name []byte) bool { return bytes.HasPrefix(name, []byte("Added")) })
	for doc, want := range map[string]string{
		`{}`:      `{}`,
		`{"a":1}`: `{"a":1}`,
		`{"AddedA":1,"a":2,"AddedB":3,"added":4}`: `{"a":2,"added":4}`,
		`{"A\u0064dedA":1}`:                       `{}`,
		`{"":1,"Added":2}`:                        `{"":1}`,
	} {
		if got := edited(t, doc, added); got != want {
			t.Errorf("%s becomes %s, want %s", doc, got, want)
		}
	}
	if got := edited(t, `{"AddedA":1}`, added, set(t, "a", 1), set(t, "", 2)); got != `{"a":1,"":2}` {
		t.Errorf("got %s", got)
	}
}
