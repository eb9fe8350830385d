package report

import (
	"fmt"
	"strconv"
	"time"
)

// count groups the digits: 1,234,567.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// counted is a number and what is counted, which has an s for more than one.
func counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return count(n) + " " + what + "s"
}

// took is a time to three digits: 1.23 s.
func took(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	switch {
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%.3g ms", ms)
	case d < time.Second:
		return fmt.Sprintf("%.0f ms", ms)
	case d < 100*time.Second:
		return fmt.Sprintf("%.3g s", ms/1000)
	}
	return d.Round(time.Second).String()
}

func instant(t time.Time) string {
	return t.UTC().Format("2 January 2006, 15:04:05 UTC")
}
