package credit

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/creditkit/creditkit/internal/jsontext"
)

// LocalTime is a date or a time as a vendor wrote it, with or without a time zone. It
// keeps the text and sends it back unchanged: adding a time zone to
// "2025-01-15T10:30:00" would be a guess. There are three forms:
//
//	2025-01-15T10:30:00.5+01:00   RFC 3339: an instant
//	2025-01-15T10:30:00.5         the same without a zone: what a wall clock shows
//	2025-01-15                    a date
//
// The fraction has up to nine digits. The JSON is a string. UnmarshalJSON keeps any
// other string too, so that one unusual time does not make the whole response
// unreadable; only [LocalTime.In] returns an error for it.
//
// The zero LocalTime is unset: omitzero omits it, and encoding it is an error, because
// null or "" could clear the date at the vendor.
type LocalTime struct {
	text string
	// invalid marks a date made in this program that does not exist or that RFC
	// 3339 cannot write. A vendor's own text is never marked.
	invalid bool
}

// NewLocalTime returns t in RFC 3339 with t's offset and nanoseconds. If RFC 3339
// cannot write the offset, as +00:53:28, the result is in UTC. The zero time.Time is
// the unset LocalTime. For a year outside 0 to 9999, encoding the result and In return
// an [*InvalidError].
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

// LocalDate returns a date without time and zone, as 2025-01-15. A date that does not
// exist, as 30 February, is not normalized: encoding it and In return an
// [*InvalidError].
func LocalDate(year int, month time.Month, day int) LocalTime {
	return newLocalTimeText(fmt.Sprintf("%04d-%02d-%02d", year, int(month), day))
}

func newLocalTimeText(text string) LocalTime {
	_, err := parseTime(text)
	return LocalTime{text: text, invalid: err != nil}
}

// ParseLocalTime parses a date or time in one of the three forms of [LocalTime]. Any
// other text is an [*InvalidError].
func ParseLocalTime(s string) (LocalTime, error) {
	if _, err := parseTime(s); err != nil {
		return LocalTime{}, err
	}
	return LocalTime{text: s}, nil
}

// String returns the text as it was written, or "" if l is unset.
func (l LocalTime) String() string { return l.text }

// IsSet reports whether l has a text, whether or not In accepts it.
func (l LocalTime) IsSet() bool { return l.text != "" }

// HasZone reports whether l has a time zone and so is an instant. It returns false for a
// date, for a text that In does not accept, and if l is unset.
func (l LocalTime) HasZone() bool {
	w, err := parseTime(l.text)
	return err == nil && w.form == formInstant
}

// Equal reports whether both have the same text. Two texts of one instant are not
// equal; to compare instants, compare the results of In.
func (l LocalTime) Equal(other LocalTime) bool { return l == other }

func invalidLocalTime(format string, args ...any) *InvalidError {
	return &InvalidError{Field: "time", Reason: fmt.Sprintf(format, args...)}
}

// In returns the instant of l, in loc. If l has a time zone, the instant does not depend
// on loc. If it has none, it is the local time in loc, and for a date the beginning of
// that day. If the local time occurs twice, because clocks were set back, it is one of
// the two, as in [time.Date].
//
// The error is an [*InvalidError] if loc is nil, if l is unset or has none of the three
// forms, or if the local time does not exist in loc because clocks were set forward.
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

// firstMoment returns the beginning of a day whose midnight does not exist, as in Cairo
// and Havana each spring: the moment when the clocks are set forward. near is the time
// that time.Date returned for midnight, which is before or after that moment.
func firstMoment(near time.Time, day int) time.Time {
	before, after := near.ZoneBounds()
	if near.Day() == day {
		return before
	}
	return after
}

// showsClock reports whether t in its location has the date and time of clock.
func showsClock(t, clock time.Time) bool {
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	return time.Date(year, month, day, hour, minute, second, t.Nanosecond(), time.UTC).Equal(clock)
}

// errNotLocalTime is not an [*InvalidError], see errNotDecimal.
var errNotLocalTime = errors.New("credit: not a time: a JSON string expected")

// MarshalJSON returns l as a JSON string with the text that it was made from. It returns
// an [*InvalidError] if l is unset, or was made from a date that does not exist or a
// year that RFC 3339 cannot write.
func (l LocalTime) MarshalJSON() ([]byte, error) {
	if !l.IsSet() {
		return nil, invalidLocalTime("is not set")
	}
	if err := l.validate(); err != nil {
		return nil, err
	}
	if jsontext.IsPlain(l.text) {
		return []byte(`"` + l.text + `"`), nil
	}
	return jsontext.Encode(l.text)
}

// UnmarshalJSON accepts any JSON string, also one that In does not accept. null and ""
// make l unset. Any other JSON value is an error and leaves l unchanged. The error is
// not an [*InvalidError], which would mean that nothing was sent.
func (l *LocalTime) UnmarshalJSON(data []byte) error {
	text, err := jsontext.Unquote(data)
	if err != nil {
		return errNotLocalTime
	}
	*l = LocalTime{text: text}
	return nil
}

// MarshalText returns the text of l, for CSV files and flags. An unset LocalTime is the
// empty text. A date that cannot be encoded is an [*InvalidError].
func (l LocalTime) MarshalText() ([]byte, error) {
	if err := l.validate(); err != nil {
		return nil, err
	}
	return []byte(l.text), nil
}

// UnmarshalText accepts what [ParseLocalTime] accepts, and the empty text as the unset
// LocalTime. Any other text is an [*InvalidError] and leaves l unchanged.
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
		return invalidLocalTime("%.40q is not a date that RFC 3339 can write", l.text)
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

// parsedTime is the parsed text of a LocalTime. Without a zone, clock is in UTC.
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

// formOf returns the form of s, and whether it has exactly the characters of that form.
// It does not validate the date, which time.Parse does. time.Parse alone would be too
// lenient: it accepts a comma for the point, an hour of one digit and an offset of 24
// hours, and drops digits after the ninth of a fraction.
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

// cutShape cuts a prefix of the given shape from s: a digit where shape has 0, and
// otherwise the same character.
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
