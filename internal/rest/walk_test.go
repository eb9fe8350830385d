package rest

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oapi-codegen/nullable"

	"github.com/creditkit/creditkit/credit"
)

func TestChildrenAreNamedAsInJSON(t *testing.T) {
	text := "a"
	var none *string
	for _, test := range []struct {
		name string
		of   any
		want []string
	}{
		{"what goes out of an object", request{ID: "7", Untagged: credit.Quoted(credit.NewDecimal(1)), hidden: credit.NewDecimal(1)}, []string{"id", "Untagged"}},
		{"an embedded object", struct{ paging }{}, nil},
		{"an exported embedded one", struct{ Call }{}, []string{""}},
		{"a list", []string{"a", "b"}, []string{"[0]", "[1]"}},
		{"an array", [1]int{1}, []string{"[0]"}},
		{"a map", map[string]int{"a": 1}, []string{"a"}},
		{"a map by anything else", map[bool]int{true: 1}, []string{""}},
		{"a pointer", &text, []string{""}},
		{"a nil pointer", none, nil},
		{"bytes", []byte("ab"), nil},
		{"a text", "ab", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for part := range children(reflect.ValueOf(test.of)) {
				got = append(got, part)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOmittedIsTheRuleOfEncodingJSON(t *testing.T) {
	type all struct {
		Never   string                      `json:"-"`
		Dash    string                      `json:"-,"`
		Plain   *string                     `json:"plain"`
		Text    string                      `json:"text,omitempty"`
		Zero    string                      `json:",omitzero"`
		Flag    bool                        `json:"flag,omitempty"`
		Count   int64                       `json:"count,omitzero"`
		Pointer *string                     `json:"pointer,omitempty"`
		List    []string                    `json:"list,omitzero"`
		Both    []string                    `json:"both,omitempty,omitzero"`
		Array   [1]bool                     `json:"array,omitempty"`
		Map     map[string]string           `json:"map,omitempty"`
		Any     any                         `json:"any,omitempty"`
		Amount  credit.Decimal              `json:"amount,omitzero"`
		Struct  credit.LocalTime            `json:"struct,omitempty"`
		Time    time.Time                   `json:"time,omitzero"`
		At      *time.Time                  `json:"at,omitzero"`
		Null    nullable.Nullable[[]string] `json:"null,omitempty,omitzero"`
	}
	// A time in another zone is zero by its IsZero alone.
	local := time.Time{}.In(time.FixedZone("", 3600))
	for _, v := range []all{{}, {
		"a", "a", new("a"), "a", "a", true, 1, new(""), []string{"a"}, []string{"a"}, [1]bool{true}, map[string]string{"a": "b"},
		0, credit.NewDecimal(0), credit.LocalDate(2026, 3, 14), time.Unix(0, 0), new(time.Unix(0, 0)), nullable.NewNullNullable[[]string](),
	}, {List: []string{}, Both: []string{}, Map: map[string]string{}, Time: local, At: &local, Null: nullable.Nullable[[]string]{}}} {
		value := reflect.ValueOf(v)
		for i := range value.NumField() {
			f := value.Type().Field(i)
			alone := reflect.New(reflect.StructOf([]reflect.StructField{{Name: f.Name, Type: f.Type, Tag: f.Tag}})).Elem()
			alone.Field(0).Set(value.Field(i))
			data, err := json.Marshal(alone.Interface())
			// A value that cannot be encoded is not omitted.
			if got, want := omitted(f, value.Field(i)), err == nil && string(data) == "{}"; got != want {
				t.Errorf("%s with %v is omitted: %t, want %t", f.Name, value.Field(i), got, want)
			}
		}
	}
}

func TestChildrenStopsOnFalse(t *testing.T) {
	for _, v := range []any{request{ID: "7", Ratio: 1}, []int{1, 2}, map[string]int{"a": 1, "b": 2}} {
		n := 0
		for range children(reflect.ValueOf(v)) {
			n++
			break
		}
		if n != 1 {
			t.Errorf("%T: %d parts", v, n)
		}
	}
}

func TestJoinPath(t *testing.T) {
	for _, test := range []struct{ name, below, want string }{
		{"", "", ""},
		{"a", "", "a"},
		{"", "b", "b"},
		{"a", "b", "a.b"},
		{"a", "[0]", "a[0]"},
		{"[0]", "b", "[0].b"},
		{"a", "[0].b", "a[0].b"},
	} {
		if got := joinPath(test.name, test.below); got != test.want {
			t.Errorf("path(%q, %q) is %q, want %q", test.name, test.below, got, test.want)
		}
	}
}
