package credit

import (
	"encoding/json"
	"errors"
	"testing"
	"time"
	_ "time/tzdata" // the zones below exist on any machine
)

func TestParseLocalTime(t *testing.T) {
	for _, test := range []struct {
		text  string
		zoned bool
	}{
		{"2025-01-15T10:30:00Z", true},
		{"2025-01-15T10:30:00+01:00", true},
		{"2025-01-15T10:30:00.123456789-11:30", true},
		{"0000-01-01T00:00:00Z", true},
		{"2025-01-15T10:30:00", false},
		{"2025-01-15T10:30:00.5", false},
		{"2025-01-15T10:30:00.1234567", false},
		{"2025-01-15", false},
		{"2024-02-29", false},
		{"9999-12-31", false},
	} {
		l, err := ParseLocalTime(test.text)
		if err != nil || l.String() != test.text || l.HasZone() != test.zoned || !l.IsSet() {
			t.Errorf("ParseLocalTime(%q) = %q, %v; zone %t, want %t", test.text, l, err, l.HasZone(), test.zoned)
		}
	}
}

func TestParseLocalTimeRejects(t *testing.T) {
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
func TestNewLocalTimeRejectsImpossibleDates(t *testing.T) {
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

func TestLocalTimeInRejects(t *testing.T) {
	berlin := location(t, "Europe/Berlin")
	for _, test := range []struct {
		name string
		l    LocalTime
		loc  *time.Location
	}{
		{"no location, no zone", LocalTime{text: "2025-01-15T10:30:00"}, nil},
		{"no location", LocalTime{text: "2025-01-15T10:30:00Z"}, nil},
		{"unset", LocalTime{}, berlin},
		{"malformed", LocalTime{text: "mid January"}, berlin},
		{"skipped", LocalTime{text: "2025-03-30T02:30:00"}, berlin},
	} {
		got, err := test.l.In(test.loc)
		var invalid *InvalidError
		if !errors.As(err, &invalid) || !got.IsZero() {
			t.Errorf("%s: %v, %v; want an InvalidError", test.name, got, err)
		}
	}
}

// Where the clock is set back, In returns one of the two instants.
func TestLocalTimeInRepeatedHour(t *testing.T) {
	got, err := LocalTime{text: "2025-10-26T02:30:00"}.In(location(t, "Europe/Berlin"))
	if err != nil || got.Format("15:04") != "02:30" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestLocalTimeMarshalJSON(t *testing.T) {
	type request struct {
		Required LocalTime `json:"required"`
		Optional LocalTime `json:"optional,omitzero"`
	}
	in := request{Required: LocalDate(2025, time.January, 15)}
	if got, err := json.Marshal(in); err != nil || string(got) != `{"required":"2025-01-15"}` {
		t.Errorf("got %s, %v", got, err)
	}
	var invalid *InvalidError
	if got, err := json.Marshal(request{Optional: in.Required}); !errors.As(err, &invalid) {
		t.Errorf("an unset time went out: %s, %v", got, err)
	}
}

// A text that cannot be parsed is kept and encoded unchanged.
func TestLocalTimeKeepsUnparsedText(t *testing.T) {
	for _, wire := range []string{
		`"2025-01-15T10:30:00"`, `"2025-01-15T10:30:00.1234567890123"`, `"2025-01-15 10:30"`, `"15/01/2025"`, `"never"`,
		`"0000-00-00"`, `"10000-01-01"`, `"2025-02-30"`, `"a\nb"`, `"<é>\u0000&"`,
	} {
		var l LocalTime
		if err := json.Unmarshal([]byte(wire), &l); err != nil {
			t.Errorf("%s: %v", wire, err)
		}
		if got, err := l.MarshalJSON(); err != nil || string(got) != wire {
			t.Errorf("%s went back as %s, %v", wire, got, err)
		}
	}
}

func TestLocalTimeUnmarshalJSONUnset(t *testing.T) {
	for _, wire := range []string{`null`, `""`} {
		l := LocalDate(2025, time.February, 30)
		if err := json.Unmarshal([]byte(wire), &l); err != nil || l != (LocalTime{}) {
			t.Errorf("%s gives %q, %v", wire, l, err)
		}
	}
}

func TestLocalTimeUnmarshalJSONRejects(t *testing.T) {
	for _, wire := range []string{`1736937000`, `true`, `{}`, `[]`, `"`, ``} {
		l := LocalDate(2025, time.January, 15)
		err := l.UnmarshalJSON([]byte(wire))
		if invalid := (*InvalidError)(nil); err == nil || errors.As(err, &invalid) || l.String() != "2025-01-15" {
			t.Errorf("%s gives %q, %v", wire, l, err)
		}
	}
}

func TestLocalTimeText(t *testing.T) {
	for _, text := range []string{"", "2025-01-15", "2025-01-15T10:30:00", "2025-01-15T10:30:00+01:00"} {
		l := LocalDate(2020, time.May, 1)
		if err := l.UnmarshalText([]byte(text)); err != nil || l.String() != text {
			t.Errorf("UnmarshalText(%q) gives %q, %v", text, l, err)
		}
		if got, err := l.MarshalText(); err != nil || string(got) != text {
			t.Errorf("MarshalText gives %q, %v; want %q", got, err, text)
		}
	}
	l := LocalDate(2020, time.May, 1)
	var invalid *InvalidError
	if err := l.UnmarshalText([]byte("tomorrow")); !errors.As(err, &invalid) || l.String() != "2020-05-01" {
		t.Errorf("tomorrow gives %q, %v", l, err)
	}
}

// FuzzLocalTime holds LocalTime against time.Time, and checks that every
// string a vendor may send survives the way through a program.
func FuzzLocalTime(f *testing.F) {
	for _, seed := range []string{
		"", "Z", "2025-01-15", "2025-01-15T10:30:00", "2025-01-15T10:30:00.5", "2025-01-15T10:30:00.123456789+05:30",
		"2025-01-15T10:30:00,5Z", "2025-01-15T1:30:00Z", "2025-02-30", "never", "a\"b\\<\u2028\x00", "10000-01-01",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		wire, _ := json.Marshal(text)
		var want string
		if err := json.Unmarshal(wire, &want); err != nil {
			t.Fatal(err)
		}
		var l LocalTime
		if err := json.Unmarshal(wire, &l); err != nil || l.String() != want {
			t.Fatalf("%s gives %q, %v", wire, l, err)
		}
		if l.IsSet() {
			var got string
			back, err := json.Marshal(l)
			if err != nil || json.Unmarshal(back, &got) != nil || got != want {
				t.Fatalf("%s went back as %s, %v", wire, back, err)
			}
		}
		p, err := ParseLocalTime(text)
		if err != nil {
			return
		}
		got, err := p.In(time.UTC)
		if err != nil || p.String() != text {
			t.Fatalf("%q was accepted as %q, but means %v, %v", text, p, got, err)
		}
		var instant time.Time
		if zoned := instant.UnmarshalText([]byte(text)) == nil; zoned != p.HasZone() || zoned && !got.Equal(instant) {
			t.Fatalf("%q means %v, time.Time says %v", text, got, instant)
		}
		if again, err := NewLocalTime(got).In(time.UTC); !got.IsZero() && (err != nil || !again.Equal(got)) {
			t.Fatalf("%q means %v, then %v, %v", text, got, again, err)
		}
	})
}
