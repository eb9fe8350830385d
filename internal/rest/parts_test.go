package rest

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

func TestPartsAreNamedAsOnTheWire(t *testing.T) {
	text := "a"
	var none *string
	for name, test := range map[string]struct {
		of   any
		want []string
	}{
		"what goes out of an object": {request{ID: "7", Untagged: credit.Quoted(credit.NewDecimal(1)), hidden: credit.NewDecimal(1)}, []string{"id", "Untagged"}},
		"an embedded object":         {struct{ paging }{}, nil},
		"an exported embedded one":   {struct{ Call }{}, []string{""}},
		"a list":                     {[]string{"a", "b"}, []string{"[0]", "[1]"}},
		"an array":                   {[1]int{1}, []string{"[0]"}},
		"a map":                      {map[string]int{"a": 1}, []string{"a"}},
		"a map by anything else":     {map[bool]int{true: 1}, []string{""}},
		"a pointer":                  {&text, []string{""}},
		"a nil pointer":              {none, nil},
		"bytes":                      {[]byte("ab"), nil},
		"a text":                     {"ab", nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for part := range parts(reflect.ValueOf(test.of)) {
				got = append(got, part)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPartsStopWhenTheyAreTold(t *testing.T) {
	for _, v := range []any{request{ID: "7", Ratio: 1}, []int{1, 2}, map[string]int{"a": 1, "b": 2}} {
		n := 0
		for range parts(reflect.ValueOf(v)) {
			n++
			break
		}
		if n != 1 {
			t.Errorf("%T: %d parts", v, n)
		}
	}
}

func TestPath(t *testing.T) {
	for _, test := range []struct{ name, below, want string }{
		{"", "", ""},
		{"a", "", "a"},
		{"", "b", "b"},
		{"a", "b", "a.b"},
		{"a", "[0]", "a[0]"},
		{"[0]", "b", "[0].b"},
		{"a", "[0].b", "a[0].b"},
	} {
		if got := path(test.name, test.below); got != test.want {
			t.Errorf("path(%q, %q) is %q, want %q", test.name, test.below, got, test.want)
		}
	}
}
