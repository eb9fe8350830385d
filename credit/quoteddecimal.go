package credit

// QuotedDecimal is a [Decimal] for a vendor that wants amounts as JSON strings:
// "12.50" on the wire instead of 12.50, with the same digits. Everything else,
// the unset zero value and the bounds among it, is as with Decimal.
type QuotedDecimal struct{ Decimal }

// Quoted returns d in the form that is a JSON string on the wire. An unset d
// gives an unset QuotedDecimal.
func Quoted(d Decimal) QuotedDecimal { return QuotedDecimal{Decimal: d} }

// MarshalJSON writes q as a JSON string with the digits it was made from. An
// unset QuotedDecimal is an [*InvalidError], as with [Decimal.MarshalJSON].
func (q QuotedDecimal) MarshalJSON() ([]byte, error) {
	number, err := q.Decimal.MarshalJSON()
	if err != nil {
		return nil, err
	}
	// A number has no character that a JSON string would have to escape.
	return append(append([]byte{'"'}, number...), '"'), nil
}

// UnmarshalJSON reads a JSON string that holds a number, or a JSON number.
// null and "" give the unset QuotedDecimal. Anything else is an error and
// leaves q as it was, as with [Decimal.UnmarshalJSON].
func (q *QuotedDecimal) UnmarshalJSON(data []byte) error {
	return q.Decimal.UnmarshalJSON(data)
}

// Equal reports whether both are the same amount, or both unset.
func (q QuotedDecimal) Equal(other QuotedDecimal) bool {
	return q.Decimal.Equal(other.Decimal)
}
