package progress

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A terminal has one line, which is redrawn five times a second and removed before other
// text; a log has a line every half minute.
func TestReadsAreShown(t *testing.T) {
	for _, test := range []struct {
		name     string
		terminal bool
		total    int64
		every    time.Duration
		want     string
	}{
		{"terminal", true, 1200, 100 * time.Millisecond, "\r\x1b[K2 of 1,200 credits read, 10.0/s, 2m00s left\r\x1b[K4 of 1,200 credits read, 10.0/s, 2m00s left\r\x1b[K"},
		{"log", false, 40, 15 * time.Second, "2 of 40 credits read, 4/min, 9m30s left\n4 of 40 credits read, 4/min, 9m00s left\n"},
		{"unknown number", false, 0, 15 * time.Second, "2 credits read, 4/min\n4 credits read, 4/min\n"},
		{"more than expected", false, 1, 15 * time.Second, "2 of 1 credit read, 4/min, 0s left\n4 of 1 credit read, 4/min, 0s left\n"},
		{"short", true, 5, time.Millisecond, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("TERM", "xterm")
			synctest.Test(t, func(t *testing.T) {
				var out strings.Builder
				r := NewReads(&out, test.terminal, test.total)
				for range 5 {
					time.Sleep(test.every)
					r.Add()
				}
				r.Clear()
				r.Clear()
				if out.String() != test.want {
					t.Errorf("got %q, want %q", out.String(), test.want)
				}
			})
		})
	}
}
