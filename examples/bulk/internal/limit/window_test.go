package limit

import (
	"slices"
	"testing"
	"time"
)

func TestWindowNeverExceedsCalls(t *testing.T) {
	for _, w := range []Window{{1, time.Second}, {2, time.Second}, {7, 3 * time.Second}, {60, time.Minute}, {120, time.Minute}, {5000, 24 * time.Hour}} {
		t.Run(w.String(), func(t *testing.T) {
			now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
			var full time.Time
			var calls []time.Time
			for i := range 3 * w.Calls {
				var at time.Time
				at, full = w.reserve(full, now)
				if at.Before(now) {
					t.Fatalf("call %d goes out at %v, before it was made", i, at)
				}
				calls = append(calls, at)
				if i == w.Calls {
					now = now.Add(w.Per / 3) // a rest in between
				}
				if at.After(now) {
					now = at // who waits makes no call meanwhile
				}
			}
			if !slices.IsSortedFunc(calls, time.Time.Compare) {
				t.Fatal("a later call goes out earlier")
			}
			for i := range calls[w.Calls:] {
				if span := calls[i+w.Calls].Sub(calls[i]); span < w.Per {
					t.Fatalf("calls %d to %d, one too many, go out within %v", i, i+w.Calls, span)
				}
			}
		})
	}
}

// The second window allows as many calls as the first, except the burst.
func TestWindowIsFullyUsed(t *testing.T) {
	w := Window{60, time.Minute}
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	var full, at time.Time
	for range 120 {
		at, full = w.reserve(full, now)
	}
	if took := at.Sub(now); took > 2*time.Minute+10*time.Second {
		t.Errorf("120 calls took %v", took)
	}
}

func TestParseWindows(t *testing.T) {
	got, err := ParseWindows("60/1m,5000/24h")
	if want := []Window{{60, time.Minute}, {5000, 24 * time.Hour}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := ParseWindows("none"); err != nil || got != nil {
		t.Errorf("none: got %v, %v", got, err)
	}
	for _, bad := range []string{"", "60", "60/", "/1m", "0/1m", "-1/1m", "1.5/1m", "60/0s", "60/-1m", "60/1", "60/1m,", "60/1m 5/1h"} {
		if got, err := ParseWindows(bad); err == nil {
			t.Errorf("%q: got %v", bad, got)
		}
	}
}

func TestDocumentedLimits(t *testing.T) {
	for _, c := range []struct {
		vendor string
		want   int
	}{{"nexudus", 2}, {"thoughtindustries", 1}, {"knox", 0}, {"flexprice", 0}, {"metronome", 0}} {
		l := Documented(c.vendor)
		if len(l.Calls) != c.want || l.InFlight < 1 {
			t.Errorf("%s: got %+v", c.vendor, l)
		}
	}
}
