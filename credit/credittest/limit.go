package credittest

import "time"

// A kind is the kind of a request: a read, a write, or for a token.
type kind int

// The kinds. A fault with the zero kind applies to reads and writes.
const (
	reading kind = iota + 1
	writing
	tokens
)

// A limit is a rate limit. The zero value limits nothing.
type limit struct {
	calls int
	per   time.Duration
	taken []time.Time // within the last per, in order
}

// takeSlot counts a request, or returns how long it would have to wait.
func (l *limit) takeSlot(r *Request) (wait time.Duration, over bool) {
	if l.calls <= 0 || r.Token {
		return 0, false
	}
	for len(l.taken) > 0 && r.At.Sub(l.taken[0]) >= l.per {
		l.taken = l.taken[1:]
	}
	if len(l.taken) >= l.calls {
		return l.per - r.At.Sub(l.taken[0]), true
	}
	l.taken = append(l.taken, r.At)
	return 0, false
}

// defaultVendor has the behaviour that most vendors share.
type defaultVendor struct{}

func (defaultVendor) begin(*Request) *Answer { return nil }

func (defaultVendor) failed(*Request, Answer) {}

func (defaultVendor) throttledAnswer(wait time.Duration) Answer {
	return RateLimited(wait).applyTo(Answer{})
}
