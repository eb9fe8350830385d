package jsonenc

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/oapi-codegen/nullable"

	"github.com/creditkit/creditkit/credit"
)

// A record has a field for each scan function. scanRecord is written as the
// generator writes it.
type record struct {
	ID       string                     `json:"id"`
	Kind     kind                       `json:"kind"`
	Open     bool                       `json:"open"`
	Count    int64                      `json:"count"`
	Amount   credit.Decimal             `json:"amount"`
	Rate     credit.QuotedDecimal       `json:"rate"`
	At       time.Time                  `json:"at"`
	Day      credit.LocalTime           `json:"day"`
	Raw      json.RawMessage            `json:"raw"`
	Note     *string                    `json:"note"`
	Tags     []string                   `json:"tags"`
	Entries  map[string]string          `json:"entries"`
	Counts   map[string]int64           `json:"counts"`
	Inner    inner                      `json:"inner"`
	Inners   []inner                    `json:"inners"`
	Maybe    nullable.Nullable[bool]    `json:"maybe"`
	Null     nullable.Nullable[bool]    `json:"null"`
	Unlisted map[string]json.RawMessage `json:"-"`
}

type kind string

type inner struct {
	ID string `json:"id"`
}

var innerMembers = []string{"id"}

func scanInner(s *Scanner, v *inner) {
	if s.Null() {
		return
	}
	for s.Enter('{'); s.Field(); {
		switch string(s.Key()) {
		case "id":
			ScanText(s, &v.ID)
		default:
			s.SkipUnknown(innerMembers)
		}
	}
}

func scanRecord(s *Scanner, v *record) {
	if s.Null() {
		return
	}
	var seen [1]bool
	var unknown map[string]json.RawMessage
	optional := new(struct{ Note string })
	for s.Enter('{'); s.Field(); {
		switch string(s.Key()) {
		case "id":
			s.Once(&seen[0])
			ScanText(s, &v.ID)
		case "kind":
			ScanText(s, &v.Kind)
		case "open":
			ScanBool(s, &v.Open)
		case "count":
			ScanInt(s, &v.Count)
		case "amount":
			ScanDecimal(s, &v.Amount)
		case "rate":
			ScanQuotedDecimal(s, &v.Rate)
		case "at":
			ScanTime(s, &v.At)
		case "day":
			ScanLocalTime(s, &v.Day)
		case "raw":
			ScanRaw(s, &v.Raw)
		case "note":
			ScanOptional(s, &v.Note, &optional.Note, ScanText)
		case "tags":
			ScanList(s, &v.Tags, ScanText)
		case "entries":
			ScanTexts(s, &v.Entries)
		case "counts":
			ScanMap(s, &v.Counts, ScanInt)
		case "inner":
			scanInner(s, &v.Inner)
		case "inners":
			ScanList(s, &v.Inners, scanInner)
		case "maybe":
			scanMaybe(s, &v.Maybe)
		case "null":
			scanMaybe(s, &v.Null)
		default:
			s.Keep(&unknown)
		}
	}
	v.Unlisted = unknown
}

func scanMaybe(s *Scanner, v *nullable.Nullable[bool]) {
	var value bool
	isNull := s.Null()
	if !isNull {
		ScanBool(s, &value)
	}
	SetNullable(v, isNull, value)
}

const whole = ` {"id":"7","kind":"a","open":true,"count":-12,"amount":12.50,"rate":"1.10","at":"2026-03-14T09:30:00Z","day":"2026-03-14",
	"raw": [ 1.10 ] ,"note":"","tags":["é","a\nb",""],"entries":{"a":"b","\u0063":null,"é":"","a":"c"},"counts":{"a":1,"\u0061":null,"b":2},"inner":{"id":"8","x":[{}]},"inners":[{"id":"9"},null,{}],"maybe":false,"null":null,"x":{ "a" : 1 }} `

func TestDecode(t *testing.T) {
	doc := []byte(whole)
	var got, want record
	if !Decode(doc, &got, scanRecord) {
		t.Fatal("left to encoding/json")
	}
	clear(doc) // what was decoded must not change with the text
	if err := json.Unmarshal([]byte(whole), &want); err != nil {
		t.Fatal(err)
	}
	want.Unlisted = map[string]json.RawMessage{"x": json.RawMessage(`{ "a" : 1 }`)}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// What encoding/json reads differently or with an error is left to it.
func TestDecodeReportsFalse(t *testing.T) {
	for _, test := range []struct {
		name, doc string
	}{
		{"an escaped name", `{"\u0069d":"7"}`},
		{"a name that is not ASCII", `{"é":"7"}`},
		{"a repeated name", `{"id":"7","id":"7"}`},
		{"a repeated unknown name", `{"x":1,"x":1}`},
		{"a name in another case", `{"inner":{"ID":"7"}}`},
		{"a pointer twice", `{"note":"a","note":"b"}`},
		{"a list twice", `{"tags":[],"tags":[]}`},
		{"a map twice", `{"entries":{},"entries":{}}`},
		{"number as string", `{"id":7}`},
		{"string as number", `{"count":"7"}`},
		{"a fraction", `{"count":7.0}`},
		{"an exponent", `{"count":7e1}`},
		{"19 digits", `{"count":1234567890123456789}`},
		{"amount out of range", `{"amount":1E99999999}`},
		{"quoted word as amount", `{"rate":"many"}`},
		{"boolean as amount", `{"amount":true}`},
		{"number as boolean", `{"open":1}`},
		{"malformed time", `{"at":"never"}`},
		{"number as day", `{"day":7}`},
		{"object as list", `{"tags":{}}`},
		{"list as map", `{"entries":[]}`},
		{"number in a map of strings", `{"entries":{"a":1}}`},
		{"string in a map of numbers", `{"counts":{"a":"1"}}`},
		{"list as object", `{"inner":[]}`},
		{"number as nullable boolean", `{"maybe":1}`},
		{"a list", `[]`},
		{"more than one value", `{} {}`},
		{"truncated", `{"id":"7"`},
		{"empty", ``},
	} {
		v := record{ID: "kept", Note: new("kept"), Tags: []string{"kept"}}
		if test.name == "a pointer twice" || test.name == "a list twice" {
			v.Note, v.Tags = nil, nil
		}
		before := v
		if Decode([]byte(test.doc), &v, scanRecord) {
			t.Errorf("%s: %s was decoded as %+v", test.name, test.doc, v)
		}
		if !reflect.DeepEqual(v, before) {
			t.Errorf("%s: %s left %+v behind", test.name, test.doc, v)
		}
	}
}

func TestDecodeDoesNotWriteThroughReferences(t *testing.T) {
	note := "kept"
	for _, doc := range []string{`{"note":"b"}`, `{"tags":["b"]}`, `{"entries":{"a":"b"}}`} {
		v := record{Note: &note, Tags: []string{"kept"}, Entries: map[string]string{"a": "kept"}}
		if Decode([]byte(doc), &v, scanRecord) || note != "kept" || v.Tags[0] != "kept" || v.Entries["a"] != "kept" {
			t.Errorf("%s gives %+v", doc, v)
		}
	}
	v := record{Note: &note, Tags: []string{"kept"}, Entries: map[string]string{"a": "kept"}}
	if !Decode([]byte(`{"note":null,"tags":null,"entries":null}`), &v, scanRecord) || v.Note != nil || v.Tags != nil || v.Entries != nil {
		t.Errorf("null gives %+v", v)
	}
}

// A string of a large text is a copy of its own.
func TestDecodeLargeText(t *testing.T) {
	doc := `{"id":"7","amount":12.50,"note":"a","raw":"` + strings.Repeat("x", maxShared) + `"}`
	var v record
	if !Decode([]byte(doc), &v, scanRecord) || v.ID != "7" || v.Amount.String() != "12.50" || *v.Note != "a" {
		t.Errorf("decoded %.100v", v)
	}
}

func TestDecodeAllocatesLittle(t *testing.T) {
	doc := []byte(`{"id":"7","kind":"a text","open":true,"count":7,"amount":12.50,"rate":"1.10","note":"a note","tags":["a","b"],"inner":{"id":"8"}}`)
	var v record
	// The text, the list, and the place of the optional value.
	if n := testing.AllocsPerRun(100, func() { v = record{}; Decode(doc, &v, scanRecord) }); n > 3 {
		t.Errorf("%v allocations, want at most 3", n)
	}
}
