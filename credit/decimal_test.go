package credit

import (
	"errors"
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

func TestParseDecimalRefuses(t *testing.T) {
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

func TestDecimalErrorsQuoteLittle(t *testing.T) {
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
