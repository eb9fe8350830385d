package work

import (
	"sync"
	"time"
)

// health is how a vendor has been doing, in the eyes of this process.
type health struct {
	mu           sync.Mutex
	lastSuccess  time.Time // the last answer
	firstFailure time.Time // the first failure after it, or zero
	lastError    error     // of the last failure
}

func (h *health) recordSuccess() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lastSuccess, h.firstFailure, h.lastError = time.Now(), time.Time{}, nil
}

func (h *health) recordFailure(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lastError = err
	if h.firstFailure.IsZero() {
		h.firstFailure = time.Now()
	}
}

// healthy says whether the vendor has answered lately.
func (h *health) answeredLately() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Since(h.lastSuccess) < time.Minute
}

// away is how long there has been nothing but failures, and the last of them.
func (h *health) outage() (time.Duration, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.firstFailure.IsZero() {
		return 0, nil
	}
	return time.Since(h.firstFailure), h.lastError
}
