package replace

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// The shapes of two vendors that do not exist.
var (
	byKey = &Shape{
		Vendor: "acme", ID: "key", Keys: []string{"key", "owner"}, Amounts: []string{"total"},
		Commands: []string{"Add", "Remove"}, Nulls: true,
	}
	byText = &Shape{Vendor: "acme", ID: "id", Texts: []string{"id", "owner"}, Amounts: []string{"total"}}
)

const (
	keyed = `{"key":7,"owner":1,"total":1.10}`
	named = `{"id":"7","owner":"o","total":1.10}`
)

// load hands a record in; nothing can be read.
func load(t *testing.T, shape *Shape, doc string) (*Record, error) {
	t.Helper()
	return shape.Load(t.Context(), nil, nil, rest.Call{}, []byte(doc), "7")
}

func mustLoad(t *testing.T, shape *Shape, doc string) *Record {
	t.Helper()
	r, err := load(t, shape, doc)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestLoadRefusesWhatIsNotSurelyTheRecord(t *testing.T) {
	for name, test := range map[string]struct {
		shape  *Shape
		doc    string
		reason string
	}{
		"no object":             {byKey, `[]`, "is not a JSON object"},
		"an object and more":    {byKey, keyed + `1`, "is not a JSON object"},
		"no id":                 {byKey, `{"owner":1,"total":1}`, "has key 0 times"},
		"two ids":               {byKey, `{"key":7,"key":7,"owner":1,"total":1}`, "has key 2 times"},
		"no amount":             {byKey, `{"key":7,"owner":1,"Total":1}`, "has total 0 times"},
		"an amount in quotes":   {byKey, `{"key":7,"owner":1,"total":"1"}`, "has no number as total"},
		"an amount beyond all":  {byKey, `{"key":7,"owner":1,"total":1E99999999}`, "has no number as total"},
		"a key in quotes":       {byKey, `{"key":"7","owner":1,"total":1}`, "has no whole number above 0 as key"},
		"a key of 0":            {byKey, `{"key":7,"owner":0,"total":1}`, "has no whole number above 0 as owner"},
		"a negative key":        {byKey, `{"key":7,"owner":-1,"total":1}`, "has no whole number above 0 as owner"},
		"a key with a fraction": {byKey, `{"key":7.0,"owner":1,"total":1}`, "has no whole number above 0 as key"},
		"another key":           {byKey, `{"key":77,"owner":1,"total":1}`, "is another one by its key"},
		"a text without quotes": {byText, `{"id":7,"owner":"o","total":1}`, "has no text as id"},
		"an empty text":         {byText, `{"id":"7","owner":"","total":1}`, "has no text as owner"},
		"a null text":           {byText, `{"id":"7","owner":null,"total":1}`, "has no text as owner"},
		"another text":          {byText, `{"id":"07","owner":"o","total":1}`, "is another one by its id"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, test.shape, test.doc)
			e, ok := errors.AsType[*credit.MalformedReadError](err)
			if !ok {
				t.Fatalf("got %v (%T), want a MalformedReadError", err, err)
			}
			if diff := cmp.Diff(credit.MalformedReadError{Vendor: "acme", ID: "7", Reason: test.reason}, *e); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLoadTakesALargeRecordAsItCame(t *testing.T) {
	doc := strings.Replace(named, `{`, `{"large":"`+strings.Repeat("x", 8<<20)+`",`, 1)
	if r := mustLoad(t, byText, doc); string(r.JSON()) != doc {
		t.Error("the record is not what came")
	}
}

func TestLoadOfAZeroClientIsRefused(t *testing.T) {
	_, err := byKey.Load(t.Context(), nil, nil, rest.Call{}, nil, "7")
	if _, ok := errors.AsType[*credit.InvalidError](err); !ok {
		t.Errorf("got %v, want an InvalidError", err)
	}
}

func TestWith(t *testing.T) {
	note := func(o credit.Opt[string]) []Edit { return []Edit{{}, Member("note", o, AsIs)} }
	for name, test := range map[string]struct {
		shape *Shape
		doc   string
		edits []Edit
		want  string
	}{
		"no edit":                  {byText, named, nil, named},
		"a field left alone":       {byText, named, note(credit.Opt[string]{}), named},
		"set":                      {byText, `{"note":"a",` + named[1:], note(credit.Set("b")), `{"note":"b",` + named[1:]},
		"set what is missing":      {byText, named, note(credit.Set("b")), named[:len(named)-1] + `,"note":"b"}`},
		"left out":                 {byText, `{"note":"a",` + named[1:], note(credit.Clear[string]()), named},
		"left out, it was missing": {byText, named, note(credit.Clear[string]()), named},
		"null":                     {byKey, `{"note":"a",` + keyed[1:], note(credit.Clear[string]()), `{"note":null,` + keyed[1:]},
		"null, it was missing":     {byKey, keyed, note(credit.Clear[string]()), keyed[:len(keyed)-1] + `,"note":null}`},
		"commands":                 {byKey, `{"Add":[1],"Remove":null,"Add":[2],"Ad":3,"Removed":4,` + keyed[1:], nil, `{"Ad":3,` + keyed[1:]},
		"commands in any case":     {byKey, `{"ADDx":[1],"reMoVe":null,"note":"Add",` + keyed[1:], nil, `{"note":"Add",` + keyed[1:]},
		"commands in escapes":      {byKey, `{"\u0041ddX":[1],"Remov\u0065Y":[2],` + keyed[1:], nil, keyed},
		"commands cut in a pair":   {byKey, `{"Add\ud800":[1],` + keyed[1:], nil, keyed},
		"two edits": {
			byText, named,
			[]Edit{
				Member("total", credit.Set(credit.MustParseDecimal("2.50")), AsIs),
				Member("owner", credit.Set("p"), func(s string) any { return s + "q" }),
			},
			`{"id":"7","owner":"pq","total":2.50}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := mustLoad(t, test.shape, test.doc)
			got, err := r.With(test.edits...)
			if err != nil || string(got) != test.want {
				t.Errorf("got %s, %v\nwant %s", got, err, test.want)
			}
			if string(r.JSON()) != test.doc {
				t.Errorf("the record itself is now %s", r.JSON())
			}
			if again, err := r.With(); err != nil || len(test.shape.Commands) == 0 && string(again) != test.doc {
				t.Errorf("later it gives %s, %v", again, err)
			}
		})
	}
}

func TestWithRefusesAMemberThatOccursTwice(t *testing.T) {
	r := mustLoad(t, byText, `{"note":1,"n\u006fte":2,`+named[1:])
	for _, o := range []credit.Opt[string]{credit.Set("a"), credit.Clear[string]()} {
		_, err := r.With(Member("note", o, AsIs))
		if e, ok := errors.AsType[*credit.MalformedReadError](err); !ok || e.ID != "7" || e.Reason != "has note 2 times" {
			t.Errorf("got %v", err)
		}
	}
}

func TestWithRefusesAValueThatIsNoJSON(t *testing.T) {
	_, err := mustLoad(t, byText, named).With(Member("total", credit.Set(credit.Decimal{}), AsIs))
	if e, ok := errors.AsType[*credit.InvalidError](err); !ok || e.Vendor != "acme" || e.Field != "total" {
		t.Errorf("got %v", err)
	}
}
