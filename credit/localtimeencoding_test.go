package credit

import (
	"encoding/json"
	"errors"
	"testing"
	"time"
)

func TestLocalTimeOnTheWire(t *testing.T) {
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

// What a vendor wrote comes in, whatever it is, and goes back as it was.
func TestLocalTimeKeepsWhatItCannotRead(t *testing.T) {
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

func TestLocalTimeUnmarshalJSONRefuses(t *testing.T) {
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
