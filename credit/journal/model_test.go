package journal

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// The model runs the real Runner in several workers and stops each of them before every
// operation of the store and of the vendor. A search takes every order of these
// operations, with crashes and lost answers in every place, and checks what the journal
// says against what the vendor did. Requests that arrive late are not part of it: see the
// package's documentation.

// A mode is how a vendor treats a write that comes twice.
type mode int

const (
	repeatable mode = iota // a repeat sets the same value
	once                   // a repeat may change the credit again
	keyed                  // a repeat with the same key is not applied again
)

func (m mode) String() string { return [...]string{"repeatable", "once", "keyed"}[m] }

// A scenario is what a model explores.
type scenario struct {
	mode    mode
	workers [][]Job // what each worker runs, one job after the other
	crashes int     // of workers, at most
	lost    int     // answers that do not come, at most
	ticks   int     // times that the clock passes every lease, at most

	forgetDoubts bool // the store does not show starts without an end
}

const modelLease = time.Minute

// A world is one execution of a scenario: its vendor, its store and its workers.
type world struct {
	scenario
	store     *Memory
	value     string            // of the credit
	total     credit.Decimal    // of the credit
	applied   []string          // the keys whose changes were applied, in order
	startedAt []int             // the places of their starts in the log
	keys      map[string]string // key by idempotency key
	points    chan *point
	undone    string // what a repeat has undone
	quiet     bool   // the search is over: operations do not stop any more

	current                          []string // the key that each worker runs
	seen                             []string // what each worker did, and what it found
	crashesLeft, lostLeft, ticksLeft int
	trace                            []string
}

// A point is a worker that stands before an operation, or has ended.
type point struct {
	worker int
	what   string
	ended  bool
	faults []string    // what can go wrong here
	resume chan string // receives "" or the fault
}

// at stops the worker until the search lets it go on. It returns the fault to act out. A
// worker that crashes does not return.
func (w *world) at(worker int, what string, faults ...string) string {
	if w.quiet {
		return ""
	}
	p := &point{worker: worker, what: what, faults: faults, resume: make(chan string)}
	w.points <- p
	fault := <-p.resume
	w.seen[worker] += fmt.Sprintf("%s %s %d %d %d\n", what, fault, len(w.store.log), len(w.applied), w.ticksLeft)
	if fault == "crash" {
		runtime.Goexit()
	}
	return fault
}

// state returns a text that is the same for all paths after which the same can happen:
// what a worker does next depends only on what it did and found.
func (w *world) state() string {
	return fmt.Sprintf("%d %d %d\n%s", w.crashesLeft, w.lostLeft, w.ticksLeft, strings.Join(w.seen, "\n"))
}

// A modelStore is the store as one worker sees it.
type modelStore struct {
	*world
	worker int
}

func (s modelStore) Append(ctx context.Context, e Event) (Prior, error) {
	fault := s.at(s.worker, fmt.Sprintf("append %s %s", e.Kind, e.Key), "crash", "crash after")
	prior, err := s.store.Append(ctx, e)
	prior.Events = s.shown(prior.Events)
	if fault == "crash after" {
		runtime.Goexit()
	}
	return prior, err
}

func (s modelStore) Events(ctx context.Context, key string) ([]Event, error) {
	s.at(s.worker, "events "+key)
	events, err := s.store.Events(ctx, key)
	return s.shown(events), err
}

// shown hides starts without an end if the world forgets doubts.
func (s modelStore) shown(events []Event) []Event {
	if !s.forgetDoubts {
		return events
	}
	return slices.DeleteFunc(slices.Clone(events), func(e Event) bool {
		return e.Kind == Started && !slices.ContainsFunc(events, func(end Event) bool { return end.Claim == e.Claim && end.Kind == Ended })
	})
}

func (s modelStore) Starts(ctx context.Context, name string) (Starts, error) {
	// At the same moment as the read of the events before it: Append returns the starts
	// again, and those decide.
	return s.store.Starts(ctx, name)
}

func (s modelStore) Keys(ctx context.Context, open bool) iter.Seq2[string, error] {
	return s.store.Keys(ctx, open)
}

// A modelUpdater is the vendor as one worker sees it.
type modelUpdater struct {
	*world
	worker int
}

func (u modelUpdater) Support() credit.Support {
	return credit.Support{
		Fields: map[credit.Field]credit.Ability{
			credit.FieldName:  {Set: true, NotIdempotent: u.mode == once},
			credit.FieldTotal: {Set: true, NotIdempotent: u.mode == once},
		},
		IdempotencyKeys: u.mode == keyed, KeyLifetime: 24 * time.Hour,
	}
}

func (u modelUpdater) Read(ctx context.Context, _ credit.Ref) (*credit.Record, error) {
	u.at(u.worker, "read")
	if ctx.Err() != nil {
		return nil, &credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.NotSent, Err: ctx.Err()}
	}
	return u.record(), nil
}

func (w *world) record() *credit.Record {
	return &credit.Record{Values: credit.Values{Name: credit.Set(w.value), Total: credit.Set(w.total)}}
}

func (u modelUpdater) Update(ctx context.Context, _ credit.Ref, patch credit.Patch, opts ...credit.CallOption) (*credit.Result, error) {
	cfg, err := credit.NewCallConfig("model", opts...)
	if err != nil {
		return nil, err
	}
	key := u.current[u.worker]
	if cfg.ReadsFirst() {
		u.at(u.worker, "compare")
		if err := cfg.CheckExpect("model", u.record()); err != nil {
			return nil, err
		}
	}
	fault := u.at(u.worker, "write "+key, "crash after", "lost before", "lost after", "rejected")
	failed := &credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown}
	switch {
	case ctx.Err() != nil:
		failed.Outcome, failed.Err = credit.NotSent, ctx.Err()
		return nil, failed
	case fault == "lost before":
		return nil, failed
	case fault == "rejected":
		failed.Kind, failed.Outcome = credit.ErrInvalid, credit.Rejected
		return nil, failed
	}
	if _, replay := u.keys[cfg.IdempotencyKey]; !replay || cfg.IdempotencyKey == "" {
		u.checkOrder(key)
		u.checkAlone(key)
		if value, ok := patch.Name.Get(); ok {
			u.value = value
		}
		if total, ok := patch.Total.Get(); ok {
			u.total = total
		}
		u.applied, u.startedAt = append(u.applied, key), append(u.startedAt, u.startOf(key))
		u.keys[cfg.IdempotencyKey] = key
	}
	switch fault {
	case "crash after":
		runtime.Goexit()
	case "lost after":
		return nil, failed
	}
	return &credit.Result{}, nil
}

// A choice is a worker that goes on, with or without a fault, or the clock.
type choice struct {
	worker int // -1 for the clock
	fault  string
}

// choices lists what can happen next.
func (w *world) choices(waiting []*point) []choice {
	var all []choice
	for _, p := range waiting {
		all = append(all, choice{p.worker, ""})
		for _, fault := range p.faults {
			if strings.HasPrefix(fault, "crash") && w.crashesLeft > 0 || !strings.HasPrefix(fault, "crash") && w.lostLeft > 0 {
				all = append(all, choice{p.worker, fault})
			}
		}
	}
	if w.ticksLeft > 0 {
		all = append(all, choice{worker: -1})
	}
	return all
}

// execute runs a scenario along a path of choices, and takes the first one after its
// end. It returns the number of choices that there were at each step. It stops at a state
// that was visited before; done is then false.
func (s scenario) execute(path []int, visited map[string]bool) (w *world, widths []int, done bool) {
	w = &world{
		scenario: s, store: NewMemory(), value: "before", total: credit.NewDecimal(0), keys: make(map[string]string), points: make(chan *point),
		current: make([]string, len(s.workers)+1), seen: make([]string, len(s.workers)),
		crashesLeft: s.crashes, lostLeft: s.lost, ticksLeft: s.ticks,
	}
	for worker, jobs := range s.workers {
		go func() {
			defer func() { w.points <- &point{worker: worker, ended: true} }()
			runner := Runner{Store: modelStore{w, worker}, Updater: modelUpdater{w, worker}, Lease: modelLease}
			for _, job := range jobs {
				w.current[worker] = job.Key
				_, _ = runner.Run(context.Background(), job)
			}
		}()
	}
	var waiting []*point
	for running := len(s.workers); ; {
		for len(waiting) < running {
			if p := <-w.points; p.ended {
				running--
			} else {
				waiting = append(waiting, p)
			}
		}
		if len(widths) >= len(path) {
			state := w.state()
			if visited[state] {
				w.stop(waiting)
				return w, widths, false
			}
			visited[state] = true
		}
		if running == 0 {
			w.quiet = true
			return w, widths, true
		}
		slices.SortFunc(waiting, func(a, b *point) int { return a.worker - b.worker })
		all := w.choices(waiting)
		next := 0
		if len(widths) < len(path) {
			next = path[len(widths)]
		}
		widths = append(widths, len(all))
		waiting = w.take(all[next], waiting)
	}
}

// stop ends the workers that wait.
func (w *world) stop(waiting []*point) {
	for _, p := range waiting {
		p.resume <- "crash"
		<-w.points // its end
	}
}

// take carries out a choice and returns who still waits.
func (w *world) take(c choice, waiting []*point) []*point {
	if c.worker < 0 {
		w.ticksLeft--
		w.trace = append(w.trace, "the leases end")
		time.Sleep(modelLease + time.Second)
		return waiting
	}
	if strings.HasPrefix(c.fault, "crash") {
		w.crashesLeft--
	} else if c.fault != "" {
		w.lostLeft--
	}
	i := slices.IndexFunc(waiting, func(p *point) bool { return p.worker == c.worker })
	p := waiting[i]
	w.trace = append(w.trace, strings.TrimSpace(fmt.Sprintf("worker %d: %s %s", p.worker, p.what, c.fault)))
	p.resume <- c.fault
	return slices.Delete(waiting, i, i+1)
}

// recover runs every key again, as a service does after a restart, and returns their
// entries.
func (w *world) recover(t *testing.T) map[string]*Entry {
	time.Sleep(modelLease + time.Second)
	worker := len(w.workers) // one more
	runner := Runner{Store: modelStore{w, worker}, Updater: modelUpdater{w, worker}, Lease: modelLease}
	entries := make(map[string]*Entry)
	for _, jobs := range w.workers {
		for _, job := range jobs {
			w.current[worker] = job.Key
			entry, err := runner.Run(t.Context(), job)
			if entry == nil {
				t.Fatalf("%s: no entry, %v", job.Key, err)
			}
			entries[job.Key] = entry
		}
	}
	return entries
}

// check returns what is wrong after an execution.
func (w *world) check(t *testing.T) string {
	entries := w.recover(t)
	var added, mayBeAdded int64
	for key, entry := range entries {
		times := 0
		for _, applied := range w.applied {
			if applied == key {
				times++
			}
		}
		if !entry.Job.Add.IsZero() && entry.Outcome >= credit.Unknown {
			mayBeAdded++
			if entry.Outcome == credit.Applied {
				added++
			}
		}
		switch {
		case entry.State == StateRunning || entry.State == StateQueued && entry.Outcome != credit.NotSent:
			return fmt.Sprintf("%s is %s, %s, at the end", key, entry.State, entry.Outcome)
		case entry.Outcome == credit.Applied && times == 0:
			return key + " was not applied, and the journal says that it was"
		case (entry.Outcome == credit.Rejected || entry.Outcome == credit.NotSent) && times > 0:
			return fmt.Sprintf("%s was applied, and the journal says %s", key, entry.Outcome)
		case w.mode != repeatable && times > 1:
			return fmt.Sprintf("%s was applied %d times", key, times)
		}
	}
	if w.total.Cmp(credit.NewDecimal(added)) < 0 || w.total.Cmp(credit.NewDecimal(mayBeAdded)) > 0 {
		return fmt.Sprintf("the total is %s, after %d changes that added 1 and %d that may have", w.total, added, mayBeAdded-added)
	}
	return w.undone
}

// checkOrder notes a write of a key in doubt that undoes the change of a key that was
// started later.
func (w *world) checkOrder(key string) {
	if entry, ok := NewEntry(w.store.index.events[key], time.Now()); !ok || !entry.doubt {
		return
	}
	for i, other := range w.applied {
		if other != key && w.startedAt[i] > w.startOf(key) {
			w.undone = fmt.Sprintf("a repeat of %s undid the later %s", key, other)
		}
	}
}

// checkAlone notes a write whose lease has ended, or while another key of the credit
// that was started earlier is running.
func (w *world) checkAlone(key string) {
	own, _ := NewEntry(w.store.index.events[key], time.Now())
	for other, events := range w.store.index.events {
		entry, _ := NewEntry(events, time.Now())
		if running := entry.State == StateRunning; other == key && !running || other != key && running && w.placeOf(entry.claim) < w.placeOf(own.claim) {
			w.undone = fmt.Sprintf("%s was written while %s was %s", key, other, entry.State)
		}
	}
}

// placeOf returns the place of a start.
func (w *world) placeOf(claim string) int {
	return slices.IndexFunc(w.store.log, func(e Event) bool { return e.Kind == Started && e.Claim == claim })
}

// startOf returns the place of a key's latest start that is not a restart.
func (w *world) startOf(key string) (place int) {
	var earlier []Event
	for i, e := range w.store.log {
		if e.Key != key {
			continue
		}
		if e.Kind == Started && !IsRestart(earlier) {
			place = i
		}
		earlier = append(earlier, e)
	}
	return place
}

// maxStates bounds the large scenarios.
const maxStates = 100_000

// explore takes every path of a scenario that leads to a new state, up to maxStates. It
// returns the number
// of states and of complete paths, and the first one that ends wrong.
func (s scenario) explore(t *testing.T) (states, paths int, wrong error) {
	var path []int
	visited := make(map[string]bool)
	for {
		w, widths, done := s.execute(path, visited)
		if done {
			paths++
			if problem := w.check(t); problem != "" {
				return len(visited), paths, errors.New(problem + "\n\t" + strings.Join(w.trace, "\n\t"))
			}
		}
		for len(path) < len(widths) {
			path = append(path, 0)
		}
		for len(path) > 0 && path[len(path)-1]+1 == widths[len(path)-1] {
			path = path[:len(path)-1]
		}
		if len(path) == 0 || len(visited) > maxStates {
			return len(visited), paths, nil
		}
		path[len(path)-1]++
	}
}

func modelJob(key string) Job {
	return Job{Key: key, Vendor: "model", Ref: credit.Ref{ID: "c"}, Patch: credit.Patch{Name: credit.Set("value of " + key)}}
}

// addJob adds 1 to the total.
func addJob(key string) Job {
	return Job{Key: key, Vendor: "model", Ref: credit.Ref{ID: "c"}, Add: Amounts{Total: credit.NewDecimal(1)}}
}

var long = flag.Bool("long", false, "explore the large scenarios of the model, which takes minutes")

func TestEveryInterleaving(t *testing.T) {
	a, b := modelJob("a"), modelJob("b")
	addA, addB := addJob("a"), addJob("b")
	guarded := modelJob("a")
	guarded.Expect = &credit.Record{Values: credit.Values{Name: credit.Set("before")}}
	for _, test := range []struct {
		name     string
		long     bool
		scenario scenario
	}{
		{"one key in turn, a crash", false, scenario{workers: [][]Job{{a, a, a}}, crashes: 1, lost: 2, ticks: 1}},
		{"one key, two workers, two crashes", false, scenario{workers: [][]Job{{a}, {a}}, crashes: 2, ticks: 1}},
		{"one key, two workers, a lost answer", false, scenario{workers: [][]Job{{a}, {a}}, lost: 1, ticks: 1}},
		{"two keys, two workers, a crash", false, scenario{workers: [][]Job{{a}, {b}}, crashes: 1, ticks: 1}},
		{"two keys, a lost answer, the first again", false, scenario{workers: [][]Job{{a, b, a}}, lost: 2, ticks: 1}},
		{"an expected value, a lost answer, another key", false, scenario{workers: [][]Job{{guarded, b, guarded}}, lost: 2, ticks: 1}},
		{"two sums, two workers", false, scenario{workers: [][]Job{{addA}, {addB}}, lost: 1}},
		{"two sums, a lost answer, the first again", false, scenario{workers: [][]Job{{addA, addB, addA}}, lost: 2, ticks: 1}},
		{"one key, three workers, three crashes", true, scenario{workers: [][]Job{{a}, {a}, {a}}, crashes: 3, ticks: 1}},
		{"two keys, three workers, a crash", true, scenario{workers: [][]Job{{a}, {b}, {a}}, crashes: 1, ticks: 1}},
		{"two sums, three workers, a lost answer", true, scenario{workers: [][]Job{{addA}, {addB}, {addA}}, lost: 1}},
	} {
		if test.long && !*long {
			continue
		}
		for _, mode := range []mode{repeatable, once, keyed} {
			t.Run(mode.String()+"/"+test.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := test.scenario
					s.mode = mode
					states, paths, wrong := s.explore(t)
					if wrong != nil {
						t.Errorf("after %d paths: %v", paths, wrong)
					}
					t.Logf("%d states, %d paths, all of them: %t", states, paths, states <= maxStates)
					if states > maxStates && !test.long {
						t.Error("the scenario is too large")
					}
				})
			})
		}
	}
}

// Without the rule that a start without an end is a doubt, changes are made twice.
func TestModelNeedsDoubts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := modelJob("a")
		s := scenario{mode: once, workers: [][]Job{{a}}, crashes: 1, forgetDoubts: true}
		if _, _, wrong := s.explore(t); wrong == nil {
			t.Error("the model did not notice that the change was made twice")
		}
	})
}
