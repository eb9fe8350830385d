package journal

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"slices"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/doctable"
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
	prior         func([]Event) []Event       // what of this its Append shows
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

var (
	long  = flag.Bool("long", false, "explore the large scenarios of the model, which takes minutes")
	write = flag.String("write", "", "the file that gets the table, such as docs/proof.md with its whole path")
)

var modes = []mode{repeatable, once, keyed}

func TestEveryInterleaving(t *testing.T) {
	start, states := time.Now(), 0
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 1, ' ', tabwriter.AlignRight|tabwriter.Debug)
	fmt.Fprint(w, "states\t")
	for _, mode := range modes {
		fmt.Fprintf(w, " %v\t", mode)
	}
	a, b := modelJob("a"), modelJob("b")
	addA, addB := addJob("a"), addJob("b")
	guarded := modelJob("a")
	guarded.Expect = &credit.Record{Values: credit.Values{Name: credit.Set("before")}}
	for _, test := range []struct {
		name     string
		long     bool
		scenario scenario
	}{
		{"one key in turn, a crash, two faults", false, scenario{workers: [][]Job{{a, a, a}}, crashes: 1, lost: 2, ticks: 1}},
		{"one key, two workers, two crashes", false, scenario{workers: [][]Job{{a}, {a}}, crashes: 2, ticks: 2}},
		{"one key, two workers, a fault of the vendor or the store", false, scenario{workers: [][]Job{{a}, {a}}, lost: 1, storeFaults: true, ticks: 1}},
		{"one key, three workers, three crashes", false, scenario{workers: [][]Job{{a}, {a}, {a}}, crashes: 3, ticks: 1}},
		{"two keys, two workers, two crashes", false, scenario{workers: [][]Job{{a}, {b}}, crashes: 2, ticks: 1}},
		{"two keys, two faults, the first again", false, scenario{workers: [][]Job{{a, b, a}}, lost: 2, ticks: 1}},
		{"an expected value, two faults, another key", false, scenario{workers: [][]Job{{guarded, b, guarded}}, lost: 2, ticks: 1}},
		{"two sums, two workers, a crash", false, scenario{workers: [][]Job{{addA}, {addB}}, crashes: 1, ticks: 1}},
		{"two sums, two workers, a fault", false, scenario{workers: [][]Job{{addA}, {addB}}, lost: 1}},
		{"two sums, two faults, the first again", false, scenario{workers: [][]Job{{addA, addB, addA}}, lost: 2, ticks: 1}},

		{"one key, three workers, three crashes, three clock ticks", true, scenario{workers: [][]Job{{a}, {a}, {a}}, crashes: 3, ticks: 3}},
		{"one key, three workers, three crashes, a fault", true, scenario{workers: [][]Job{{a}, {a}, {a}}, crashes: 3, lost: 1, storeFaults: true, ticks: 1}},
		{"two keys, three workers, three crashes", true, scenario{workers: [][]Job{{a}, {b}, {a}}, crashes: 3, ticks: 1}},
		{"two sums, two workers, two crashes, a fault", true, scenario{workers: [][]Job{{addA}, {addB}}, crashes: 2, lost: 1, ticks: 1}},
		{"two sums, three workers, a crash", true, scenario{workers: [][]Job{{addA}, {addB}, {addA}}, crashes: 1, ticks: 1}},
		{"two sums, three workers, a fault", true, scenario{workers: [][]Job{{addA}, {addB}, {addA}}, lost: 1}},
	} {
		if test.long && !*long {
			continue
		}
		fmt.Fprintf(w, "\n%s\t", test.name)
		for _, mode := range modes {
			t.Run(mode.String()+"/"+test.name, func(t *testing.T) {
				s := test.scenario
				s.mode = mode
				m := newModel(t, s, false)
				if err := m.explore(); err != nil {
					t.Error(err)
				}
				t.Logf("%d states, %d ends, %d runs of a worker: all of them", len(m.states), len(m.ends), m.replays)
				fmt.Fprintf(w, " %d\t", len(m.states))
				states += len(m.states)
			})
		}
	}
	fmt.Fprintf(w, "\n")
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	command := "go test ./credit/journal -run TestEveryInterleaving -v"
	if *long {
		command += " -timeout 30m -args -long"
	}
	doctable.Table{
		Name: "interleavings", Command: command, Took: time.Since(start),
		Text: table.String() + fmt.Sprintf("\n%d states, all of them\n", states),
	}.Publish(t, *write)
}

// mutants are rules that do not hold. Each has a small scenario that shows it.
var mutants = []struct {
	name     string
	scenario scenario
}{
	{"a start without an end is not a doubt", scenario{mode: once, workers: [][]Job{{modelJob("a")}}, crashes: 1, broken: broken{events: func(events []Event) []Event {
		return slices.DeleteFunc(slices.Clone(events), func(e Event) bool {
			return e.Kind == Started && !slices.ContainsFunc(events, func(end Event) bool { return end.Claim == e.Claim && end.Kind == Ended })
		})
	}}}},
	{"the store's order does not decide who runs", scenario{mode: once, workers: [][]Job{{modelJob("a")}, {modelJob("a")}}, broken: broken{
		prior: func([]Event) []Event { return nil },
	}}},
	{"only the last start counts", scenario{workers: [][]Job{{modelJob("a"), modelJob("a")}}, lost: 2, broken: broken{events: func(events []Event) []Event {
		for i, e := range slices.Backward(events) {
			if e.Kind == Started {
				return events[i:]
			}
		}
		return events
	}}}},
	{"a late failure ends another's start", scenario{workers: [][]Job{{modelJob("a")}, {modelJob("a")}, {modelJob("a")}}, ticks: 1, broken: broken{events: func(events []Event) []Event {
		claim := ""
		for i, e := range events {
			if e.Kind == Started {
				claim = e.Claim
			}
			events[i].Claim = claim
		}
		return events
	}}}},
	{"keys of one credit run at the same time", scenario{workers: [][]Job{{modelJob("a")}, {modelJob("b")}}, broken: broken{
		starts: func(_ string, s Starts) Starts { return Starts{Last: s.Last} },
	}}},
	{"a repeat undoes a later change", scenario{workers: [][]Job{{modelJob("a"), modelJob("b"), modelJob("a")}}, lost: 1, broken: broken{
		starts: func(key string, s Starts) Starts { return Starts{Last: key, Open: s.Open} },
	}}},
	{"the sum of another key resolves a doubt", scenario{mode: once, workers: [][]Job{{addJob("a"), addJob("b"), addJob("a")}}, lost: 1, broken: broken{
		starts: func(key string, s Starts) Starts { return Starts{Last: key, Open: s.Open} },
	}}},
	{"what is not repeatable is repeated", scenario{mode: once, workers: [][]Job{{modelJob("a"), modelJob("a")}}, lost: 1, broken: broken{repeatsAll: true}}},
	{"a repeat has another idempotency key", scenario{mode: keyed, workers: [][]Job{{modelJob("a"), modelJob("a")}}, lost: 1, broken: broken{events: func(events []Event) []Event {
		for i := range events {
			events[i].IdempotencyKey = ""
		}
		return events
	}}}},
	{"a call outlives its lease", scenario{workers: [][]Job{{modelJob("a")}}, ticks: 1, broken: broken{outlivesLease: true}}},
}

// The search finds each rule that does not hold, with and without its reductions.
func TestModelFindsMutants(t *testing.T) {
	for _, test := range mutants {
		for _, plain := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/plain=%t", test.name, plain), func(t *testing.T) {
				m := newModel(t, test.scenario, plain)
				err := m.explore()
				if err == nil {
					t.Fatalf("not found in %d states", len(m.states))
				}
				t.Logf("found after %d states: %v", len(m.states), err)
			})
			if t.Failed() {
				continue
			}
			sound := test.scenario
			sound.broken = broken{}
			if err := newModel(t, sound, plain).explore(); err != nil {
				t.Errorf("%s: found in the rules as they are: %v", test.name, err)
			}
		}
	}
}

// The search reaches the same ends as one that takes every path, and as one without
// reductions: what differs are only states on the way.
func TestReductionsLoseNoEnd(t *testing.T) {
	a, b := modelJob("a"), modelJob("b")
	for _, test := range []struct {
		name     string
		walk     bool // every path can be taken
		scenario scenario
	}{
		{"one key, two workers, a crash", true, scenario{workers: [][]Job{{a}, {a}}, crashes: 1}},
		{"one key in turn, a crash, a fault", true, scenario{workers: [][]Job{{a, a}}, crashes: 1, lost: 1, ticks: 1}},
		{"one key, two workers, two crashes, a fault", false, scenario{workers: [][]Job{{a}, {a}}, crashes: 2, lost: 1, storeFaults: true, ticks: 1}},
		{"one key, three workers, a crash", false, scenario{workers: [][]Job{{a}, {a}, {a}}, crashes: 1, ticks: 1}},
		{"two keys, two workers, a crash", false, scenario{workers: [][]Job{{a}, {b}}, crashes: 1, ticks: 1}},
		{"two sums in turn, a fault", false, scenario{workers: [][]Job{{addJob("a"), addJob("b"), addJob("a")}}, lost: 1, ticks: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.scenario.mode = once
			reduced, plain := newModel(t, test.scenario, false), newModel(t, test.scenario, true)
			if err := errors.Join(reduced.explore(), plain.explore()); err != nil {
				t.Fatal(err)
			}
			want := plain.endNames()
			if got := reduced.endNames(); !slices.Equal(got, want) {
				t.Errorf("%d ends with reductions, %d without", len(got), len(want))
			}
			t.Logf("%d ends, %d states with reductions, %d without", len(want), len(reduced.states), len(plain.states))
			if !test.walk {
				return
			}
			every := newModel(t, test.scenario, true)
			paths, wrong := every.walk(every.first())
			if wrong != "" {
				t.Fatal(wrong)
			}
			if got := every.endNames(); !slices.Equal(got, want) {
				t.Errorf("%d ends on %d paths, want %d", len(got), paths, len(want))
			}
			t.Logf("%d paths", paths)
		})
	}
}

// endNames returns what is in the store and at the vendor at each end.
func (m *model) endNames() []string {
	var names []string
	for e := range m.ends {
		name := fmt.Sprintf("%+v", *m.vendors.list[e.vendor])
		for _, id := range m.logs.list[e.log].events {
			event, err := m.events.list[id].Encode()
			if err != nil {
				m.t.Fatal(err)
			}
			name += "\n" + string(event)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
