package credit

import (
	"math/big"
	"strconv"
	"strings"
)

// Add returns the exact sum of d and other. It is written in digits, with as many
// decimal places as the operand that has more: 1.10 + 1.90 is 3.00, 1E3 + 0.5 is 1000.5.
// If that is longer than 1,000 characters, it is written without trailing zeros and
// with an exponent: 1E2000 + 1E2000 is 2E2000.
//
// The sum is unset if an operand is unset, or if that text is not within the limits of
// [ParseDecimal] either: 1E2000 + 1 has 2,001 digits. An unset amount is refused
// by every write, so that a sum that was not checked is not sent.
func (d Decimal) Add(other Decimal) Decimal {
	if !d.IsSet() || !other.IsSet() {
		return Decimal{}
	}
	coefficient, exponent, ok := addNormal(d.normalize(), other.normalize())
	if !ok {
		return Decimal{}
	}
	places := max(d.decimalPlaces(), other.decimalPlaces())
	if text := formatPlain(coefficient, exponent, places); text != "" {
		return Decimal{text: text}
	}
	digits := coefficient.String()
	short := strings.TrimRight(digits, "0")
	text := short + "E" + strconv.Itoa(exponent+len(digits)-len(short))
	if coefficient.Sign() == 0 {
		text = "0"
	}
	sum, err := ParseDecimal(text)
	if err != nil {
		return Decimal{}
	}
	return sum
}

// Sub returns d minus other, exactly, written and limited as in [Decimal.Add].
func (d Decimal) Sub(other Decimal) Decimal {
	if !other.IsSet() {
		return Decimal{}
	}
	text, negative := strings.CutPrefix(other.text, "-")
	if !negative {
		text = "-" + text
	}
	return d.Add(Decimal{text: text})
}

// decimalPlaces returns the number of digits behind the point when d is written
// without an exponent.
func (d Decimal) decimalPlaces() int {
	n, _ := splitNumber(d.text)
	return max(0, len(n.fraction)-n.exponent)
}

// addNormal returns a + b as coefficient * 10^exponent. It returns false if the
// digits of the sum would span more than an amount can have.
func addNormal(a, b normalDecimal) (coefficient *big.Int, exponent int, ok bool) {
	switch {
	case a.sign == 0:
		return b.scaled(b.exponent()), b.exponent(), true
	case b.sign == 0:
		return a.scaled(a.exponent()), a.exponent(), true
	}
	exponent = min(a.exponent(), b.exponent())
	if max(a.point, b.point)-exponent > maxDecimalText {
		return nil, 0, false // before writing the zeros between them
	}
	coefficient = a.scaled(exponent)
	return coefficient.Add(coefficient, b.scaled(exponent)), exponent, true
}

// formatPlain writes coefficient * 10^exponent in digits with the number of decimal
// places, which must be enough. It returns "" if the text would be too long.
func formatPlain(coefficient *big.Int, exponent, places int) string {
	digits := coefficient.String()
	digits, negative := strings.CutPrefix(digits, "-")
	zeros := exponent + places
	if digits == "0" {
		zeros = 0
	}
	if zeros > maxDecimalText || places > maxDecimalText {
		return ""
	}
	digits += strings.Repeat("0", zeros)
	digits = strings.Repeat("0", max(0, places+1-len(digits))) + digits
	text := digits[:len(digits)-places]
	if places > 0 {
		text += "." + digits[len(digits)-places:]
	}
	if negative {
		text = "-" + text
	}
	if len(text) > maxDecimalText {
		return ""
	}
	return text
}

// exponent returns the power of ten of the last digit.
func (n normalDecimal) exponent() int { return n.point - len(n.digits) }

// scaled returns the amount divided by 10^exponent, which must not be above n.exponent.
func (n normalDecimal) scaled(exponent int) *big.Int {
	value := new(big.Int)
	if n.sign == 0 {
		return value
	}
	value.SetString(n.digits+strings.Repeat("0", n.exponent()-exponent), 10)
	if n.sign < 0 {
		value.Neg(value)
	}
	return value
}
