package credit

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
)

var decimalSeeds = []string{
	"0", "-0", "1", "12.50", "9007199254740993", "1E400", "1e+5", "-2.5e-7", "1e1000000", "1e-1000001", "1e000000000001",
	"007", "+1", "1.", ".5", " 1", "1 ", "-", "", "0x1", "1_0", "NaN", "1e99999999999999999999", "9223372036854775807",
	"-9223372036854775808", "0.000e9", "100e-2",
}

// FuzzDecimalJSON holds ParseDecimal against encoding/json: within the bounds
// both accept the same numbers, and what is read is written back.
func FuzzDecimalJSON(f *testing.F) {
	for _, seed := range decimalSeeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var number json.Number
		isNumber := strings.Trim(text, " \t\r\n") == text && !strings.HasPrefix(text, `"`) && text != "null" &&
			json.Unmarshal([]byte(text), &number) == nil
		want := isNumber && len(text) <= 1000
		if _, exponent, found := strings.Cut(strings.ToLower(text), "e"); want && found {
			n, _ := new(big.Int).SetString(exponent, 10)
			want = n.CmpAbs(big.NewInt(1_000_000)) <= 0
		}
		d, err := ParseDecimal(text)
		if (err == nil) != want {
			t.Fatalf("ParseDecimal(%q): %v; encoding/json and the bounds say %t", text, err, want)
		}
		if err != nil {
			return
		}
		var back, quoted Decimal
		wire, err := json.Marshal(d)
		if err != nil || string(wire) != text {
			t.Fatalf("%q went out as %s, %v", text, wire, err)
		}
		if err := json.Unmarshal(wire, &back); err != nil || back != d {
			t.Fatalf("%s came back as %q, %v", wire, back, err)
		}
		if wire, err = json.Marshal(Quoted(d)); err != nil || string(wire) != `"`+text+`"` {
			t.Fatalf("%q went out as %s, %v", text, wire, err)
		}
		if err := json.Unmarshal(wire, &quoted); err != nil || quoted != d {
			t.Fatalf("%s came back as %q, %v", wire, quoted, err)
		}
	})
}

// FuzzDecimalValue holds the value methods against math/big.
func FuzzDecimalValue(f *testing.F) {
	for i, seed := range decimalSeeds {
		f.Add(seed, decimalSeeds[len(decimalSeeds)-1-i])
	}
	f.Add("1.0", "10e-1")
	f.Add("1.05", "1.5")
	f.Add("-12", "-1.2e1")
	f.Fuzz(func(t *testing.T, first, second string) {
		a, wantA, okA := moderate(t, first)
		b, wantB, okB := moderate(t, second)
		if !okA || !okB {
			return
		}
		if got, want := a.Cmp(b), wantA.Cmp(wantB); got != want || b.Cmp(a) != -want || a.Equal(b) != (want == 0) {
			t.Errorf("Cmp(%q, %q) = %d, want %d", a, b, got, want)
		}
		if got, want := a.Sign(), wantA.Sign(); got != want {
			t.Errorf("Sign(%q) = %d, want %d", a, got, want)
		}
		if got, want := a.IsInteger(), wantA.IsInt(); got != want {
			t.Errorf("IsInteger(%q) = %t, want %t", a, got, want)
		}
		n, exact := a.Int64()
		if want := wantA.IsInt() && wantA.Num().IsInt64(); exact != want || exact && n != wantA.Num().Int64() {
			t.Errorf("Int64(%q) = %d, %t; want %s, %t", a, n, exact, wantA, want)
		}
	})
}

// FuzzDecimalSum holds Add and Sub against math/big.
func FuzzDecimalSum(f *testing.F) {
	for i, seed := range decimalSeeds {
		f.Add(seed, decimalSeeds[len(decimalSeeds)-1-i])
	}
	f.Add("1.10", "1.90")
	f.Add("-0.05", "0.050")
	f.Add("1e499", "-1e-499")
	f.Add("9e500", strings.Repeat("9", 501))
	f.Fuzz(func(t *testing.T, first, second string) {
		a, wantA, okA := moderate(t, first)
		b, wantB, okB := moderate(t, second)
		if !okA || !okB {
			return
		}
		checkSum(t, a.Add(b), new(big.Rat).Add(wantA, wantB))
		checkSum(t, a.Sub(b), new(big.Rat).Sub(wantA, wantB))
		if sum, other := a.Add(b), b.Add(a); sum != other {
			t.Errorf("%s + %s = %s, the other way round %s", a, b, sum, other)
		}
	})
}

// checkSum compares a sum with its value. It may be unset only if the value does not
// fit in 1,000 characters, without an exponent and without trailing zeros.
func checkSum(t *testing.T, got Decimal, want *big.Rat) {
	t.Helper()
	if !got.IsSet() {
		places, exact := want.FloatPrec()
		if text := want.FloatString(places); exact && len(text) <= maxDecimalText {
			t.Errorf("got no sum, want %s", text)
		}
		return
	}
	if _, err := ParseDecimal(got.String()); err != nil {
		t.Errorf("the sum is not an amount: %v", err)
	}
	if value, ok := new(big.Rat).SetString(got.String()); !ok || value.Cmp(want) != 0 {
		t.Errorf("got %s, want %s", got, want.RatString())
	}
}

// moderate reports false for what math/big would have to write out in thousands of digits.
func moderate(t *testing.T, text string) (d Decimal, value *big.Rat, ok bool) {
	d, err := ParseDecimal(text)
	if n, _ := splitNumber(text); err != nil || n.exponent > 500 || n.exponent < -500 {
		return Decimal{}, nil, false
	}
	if value, ok = new(big.Rat).SetString(text); !ok {
		t.Fatalf("math/big does not read %q", text)
	}
	return d, value, true
}
