package work

import (
	"sync"
	"time"
)

// health records how a vendor answers this process.
type health struct {
	mu           sync.Mutex
	lastSuccess  time.Time // time of the last answer
	firstFailure time.Time // time of the first failure after it, or zero
	lastError    error     // the last failure

	failedReads map[int64]int // by row number: reads that were to resolve a doubt
}

// countFailedRead counts the failed reads of a row, with this one.
func (h *health) countFailedRead(row int64) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failedReads == nil {
		h.failedReads = make(map[int64]int)
	}
	h.failedReads[row]++
	return h.failedReads[row]
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

// answeredLately reports whether the vendor has answered in the last minute.
func (h *health) answeredLately() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Since(h.lastSuccess) < time.Minute
}

// outage returns the time since the first failure without an answer, and the last
// error.
func (h *health) outage() (time.Duration, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.firstFailure.IsZero() {
		return 0, nil
	}
	return time.Since(h.firstFailure), h.lastError
}
