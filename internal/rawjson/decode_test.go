package rawjson

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"
)

// everything has a field for each way in which a value gets into one.
type everything struct {
	Text    string          `json:"text"`
	Word    word            `json:"word,omitempty"`
	Maybe   *string         `json:"maybe"`
	MayWord *word           `json:"may_word"`
	Is      bool            `json:"is"`
	MayBe   *bool           `json:"may_be,omitempty"`
	Even    even            `json:"even"`
	MayEven *even           `json:"may_even"`
	Raw     json.RawMessage `json:"raw"`
	At      time.Time       `json:"at"`
	Spelt   spelt           `json:"spelt"`
	Number  json.Number     `json:"number"`
	Quoted  bool            `json:"quoted,string"`
	Count   int64           `json:"count"`
	List    []string        `json:"list"`
	Deep    **string        `json:"deep"`
	Left    string          `json:"-"`
}

type word string

// even knows what it takes, and has its own error.
type even struct{ text string }

func (e *even) UnmarshalJSON(data []byte) error {
	if len(data)%2 != 0 {
		return fmt.Errorf("%d is odd", len(data))
	}
	e.text += string(data)
	return nil
}

// spelt is read from texts alone.
type spelt string

func (s *spelt) UnmarshalText(text []byte) error {
	*s = spelt("read " + string(text))
	return nil
}

var everyName = []string{
	"at", "count", "deep", "even", "is", "list", "may_be", "may_even", "may_word", "maybe", "number", "quoted", "raw", "spelt", "text", "word",
}

// values that fit some of the fields.
var values = []string{
	`"a"`, `""`, `"12"`, `"a\u0062"`, `"é"`, "\"\xff\"", "\"\x7f\"", `"null"`, `"true"`, `"2026-03-14T09:30:00Z"`,
	`true`, `false`, `null`, `12`, `1.10`, `-0`, `12345678901234567890`, `[]`, `["a","b"]`, `[ 1 ]`, `{}`, `{"a":1}`, `{ "a" : [ null ] }`,
}

func TestDecodeIsSplitAndUnmarshal(t *testing.T) {
	for _, name := range append(slices.Clone(everyName), "Text", "-", "Left", "other") {
		for _, value := range values {
			for _, form := range []string{`{"%s":%s}`, `{"text":"kept","%s" : %s , "x":1}`, ` { "x":[1.10], "%s" :%s,"is":true,"list":["l"]}`} {
				sameDecoding(t, []byte(fmt.Sprintf(form, name, value)))
			}
		}
	}
}

// FuzzDecode holds Decode against what it is short for.
func FuzzDecode(f *testing.F) {
	for _, doc := range slices.Concat(awkward, broken) {
		f.Add([]byte(doc))
	}
	f.Add([]byte(`{"text":"a","Text":"b","maybe":null,"even":12,"may_even":1,"raw": [ 1 ],"at":"2026-03-14T09:30:00Z","quoted":"true"}`))
	f.Fuzz(sameDecoding)
}

func sameDecoding(t *testing.T, doc []byte) {
	t.Helper()
	for _, start := range []func() *everything{func() *everything { return new(everything) }, filled} {
		want, got := start(), start()
		before, wantBefore := got.Maybe, want.Maybe
		rest, wantUnknown, wantErr := split(doc, everyName, nil)
		if wantErr == nil {
			wantErr = json.Unmarshal(rest, want)
		}
		unknown, err := Decode(doc, got, everyName...)
		if fmt.Sprint(err) != fmt.Sprint(wantErr) || reflect.TypeOf(err) != reflect.TypeOf(wantErr) {
			t.Fatalf("%q: the error is %v, want %v", doc, err, wantErr)
		}
		if err == nil && (!reflect.DeepEqual(got, want) || !reflect.DeepEqual(unknown, wantUnknown)) {
			t.Fatalf("%q: got %+v and %s, want %+v and %s", doc, got, unknown, want, wantUnknown)
		}
		if err == nil && before != nil && *before != *wantBefore {
			t.Fatalf("%q: what a field pointed to became %q, want %q", doc, *before, *wantBefore)
		}
	}
}

// filled has something in every field, as a struct has that is decoded into
// twice.
func filled() *everything {
	return &everything{
		Text: "old", Word: "old", Maybe: new("old"), MayWord: new(word("old")), Is: true, MayBe: new(true),
		Even: even{"old"}, MayEven: &even{"old"}, Raw: json.RawMessage(`"old"`), Spelt: "old", Number: "1",
		Quoted: true, Count: 1, List: []string{"old"}, Deep: new(new("old")), Left: "old",
	}
}

// What Decode hands out must not change when the buffer it read is used again.
func TestDecodeCopies(t *testing.T) {
	doc := []byte(`{"text":"kept","maybe":"kept","raw":"kept","even":1234,"x":"kept"}`)
	var v everything
	unknown, err := Decode(doc, &v, everyName...)
	clear(doc)
	if err != nil || v.Text != "kept" || *v.Maybe != "kept" || string(v.Raw) != `"kept"` || v.Even.text != "1234" || string(unknown["x"]) != `"kept"` {
		t.Errorf("%+v, %s, %v", v, unknown, err)
	}
}

// A record of plain members is decoded without encoding/json, which would
// allocate its own state.
func TestDecodeOfPlainMembersAllocatesTheirValuesAlone(t *testing.T) {
	doc := []byte(`{"text":"a text of some length","word":"another text","is":true,"may_be":false}`)
	var v everything
	if n := testing.AllocsPerRun(100, func() { _, _ = Decode(doc, &v, everyName...) }); n > 3 {
		t.Errorf("%v allocations, want 3 at most: two texts and what stays", n)
	}
}
