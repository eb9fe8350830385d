package report

import (
	"testing"
	"time"
)

func TestFormatLatency(t *testing.T) {
	for _, c := range []struct {
		d    time.Duration
		want string
	}{
		{100 * time.Microsecond, "0.1 ms"}, {12345 * time.Microsecond, "12.3 ms"}, {999 * time.Millisecond, "999 ms"}, {time.Second, "1 s"},
		{1234 * time.Millisecond, "1.23 s"}, {99 * time.Second, "99 s"}, {754 * time.Second, "12m34s"},
		{999900 * time.Microsecond, "1000 ms"}, {99990 * time.Millisecond, "100 s"},
	} {
		if got := formatLatency(c.d); got != c.want {
			t.Errorf("%v is %q, want %q", c.d, got, c.want)
		}
	}
}
