package proof

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/internal/doctable"
)

var (
	soakTime = flag.Duration("soak", 2*time.Second, "how long the soak runs")
	soakPlot = flag.String("soak-plot", "", "the file that gets the soak's plot, as SVG")
)

const (
	soakInFlight = 64
	soakTimeout  = 500 * time.Millisecond
	soakSlow     = 700 * time.Millisecond // longer than an attempt waits
	soakRounds   = 4                      // at least

	// heapGrowth and goroutineGrowth are how much more the last tenth of the soak may
	// hold than the second tenth, in which the pools and caches are full.
	heapGrowth      = 2 << 20
	goroutineGrowth = 16
)

// A soakSample is what the process holds between two rounds, when no call runs.
type soakSample struct {
	at         time.Duration
	heap       uint64 // bytes that are reachable
	goroutines int
}

// 64 updates in flight at five vendors over the loopback interface, with random faults:
// each outcome is true of the record, and the heap and the number of goroutines do not
// grow. The clients stay for the whole soak. The fakes remember all that they have seen,
// so each round has new ones.
func TestSoak(t *testing.T) {
	s := newSoak(t)
	round := min(time.Second, *soakTime/8)
	start := time.Now()
	var samples []soakSample
	for n := uint64(0); n < soakRounds || time.Since(start) < *soakTime; n++ {
		s.runRound(t, n, round)
		samples = append(samples, s.sample(start))
	}
	heap, goroutines := checkFlat(t, samples)
	c := s.stats
	if c.succeeded == 0 || c.unknown == 0 || c.rejected == 0 {
		t.Errorf("the faults did not cause each outcome: %+v", c)
	}
	last := samples[len(samples)-1]
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	for _, line := range []struct{ name, value string }{
		{"rounds", strconv.Itoa(len(samples))},
		{"updates", strconv.Itoa(c.edits)},
		{"done", strconv.Itoa(c.succeeded)},
		{"rejected", strconv.Itoa(c.rejected)},
		{"not sent", strconv.Itoa(c.notSent)},
		{"unknown", fmt.Sprintf("%d, of which %d were made", c.unknown, c.unknownApplied)},
		{"wrong", strconv.Itoa(c.wrong)},
		{"heap, median of the second tenth and of the last tenth", heap},
		{"goroutines, likewise", goroutines},
	} {
		fmt.Fprintf(w, "%s\t%s\n", line.name, line.value)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	doctable.Table{
		Name: "soak", Took: last.at, Text: table.String(),
		Command: fmt.Sprintf("go test ./internal/proof -v -run TestSoak -timeout 20m -args -soak %v -soak-plot $PWD/docs/soak.svg", *soakTime),
	}.Publish(t, *write)
	writePlot(t, *soakPlot, soakFigure(samples))
}

// A soak is the clients of the five vendors, each before a server that forwards to the
// fake of the round.
type soak struct {
	pool    *http.Transport
	targets []*soakTarget
	edits   atomic.Int64

	mu    sync.Mutex
	stats editStats
}

type soakTarget struct {
	vendor  vendor
	fake    atomic.Pointer[credittest.Server]
	front   *loopbackServer
	updater credit.Updater
	pending [soakInFlight]atomic.Int64 // requests of each worker that the server is working on
}

func newSoak(t *testing.T) *soak {
	s := &soak{pool: &http.Transport{MaxIdleConnsPerHost: soakInFlight}}
	t.Cleanup(s.pool.CloseIdleConnections)
	for _, v := range vendors {
		target := &soakTarget{vendor: v}
		first := v.fake(t)
		target.front = serveBefore(t, first, http.HandlerFunc(target.serve))
		client, err := v.open(
			credit.WithBaseURL(target.front.URL),
			credit.WithTransport(workerTransport{s.pool}),
			credit.WithAttemptTimeout(soakTimeout),
			credit.WithRetry(credit.RetryPolicy{MinWait: time.Millisecond, MaxWait: 20 * time.Millisecond, Quota: -1}),
		)
		if err != nil {
			t.Fatal(err)
		}
		target.updater = client.Updater()
		s.targets = append(s.targets, target)
	}
	return s
}

// runRound makes updates from all workers until the round is over.
func (s *soak) runRound(t *testing.T, n uint64, length time.Duration) {
	t.Helper()
	end := time.Now().Add(length)
	var group sync.WaitGroup
	for i, target := range s.targets {
		fake := target.vendor.fake(nil)
		target.fake.Store(fake)
		var workers []int
		for w := i; w < soakInFlight; w += len(s.targets) {
			workers = append(workers, w)
		}
		for j, ref := range seedCopies(t, fake, len(workers)) {
			group.Go(func() {
				s.runWorker(t, target, ref, workers[j], rand.New(rand.NewPCG(*seed+n, uint64(workers[j]))), end)
			})
		}
	}
	group.Wait()
	for _, target := range s.targets {
		waitUntil(t, "requests in flight", func() bool { return target.front.inFlight.Load() == 0 })
		target.fake.Load().Close()
		target.fake.Store(nil)
	}
}

// runWorker updates one credit again and again, and compares each outcome with the
// record.
func (s *soak) runWorker(t *testing.T, target *soakTarget, ref credit.Ref, worker int, random *rand.Rand, end time.Time) {
	var c editStats
	fake := target.fake.Load()
	ctx := context.WithValue(t.Context(), workerKey{}, worker)
	for time.Now().Before(end) {
		e := target.vendor.edits[random.IntN(len(target.vendor.edits))]
		fake.Queue(soakFaults(random)...)
		before := memberOf(t, fake, ref, e.member)
		_, err := target.updater.Update(ctx, ref, e.patch(int(s.edits.Add(1))))
		// An attempt that was given up may still be at work.
		waitUntil(t, "requests of a worker", func() bool { return target.pending[worker].Load() == 0 })
		after := memberOf(t, fake, ref, e.member)
		c.edits++
		if reason := c.checkEdit(edit{}, before, after, err, nil); reason != "" {
			c.wrong++
			t.Errorf("%s: %s: %v\nbefore %s, after %s", target.vendor.name, reason, err, before, after)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.add(c)
}

func (c *editStats) add(d editStats) {
	c.edits += d.edits
	c.succeeded += d.succeeded
	c.rejected += d.rejected
	c.notSent += d.notSent
	c.unknown += d.unknown
	c.unknownApplied += d.unknownApplied
	c.applied += d.applied
	c.wrong += d.wrong
}

// soakFaults returns up to three faults for whichever requests come next. None acts
// after a later write: the worker's next update would not know whose change it sees.
func soakFaults(random *rand.Rand) []credittest.Fault {
	kinds := []credittest.Fault{
		credittest.LostBefore(), credittest.LostAfter(), credittest.Truncated(), credittest.InvalidJSON(),
		credittest.RateLimited(0), credittest.RateLimited(time.Hour), credittest.Throttled(),
		credittest.Respond(400, `{"message":"no"}`), credittest.Respond(401, ""), credittest.Respond(500, "{}"),
		credittest.HTML(502), credittest.Respond(503, ""), credittest.GaveUp(504), credittest.GaveUp(408),
		credittest.Redirect(302, "https://elsewhere.example/"), credittest.LoginPage(), credittest.Empty(202),
		credittest.CutAt(-3), credittest.Slow(20 * time.Millisecond), credittest.Slow(100 * time.Millisecond),
	}
	var faults []credittest.Fault
	for len(faults) < 3 && random.IntN(100) < 50 {
		f := kinds[random.IntN(len(kinds))]
		if random.IntN(100) == 0 {
			f = credittest.Slow(soakSlow)
		}
		if random.IntN(2) == 0 {
			f = f.OnWrite()
		}
		faults = append(faults, f)
	}
	return faults
}

func memberOf(t *testing.T, fake *credittest.Server, ref credit.Ref, member string) string {
	var record map[string]json.RawMessage
	if err := json.Unmarshal(fake.Record(ref.ID), &record); err != nil {
		t.Error(err)
	}
	return string(record[member])
}

// serve forwards to the fake of the round, and counts the requests of each worker.
func (s *soakTarget) serve(w http.ResponseWriter, req *http.Request) {
	worker, err := strconv.Atoi(req.Header.Get(workerHeader))
	if err != nil {
		http.Error(w, err.Error(), http.StatusTeapot)
		return
	}
	s.pending[worker].Add(1)
	defer s.pending[worker].Add(-1)
	forwardTo(s.fake.Load())(w, req)
}

type workerKey struct{}

const workerHeader = "X-Soak-Worker"

// workerTransport adds the number of the worker to each request.
type workerTransport struct{ next http.RoundTripper }

func (w workerTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set(workerHeader, fmt.Sprint(req.Context().Value(workerKey{})))
	return w.next.RoundTrip(req)
}

func (s *soak) sample(start time.Time) soakSample {
	s.pool.CloseIdleConnections() // the number that is idle depends on the faults of the round
	runtime.GC()
	runtime.GC() // a sync.Pool keeps its items for one collection
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return soakSample{time.Since(start), m.HeapAlloc, runtime.NumGoroutine()}
}

// checkFlat compares the last tenth of the soak with its second tenth. The median leaves
// out single samples with a connection that was closing. It returns both medians of the
// heap and of the goroutines.
func checkFlat(t *testing.T, samples []soakSample) (heapText, goroutinesText string) {
	t.Helper()
	tenth := max(1, len(samples)/10)
	early, late := samples[tenth:2*tenth], samples[len(samples)-tenth:]
	heap := func(s soakSample) float64 { return float64(s.heap) }
	goroutines := func(s soakSample) float64 { return float64(s.goroutines) }
	if from, to := median(early, heap), median(late, heap); to > from+heapGrowth {
		t.Errorf("the heap grew from %.0f to %.0f bytes", from, to)
	}
	if from, to := median(early, goroutines), median(late, goroutines); to > from+goroutineGrowth {
		t.Errorf("%.0f goroutines became %.0f", from, to)
	}
	return fmt.Sprintf("%.2f MiB and %.2f MiB", median(early, heap)/(1<<20), median(late, heap)/(1<<20)),
		fmt.Sprintf("%.0f and %.0f", median(early, goroutines), median(late, goroutines))
}
