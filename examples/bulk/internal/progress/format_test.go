package progress

import (
	"testing"
	"time"
)

func TestFormatRate(t *testing.T) {
	for _, c := range []struct {
		rate float64
		want string
	}{
		{0, "-"}, {-1, "-"}, {1234.4, "1,234/s"}, {100, "100/s"}, {99.96, "100/s"}, {12.34, "12.3/s"}, {1, "1.0/s"}, {0.999, "1.0/s"},
		{0.5, "30/min"}, {1.0 / 60, "1/min"}, {1.0 / 120, "30/h"}, {1.0 / 7200, "1/h"},
	} {
		if got := formatRate(c.rate); got != c.want {
			t.Errorf("%v is %q, want %q", c.rate, got, c.want)
		}
	}
}

func TestFormatDuration(t *testing.T) {
	for _, c := range []struct {
		d    time.Duration
		want string
	}{
		{0, "0s"}, {time.Millisecond, "1s"}, {45 * time.Second, "45s"}, {59500 * time.Millisecond, "1m00s"}, {65 * time.Second, "1m05s"},
		{59*time.Minute + 59*time.Second, "59m59s"}, {time.Hour, "1h00m"}, {3*time.Hour + 20*time.Minute + time.Second, "3h21m"},
		{23*time.Hour + 59*time.Minute + time.Second, "1d00h"}, {50 * time.Hour, "2d02h"},
	} {
		if got := formatDuration(c.d); got != c.want {
			t.Errorf("%v is %q, want %q", c.d, got, c.want)
		}
	}
	if got := (estimate{}).formatLeft(); got != "-" {
		t.Errorf("unknown time: got %q", got)
	}
}

func TestPercentIsRoundedDown(t *testing.T) {
	for _, test := range []struct {
		part, whole int64
		want        string
	}{{0, 0, "-"}, {0, 5, "0%"}, {1, 3, "33%"}, {999_999, 1_000_000, "99%"}, {5, 5, "100%"}} {
		if got := formatPercent(test.part, test.whole); got != test.want {
			t.Errorf("%d of %d is %q", test.part, test.whole, got)
		}
	}
}
