package limit

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// The README lists the limits of Documented.
func TestReadmeListsLimits(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		vendor string
		row    string
	}{
		{"nexudus", "| nexudus | %s | %s | %d |"},
		{"thoughtindustries", "| thoughtindustries |%s | %s (the lower plan) | %d |"},
		{"knox", "| knox, flexprice, metronome | none documented%s | none documented%s | %d |"},
		{"flexprice", "| knox, flexprice, metronome | none documented%s | none documented%s | %d |"},
		{"metronome", "| knox, flexprice, metronome | none documented%s | none documented%s | %d |"},
	} {
		l := Documented(c.vendor)
		if want := fmt.Sprintf(c.row, words(l.Writes), words(l.Calls), l.InFlight); !strings.Contains(string(text), want) {
			t.Errorf("%s: the README has no line\n%s", c.vendor, want)
		}
	}
}

func words(windows []Window) string {
	spans := map[time.Duration]string{time.Minute: "%s a minute", 24 * time.Hour: "%s a day", 100 * time.Millisecond: "%s in 100 ms"}
	counts := map[int]string{1: "1", 60: "60", 120: "120", 5000: "5,000"}
	var all []string
	for _, w := range windows {
		all = append(all, fmt.Sprintf(spans[w.Per], counts[w.Calls]))
	}
	return strings.Join(all, ", ")
}
