package credit

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/creditkit/creditkit/internal/jsontext"
)

const (
	// maxDecimalText limits the work that one amount can cause.
	maxDecimalText = 1000
	// maxDecimalExponent limits the exponent as it is written.
	maxDecimalExponent = 1_000_000
)

// Decimal is an exact decimal amount: a number of credits, or of another
// unit of the vendor. It keeps the text that it was parsed from, so that no digit is
// rounded and no trailing zero is lost: 12.50 stays 12.50, and 9007199254740993 and
// 1E400 stay as they are.
//
// Its JSON is a number. For vendors that use a JSON string see [QuotedDecimal].
//
// The zero Decimal is unset, which is not the amount 0. A struct field tagged omitzero
// is omitted if it is unset, and sent if it is NewDecimal(0). Encoding an unset Decimal
// is an error. Decimal has no IsZero method, because encoding/json would call it for
// omitzero and omit an amount of 0.
//
// The == operator compares the text, so that 1.0 == 1.00 is false. Use [Decimal.Equal]
// or [Decimal.Cmp] to compare amounts. [Decimal.Add] and [Decimal.Sub] are exact. For
// other arithmetic, pass its String to an arithmetic package.
type Decimal struct{ text string }

// NewDecimal returns the whole amount n. NewDecimal(0) is set, and is sent.
func NewDecimal(n int64) Decimal {
	return Decimal{text: strconv.FormatInt(n, 10)}
}

// ParseDecimal returns the amount written in s, which must be exactly a JSON
// number: "12.50", "-3" and "1E400" are valid; "", "+1", "1.", ".5", "007", " 1" and
// "NaN" are not. The limits are 1,000 characters and an exponent between -1,000,000 and
// 1,000,000. Any other text is an [*InvalidError].
func ParseDecimal(s string) (Decimal, error) {
	if len(s) > maxDecimalText {
		return Decimal{}, invalidDecimal("%.40q... has %d characters, more than %d", s, len(s), maxDecimalText)
	}
	n, ok := splitNumber(s)
	if !ok {
		return Decimal{}, invalidDecimal("%.40q is not a JSON number", s)
	}
	if n.exponent > maxDecimalExponent || n.exponent < -maxDecimalExponent {
		return Decimal{}, invalidDecimal("the exponent of %.40q is beyond %d", s, maxDecimalExponent)
	}
	return Decimal{text: s}, nil
}

// MustParseDecimal is [ParseDecimal] for constants in a program's source. It panics if
// s is not an amount, so do not use it for input.
func MustParseDecimal(s string) Decimal {
	d, err := ParseDecimal(s)
	if err != nil {
		panic("credit: MustParseDecimal: " + err.Error())
	}
	return d
}

// String returns the amount as it was written, or "" if it is unset.
func (d Decimal) String() string { return d.text }

// IsSet reports whether d is an amount. The amount 0 is set.
func (d Decimal) IsSet() bool { return d.text != "" }

func invalidDecimal(format string, args ...any) *InvalidError {
	return &InvalidError{Field: "decimal", Reason: fmt.Sprintf(format, args...)}
}

// Sign returns -1 if d is negative, 1 if it is positive, and 0 if it is 0 (also if
// written -0 or 0E9) or unset.
func (d Decimal) Sign() int { return d.normalize().sign }

// IsInteger reports whether d is a whole amount, however it is written: 5, 5.00 and
// 50E-1 are whole. An unset Decimal is not.
func (d Decimal) IsInteger() bool {
	v := d.normalize()
	return d.IsSet() && len(v.digits) <= v.point
}

// Int64 returns d as an int64, and whether that is exact. It returns 0 and false for a
// fraction, for an amount outside int64, and for an unset Decimal.
func (d Decimal) Int64() (int64, bool) {
	const maxDigits = 19 // of the largest int64
	v := d.normalize()
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

// Cmp returns -1 if d is less than other, 1 if it is greater, and 0 if both are the
// same amount, as 1.0, 1.00 and 10E-1 are. An unset Decimal equals another unset one
// and is less than every amount.
func (d Decimal) Cmp(other Decimal) int {
	if !d.IsSet() || !other.IsSet() {
		return cmp.Compare(len(d.text), len(other.text))
	}
	a, b := d.normalize(), other.normalize()
	if a.sign != b.sign {
		return cmp.Compare(a.sign, b.sign)
	}
	if c := cmp.Compare(a.point, b.point); c != 0 {
		return a.sign * c
	}
	// Both begin right after the decimal point, so the digits compare as text.
	return a.sign * strings.Compare(a.digits, b.digits)
}

// Equal reports whether both are the same amount, or both unset. An unset
// Decimal is not equal to the amount 0.
func (d Decimal) Equal(other Decimal) bool { return d.Cmp(other) == 0 }

// normalDecimal is an amount in its one normal form, sign * 0.digits * 10^point
// with neither a leading nor a trailing 0 in digits. It lets amounts be
// compared without writing out exponents: 1E1000000 has one digit here, not a
// million. An amount of 0 is the zero normalDecimal.
type normalDecimal struct {
	sign   int
	digits string
	point  int
}

func (d Decimal) normalize() normalDecimal {
	n, ok := splitNumber(d.text)
	if !ok {
		return normalDecimal{} // only an unset Decimal holds no number
	}
	all := n.whole + n.fraction
	digits := strings.TrimLeft(all, "0")
	if digits == "" {
		return normalDecimal{}
	}
	v := normalDecimal{sign: 1, point: len(n.whole) + n.exponent - (len(all) - len(digits))}
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

// errNotDecimal is the error of decoding a response. It is not an [*InvalidError],
// because that type says that nothing was sent. It does not quote the response, which
// may hold a customer's data.
var errNotDecimal = errors.New("credit: not an amount: neither a JSON number within bounds nor a string that holds one")

// MarshalJSON returns d as a JSON number with the digits that it was parsed from. An
// unset Decimal is an [*InvalidError]: omit optional fields with omitzero, and set
// required ones.
func (d Decimal) MarshalJSON() ([]byte, error) {
	if !d.IsSet() {
		return nil, invalidDecimal("is not set")
	}
	return []byte(d.text), nil
}

// UnmarshalJSON accepts a JSON number and a JSON string that holds one, because vendors
// are inconsistent. null and "" make d unset. Any other value, and a number outside the
// limits of [ParseDecimal], is an error and leaves d unchanged. The error is not an
// [*InvalidError], which would mean that nothing was sent.
func (d *Decimal) UnmarshalJSON(data []byte) error {
	if len(data) == 0 || data[0] != '"' && data[0] != 'n' {
		return d.setFromJSON(string(data))
	}
	text, err := jsontext.Unquote(data)
	if err != nil {
		return errNotDecimal
	}
	if text == "" {
		*d = Decimal{}
		return nil
	}
	return d.setFromJSON(text)
}

// setFromJSON sets d to a number of a response.
func (d *Decimal) setFromJSON(text string) error {
	parsed, err := ParseDecimal(text)
	if err != nil {
		return errNotDecimal
	}
	*d = parsed
	return nil
}

// MarshalText returns the text of String, for CSV files, flags and map keys. An unset
// Decimal is the empty text. The error is always nil.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.text), nil }

// UnmarshalText accepts what [ParseDecimal] accepts, and the empty text as the unset
// Decimal. Any other text is an [*InvalidError] and leaves d unchanged.
func (d *Decimal) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Decimal{}
		return nil
	}
	parsed, err := ParseDecimal(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// QuotedDecimal is a [Decimal] whose JSON is a string: "12.50" instead of 12.50, with
// the same digits. Everything else is as in Decimal, including the unset zero value and
// the limits.
type QuotedDecimal struct{ Decimal }

// Quoted returns d as a QuotedDecimal. If d is unset, so is the result.
func Quoted(d Decimal) QuotedDecimal { return QuotedDecimal{Decimal: d} }

// MarshalJSON returns q as a JSON string with the digits that it was parsed from. An
// unset QuotedDecimal is an [*InvalidError], as in [Decimal.MarshalJSON].
func (q QuotedDecimal) MarshalJSON() ([]byte, error) {
	number, err := q.Decimal.MarshalJSON()
	if err != nil {
		return nil, err
	}
	// A number has no character that needs an escape in a JSON string.
	return append(append([]byte{'"'}, number...), '"'), nil
}

// UnmarshalJSON accepts what [Decimal.UnmarshalJSON] accepts.
func (q *QuotedDecimal) UnmarshalJSON(data []byte) error {
	return q.Decimal.UnmarshalJSON(data)
}

// Equal reports whether both are the same amount, or both unset.
func (q QuotedDecimal) Equal(other QuotedDecimal) bool {
	return q.Decimal.Equal(other.Decimal)
}
