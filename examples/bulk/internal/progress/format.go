package progress

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/format"
)

// formatRate writes a rate by the second, the minute or the hour, so that slow
// rates are not 0.
func formatRate(perSecond float64) string {
	switch {
	case perSecond <= 0:
		return "-"
	case perSecond >= 99.95:
		return format.Count(int64(math.Round(perSecond))) + "/s"
	case perSecond >= 0.995:
		return fmt.Sprintf("%.1f/s", perSecond)
	case perSecond*60 >= 0.995:
		return fmt.Sprintf("%.0f/min", perSecond*60)
	}
	return fmt.Sprintf("%.0f/h", math.Ceil(perSecond*3600))
}

// formatDuration writes a duration in its two largest units, rounded up.
func formatDuration(d time.Duration) string {
	s := int64(math.Ceil(d.Seconds()))
	switch m := (s + 59) / 60; {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	case m < 24*60:
		return fmt.Sprintf("%dh%02dm", m/60, m%60)
	default:
		h := (m + 59) / 60
		return fmt.Sprintf("%dd%02dh", h/24, h%24)
	}
}

// formatLeft writes the remaining time, or "-" if it is not known.
func (e estimate) formatLeft() string {
	if !e.known {
		return "-"
	}
	return formatDuration(e.left)
}

// formatPercent rounds down, so that 100% means all.
func formatPercent(part, whole int64) string {
	if whole <= 0 {
		return "-"
	}
	return strconv.FormatInt(int64(math.Floor(100*float64(part)/float64(whole))), 10) + "%"
}
