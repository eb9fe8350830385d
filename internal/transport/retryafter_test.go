package transport

import (
	"math"
	"math/big"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

const none = time.Duration(-1)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		value, date string
		want        time.Duration
	}{
		{"", "", none},
		{"  ", "", none},
		{"0", "", 0},
		{"120", "", 120 * time.Second},
		{" 5\t", "", 5 * time.Second},
		{"0005", "", 5 * time.Second},
		// Fractions are rounded up: never earlier than requested.
		{"1.5", "", 2 * time.Second},
		{"1.000", "", time.Second},
		{"0.001", "", time.Second},
		{"7.", "", 7 * time.Second},
		// A time in the past is a wait of 0.
		{"-1", "", 0},
		{"-1.5", "", 0},
		{"-99999999999999999999", "", 0},
		// No number overflows.
		{"9223372036", "", 9223372036 * time.Second},
		{"9223372036.5", "", math.MaxInt64},
		{"9223372037", "", math.MaxInt64},
		{"9223372036854775807", "", math.MaxInt64},
		{"9223372036854775807.9", "", math.MaxInt64},
		{"9223372036854775808", "", math.MaxInt64},
		{"99999999999999999999999999", "", math.MaxInt64},
		// The three forms of a date.
		{"Sun, 01 Jun 2025 12:00:09 GMT", "", 9 * time.Second},
		{"Sunday, 01-Jun-25 12:00:09 GMT", "", 9 * time.Second},
		{"Sun Jun  1 12:00:09 2025", "", 9 * time.Second},
		{"Sun, 01 Jun 2025 12:00:00 GMT", "", 0},
		{"Sun, 01 Jun 2025 11:00:00 GMT", "", 0},
		{"Mon, 01 Jan 0001 00:00:00 GMT", "", 0},
		{"Fri, 31 Dec 9999 23:59:59 GMT", "", math.MaxInt64},
		// The vendor's clock counts where it shows.
		{"Sun, 01 Jun 2025 12:00:09 GMT", "Sun, 01 Jun 2025 12:00:04 GMT", 5 * time.Second},
		{"Sun, 01 Jun 2025 11:00:09 GMT", "Sun, 01 Jun 2025 11:00:00 GMT", 9 * time.Second},
		{"Sun, 01 Jun 2025 12:00:09 GMT", "yesterday", 9 * time.Second},
		{"3", "Sun, 01 Jun 2025 11:00:00 GMT", 3 * time.Second},
		// Everything else asks for nothing.
		{"soon", "", none},
		{"1e3", "", none},
		{"+5", "", none},
		{".5", "", none},
		{"-", "", none},
		{"--1", "", none},
		{"1.2.3", "", none},
		{"0x10", "", none},
		{"１", "", none},
		{"2025-06-01T12:00:09Z", "", none},
	} {
		h := http.Header{}
		h.Set("Retry-After", test.value)
		h.Set("Date", test.date)
		got, ok := RetryAfter(h, now)
		if !ok {
			if got != 0 {
				t.Errorf("%q: no wait was requested, got %v", test.value, got)
			}
			got = none
		}
		if got != test.want {
			t.Errorf("%q with date %q: %v, want %v", test.value, test.date, got, test.want)
		}
	}
	if _, ok := RetryAfter(nil, now); ok {
		t.Error("no header asks for something")
	}
}

// seconds matches a number without an exponent.
var seconds = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{"", "5", "1.5", "-1", "99999999999999999999", "Sun, 01 Jun 2025 12:00:09 GMT", "Sun Jun  1 12:00:09 2025", "1.", "."} {
		f.Add(value, "")
		f.Add(value, "Sun, 01 Jun 2025 12:00:00 GMT")
	}
	now := time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value, date string) {
		h := http.Header{"Retry-After": {value}, "Date": {date}}
		wait, ok := RetryAfter(h, now)
		if wait < 0 || !ok && wait != 0 {
			t.Fatalf("%q: %v, %v", value, wait, ok)
		}
		// Never earlier than requested, and less than a second later.
		text := strings.TrimSuffix(strings.Trim(value, " \t"), ".")
		if requested, exact := new(big.Rat).SetString(text); exact && ok && seconds.MatchString(text) {
			requested.Mul(requested, big.NewRat(int64(time.Second), 1))
			got, longest := new(big.Rat).SetInt64(int64(wait)), new(big.Rat).SetInt64(math.MaxInt64)
			early := got.Cmp(requested) < 0 && got.Cmp(longest) < 0
			late := wait > 0 && new(big.Rat).Sub(got, requested).Cmp(big.NewRat(int64(time.Second), 1)) >= 0 && got.Cmp(longest) < 0
			if early || late {
				t.Fatalf("%q: the wait is %v", value, wait)
			}
		}
		if at, err := http.ParseTime(value); err == nil && date == "" && (!ok || wait < at.Sub(now)) {
			t.Fatalf("%q: %v, %v is too early", value, wait, ok)
		}
	})
}
