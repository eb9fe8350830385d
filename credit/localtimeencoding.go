package credit

import (
	"errors"

	"github.com/creditkit/creditkit/internal/jsontext"
)

// errNotLocalTime is no [*InvalidError] for the reason errNotDecimal is none.
var errNotLocalTime = errors.New("credit: not a time: a JSON string expected")

// MarshalJSON writes l as a JSON string, with the text it was made from. It is
// an [*InvalidError] when l is unset, and when it was made in this program from
// a date that does not exist or a year that RFC 3339 cannot write.
func (l LocalTime) MarshalJSON() ([]byte, error) {
	if !l.IsSet() {
		return nil, invalidLocalTime("is unset: it has to be set or left out")
	}
	if err := l.sendable(); err != nil {
		return nil, err
	}
	if jsontext.IsPlain(l.text) {
		return []byte(`"` + l.text + `"`), nil
	}
	return jsontext.Encode(l.text)
}

// UnmarshalJSON keeps any JSON string, also one that In will refuse: an odd
// time in a vendor's answer must not lose the rest of it. null and "" give the
// unset LocalTime, also where l held something before. What is not a string is
// an error, though no [*InvalidError], since that would mean that nothing was
// sent; it leaves l as it was.
func (l *LocalTime) UnmarshalJSON(data []byte) error {
	text, err := jsontext.Unquote(data)
	if err != nil {
		return errNotLocalTime
	}
	*l = LocalTime{text: text}
	return nil
}

// MarshalText writes the text of l, for CSV files and flags: an unset LocalTime
// is the empty text. A date that cannot be sent is an [*InvalidError].
func (l LocalTime) MarshalText() ([]byte, error) {
	if err := l.sendable(); err != nil {
		return nil, err
	}
	return []byte(l.text), nil
}

// UnmarshalText reads what [ParseLocalTime] accepts, since this text comes from
// a person and not from a vendor, and the empty text as the unset LocalTime.
// Anything else is an [*InvalidError] and leaves l as it was.
func (l *LocalTime) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*l = LocalTime{}
		return nil
	}
	parsed, err := ParseLocalTime(string(text))
	if err != nil {
		return err
	}
	*l = parsed
	return nil
}

func (l LocalTime) sendable() error {
	if l.unsendable {
		return invalidLocalTime("%.40q is not a date that can be sent", l.text)
	}
	return nil
}
