package report

import (
	"fmt"
	"time"
)

// formatLatency writes a duration with three digits, such as 1.23 s.
func formatLatency(d time.Duration) string {
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

func formatTime(t time.Time) string {
	return t.UTC().Format("2 January 2006, 15:04:05 UTC")
}
