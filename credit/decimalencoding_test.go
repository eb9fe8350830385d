package credit

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestDecimalOnTheWire(t *testing.T) {
	type request struct {
		Required Decimal            `json:"required"`
		Optional Decimal            `json:"optional,omitzero"`
		ByName   map[string]Decimal `json:"by_name,omitempty"`
	}
	for _, test := range []struct {
		in   request
		want string
	}{
		{request{Required: NewDecimal(0)}, `{"required":0}`},
		{request{Required: parsed("12.50"), Optional: NewDecimal(0)}, `{"required":12.50,"optional":0}`},
		{request{Required: parsed("9007199254740993"), Optional: parsed("-0")}, `{"required":9007199254740993,"optional":-0}`},
		{request{Required: parsed("1E400"), ByName: map[string]Decimal{"a": parsed("1.10")}}, `{"required":1E400,"by_name":{"a":1.10}}`},
	} {
		got, err := json.Marshal(test.in)
		if err != nil || string(got) != test.want {
			t.Errorf("got %s, %v; want %s", got, err, test.want)
		}
		var back request
		if err := json.Unmarshal(got, &back); err != nil || back.Required != test.in.Required || back.Optional != test.in.Optional {
			t.Errorf("%s came back as %+v, %v", got, back, err)
		}
	}
}

func TestUnsetDecimalIsNeverSent(t *testing.T) {
	for _, v := range []any{Decimal{}, QuotedDecimal{}, []Decimal{{}}, new(Decimal)} {
		got, err := json.Marshal(v)
		var invalid *InvalidError
		if !errors.As(err, &invalid) {
			t.Errorf("%T became %s, %v; want an InvalidError", v, got, err)
		}
	}
}

func TestDecimalUnmarshalJSON(t *testing.T) {
	for in, want := range map[string]string{
		`12.50`:                   "12.50",
		` 7 `:                     "7",
		`"12.50"`:                 "12.50",
		`"1\u0032"`:               "12",
		`null`:                    "",
		`""`:                      "",
		`-0.0`:                    "-0.0",
		`123456789012345678901.0`: "123456789012345678901.0",
	} {
		d := NewDecimal(99) // a reused target must not keep its amount
		if err := json.Unmarshal([]byte(in), &d); err != nil || d.String() != want {
			t.Errorf("%s gives %q, %v; want %q", in, d, err, want)
		}
	}
}

func TestDecimalUnmarshalJSONRefuses(t *testing.T) {
	inputs := []string{
		`true`, `{}`, `[1]`, `"x"`, `"+1"`, `" 1"`, `"null"`, `"1.50 EUR"`, `1e1000001`, `"NaN"`,
		strings.Repeat("1", maxDecimalText+1),
	}
	for _, in := range inputs {
		for _, v := range []interface {
			json.Unmarshaler
			String() string
		}{&Decimal{"99"}, &QuotedDecimal{Decimal{"99"}}} {
			err := json.Unmarshal([]byte(in), v)
			if err == nil || v.String() != "99" {
				t.Errorf("%.40s gives %q, %v; want an error and no change", in, v, err)
				continue
			}
			if invalid := (*InvalidError)(nil); errors.As(err, &invalid) {
				t.Errorf("%.40s: an unreadable answer says that nothing was sent: %v", in, err)
			}
		}
	}
	// The decoder may be bypassed, so bytes that are not JSON must be refused too.
	for _, in := range []string{``, `"`, `"1`, `1"`, ` 1`} {
		if err := new(Decimal).UnmarshalJSON([]byte(in)); err == nil {
			t.Errorf("UnmarshalJSON accepted %q", in)
		}
	}
}

func TestDecimalText(t *testing.T) {
	for _, text := range []string{"", "0", "12.50", "1E400"} {
		d := NewDecimal(99)
		if err := d.UnmarshalText([]byte(text)); err != nil || d.String() != text {
			t.Errorf("UnmarshalText(%q) gives %q, %v", text, d, err)
		}
		if got, err := d.MarshalText(); err != nil || string(got) != text {
			t.Errorf("MarshalText gives %q, %v; want %q", got, err, text)
		}
	}
	d := NewDecimal(99)
	var invalid *InvalidError
	if err := d.UnmarshalText([]byte("1,5")); !errors.As(err, &invalid) || d != NewDecimal(99) {
		t.Errorf("1,5 gives %q, %v", d, err)
	}
}

func TestUnmarshalJSONAllocatesOnce(t *testing.T) {
	amount, at := []byte(`"12.50"`), []byte(`"2025-01-15T10:30:00Z"`)
	var d Decimal
	var l LocalTime
	for what, decode := range map[string]func(){
		"an amount": func() { _ = d.UnmarshalJSON(amount) },
		"a time":    func() { _ = l.UnmarshalJSON(at) },
	} {
		if n := testing.AllocsPerRun(100, decode); n > 1 {
			t.Errorf("%s costs %v", what, n)
		}
	}
	if d.String() != "12.50" || l.String() != "2025-01-15T10:30:00Z" {
		t.Errorf("got %v and %v", d, l)
	}
}
