package credit

import (
	"cmp"
	"strconv"
	"strings"
)

// Sign returns -1 when d is below 0, 1 when it is above, and 0 when it is 0
// (also when written -0 or 0E9) or unset.
func (d Decimal) Sign() int { return d.value().sign }

// IsInteger reports whether d is a whole amount, however it is written: 5,
// 5.00 and 50E-1 are. An unset Decimal is not.
func (d Decimal) IsInteger() bool {
	v := d.value()
	return d.IsSet() && len(v.digits) <= v.point
}

// Int64 returns d as an int64, and whether that is exact. It is 0 and false
// for a fraction, for an amount beyond int64, and for an unset Decimal.
func (d Decimal) Int64() (int64, bool) {
	const maxDigits = 19 // of the largest int64
	v := d.value()
	if !d.IsInteger() || v.point > maxDigits {
		return 0, false
	}
	text := v.digits + strings.Repeat("0", v.point-len(v.digits))
	switch v.sign {
	case 0:
		return 0, true
	case -1:
		text = "-" + text // before parsing: -1<<63 has no positive counterpart
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, false
	}
	return n, true
}

// Cmp returns -1 when d is the smaller amount, 1 when it is the larger, and 0
// when both are the same amount: 1.0, 1.00 and 10E-1 are. An unset Decimal is
// the same as another unset one and comes before every amount.
func (d Decimal) Cmp(other Decimal) int {
	if !d.IsSet() || !other.IsSet() {
		return cmp.Compare(len(d.text), len(other.text))
	}
	a, b := d.value(), other.value()
	if a.sign != b.sign {
		return cmp.Compare(a.sign, b.sign)
	}
	if c := cmp.Compare(a.point, b.point); c != 0 {
		return a.sign * c
	}
	// Both start right behind the point, so the digits compare as text does.
	return a.sign * strings.Compare(a.digits, b.digits)
}

// Equal reports whether both are the same amount, or both unset. An unset
// Decimal is not equal to the amount 0.
func (d Decimal) Equal(other Decimal) bool { return d.Cmp(other) == 0 }

// decimalValue is an amount in its one normal form, sign * 0.digits * 10^point
// with neither a leading nor a trailing 0 in digits. It lets amounts be
// compared without writing out exponents: 1E1000000 has one digit here, not a
// million. An amount of 0 is the zero decimalValue.
type decimalValue struct {
	sign   int
	digits string
	point  int
}

func (d Decimal) value() decimalValue {
	n, ok := splitNumber(d.text)
	if !ok {
		return decimalValue{} // only an unset Decimal holds no number
	}
	all := n.whole + n.fraction
	digits := strings.TrimLeft(all, "0")
	if digits == "" {
		return decimalValue{}
	}
	v := decimalValue{sign: 1, point: len(n.whole) + n.exponent - (len(all) - len(digits))}
	if n.negative {
		v.sign = -1
	}
	v.digits = strings.TrimRight(digits, "0")
	return v
}

// numberText is the text of a JSON number, taken apart.
type numberText struct {
	negative        bool
	whole, fraction string
	exponent        int // stops at one beyond maxDecimalExponent
}

// splitNumber takes s apart and reports whether it is a JSON number.
func splitNumber(s string) (n numberText, ok bool) {
	s, n.negative = strings.CutPrefix(s, "-")
	n.whole, s = cutDigits(s)
	if n.whole == "" || len(n.whole) > 1 && n.whole[0] == '0' {
		return n, false
	}
	if rest, found := strings.CutPrefix(s, "."); found {
		if n.fraction, s = cutDigits(rest); n.fraction == "" {
			return n, false
		}
	}
	if s == "" || s[0] != 'e' && s[0] != 'E' {
		return n, s == ""
	}
	s, negative := strings.CutPrefix(s[1:], "-")
	if !negative {
		s = strings.TrimPrefix(s, "+")
	}
	digits, s := cutDigits(s)
	for _, c := range digits {
		n.exponent = min(10*n.exponent+int(c-'0'), maxDecimalExponent+1)
	}
	if negative {
		n.exponent = -n.exponent
	}
	return n, digits != "" && s == ""
}

// cutDigits returns the digits that s starts with, and what follows them.
func cutDigits(s string) (digits, rest string) {
	i := 0
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}
