package credit

import (
	"errors"
	"testing"
	"time"
	_ "time/tzdata" // the zones below exist on any machine
)

func location(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestLocalTimeIn(t *testing.T) {
	for _, test := range []struct{ text, zone, want string }{
		{"2025-01-15T10:30:00Z", "UTC", "2025-01-15T10:30:00Z"},
		{"2025-01-15T10:30:00Z", "Europe/Berlin", "2025-01-15T11:30:00+01:00"},
		{"2025-01-15T10:30:00.25-05:00", "Europe/Berlin", "2025-01-15T16:30:00.25+01:00"},
		{"2025-01-15T10:30:00", "UTC", "2025-01-15T10:30:00Z"},
		{"2025-07-15T10:30:00.000000001", "Europe/Berlin", "2025-07-15T10:30:00.000000001+02:00"},
		{"2025-01-15", "America/New_York", "2025-01-15T00:00:00-05:00"},
		// Midnight is skipped here: the day starts at one o'clock.
		{"2024-04-26", "Africa/Cairo", "2024-04-26T01:00:00+03:00"},
		{"2018-11-04", "America/Sao_Paulo", "2018-11-04T01:00:00-02:00"},
		{"2024-03-10", "America/Havana", "2024-03-10T01:00:00-04:00"},
	} {
		l, err := ParseLocalTime(test.text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := l.In(location(t, test.zone))
		if err != nil || got.Format(time.RFC3339Nano) != test.want {
			t.Errorf("%s in %s is %v, %v; want %s", test.text, test.zone, got, err, test.want)
		}
	}
}

func TestLocalTimeInRefuses(t *testing.T) {
	berlin := location(t, "Europe/Berlin")
	for name, test := range map[string]struct {
		l   LocalTime
		loc *time.Location
	}{
		"no location, no zone": {LocalTime{text: "2025-01-15T10:30:00"}, nil},
		"no location":          {LocalTime{text: "2025-01-15T10:30:00Z"}, nil},
		"unset":                {LocalTime{}, berlin},
		"odd":                  {LocalTime{text: "mid January"}, berlin},
		"skipped":              {LocalTime{text: "2025-03-30T02:30:00"}, berlin},
	} {
		got, err := test.l.In(test.loc)
		var invalid *InvalidError
		if !errors.As(err, &invalid) || !got.IsZero() {
			t.Errorf("%s: %v, %v; want an InvalidError", name, got, err)
		}
	}
}

// Where the clock is put back, the answer is one of the two moments.
func TestLocalTimeInRepeatedHour(t *testing.T) {
	got, err := LocalTime{text: "2025-10-26T02:30:00"}.In(location(t, "Europe/Berlin"))
	if err != nil || got.Format("15:04") != "02:30" {
		t.Errorf("got %v, %v", got, err)
	}
}
