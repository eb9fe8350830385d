package credit

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestParseDecimalKeepsTheText(t *testing.T) {
	for _, text := range []string{
		"0", "-0", "0.00", "12.50", "-3", "9007199254740993", "1E400", "1e-400", "1e+5", "2.5E007",
		"18446744073709551616", "1e1000000", "1e-1000000", "1e0000000000000001",
		strings.Repeat("9", maxDecimalText),
	} {
		d, err := ParseDecimal(text)
		if err != nil {
			t.Errorf("ParseDecimal(%.40q): %v", text, err)
		}
		if d.String() != text || !d.IsSet() {
			t.Errorf("ParseDecimal(%.40q) holds %.40q, set %t", text, d, d.IsSet())
		}
	}
}

func TestParseDecimalRejects(t *testing.T) {
	for _, text := range []string{
		"", " ", "+1", "-", "--1", "1.", ".5", "-.5", "007", "-01", "00", "1e", "1e+", "e5", "1.e5", "1e5.0",
		" 1", "1 ", "1,5", "1_000", "0x10", "NaN", "Infinity", "1/2", "null", `"1"`, "１", "1\n",
		"1e1000001", "1e-1000001", "1e99999999999999999999", strings.Repeat("9", maxDecimalText+1),
	} {
		d, err := ParseDecimal(text)
		var invalid *InvalidError
		if !errors.As(err, &invalid) || d.IsSet() {
			t.Errorf("ParseDecimal(%.40q) = %.40q, %v; want an InvalidError", text, d, err)
			continue
		}
		if invalid.Field != "decimal" || len(invalid.Reason) > 120 {
			t.Errorf("ParseDecimal(%.40q): field %q, reason %q", text, invalid.Field, invalid.Reason)
		}
	}
}

func TestDecimalErrorsTruncateInput(t *testing.T) {
	for _, text := range []string{strings.Repeat("x", 900), strings.Repeat("7", 5000), strings.Repeat("1", 900) + "e9999999"} {
		_, err := ParseDecimal(text)
		if err == nil || strings.Contains(err.Error(), text[:41]) || !strings.Contains(err.Error(), text[:40]) {
			t.Errorf("the error does not quote 40 characters: %v", err)
		}
	}
}

func TestNewDecimal(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 7: "7", -1 << 63: "-9223372036854775808"} {
		if got := NewDecimal(n); got.String() != want || !got.IsSet() {
			t.Errorf("NewDecimal(%d) = %q, set %t", n, got, got.IsSet())
		}
	}
}

func TestMustParseDecimal(t *testing.T) {
	if got := MustParseDecimal("0.01").String(); got != "0.01" {
		t.Errorf("got %q", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("MustParseDecimal accepted 1.")
		}
	}()
	MustParseDecimal("1.")
}

func TestDecimalHasNoIsZero(t *testing.T) {
	for _, v := range []any{Decimal{}, QuotedDecimal{}, LocalTime{}} {
		if _, found := v.(interface{ IsZero() bool }); found {
			t.Errorf("%T has IsZero: encoding/json would leave out a set zero", v)
		}
	}
}

// go-cmp compares by a method of this shape.
var (
	_ interface{ Equal(Decimal) bool }       = Decimal{}
	_ interface{ Equal(QuotedDecimal) bool } = QuotedDecimal{}
	_ interface{ Equal(LocalTime) bool }     = LocalTime{}
)

// parsed is MustParseDecimal that knows the empty text as unset.
func parsed(text string) Decimal {
	if text == "" {
		return Decimal{}
	}
	return MustParseDecimal(text)
}

func TestDecimalValue(t *testing.T) {
	for _, test := range []struct {
		text    string
		sign    int
		integer bool
		n       int64
		exact   bool
	}{
		{"", 0, false, 0, false},
		{"0", 0, true, 0, true},
		{"-0", 0, true, 0, true},
		{"0.000", 0, true, 0, true},
		{"0e1000000", 0, true, 0, true},
		{"5", 1, true, 5, true},
		{"5.00", 1, true, 5, true},
		{"50E-1", 1, true, 5, true},
		{"0.05e2", 1, true, 5, true},
		{"-0.00120e5", -1, true, -120, true},
		{"5.5", 1, false, 0, false},
		{"-0.5", -1, false, 0, false},
		{"1e-1000000", 1, false, 0, false},
		{"1e1000000", 1, true, 0, false},
		{"1e18", 1, true, 1e18, true},
		{"9223372036854775807", 1, true, 1<<63 - 1, true},
		{"9223372036854775808", 1, true, 0, false},
		{"-9223372036854775808", -1, true, -1 << 63, true},
		{"-9223372036854775809", -1, true, 0, false},
		{"9223372036854775807.000", 1, true, 1<<63 - 1, true},
		{"10000000000000000000", 1, true, 0, false},
	} {
		d := parsed(test.text)
		n, exact := d.Int64()
		if d.Sign() != test.sign || d.IsInteger() != test.integer || n != test.n || exact != test.exact {
			t.Errorf("%q: sign %d, integer %t, %d exact %t; want %d, %t, %d, %t", test.text,
				d.Sign(), d.IsInteger(), n, exact, test.sign, test.integer, test.n, test.exact)
		}
	}
}

func TestDecimalCmp(t *testing.T) {
	// Each row is one amount in several spellings, and the rows ascend.
	rows := [][]string{
		{""},
		{"-1e1000000", "-10e999999"},
		{"-2"},
		{"-1.5", "-15e-1"},
		{"-1e-1000000"},
		{"0", "-0", "0.0", "0e1000000", "-0e-9"},
		{"1e-1000000", "0.1e-999999"},
		{"0.05", "5e-2"},
		{"0.5", "0.50", "5E-1", "0.00005e+4"},
		{"1", "1.0", "1.00", "10e-1"},
		{"1.05"},
		{"1.5"},
		{"12", "1.2e1"},
		{"123", "0.123e3"},
		{"9007199254740992"},
		{"9007199254740993", "9007199254740993.000"},
		{"1e400", "10E399"},
		{"1e1000000", "1.0e1000000"},
	}
	for i, row := range rows {
		for j, other := range rows {
			want := min(max(i-j, -1), 1)
			for _, a := range row {
				for _, b := range other {
					if got := parsed(a).Cmp(parsed(b)); got != want {
						t.Errorf("Cmp(%q, %q) = %d, want %d", a, b, got, want)
					}
					if got := parsed(a).Equal(parsed(b)); got != (want == 0) {
						t.Errorf("Equal(%q, %q) = %t", a, b, got)
					}
				}
			}
		}
	}
}

func TestDecimalCmpSorts(t *testing.T) {
	amounts := []Decimal{parsed("10"), parsed("9"), {}, parsed("-1"), parsed("9.5")}
	slices.SortFunc(amounts, Decimal.Cmp)
	want := []Decimal{{}, parsed("-1"), parsed("9"), parsed("9.5"), parsed("10")}
	if !slices.Equal(amounts, want) {
		t.Errorf("got %v, want %v", amounts, want)
	}
}

func BenchmarkDecimalCmp(b *testing.B) {
	x, y := MustParseDecimal("1234.50"), MustParseDecimal("1234.5")
	b.ReportAllocs()
	for b.Loop() {
		if x.Cmp(y) != 0 {
			b.Fatal("differ")
		}
	}
}

func TestDecimalMarshalJSON(t *testing.T) {
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

func TestUnsetDecimalCannotBeEncoded(t *testing.T) {
	for _, v := range []any{Decimal{}, QuotedDecimal{}, []Decimal{{}}, new(Decimal)} {
		got, err := json.Marshal(v)
		var invalid *InvalidError
		if !errors.As(err, &invalid) {
			t.Errorf("%T became %s, %v; want an InvalidError", v, got, err)
		}
	}
}

func TestDecimalUnmarshalJSON(t *testing.T) {
	for _, test := range []struct {
		in, want string
	}{
		{`12.50`, "12.50"},
		{` 7 `, "7"},
		{`"12.50"`, "12.50"},
		{`"1\u0032"`, "12"},
		{`null`, ""},
		{`""`, ""},
		{`-0.0`, "-0.0"},
		{`123456789012345678901.0`, "123456789012345678901.0"},
	} {
		d := NewDecimal(99) // a reused target must not keep its amount
		if err := json.Unmarshal([]byte(test.in), &d); err != nil || d.String() != test.want {
			t.Errorf("%s gives %q, %v; want %q", test.in, d, err, test.want)
		}
	}
}

func TestDecimalUnmarshalJSONRejects(t *testing.T) {
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

func TestQuotedDecimalMarshalJSON(t *testing.T) {
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
	for _, test := range []struct {
		in, want string
	}{{`"12.50"`, "12.50"}, {`12.50`, "12.50"}, {`null`, ""}, {`""`, ""}} {
		q := Quoted(NewDecimal(99))
		if err := json.Unmarshal([]byte(test.in), &q); err != nil || q.String() != test.want {
			t.Errorf("%s gives %q, %v; want %q", test.in, q, err, test.want)
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
