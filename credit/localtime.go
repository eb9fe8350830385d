package credit

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/creditkit/creditkit/internal/jsontext"
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
	// invalid marks a date made in this program that no calendar or no RFC
	// 3339 text has. A vendor's own odd text is not marked, and goes back.
	invalid bool
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
	return newLocalTimeText(t.Format(time.RFC3339Nano))
}

// LocalDate returns a date without time and zone, such as 2025-01-15. A date
// that does not exist is not moved to the next one: encoding 30 February and In
// report an [*InvalidError].
func LocalDate(year int, month time.Month, day int) LocalTime {
	return newLocalTimeText(fmt.Sprintf("%04d-%02d-%02d", year, int(month), day))
}

func newLocalTimeText(text string) LocalTime {
	_, err := parseTime(text)
	return LocalTime{text: text, invalid: err != nil}
}

// ParseLocalTime returns the date or time in s, which must have one of the
// three forms of [LocalTime]; anything else is an [*InvalidError].
func ParseLocalTime(s string) (LocalTime, error) {
	if _, err := parseTime(s); err != nil {
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
	w, err := parseTime(l.text)
	return err == nil && w.form == formInstant
}

// Equal reports whether both have the same text. Two texts for one instant are
// not equal; compare what In returns for that.
func (l LocalTime) Equal(other LocalTime) bool { return l == other }

func invalidLocalTime(format string, args ...any) *InvalidError {
	return &InvalidError{Field: "time", Reason: fmt.Sprintf(format, args...)}
}

// In returns the instant that l means, shown in loc. With a zone of its own
// that is exact, whatever loc is. Without one it is the moment when a clock in
// loc shows l, and for a date the first moment of that day there. Where the
// clock of loc is put back, and shows l twice, it is one of the two, as with
// [time.Date].
//
// It is an [*InvalidError] when loc is nil (a zone is the caller's to know, UTC
// would be a guess), when l is unset or in a form that is not understood, and
// when the clock of loc skips l, as it does when it is put forward.
func (l LocalTime) In(loc *time.Location) (time.Time, error) {
	if loc == nil {
		return time.Time{}, invalidLocalTime("needs a location to be read in")
	}
	w, err := parseTime(l.text)
	if err != nil {
		return time.Time{}, err
	}
	if w.form == formInstant {
		return w.clock.In(loc), nil
	}
	year, month, day := w.clock.Date()
	hour, minute, second := w.clock.Clock()
	t := time.Date(year, month, day, hour, minute, second, w.clock.Nanosecond(), loc)
	if showsClock(t, w.clock) {
		return t, nil
	}
	if w.form == formDate {
		return firstMoment(t, day), nil
	}
	return time.Time{}, invalidLocalTime("%s does not exist in %s, where the clock skips it", l.text, loc)
}

// firstMoment returns when the given day starts where midnight is skipped, as
// in Cairo and Havana each spring: at the change of the clock. near is what
// time.Date made of that midnight, and lies on either side of the change.
func firstMoment(near time.Time, day int) time.Time {
	before, after := near.ZoneBounds()
	if near.Day() == day {
		return before
	}
	return after
}

// showsClock reports whether a clock at t's place shows the same as clock does.
func showsClock(t, clock time.Time) bool {
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	return time.Date(year, month, day, hour, minute, second, t.Nanosecond(), time.UTC).Equal(clock)
}

// errNotLocalTime is no [*InvalidError] for the reason errNotDecimal is none.
var errNotLocalTime = errors.New("credit: not a time: a JSON string expected")

// MarshalJSON writes l as a JSON string, with the text it was made from. It is
// an [*InvalidError] when l is unset, and when it was made in this program from
// a date that does not exist or a year that RFC 3339 cannot write.
func (l LocalTime) MarshalJSON() ([]byte, error) {
	if !l.IsSet() {
		return nil, invalidLocalTime("is unset: it has to be set or left out")
	}
	if err := l.validate(); err != nil {
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
	if err := l.validate(); err != nil {
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

func (l LocalTime) validate() error {
	if l.invalid {
		return invalidLocalTime("%.40q is not a date that can be sent", l.text)
	}
	return nil
}

// timeForm is one of the three forms of a LocalTime.
type timeForm int

const (
	formInstant timeForm = iota
	formWallClock
	formDate
)

// parsedTime is the text of a LocalTime, understood. The clock of a form without
// a zone is kept as if it were UTC.
type parsedTime struct {
	clock time.Time
	form  timeForm
}

func parseTime(s string) (parsedTime, error) {
	if s == "" {
		return parsedTime{}, invalidLocalTime("is unset")
	}
	form, ok := formOf(s)
	full := s
	switch form {
	case formWallClock:
		full += "Z"
	case formDate:
		full += "T00:00:00Z"
	}
	clock, err := time.Parse(time.RFC3339, full)
	if !ok || err != nil {
		return parsedTime{}, invalidLocalTime("%.40q is neither an RFC 3339 time, with or without zone, nor a date", s)
	}
	return parsedTime{clock: clock, form: form}, nil
}

// formOf tells the form of s by its shape, and whether it has one of the three.
// The calendar is left to time.Parse, which in turn is lenient about the shape:
// it takes a comma for the point, an hour of one digit, an offset of 24 hours,
// and drops digits behind the ninth of a fraction.
func formOf(s string) (form timeForm, ok bool) {
	const date, clock = "0000-00-00", "T00:00:00"
	if s, ok = cutShape(s, date); !ok || s == "" {
		return formDate, ok
	}
	if s, ok = cutShape(s, clock); !ok {
		return formWallClock, false
	}
	if rest, found := strings.CutPrefix(s, "."); found {
		var fraction string
		if fraction, s = cutDigits(rest); fraction == "" || len(fraction) > 9 {
			return formWallClock, false
		}
	}
	switch {
	case s == "":
		return formWallClock, true
	case s == "Z":
		return formInstant, true
	case s[0] != '+' && s[0] != '-':
		return formInstant, false
	}
	offset := s[1:]
	rest, ok := cutShape(offset, "00:00")
	return formInstant, ok && rest == "" && offset[:2] <= "23" && offset[3:] <= "59"
}

// cutShape returns what follows the start of s, if that start has the given
// shape: a digit where shape has 0, and otherwise the same characters.
func cutShape(s, shape string) (rest string, ok bool) {
	if len(s) < len(shape) {
		return s, false
	}
	for i := range len(shape) {
		if digit := '0' <= s[i] && s[i] <= '9'; s[i] != shape[i] && (shape[i] != '0' || !digit) {
			return s, false
		}
	}
	return s[len(shape):], true
}
