package credit

import (
	"strings"
	"time"
)

// writtenForm is one of the three forms of a LocalTime.
type writtenForm int

const (
	formInstant writtenForm = iota
	formWallClock
	formDate
)

// written is the text of a LocalTime, understood. The clock of a form without
// a zone is kept as if it were UTC.
type written struct {
	clock time.Time
	form  writtenForm
}

func parseWritten(s string) (written, error) {
	if s == "" {
		return written{}, invalidLocalTime("is unset")
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
		return written{}, invalidLocalTime("%.40q is neither an RFC 3339 time, with or without zone, nor a date", s)
	}
	return written{clock: clock, form: form}, nil
}

// formOf tells the form of s by its shape, and whether it has one of the three.
// The calendar is left to time.Parse, which in turn is lenient about the shape:
// it takes a comma for the point, an hour of one digit, an offset of 24 hours,
// and drops digits behind the ninth of a fraction.
func formOf(s string) (form writtenForm, ok bool) {
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
