package transport

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RetryAfter returns the wait in a Retry-After header: seconds, rounded up, or a
// date in any of HTTP's three forms. It does not overflow: a wait that is too long
// is the largest Duration, one in the past is 0. ok is false without the header.
func RetryAfter(h http.Header, now time.Time) (wait time.Duration, ok bool) {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return 0, false
	}
	if whole, fraction, seconds := cutSeconds(value); seconds {
		return wholeSeconds(whole, fraction), true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	// The vendor's clock counts, where it shows: ours may be ahead of it.
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return max(0, at.Sub(now)), true // Sub saturates
}

// RetryDelay returns the wait that a response requests in its header, or else the
// one in its body.
func RetryDelay(a *Response, body time.Duration) (wait time.Duration, ok bool) {
	if wait, ok = RetryAfter(a.Header, time.Now()); ok {
		return wait, true
	}
	return body, body > 0
}

// cutSeconds splits "1.5" into its digits. A minus sign is a wait in the past.
func cutSeconds(value string) (whole, fraction string, ok bool) {
	digits, negative := strings.CutPrefix(value, "-")
	whole, fraction, _ = strings.Cut(digits, ".")
	if whole == "" || !isDigits(whole) || !isDigits(fraction) {
		return "", "", false
	}
	if negative {
		return "0", "", true
	}
	return whole, fraction, true
}

func wholeSeconds(whole, fraction string) time.Duration {
	n, err := strconv.ParseInt(whole, 10, 64)
	if err == nil && strings.Trim(fraction, "0") != "" && n < math.MaxInt64 {
		n++
	}
	if err != nil || n > int64(math.MaxInt64/time.Second) {
		return math.MaxInt64
	}
	return time.Duration(n) * time.Second
}

func isDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}
