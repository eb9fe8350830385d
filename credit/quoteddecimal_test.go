package credit

import (
	"encoding/json"
	"testing"
)

func TestQuotedDecimalOnTheWire(t *testing.T) {
	type request struct {
		Required QuotedDecimal `json:"required"`
		Optional QuotedDecimal `json:"optional,omitzero"`
	}
	for _, test := range []struct {
		in   request
		want string
	}{
		{request{Required: Quoted(NewDecimal(0))}, `{"required":"0"}`},
		{request{Quoted(parsed("12.50")), Quoted(NewDecimal(0))}, `{"required":"12.50","optional":"0"}`},
		{request{Required: Quoted(parsed("9007199254740993E+2"))}, `{"required":"9007199254740993E+2"}`},
	} {
		got, err := json.Marshal(test.in)
		if err != nil || string(got) != test.want {
			t.Errorf("got %s, %v; want %s", got, err, test.want)
		}
		var back request
		if err := json.Unmarshal(got, &back); err != nil || back != test.in {
			t.Errorf("%s came back as %+v, %v", got, back, err)
		}
	}
}

func TestQuotedDecimalUnmarshalJSON(t *testing.T) {
	for in, want := range map[string]string{`"12.50"`: "12.50", `12.50`: "12.50", `null`: "", `""`: ""} {
		q := Quoted(NewDecimal(99))
		if err := json.Unmarshal([]byte(in), &q); err != nil || q.String() != want {
			t.Errorf("%s gives %q, %v; want %q", in, q, err, want)
		}
	}
}

func TestQuotedDecimalEqual(t *testing.T) {
	if !Quoted(parsed("1.0")).Equal(Quoted(parsed("1.00"))) {
		t.Error("1.0 and 1.00 differ")
	}
	if Quoted(Decimal{}).Equal(Quoted(NewDecimal(0))) {
		t.Error("unset equals 0")
	}
	if Quoted(Decimal{}) != (QuotedDecimal{}) {
		t.Error("quoting an unset amount sets it")
	}
}
