package row

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
)

func TestRowJSONRoundTrip(t *testing.T) {
	r := Row{
		Number: 1 << 60, Line: 7, Vendor: "metronome", Ref: credit.Ref{ID: "a", Owner: "o"}, Key: "k",
		Patch: credit.Patch{
			Name:      credit.Set(""),
			Note:      credit.Clear[string](),
			Total:     credit.Set(credit.MustParseDecimal("12.500000000000000000000000001")),
			Balance:   credit.Set(credit.MustParseDecimal("-0")),
			StartsAt:  credit.Set(time.Date(2027, 1, 1, 0, 0, 0, 1, time.UTC)),
			ExpiresAt: credit.Clear[time.Time](),
			Metadata:  credit.Set(map[string]string{"a": "<\u2028\x00>"}),
		},
	}
	text, err := json.Marshal(r)
	want := `{"number":1152921504606846976,"line":7,"vendor":"metronome","id":"a","owner":"o","key":"k",` +
		`"set":{"balance":"-0","metadata":"{\"a\":\"\u003c\\u2028\\u0000\u003e\"}","name":"",` +
		`"starts_at":"2027-01-01T00:00:00.000000001Z","total":"12.500000000000000000000000001"},"clear":["note","expires_at"]}`
	if err != nil || string(text) != want {
		t.Fatalf("%s, %v\nwant %s", text, err, want)
	}
	var back Row
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, r) {
		t.Errorf("%+v, %v", back, err)
	}
}

func TestRowJSONRejectsInvalid(t *testing.T) {
	for _, text := range []string{
		`{"number":1,"vendor":"v","id":"1","more":1}`, `{"set":{"total":"x"}}`, `{"set":{"total":1}}`, `{"set":{"x":"1"}}`,
		`{"clear":["x"]}`, `{"clear":["name","name"]}`, `{"set":{"name":""},"clear":["name"]}`, `{"number":1.5}`, `[]`, `{`,
	} {
		r := Row{Number: 5}
		if err := r.UnmarshalJSON([]byte(text)); err == nil || r.Number != 5 {
			t.Errorf("%s is read as %+v, %v", text, r, err)
		}
	}
	if err := new(Row).UnmarshalJSON([]byte(`{"number":1}{"number":2}`)); err == nil {
		t.Error("two rows are read as one")
	}
}

// FuzzRowJSON checks that each row of a file survives the queue unchanged.
func FuzzRowJSON(f *testing.F) {
	for _, seed := range jsonSeeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		for r := range Read(strings.NewReader(file), JSONLines) {
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			var back Row
			if err := json.Unmarshal(text, &back); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if shown(back, nil) != shown(r, nil) {
				t.Errorf("%s came back as %s", shown(r, nil), shown(back, nil))
			}
		}
	})
}
