package credit

import (
	"runtime"
	"strings"
	"testing"
)

func TestDecimalSum(t *testing.T) {
	for _, test := range []struct{ a, b, sum, difference string }{
		{"1.10", "1.90", "3.00", "-0.80"},
		{"12.50", "50", "62.50", "-37.50"},
		{"0", "0", "0", "0"},
		{"-0", "0.000", "0.000", "0.000"},
		{"1.5", "1.5", "3.0", "0.0"},
		{"-1", "0.001", "-0.999", "-1.001"},
		{"9007199254740993", "0.1", "9007199254740993.1", "9007199254740992.9"},
		{"9223372036854775807", "1", "9223372036854775808", "9223372036854775806"},
		{"1E3", "5e-1", "1000.5", "999.5"},
		{"10E-1", "1", "2.0", "0.0"},
		{"1.50E1", "1", "16.0", "14.0"},
		{"1E400", "-1e400", "0", "2" + strings.Repeat("0", 400)},
		{"1E999", "1E999", "2" + strings.Repeat("0", 999), "0"},
		{"1E1000", "1E1000", "2E1000", "0"},
		{"1E1000000", "1E1000000", "2E1000000", "0"},
		{"1E1000000", "0", "1E1000000", "1E1000000"},
		{"0", "1E1000000", "1E1000000", "-1E1000000"},
		{"1E-1000000", "1E-1000000", "2E-1000000", "0"},
		{"0E-1000000", "0", "0", "0"},
		{"1E1000000", "1", "", ""},
		{"1E1000000", "1E-1000000", "", ""},
		{"1E500", "1E-499", "", strings.Repeat("9", 500) + "." + strings.Repeat("9", 499)},
		{"1E500", "1E-500", "", ""},
		{"1E500", "1E-498", "1" + strings.Repeat("0", 500) + "." + strings.Repeat("0", 497) + "1", strings.Repeat("9", 500) + "." + strings.Repeat("9", 498)},
		{strings.Repeat("9", 1000), "1", "1E1000", strings.Repeat("9", 999) + "8"},
		{strings.Repeat("9", 1000), "2", "", strings.Repeat("9", 999) + "7"},
		{"0.01E-1000000", "0", "", ""},
		{"", "1", "", ""},
		{"1", "", "", ""},
		{"", "", "", ""},
	} {
		a, b := Decimal{text: test.a}, Decimal{text: test.b}
		if got := a.Add(b); got.String() != test.sum {
			t.Errorf("%.40s + %.40s = %.40s, want %.40s", test.a, test.b, got, test.sum)
		}
		if got := a.Sub(b); got.String() != test.difference {
			t.Errorf("%.40s - %.40s = %.40s, want %.40s", test.a, test.b, got, test.difference)
		}
	}
}

// A sum that is refused must not write out the zeros between its operands.
func TestDecimalSumIsBounded(t *testing.T) {
	huge, tiny := MustParseDecimal("1E1000000"), MustParseDecimal("1E-1000000")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 100 {
		huge.Add(tiny)
		huge.Add(huge)
		tiny.Sub(tiny)
	}
	runtime.ReadMemStats(&after)
	if got := (after.TotalAlloc - before.TotalAlloc) / 100; got > 10_000 {
		t.Errorf("three sums allocate %d bytes", got)
	}
}
