// Package limit applies a vendor's rate limits to all processes together.
package limit

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Window is a limit as vendors document it: at most Calls in any period Per.
type Window struct {
	Calls int
	Per   time.Duration
}

// ParseWindow parses "60/1m".
func ParseWindow(s string) (Window, error) {
	calls, per, ok := strings.Cut(s, "/")
	n, err := strconv.Atoi(calls)
	d, derr := time.ParseDuration(per)
	if !ok || err != nil || derr != nil || n < 1 || d <= 0 {
		return Window{}, fmt.Errorf("%q must be a limit such as 60/1m", s)
	}
	return Window{n, d}, nil
}

// ParseWindows parses "60/1m,5000/24h", or "none".
func ParseWindows(s string) ([]Window, error) {
	if s == "none" {
		return nil, nil
	}
	var windows []Window
	for part := range strings.SplitSeq(s, ",") {
		w, err := ParseWindow(part)
		if err != nil {
			return nil, err
		}
		windows = append(windows, w)
	}
	return windows, nil
}

func (w Window) String() string { return fmt.Sprintf("%d/%v", w.Calls, w.Per) }

// burst is the number of calls that may go out at once. The rest of the window is
// spread evenly, so that no period holds more than Calls.
func (w Window) burst() int { return max(1, w.Calls/6) }

func (w Window) interval() time.Duration {
	rest := time.Duration(w.Calls - w.burst() + 1)
	return (w.Per + rest - 1) / rest // rounded up, so that the limit is never exceeded
}

// reserve takes the next free place. full is when all places are free again, as the
// last reservation left it. It returns when the call may go out, and the new full.
func (w Window) reserve(full, now time.Time) (at, next time.Time) {
	if full.Before(now) {
		full = now
	}
	at = full.Add(-time.Duration(w.burst()-1) * w.interval())
	if at.Before(now) {
		at = now
	}
	return at, full.Add(w.interval())
}
