package linear

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

const (
	attemptTimeout = 10 * time.Second
	slowResponse   = 15 * time.Second // longer than an attempt waits

	updatesPerWriter = 3
	readsPerReader   = 12
	faultsPerHistory = 60 // more than a history has requests, in most cases
)

// A recorder collects the operations of concurrent goroutines.
type recorder struct {
	vendor vendor
	ref    credit.Ref
	clock  atomic.Int64 // counts starts and ends, because time stands still within a bubble

	mu      sync.Mutex
	history []porcupine.Operation
	done    int // updates without an error
}

func (r *recorder) add(op porcupine.Operation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history = append(r.history, op)
}

// read reads the credit, and returns nil if that fails.
func (r *recorder) read(t *testing.T, u credit.Updater) *credit.Record {
	call := r.clock.Add(1)
	record, err := u.(credit.Reader).Read(t.Context(), r.ref)
	end := r.clock.Add(1)
	if err != nil {
		return nil
	}
	r.add(porcupine.Operation{Input: operation{}, Output: r.vendor.valuesOf(record), Call: call, Return: end})
	return record
}

// update sets one of the fields.
func (r *recorder) update(t *testing.T, u credit.Updater, field int, n int64, opts ...credit.CallOption) {
	patch := patchOf(r.vendor.fields[field], credit.NewDecimal(n))
	op := operation{update: true, field: field, value: patch.Op(r.vendor.fields[field]).String()}
	call := r.clock.Add(1)
	_, err := u.Update(t.Context(), r.ref, patch, opts...)
	end := r.clock.Add(1)
	if err == nil {
		r.mu.Lock()
		r.done++
		r.mu.Unlock()
	}
	if ended, belongs := updateRecord(op, call, end, err); belongs {
		r.add(ended)
	}
}

// valuesOf returns the two fields of a record.
func (v vendor) valuesOf(record *credit.Record) values {
	p := credit.Patch(record.Values)
	return values{p.Op(v.fields[0]).String(), p.Op(v.fields[1]).String()}
}

// runHistory makes concurrent updates and reads. It reports whether they fit an order, and
// how many updates returned no error. Two writers set fields and a reader reads; the last
// read follows when all others have ended and the vendor has acted on all late writes.
// Each update of all histories sets a value of its own.
func (a assumption) runHistory(t *testing.T, v vendor, fake *credittest.Server, updaters []credit.Updater, random *rand.Rand, history int) (fits bool, done int) {
	r := &recorder{vendor: v, ref: fake.Ref}
	fake.Reset()
	start := r.read(t, updaters[0])
	if start == nil {
		t.Fatal("the credit cannot be read")
	}
	for range faultsPerHistory {
		fake.Queue(a.randomFault(random))
	}
	pauses := make([]time.Duration, 2*updatesPerWriter+readsPerReader)
	for i := range pauses {
		pauses[i] = time.Duration(random.IntN(1000)) * time.Millisecond
	}
	var group sync.WaitGroup
	for writer := range 2 {
		u, field := updaters[writer%len(updaters)], writer
		if a.sameField {
			field = 0
		}
		group.Go(func() {
			for i := range updatesPerWriter {
				time.Sleep(pauses[writer*updatesPerWriter+i])
				before := r.read(t, u)
				if before == nil {
					continue
				}
				var opts []credit.CallOption
				if a.expect {
					opts = append(opts, credit.WithExpect(*before))
				}
				r.update(t, u, field, int64(100*history+10*writer+i+1), opts...)
			}
		})
	}
	group.Go(func() {
		for _, pause := range pauses[2*updatesPerWriter:] {
			time.Sleep(pause)
			r.read(t, updaters[len(updaters)-1])
		}
	})
	group.Wait()
	time.Sleep(2 * slowResponse) // let delayed writes take effect
	fake.Reset()
	fake.Deliver()
	r.read(t, updaters[0])
	return porcupine.CheckOperations(registerModel(v.valuesOf(start)), r.history), r.done
}

// randomFault returns a slow response in most cases.
func (a assumption) randomFault(random *rand.Rand) credittest.Fault {
	faults := []func() credittest.Fault{
		credittest.LostAfter,
		credittest.LostBefore,
		func() credittest.Fault { return credittest.HTML(502) },
		func() credittest.Fault { return credittest.InvalidJSON().OnWrite() },
		func() credittest.Fault { return credittest.Slow(slowResponse).OnWrite() },
	}
	if a.late {
		faults = append(faults,
			func() credittest.Fault { return credittest.Late(1 + random.IntN(4)) },
			func() credittest.Fault { return credittest.Late(1 + random.IntN(4)).After(slowResponse) },
			func() credittest.Fault { return credittest.InFlight(1 + random.IntN(4)) },
		)
	}
	if i := random.IntN(20); i < len(faults) {
		return faults[i]()
	}
	return credittest.Slow(time.Duration(random.IntN(5)) * 100 * time.Millisecond)
}
