package credit

import (
	"slices"
	"testing"
)

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
