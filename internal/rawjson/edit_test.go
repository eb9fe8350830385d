package rawjson

import (
	"encoding/json"
	"strings"
	"testing"
)

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
		{`{"o":{"a":1},"a":2}`, "a", 3, `{"o":{"a":1},"a":3}`},
		{`{"a":{"x":[1,{"y":"}"}]},"b":2}`, "a", json.RawMessage(`1.10`), `{"a":1.10,"b":2}`},
	} {
		o := mustParse(t, test.doc)
		if err := o.Set(test.name, test.value); err != nil || string(o.Bytes()) != test.want {
			t.Errorf("%s with %s: %s, %v; want %s", test.doc, test.name, o.Bytes(), err, test.want)
		}
	}
}

func TestSetRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		doc, name string
		value     any
	}{
		"a name that occurs twice":      {`{"a":1,"a":2}`, "a", 3},
		"the same, spelled otherwise":   {`{"a":1,"\u0061":2}`, "a", 3},
		"a value that has no JSON":      {`{"a":1}`, "a", func() {}},
		"a raw value that is not JSON":  {`{"a":1}`, "b", json.RawMessage(`1,"c":2`)},
		"a raw value that is too deep":  {`{"a":1}`, "b", json.RawMessage(strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth))},
		"a new name that is not UTF-8":  {`{"a":1}`, "\xff", 1},
		"a new name for the empty text": {`{}`, "\xff", 1},
	} {
		o := mustParse(t, test.doc)
		if err := o.Set(test.name, test.value); err == nil || string(o.Bytes()) != test.doc {
			t.Errorf("%s: %s, %v; want an error and no change", name, o.Bytes(), err)
		}
	}
}

func TestDelete(t *testing.T) {
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
		o := mustParse(t, test.doc)
		o.Delete(test.name)
		if got := string(o.Bytes()); got != test.want {
			t.Errorf("%q without %s is %q, want %q", test.doc, test.name, got, test.want)
		}
	}
}

// One change after another must find the members where they are by then.
func TestChangesInARow(t *testing.T) {
	o := mustParse(t, `{"a":1, "b":2, "c":3, "d":4}`)
	for _, change := range []struct {
		name  string
		value any
	}{{"b", "longer than before"}, {"d", nil}, {"e", 5}, {"a", ""}, {"e", "again"}, {"b", 0}, {"f", []int{}}, {"c", 3.5}} {
		if err := o.Set(change.name, change.value); err != nil {
			t.Fatal(err)
		}
	}
	o.Delete("a")
	o.Delete("e")
	if err := o.Set("c", "end"); err != nil {
		t.Fatal(err)
	}
	if got, want := string(o.Bytes()), `{ "b":0, "c":"end", "d":null,"f":[]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
