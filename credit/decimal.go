package credit

import (
	"fmt"
	"strconv"
)

const (
	// maxDecimalText bounds the work one amount can cause; no ledger needs more.
	maxDecimalText = 1000
	// maxDecimalExponent is checked as written, before any digit is moved.
	maxDecimalExponent = 1_000_000
)

// Decimal is an exact decimal amount: a number of credits, or of whatever unit
// the vendor counts in. It keeps the text it was made from, so that no digit
// is rounded and no trailing zero is lost on the way through a program: 12.50
// stays 12.50, 9007199254740993 and 1E400 stay what they are.
//
// On the wire it is a JSON number. Where a vendor wants a JSON string, see
// [QuotedDecimal].
//
// The zero Decimal is unset, which is not the amount 0. An optional field
// tagged omitzero is left out when unset and sent when it is NewDecimal(0). An
// unset Decimal that has to be encoded is an error, never a silent 0.
// Decimal has no IsZero method on purpose: encoding/json would call it for
// omitzero and leave out an amount of 0.
//
// The == operator compares the text, so 1.0 == 1.00 is false; use
// [Decimal.Equal] or [Decimal.Cmp] for the amount. A Decimal does not compute:
// hand its String to the arithmetic package of your choice.
type Decimal struct{ text string }

// NewDecimal returns the whole amount n. NewDecimal(0) is set, and is sent.
func NewDecimal(n int64) Decimal {
	return Decimal{text: strconv.FormatInt(n, 10)}
}

// ParseDecimal returns the amount written in s, which must be exactly a JSON
// number: "12.50", "-3" and "1E400" are, while "", "+1", "1.", ".5", "007",
// " 1" and "NaN" are not. At most 1,000 characters and an exponent between
// -1,000,000 and 1,000,000 are accepted. Anything else is an [*InvalidError].
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

// MustParseDecimal is [ParseDecimal] for constants in a program's own source.
// It panics when s is not an amount, so never hand it input.
func MustParseDecimal(s string) Decimal {
	d, err := ParseDecimal(s)
	if err != nil {
		panic("credit: MustParseDecimal: " + err.Error())
	}
	return d
}

// String returns the amount as it was written, or "" when it is unset.
func (d Decimal) String() string { return d.text }

// IsSet reports whether d holds an amount. The amount 0 is one.
func (d Decimal) IsSet() bool { return d.text != "" }

func invalidDecimal(format string, args ...any) *InvalidError {
	return &InvalidError{Field: "decimal", Reason: fmt.Sprintf(format, args...)}
}
