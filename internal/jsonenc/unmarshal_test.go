package jsonenc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A response has each kind of place in which an object can stand.
type response struct {
	ID     string                     `json:"id"`
	Data   item                       `json:"data"`
	Maybe  *item                      `json:"maybe"`
	Items  []item                     `json:"items"`
	Pair   [2]item                    `json:"pair"`
	Named  map[string]item            `json:"named"`
	Others map[string]json.RawMessage `json:"others"`
	At     time.Time                  `json:"at"`
	Self   *itself                    `json:"self"`
	Any    any                        `json:"any"`
	Hidden string                     `json:"-"`
	NoTag  string
	shared
}

type shared struct {
	Kind string `json:"kind"`
}

type item struct {
	ID    string `json:"id"`
	Count int64  `json:"count"`
}

// itself decodes itself.
type itself struct{ text string }

func (s *itself) UnmarshalJSON(data []byte) error {
	s.text = string(data)
	return nil
}

func TestUnmarshalPrefersExactNames(t *testing.T) {
	const both = `{"id":"x","ID":"y","Id":7}`
	const reversed = `{"Id":7,"ID":"y","id":"x"}`
	for _, object := range []string{both, reversed, `{"ID":"y","i\u0064":"x"}`, `{"id":"z","id":"x","iD":"y"}`, `{"id":"x","\u0049d":{"id":"y"}}`} {
		x := item{ID: "x"}
		for _, test := range []struct {
			doc  string
			want response
		}{
			{object, response{ID: "x"}},
			{`{"data":` + object + `}`, response{Data: x}},
			{`{"maybe":` + object + `}`, response{Maybe: &x}},
			{`{"items":[` + object + `,{},` + object + `]}`, response{Items: []item{x, {}, x}}},
			{`{"pair":[{},` + object + `]}`, response{Pair: [2]item{{}, x}}},
			{`{"named":{"a":` + object + `,"A":{"ID":"kept"}}}`, response{Named: map[string]item{"a": x, "A": {ID: "kept"}}}},
			{`{"others":{"a":1,"A":2}}`, response{Others: map[string]json.RawMessage{"a": json.RawMessage("1"), "A": json.RawMessage("2")}}},
			{`{"self":` + object + `}`, response{Self: &itself{object}}},
			{`{"DATA":` + object + `}`, response{Data: x}},
		} {
			var got response
			if err := Unmarshal([]byte(test.doc), &got); err != nil {
				t.Errorf("%s: %v", test.doc, err)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(response{}, itself{}, shared{})); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.doc, diff)
			}
		}
	}
	for _, test := range []struct {
		doc  string
		want response
	}{
		{`{"kind":"x","Kind":"y"}`, response{shared: shared{Kind: "x"}}},
		{`{"NoTag":"x","notag":"y"}`, response{NoTag: "x"}},
		{`{"ID":"y","Id":"z"}`, response{ID: "z"}}, // neither is exact: the last one, as in encoding/json
		{`{"id":"x","id":"z"}`, response{ID: "z"}},
		{`{"\u212aind":"y","kind":"x"}`, response{shared: shared{Kind: "x"}}}, // the Kelvin sign folds to k
		{`{"data":{"ID":"y"},"Data":{}}`, response{Data: item{ID: "y"}}},
	} {
		var got response
		if err := Unmarshal([]byte(test.doc), &got); err != nil {
			t.Errorf("%s: %v", test.doc, err)
		}
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(response{}, shared{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.doc, diff)
		}
	}
}

func TestUnmarshalDoesNotChangeInput(t *testing.T) {
	const doc = `{"id":"x","ID":"y"}`
	text := []byte(doc)
	if err := Unmarshal(text, new(response)); err != nil || string(text) != doc {
		t.Errorf("the text is now %s, %v", text, err)
	}
}

func TestUnmarshalIntoInvalidTarget(t *testing.T) {
	for _, out := range []any{nil, response{}, (*response)(nil)} {
		err := Unmarshal([]byte(`{"id":"x","ID":"y"}`), out)
		if _, ok := errors.AsType[*json.InvalidUnmarshalError](err); !ok {
			t.Errorf("into %T: %v, want an InvalidUnmarshalError", out, err)
		}
	}
}

// FuzzUnmarshal compares Unmarshal with encoding/json where no two names of an
// object differ in case alone.
func FuzzUnmarshal(f *testing.F) {
	for _, doc := range slices.Concat(texts, broken) {
		f.Add([]byte(doc))
	}
	for _, doc := range []string{
		`{"ID":"x"}`, `{"id":"x","id":"y"}`, `{"id":7,"data":{"count":"1"}}`, `{"data":{"Count":1.5},"items":[{"id":null},7]}`,
		`{"pair":[{},{},{}],"named":{"a":{"id":1}},"at":"x","NOTAG":"n"}`, `{"items":{},"maybe":[],"any":{"a":[1,{}]},"self":{"a":1}`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if foldedTwice(doc) {
			return
		}
		var got, want response
		err, wantErr := Unmarshal(doc, &got), json.Unmarshal(doc, &want)
		if fmt.Sprint(err) != fmt.Sprint(wantErr) || reflect.TypeOf(err) != reflect.TypeOf(wantErr) {
			t.Fatalf("%q: the error is %v, want %v", doc, err, wantErr)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: got %+v, want %+v", doc, got, want)
		}
	})
}

// foldedTwice reports whether an object in doc has two names that differ, and
// not in more than case. It reads with encoding/json.
func foldedTwice(doc []byte) bool {
	d := json.NewDecoder(bytes.NewReader(doc))
	var names [][]string // of the objects that are open; nil for an array
	isName := false
	for {
		token, err := d.Token()
		if err != nil {
			return false // at the end, or where the text is broken
		}
		top := len(names) - 1
		switch token := token.(type) {
		case json.Delim:
			switch token {
			case '{':
				names, isName = append(names, []string{}), true
				continue
			case '[':
				names = append(names, nil)
			default:
				names = names[:top]
			}
		case string:
			if isName {
				for _, other := range names[top] {
					if other != token && strings.EqualFold(other, token) {
						return true
					}
				}
				names[top], isName = append(names[top], token), false
				continue
			}
		}
		isName = len(names) > 0 && names[len(names)-1] != nil
	}
}
