package credit

import (
	"fmt"
	"time"
)

// LocalTime is a date or a time as a vendor wrote it, with or without a zone.
// It is kept as text and goes back exactly as it came, since to put a zone on
// "2025-01-15T10:30:00" would be a guess, and a guess an hour off expires
// credits. Three forms are understood:
//
//	2025-01-15T10:30:00.5+01:00   RFC 3339: an instant
//	2025-01-15T10:30:00.5         the same without a zone: what a wall clock shows
//	2025-01-15                    a date
//
// with a fraction of up to nine digits, or none. On the wire it is a JSON
// string. What a vendor sent in any other form is kept as well, so that one odd
// time does not lose the whole answer; only [LocalTime.In] refuses it.
//
// The zero LocalTime is unset: omitzero leaves it out, and encoding it is an
// error, because a null or "" could clear the date at the vendor.
type LocalTime struct {
	text string
	// unsendable marks a date made in this program that no calendar or no RFC
	// 3339 text has. A vendor's own odd text is not marked, and goes back.
	unsendable bool
}

// NewLocalTime returns t in RFC 3339, in t's own offset and to the nanosecond.
// An offset that RFC 3339 cannot write, such as +00:53:28, gives the same
// instant in UTC. The zero time.Time gives the unset LocalTime. A year beyond
// 0 to 9999 has no RFC 3339 text: encoding the result and In report that.
func NewLocalTime(t time.Time) LocalTime {
	if t.IsZero() {
		return LocalTime{}
	}
	const day = 24 * 60 * 60
	if _, offset := t.Zone(); offset%60 != 0 || offset <= -day || offset >= day {
		t = t.UTC()
	}
	return madeLocalTime(t.Format(time.RFC3339Nano))
}

// LocalDate returns a date without time and zone, such as 2025-01-15. A date
// that does not exist is not moved to the next one: encoding 30 February and In
// report an [*InvalidError].
func LocalDate(year int, month time.Month, day int) LocalTime {
	return madeLocalTime(fmt.Sprintf("%04d-%02d-%02d", year, int(month), day))
}

func madeLocalTime(text string) LocalTime {
	_, err := parseWritten(text)
	return LocalTime{text: text, unsendable: err != nil}
}

// ParseLocalTime returns the date or time in s, which must have one of the
// three forms of [LocalTime]; anything else is an [*InvalidError].
func ParseLocalTime(s string) (LocalTime, error) {
	if _, err := parseWritten(s); err != nil {
		return LocalTime{}, err
	}
	return LocalTime{text: s}, nil
}

// String returns the text as it came, or "" when l is unset.
func (l LocalTime) String() string { return l.text }

// IsSet reports whether l holds a text, be it one that In understands or not.
func (l LocalTime) IsSet() bool { return l.text != "" }

// HasZone reports whether l says by itself which instant it means. It is false
// for a date, for a text that In refuses, and when l is unset.
func (l LocalTime) HasZone() bool {
	w, err := parseWritten(l.text)
	return err == nil && w.form == formInstant
}

// Equal reports whether both have the same text. Two texts for one instant are
// not equal; compare what In returns for that.
func (l LocalTime) Equal(other LocalTime) bool { return l == other }

func invalidLocalTime(format string, args ...any) *InvalidError {
	return &InvalidError{Field: "time", Reason: fmt.Sprintf(format, args...)}
}
