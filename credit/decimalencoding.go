package credit

import (
	"errors"

	"github.com/creditkit/creditkit/internal/jsontext"
)

// errNotDecimal is what reading an answer gives, not an [*InvalidError]: that
// one promises that nothing was sent, and here something was. It does not quote
// the answer, which may be a customer's data.
var errNotDecimal = errors.New("credit: not an amount: neither a JSON number within bounds nor a string that holds one")

// MarshalJSON writes d as a JSON number with the digits it was made from. An
// unset Decimal is an [*InvalidError]: what is optional has to be left out, by
// omitzero, and what is required has to be set.
func (d Decimal) MarshalJSON() ([]byte, error) {
	if !d.IsSet() {
		return nil, invalidDecimal("is unset: it has to be set or left out")
	}
	return []byte(d.text), nil
}

// UnmarshalJSON reads a JSON number, or a JSON string that holds one: vendors
// are not always of one mind, and a reader need not mind. null and "" give the
// unset Decimal, also where d held an amount before. Anything else, and a
// number beyond the bounds of [ParseDecimal], is an error and leaves d as it
// was. That error is no [*InvalidError], for it does not mean that nothing was
// sent.
func (d *Decimal) UnmarshalJSON(data []byte) error {
	if len(data) == 0 || data[0] != '"' && data[0] != 'n' {
		return d.answered(string(data))
	}
	text, err := jsontext.Unquote(data)
	if err != nil {
		return errNotDecimal
	}
	if text == "" {
		*d = Decimal{}
		return nil
	}
	return d.answered(text)
}

// answered takes the text of a number in an answer.
func (d *Decimal) answered(text string) error {
	parsed, err := ParseDecimal(text)
	if err != nil {
		return errNotDecimal
	}
	*d = parsed
	return nil
}

// MarshalText writes d as String does, for CSV files, flags and map keys: an
// unset Decimal is the empty text. It never fails.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.text), nil }

// UnmarshalText reads what [ParseDecimal] accepts, and the empty text as the
// unset Decimal. Anything else is an [*InvalidError] and leaves d as it was.
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
