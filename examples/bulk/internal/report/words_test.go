package report

import (
	"testing"
	"time"
)

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := count(n); got != want {
			t.Errorf("%d is %q", n, got)
		}
	}
	if counted(1, "row") != "1 row" || counted(0, "row") != "0 rows" || counted(2000, "row") != "2,000 rows" {
		t.Error("rows are not counted as people do")
	}
}

func TestTook(t *testing.T) {
	for d, want := range map[time.Duration]string{
		100 * time.Microsecond: "0.1 ms", 12345 * time.Microsecond: "12.3 ms", 999 * time.Millisecond: "999 ms", time.Second: "1 s",
		1234 * time.Millisecond: "1.23 s", 99 * time.Second: "99 s", 754 * time.Second: "12m34s",
		999900 * time.Microsecond: "1000 ms", 99990 * time.Millisecond: "100 s",
	} {
		if got := took(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}
