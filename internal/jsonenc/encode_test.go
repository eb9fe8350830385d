package jsonenc

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/oapi-codegen/nullable"

	"github.com/creditkit/creditkit/credit"
)

// A request has a field for each append function. appendRequest is written as
// the generator writes it.
type request struct {
	ID       string                            `json:"id"`
	Kind     kind                              `json:"kind"`
	Open     bool                              `json:"open"`
	Count    int64                             `json:"count"`
	Amount   credit.Decimal                    `json:"amount,omitzero"`
	Rate     credit.QuotedDecimal              `json:"rate,omitzero"`
	At       time.Time                         `json:"at"`
	Day      credit.LocalTime                  `json:"day,omitzero"`
	Raw      json.RawMessage                   `json:"raw"`
	Tags     []string                          `json:"tags"`
	Entries  map[string]string                 `json:"entries"`
	Counts   map[string]int64                  `json:"counts"`
	Priority nullable.Nullable[credit.Decimal] `json:"priority,omitempty"`
	Unlisted map[string]json.RawMessage        `json:"-"`
}

func appendRequest(b *Buffer, v *request) {
	b.Open()
	b.Name(`"id":`)
	AppendText(b, &v.ID)
	b.Name(`"kind":`)
	AppendText(b, &v.Kind)
	b.Name(`"open":`)
	AppendBool(b, &v.Open)
	b.Name(`"count":`)
	AppendInt(b, &v.Count)
	if v.Amount.IsSet() {
		b.Name(`"amount":`)
		AppendDecimal(b, &v.Amount)
	}
	if v.Rate.IsSet() {
		b.Name(`"rate":`)
		AppendQuotedDecimal(b, &v.Rate)
	}
	b.Name(`"at":`)
	AppendTime(b, &v.At)
	if v.Day != (credit.LocalTime{}) {
		b.Name(`"day":`)
		AppendLocalTime(b, &v.Day)
	}
	b.Name(`"raw":`)
	AppendRaw(b, &v.Raw)
	b.Name(`"tags":`)
	AppendList(b, &v.Tags, AppendText)
	b.Name(`"entries":`)
	AppendTexts(b, &v.Entries)
	b.Name(`"counts":`)
	AppendMap(b, &v.Counts, AppendInt)
	if len(v.Priority) > 0 {
		b.Name(`"priority":`)
		if value, ok := AppendNullable(b, &v.Priority); ok {
			AppendDecimal(b, &value)
		}
	}
	b.Unknown(v.Unlisted, []string{"id"})
	b.Close()
}

func TestEncode(t *testing.T) {
	for _, v := range []request{
		{},
		{ID: `<"é">`, Kind: "\u2028\x00", Open: true, Count: -7, Raw: json.RawMessage("null"), Tags: []string{}, Entries: map[string]string{}},
		{
			Amount: credit.NewDecimal(0), Rate: credit.Quoted(credit.MustParseDecimal("1.10")), At: time.Date(2026, 3, 14, 9, 30, 0, 5, time.UTC),
			Day: credit.LocalDate(2026, time.March, 14), Raw: json.RawMessage(`{"a":[1.10]}`), Tags: []string{"a", "b"},
			Entries: map[string]string{"b": "1", "a": "\xff", "é": ""}, Counts: map[string]int64{"b": 1, "a": 2}, Priority: nullable.NewNullableWithValue(credit.NewDecimal(1)),
		},
		{Priority: nullable.NewNullNullable[credit.Decimal]()},
	} {
		want, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := Encode(&v, appendRequest); !ok || string(got) != string(want) {
			t.Errorf("%t: %s, want %s", ok, got, want)
		}
	}
}

func TestEncodeKeepsSpacesOfRawJSON(t *testing.T) {
	v := request{Raw: json.RawMessage(" [ 1.10 ] "), Unlisted: map[string]json.RawMessage{"y": json.RawMessage("[ ]"), "x<": json.RawMessage(` "<" `)}}
	got, ok := Encode(&v, appendRequest)
	if want := `"raw": [ 1.10 ] ,"tags":null,"entries":null,"counts":null,"x<": "<" ,"y":[ ]}`; !ok || !strings.HasSuffix(string(got), want) {
		t.Errorf("%t: %s, want %s at its end", ok, got, want)
	}
}

// What encoding/json has an error for is left to it.
func TestEncodeReportsFalse(t *testing.T) {
	unlisted := func(name, value string) request {
		return request{Unlisted: map[string]json.RawMessage{name: json.RawMessage(value)}}
	}
	for _, test := range []struct {
		name string
		v    request
	}{
		{"a null amount", request{Priority: nullable.NewNullableWithValue(credit.Decimal{})}},
		{"a year of five digits", request{At: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}},
		{"an impossible day", request{Day: credit.LocalDate(2026, time.February, 30)}},
		{"invalid JSON", request{Raw: json.RawMessage(`{"a"}`)}},
		{"empty JSON", request{Raw: json.RawMessage{}}},
		{"two values", request{Raw: json.RawMessage(`1 2`)}},
		{"a known name", unlisted("id", `1`)},
		{"a name that needs escape", unlisted(`"`, `1`)},
		{"a name beyond ASCII", unlisted("é", `1`)},
		{"a broken unknown value", unlisted("x", `{`)},
		{"too deep a value", unlisted("x", strings.Repeat("[", maxDepth)+strings.Repeat("]", maxDepth))},
		{"nil unknown value", request{Unlisted: map[string]json.RawMessage{"x": nil}}},
	} {
		if got, ok := Encode(&test.v, appendRequest); ok || got != nil {
			t.Errorf("%s was encoded as %.200s", test.name, got)
		}
		if got, ok := Encode(&request{}, appendRequest); !ok || !strings.HasPrefix(string(got), `{"id":""`) {
			t.Errorf("%s: the next value was encoded as %s", test.name, got)
		}
	}
}

// A text stays as it is while others are encoded.
func TestEncodeReturnsCopy(t *testing.T) {
	first, _ := Encode(&request{ID: "first"}, appendRequest)
	large, _ := Encode(&request{ID: strings.Repeat("x", maxKept)}, appendRequest)
	second, _ := Encode(&request{ID: "second"}, appendRequest)
	if !strings.HasPrefix(string(first), `{"id":"first"`) || !strings.HasPrefix(string(second), `{"id":"second"`) || len(large) < maxKept {
		t.Errorf("the texts are %s, %.20s and %s", first, large, second)
	}
}
