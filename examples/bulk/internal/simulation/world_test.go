package simulation

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
)

// A scenario is what a run simulates.
type scenario struct {
	seed uint64
	conditions
	shape
	// crashes are the operations, by number, in which the process crashes. They replace
	// the random crashes.
	crashes map[int]crash
	// onlyCrashes reports that nothing else fails.
	onlyCrashes bool
	plant       plant
	traced      bool
}

// A shape is the job of a run and its processes.
type shape struct {
	vendors   []string
	rows      int // of each vendor
	blockRows int
	processes int
	inFlight  int  // of each process and vendor
	before    bool // each credit is read before its change
}

// A crash is one in a planned operation.
type crash struct {
	moment moment
	late   time.Duration // for during: until the request arrives
}

// A world is one run: the servers, which never crash, and the processes.
type world struct {
	scenario
	job    queue.Job
	made   []simRow
	fakes  map[string]*fake
	log    eventLog
	queues map[string]*blockQueue
	limits limitStore

	servers sync.WaitGroup // requests that are on their way
	ends    chan struct{}  // closed when the run has taken too long

	mu         sync.Mutex // held while a server handles a request
	operations int
	idle       map[int]bool // operations that found no block
	crashed    int
	exits      int // processes that ended before the job
	trace      []string
}

// note adds a line to the trace. The lock is held.
func (w *world) note(format string, args ...any) {
	if w.traced {
		at := time.Since(epoch).Round(time.Microsecond)
		w.trace = append(w.trace, fmt.Sprintf("%14v %5d  %s", at, w.operations, fmt.Sprintf(format, args...)))
	}
}

// epoch is when every bubble of testing/synctest begins.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// number numbers an operation that is about to be sent, and decides whether its process
// crashes in it.
func (w *world) number(p *process, name string, f fate) fate {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.operations++
	f.number = w.operations
	if w.crashes != nil {
		planned := w.crashes[w.operations]
		f.crash = planned.moment
		if f.crash == during {
			f.transit = planned.late
		}
	} else if f.crash != never && w.crashed >= w.maxCrashes {
		f.crash = never
	}
	w.note("%s %s%s", p.name, name, f.text())
	return f
}

func (f fate) text() (s string) {
	if f.lost {
		s += ", lost"
	}
	if f.unanswered {
		s += ", the answer is lost"
	}
	if f.crash != never {
		s += ", crash " + f.crash.String()
	}
	return s
}

// shapeFor draws the job of a seed. In half of the runs, one goroutine of each process works
// on blocks of several rows of one vendor. In the others, several goroutines work on blocks
// of one row, of several vendors: those that wake at the same moment then continue with
// operations of different names, so that their order does not matter.
func shapeFor(r *rand.Rand, vendors []string) shape {
	s := shape{processes: 2 + r.IntN(2), inFlight: 1, blockRows: 1 + r.IntN(4), before: r.IntN(3) == 0}
	first := r.IntN(len(vendors))
	if r.IntN(2) == 0 {
		s.vendors, s.rows = vendors[first:first+1], 6+r.IntN(25)
		return s
	}
	for i := range 1 + r.IntN(3) {
		s.vendors = append(s.vendors, vendors[(first+i)%len(vendors)])
	}
	s.blockRows, s.inFlight, s.rows = 1, 2+r.IntN(2), 4+r.IntN(9)
	return s
}
