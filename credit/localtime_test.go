package credit

import (
	"errors"
	"testing"
	"time"
)

func TestParseLocalTime(t *testing.T) {
	for text, zoned := range map[string]bool{
		"2025-01-15T10:30:00Z":                true,
		"2025-01-15T10:30:00+01:00":           true,
		"2025-01-15T10:30:00.123456789-11:30": true,
		"0000-01-01T00:00:00Z":                true,
		"2025-01-15T10:30:00":                 false,
		"2025-01-15T10:30:00.5":               false,
		"2025-01-15T10:30:00.1234567":         false,
		"2025-01-15":                          false,
		"2024-02-29":                          false,
		"9999-12-31":                          false,
	} {
		l, err := ParseLocalTime(text)
		if err != nil || l.String() != text || l.HasZone() != zoned || !l.IsSet() {
			t.Errorf("ParseLocalTime(%q) = %q, %v; zone %t, want %t", text, l, err, l.HasZone(), zoned)
		}
	}
}

func TestParseLocalTimeRefuses(t *testing.T) {
	for _, text := range []string{
		"", "Z", "T00:00:00Z", "today", "2025", "2025-01", "2025-1-15", "2025-02-29", "2025-13-01", "15.01.2025", "20250115",
		"2025-01-15Z", "2025-01-15T", "2025-01-15T10:30", "2025-01-15 10:30:00", "2025-01-15t10:30:00z",
		"2025-01-15T1:30:00Z", "2025-01-15T24:00:00", "2025-01-15T10:60:00", "2025-01-15T23:59:60Z",
		"2025-01-15T10:30:00.", "2025-01-15T10:30:00,5", "2025-01-15T10:30:00.1234567890", "2025-01-15T10:30:00+0100",
		"2025-01-15T10:30:00+24:00", "2025-01-15T10:30:00+01:60", "2025-01-15T10:30:00ZZ", " 2025-01-15", "2025-01-15 ",
		"10000-01-01", "-001-01-01", "1736937000",
	} {
		l, err := ParseLocalTime(text)
		var invalid *InvalidError
		if !errors.As(err, &invalid) || invalid.Field != "time" || l.IsSet() {
			t.Errorf("ParseLocalTime(%q) = %q, %v; want an InvalidError", text, l, err)
		}
	}
}

func TestNewLocalTime(t *testing.T) {
	for _, test := range []struct {
		in   time.Time
		want string
	}{
		{time.Time{}, ""},
		{time.Date(2025, 1, 15, 10, 30, 0, 0, time.UTC), "2025-01-15T10:30:00Z"},
		{time.Date(2025, 1, 15, 10, 30, 0, 120, time.FixedZone("", 5400)), "2025-01-15T10:30:00.00000012+01:30"},
		{time.Date(1890, 1, 1, 0, 53, 28, 0, time.FixedZone("LMT", 3208)), "1890-01-01T00:00:00Z"},
		{time.Date(2025, 1, 2, 0, 0, 0, 0, time.FixedZone("", 24*3600)), "2025-01-01T00:00:00Z"},
	} {
		l := NewLocalTime(test.in)
		if l.String() != test.want {
			t.Errorf("NewLocalTime(%v) = %q, want %q", test.in, l, test.want)
		}
		if got, err := l.In(time.UTC); l.IsSet() && (err != nil || !got.Equal(test.in)) {
			t.Errorf("%q means %v, %v; want %v", l, got, err, test.in)
		}
	}
}

func TestLocalDate(t *testing.T) {
	l := LocalDate(2025, time.January, 5)
	if l.String() != "2025-01-05" || l.HasZone() {
		t.Errorf("got %q, zone %t", l, l.HasZone())
	}
}

// A date that cannot be is neither moved nor sent, and nothing panics.
func TestImpossibleDates(t *testing.T) {
	for _, l := range []LocalTime{
		LocalDate(2025, time.February, 30),
		LocalDate(2025, 13, 1),
		LocalDate(2025, 0, 0),
		LocalDate(-1, time.January, 1),
		LocalDate(10000, time.January, 1),
		NewLocalTime(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)),
		NewLocalTime(time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)),
	} {
		var invalid *InvalidError
		if got, err := l.MarshalJSON(); !errors.As(err, &invalid) {
			t.Errorf("%q is sent as %s, %v", l, got, err)
		}
		if got, err := l.MarshalText(); !errors.As(err, &invalid) {
			t.Errorf("%q is written as %s, %v", l, got, err)
		}
		if got, err := l.In(time.UTC); !errors.As(err, &invalid) {
			t.Errorf("%q means %v, %v", l, got, err)
		}
		if !l.IsSet() || l.HasZone() {
			t.Errorf("%q: set %t, zone %t", l, l.IsSet(), l.HasZone())
		}
	}
}

func TestLocalTimeEqual(t *testing.T) {
	a, _ := ParseLocalTime("2025-01-15T10:30:00Z")
	b, _ := ParseLocalTime("2025-01-15T10:30:00+00:00")
	if !a.Equal(a) || a.Equal(b) || a.Equal(LocalTime{}) {
		t.Error("Equal does not compare the text")
	}
}
