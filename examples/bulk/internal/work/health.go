package work

import (
	"sync"
	"time"
)

// health is how a vendor has been doing, in the eyes of this process.
type health struct {
	mu     sync.Mutex
	good   time.Time // the last answer
	bad    time.Time // the first failure after it, or zero
	reason error     // of the last failure
}

func (h *health) answered() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.good, h.bad, h.reason = time.Now(), time.Time{}, nil
}

func (h *health) failed(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reason = err
	if h.bad.IsZero() {
		h.bad = time.Now()
	}
}

// healthy says whether the vendor has answered lately.
func (h *health) healthy() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Since(h.good) < time.Minute
}

// away is how long there has been nothing but failures, and the last of them.
func (h *health) away() (time.Duration, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.bad.IsZero() {
		return 0, nil
	}
	return time.Since(h.bad), h.reason
}
