package journal

import (
	"flag"
	"slices"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// A mode is how a vendor treats a write that comes twice.
type mode int

const (
	repeatable mode = iota // a repeat sets the same value
	once                   // a repeat may change the credit again
	keyed                  // a repeat with the same key is not applied again
)

func (m mode) String() string { return [...]string{"repeatable", "once", "keyed"}[m] }

// A scenario is what a model explores: every order of the operations of the workers at the
// store and at the vendor, with crashes and faults in every place. Requests that arrive
// late are not part of it: see the package's documentation.
type scenario struct {
	mode        mode
	workers     [][]Job // what each worker runs, one job after the other
	crashes     int     // of workers, at most
	lost        int     // answers that do not come, or are a refusal, at most
	storeFaults bool    // some of them are of the store
	ticks       int     // times that the clock passes every lease, at most
	broken      broken
}

// broken breaks a rule of the journal. The zero value breaks none.
type broken struct {
	events        func([]Event) []Event       // what the store shows of a key
	starts        func(string, Starts) Starts // what it shows of a credit to a key
	repeatsAll    bool                        // the vendor's Support has no field that is NotIdempotent
	outlivesLease bool                        // the vendor is called although the context has ended
}

const modelCredit = `"model" "c"`

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
		{"one key, three workers, three crashes t2", true, scenario{workers: [][]Job{{a}, {a}, {a}}, crashes: 3, ticks: 2}},
		{"one key, three workers, three crashes t3", true, scenario{workers: [][]Job{{a}, {a}, {a}}, crashes: 3, ticks: 3}},
		{"one key, three workers, three crashes t1 lost 1", true, scenario{workers: [][]Job{{a}, {a}, {a}}, crashes: 3, ticks: 1, lost: 1}},
		{"one key, three workers, three crashes t2 lost 1", true, scenario{workers: [][]Job{{a}, {a}, {a}}, crashes: 3, ticks: 2, lost: 1}},
		{"two keys, three workers, a crash", true, scenario{workers: [][]Job{{a}, {b}, {a}}, crashes: 1, ticks: 1}},
		{"two keys, three workers, three crash", true, scenario{workers: [][]Job{{a}, {b}, {a}}, crashes: 3, ticks: 1}},
		{"two sums, three workers, a lost answer", true, scenario{workers: [][]Job{{addA}, {addB}, {addA}}, lost: 1}},
		{"two sums, three workers, a crash", true, scenario{workers: [][]Job{{addA}, {addB}, {addA}}, crashes: 1, ticks: 1}},
		{"two sums, two workers, two crashes", false, scenario{workers: [][]Job{{addA}, {addB}}, crashes: 2, ticks: 1}},
		{"two sums, two workers, a crash and a lost answer", false, scenario{workers: [][]Job{{addA}, {addB}}, crashes: 1, lost: 1, ticks: 1}},
		{"two sums, three workers, three crashes", true, scenario{workers: [][]Job{{addA}, {addB}, {addA}}, crashes: 3, ticks: 1}},
	} {
		if test.long && !*long {
			continue
		}
		for _, mode := range []mode{repeatable, once, keyed} {
			t.Run(mode.String()+"/"+test.name, func(t *testing.T) {
				s := test.scenario
				s.mode = mode
				m := newModel(t, s, false)
				began := time.Now()
				if err := m.explore(); err != nil {
					t.Error(err)
				}
				t.Logf("%d states, %d ends, %d positions, %d logs, %d replays, %v", len(m.states), len(m.ends), len(m.positions), len(m.logs.list), m.replays, time.Since(began))
			})
		}
	}
}

// Without the rule that a start without an end is a doubt, changes are made twice.
func TestModelNeedsDoubts(t *testing.T) {
	a := modelJob("a")
	s := scenario{mode: once, workers: [][]Job{{a}}, crashes: 1, broken: broken{events: func(events []Event) []Event {
		return slices.DeleteFunc(slices.Clone(events), func(e Event) bool {
			return e.Kind == Started && !slices.ContainsFunc(events, func(end Event) bool { return end.Claim == e.Claim && end.Kind == Ended })
		})
	}}}
	if err := newModel(t, s, false).explore(); err == nil {
		t.Error("the model did not notice that the change was made twice")
	}
}
