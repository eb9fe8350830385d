package simulation

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// A moment is when in an operation its process crashes.
type moment int

const (
	never  moment = iota
	before        // before the request is sent
	during        // the request is sent, and arrives after the crash
	after         // the request has taken effect, and the process does not see the answer
)

func (m moment) String() string { return [...]string{"never", "before", "during", "after"}[m] }

// A fate is what happens to one operation.
type fate struct {
	stall      time.Duration // before the request is sent
	freeze     time.Duration // of the whole process, before the request is sent
	transit    time.Duration // until the request arrives
	back       time.Duration // until the answer arrives
	lost       bool          // the request does not arrive
	unanswered bool          // the answer does not arrive
	crash      moment
	number     int // of the operation
}

// answered reports whether the process gets the answer.
func (f fate) answered() bool { return !f.lost && !f.unanswered }

// conditions are the probabilities of one run.
type conditions struct {
	crash, loss, slow, freeze, fault float64
	maxCrashes                       int
}

func newConditions(r *rand.Rand) conditions {
	level := func(levels ...float64) float64 { return levels[r.IntN(len(levels))] }
	return conditions{
		crash: level(0.002, 0.01, 0.03, 0.1),
		loss:  level(0, 0.005, 0.03),
		slow:  level(0, 0.01, 0.05),
		fault: level(0, 0.1, 0.3, 0.5),

		freeze:     level(0, 0.003, 0.01),
		maxCrashes: 1 + r.IntN(12),
	}
}

// randomFor returns the random source of an operation. It depends on the operation's name
// and not on the order in which goroutines come here, so that a seed can be repeated.
func randomFor(seed uint64, name string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

func between(r *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(r.Int64N(int64(high-low)))
}

// fate draws the fate of an operation.
func (c conditions) fate(r *rand.Rand) fate {
	f := fate{
		stall:   between(r, time.Microsecond, 2*time.Millisecond),
		transit: between(r, time.Microsecond, 5*time.Millisecond),
		back:    between(r, time.Microsecond, 5*time.Millisecond),
	}
	delays := []*time.Duration{&f.stall, &f.transit, &f.back}
	if r.Float64() < c.slow {
		*delays[r.IntN(3)] = between(r, time.Millisecond, []time.Duration{time.Second, 10 * time.Second, 2 * time.Minute}[r.IntN(3)])
	}
	if r.Float64() < c.freeze {
		f.freeze = between(r, 5*time.Second, []time.Duration{40 * time.Second, 3 * time.Minute}[r.IntN(2)])
	}
	switch x := r.Float64(); {
	case x < c.loss:
		f.lost = true
	case x < 2*c.loss:
		f.unanswered = true
	}
	if r.Float64() < c.crash {
		f.crash = moment(1 + r.IntN(3))
		if f.crash == during {
			f.transit = between(r, time.Microsecond, []time.Duration{time.Second, 10 * time.Second, 5 * time.Minute}[r.IntN(3)])
		}
	}
	return f
}
