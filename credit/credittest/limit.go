package credittest

import (
	"slices"
	"time"
)

// A kind is what a request is meant to do.
type kind int

// The kinds. The zero kind is none; a fault of it is for reading and writing.
const (
	reading kind = iota + 1
	writing
	tokens
)

// A limit is on the calls of a time. The zero limit is none.
type limit struct {
	calls int
	per   time.Duration
	taken []time.Time // within the last per
}

// take counts a request, or says how long it would have to wait.
func (l *limit) take(r *Request) (wait time.Duration, over bool) {
	if l.calls <= 0 || r.Token {
		return 0, false
	}
	l.taken = slices.DeleteFunc(l.taken, func(at time.Time) bool { return r.At.Sub(at) >= l.per })
	if len(l.taken) >= l.calls {
		return l.per - r.At.Sub(l.taken[0]), true
	}
	l.taken = append(l.taken, r.At)
	return 0, false
}

// defaultVendor is what most vendors do.
type defaultVendor struct{}

func (defaultVendor) begin(*Request) *Answer { return nil }

func (defaultVendor) failed(*Request, Answer) {}

func (defaultVendor) throttled(wait time.Duration) Answer {
	return RateLimited(wait).applyTo(Answer{})
}
