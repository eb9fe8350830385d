package replace

import (
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
)

func parse(t *testing.T, doc string) *Record {
	t.Helper()
	r, err := (&Shape{Fields: []string{"x"}}).parseRecord([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// same compares what a record tells with what it should.
func same[T any](got, want credit.Opt[T], equal func(a, b T) bool) bool {
	a, isSet := got.Get()
	b, wantSet := want.Get()
	return isSet == wantSet && got.IsClear() == want.IsClear() && (!isSet || equal(a, b))
}

func TestTextOfAMember(t *testing.T) {
	for value, want := range map[string]credit.Opt[string]{
		``:                            credit.Clear[string](),
		`"x":null`:                    credit.Clear[string](),
		`"x":""`:                      credit.Set(""),
		`"x":"null"`:                  credit.Set("null"),
		`"x":"a\/\u0062\ud83d\ude00"`: credit.Set("a/b😀"),
		`"\u0078":"a"`:                credit.Set("a"),
		`"X":"a"`:                     credit.Clear[string](),
		`"x":1`:                       {},
		`"x":false`:                   {},
		`"x":["a"]`:                   {},
		`"x":{}`:                      {},
		`"x":"a","x":"a"`:             {},
		`"x":null,"x":null`:           {},
	} {
		if got := parse(t, `{`+value+`}`).Text("x"); !same(got, want, func(a, b string) bool { return a == b }) {
			t.Errorf("%s tells %+v, want %+v", value, got, want)
		}
	}
}

func TestAmountOfAMember(t *testing.T) {
	set := func(s string) credit.Opt[credit.Decimal] { return credit.Set(credit.MustParseDecimal(s)) }
	for value, want := range map[string]credit.Opt[credit.Decimal]{
		``:                           credit.Clear[credit.Decimal](),
		`"x":null`:                   credit.Clear[credit.Decimal](),
		`"x":1.10`:                   set("1.10"),
		`"x":-0`:                     set("-0"),
		`"x":1E400`:                  set("1E400"),
		`"x":12345678901234567890.0`: set("12345678901234567890.0"),
		`"x":"1"`:                    {},
		`"x":""`:                     {},
		`"x":true`:                   {},
		`"x":1E99999999`:             {},
		`"x":1,"x":1`:                {},
	} {
		if got := parse(t, `{`+value+`}`).Amount("x"); !same(got, want, func(a, b credit.Decimal) bool { return a == b }) {
			t.Errorf("%s tells %+v, want %+v", value, got, want)
		}
	}
}

func TestTimeOfAMember(t *testing.T) {
	at := time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC)
	for value, want := range map[string]credit.Opt[time.Time]{
		``:                                   credit.Clear[time.Time](),
		`"x":null`:                           credit.Clear[time.Time](),
		`"x":""`:                             credit.Clear[time.Time](),
		`"x":"2026-12-31"`:                   credit.Set(at.Add(-23 * time.Hour)),
		`"x":"2026-12-31T23:00:00Z"`:         credit.Set(at),
		`"x":"2027-01-01T00:00:00.00+01:00"`: credit.Set(at),
		`"x":"2026-12-31T23:00:00"`:          {},
		`"x":"2026-13-01"`:                   {},
		`"x":" 2026-12-31"`:                  {},
		`"x":20261231`:                       {},
		`"x":"","x":""`:                      {},
	} {
		got := parse(t, `{`+value+`}`).Time("x", time.DateOnly, time.RFC3339)
		if !same(got, want, time.Time.Equal) {
			t.Errorf("%s tells %+v, want %+v", value, got, want)
		}
	}
	if got := parse(t, `{"x":"2026-12-31"}`).Time("x", time.RFC3339); !got.IsZero() {
		t.Errorf("a day is read where only a time is valid: %+v", got)
	}
}

// A member that the shape does not name is found too.
func TestAnotherMember(t *testing.T) {
	r := parse(t, `{"x":"a","y":"b","z":1,"z":2}`)
	if got := r.Text("y"); got != credit.Set("b") {
		t.Errorf("y is %+v, want b", got)
	}
	if got := r.Text("z"); !got.IsZero() {
		t.Errorf("z, which occurs twice, is %+v", got)
	}
}
