package rest

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/oapi-codegen/nullable"

	"github.com/creditkit/creditkit/credit"
)

type item struct {
	Amount credit.Decimal       `json:"amount"`
	Quoted credit.QuotedDecimal `json:"quoted,omitzero"`
	At     time.Time            `json:"at,omitzero"`
	Note   *string              `json:"note,omitempty"`
}

type request struct {
	ID       string                            `json:"id"`
	Skipped  credit.Decimal                    `json:"-"`
	Total    credit.Decimal                    `json:"total,omitzero"`
	Schedule *schedule                         `json:"schedule,omitempty"`
	Priority nullable.Nullable[credit.Decimal] `json:"priority,omitempty,omitzero"`
	Tags     nullable.Nullable[[]string]       `json:"tags,omitempty,omitzero"`
	Day      credit.LocalTime                  `json:"day,omitzero"`
	Meta     map[string]string                 `json:"meta,omitzero"`
	Prices   map[string]credit.Decimal         `json:"prices,omitzero"`
	Extra    map[string]json.RawMessage        `json:"extra,omitzero"`
	Ratio    float64                           `json:"ratio,omitempty"`
	Any      any                               `json:"any,omitempty"`
	Untagged credit.QuotedDecimal              `json:",omitzero"`
	hidden   credit.Decimal
}

type schedule struct {
	Add []item `json:"add,omitzero"`
	paging
}

type paging struct {
	Limit credit.Decimal `json:"limit,omitzero"`
}

func one() item { return item{Amount: credit.NewDecimal(1)} }

func TestUnencodableMembersAreNamed(t *testing.T) {
	const unset = "is not set"
	badDay := credit.LocalDate(2025, time.February, 30)
	for _, test := range []struct {
		name          string
		body          any
		field, reason string
	}{
		{"in a list", request{Schedule: &schedule{Add: []item{one(), {}}}}, "schedule.add[1].amount", unset},
		{"behind a pointer", &request{Schedule: &schedule{Add: []item{{}}}}, "schedule.add[0].amount", unset},
		{"at the top", struct{ Amount credit.Decimal }{}, "Amount", unset},
		{"a quoted one", struct{ Q credit.QuotedDecimal }{}, "Q", unset},
		{"in a map", request{Prices: map[string]credit.Decimal{"eur": {}}}, "prices.eur", unset},
		{"nullable", request{Priority: nullable.NewNullableWithValue(credit.Decimal{})}, "priority", unset},
		{"in an any", request{Any: []any{1, one(), item{}}}, "any[2].amount", unset},
		{"all of the body", credit.Decimal{}, "body", unset},
		{"a list as body", []credit.Decimal{credit.NewDecimal(0), {}}, "[1]", unset},
		{"no such day", request{Day: badDay}, "day", `"2025-02-30" is not a date that RFC 3339 can write`},
		{
			"an impossible year",
			request{Schedule: &schedule{Add: []item{{Amount: credit.NewDecimal(1), At: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}}}},
			"schedule.add[0].at", "cannot be written as JSON",
		},
		{"broken JSON", request{Extra: map[string]json.RawMessage{"x": json.RawMessage(`{"k":hunter2}`)}}, "extra.x", "cannot be written as JSON"},
		{"not a number", request{Ratio: math.NaN()}, "ratio", "cannot be written as JSON"},
		{"no JSON type", request{Any: make(chan int)}, "any", "cannot be written as JSON"},
		{"a wrong token", request{Any: json.Number("hunter2")}, "any", "cannot be written as JSON"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := play()
			_, err := do(t, newClient(t, s), &opKeyed, Call{Body: test.body})
			invalid := refusal(t, s, err, test.field)
			if invalid.Reason != test.reason || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the reason is %q, want %q", invalid.Reason, test.reason)
			}
		})
	}
}

// encoding/json would send U+FFFD in place of each byte that is not UTF-8: the
// vendor would keep a text that the caller did not write.
func TestInvalidUTF8IsRejected(t *testing.T) {
	const latin1 = "M\xfcller"
	for _, test := range []struct {
		name  string
		body  any
		field string
	}{
		{"a text", request{ID: latin1}, "id"},
		{"behind a pointer", request{Schedule: &schedule{Add: []item{one(), {Amount: credit.NewDecimal(1), Note: new(latin1)}}}}, "schedule.add[1].note"},
		{"a map's value", request{Meta: map[string]string{"name": latin1}}, "meta.name"},
		{"a map's key", request{Meta: map[string]string{latin1: "a"}}, "meta"},
		{"in a nullable", request{Tags: nullable.NewNullableWithValue([]string{"a", latin1})}, "tags[1]"},
		{"the body", latin1, "body"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := play()
			_, err := do(t, newClient(t, s), &opKeyed, Call{Body: test.body})
			if got := refusal(t, s, err, test.field).Reason; got != "is not valid UTF-8" {
				t.Errorf("the reason is %q", got)
			}
		})
	}
}

func TestEncodableBodiesAreSentUnchanged(t *testing.T) {
	for want, body := range map[string]any{
		`{"id":"Müller \\ufffd � 日本"}`: request{ID: "Müller \\ufffd \ufffd 日本"},
		`{"id":"","total":0,"priority":null,"tags":[]}`: request{
			Total: credit.NewDecimal(0), Priority: nullable.NewNullNullable[credit.Decimal](), Tags: nullable.NewNullableWithValue([]string{}),
		},
		`{"id":"","schedule":{"add":[{"amount":1.10,"quoted":"2.50"}]}}`: request{Schedule: &schedule{Add: []item{
			{Amount: credit.MustParseDecimal("1.10"), Quoted: credit.Quoted(credit.MustParseDecimal("2.50"))},
		}}},
		`{"n":12345678901234567890,"t":"\ufffd\u00fc"}`: json.RawMessage(`{"n":12345678901234567890,"t":"\ufffd\u00fc"}`),
		" { \"a\" : \"<&>\", \"a\": 1.10 } ":            json.RawMessage(` { "a" : "<&>", "a": 1.10 } `),
	} {
		s := play("200 {}")
		if _, err := do(t, newClient(t, s), &opKeyed, Call{Body: body}); err != nil {
			t.Errorf("%s: %v", want, err)
		} else if s.bodies[0] != want {
			t.Errorf("sent %s, want %s", s.bodies[0], want)
		}
	}
}
