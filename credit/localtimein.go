package credit

import "time"

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
	w, err := parseWritten(l.text)
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
