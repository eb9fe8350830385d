package journal

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
)

const maxWorkers = 3

// A state is everything that decides what can happen: two paths that lead to the same
// state go on in the same way, and one of them is enough. It holds no hashes.
type state struct {
	log, vendor            int32             // in the model's lists
	ticks, crashes, faults int8              // so far
	workers                [maxWorkers]int32 // positions
}

// A model searches the states of a scenario.
type model struct {
	scenario
	t *testing.T
	// plain turns the reductions off.
	plain bool

	base      time.Time // the time before the first tick
	events    list[Event]
	responses list[response]
	logs      list[*log]
	vendors   list[*vendorState]

	positions []position
	starts    map[string]int
	arrivals  map[arrival]int
	replays   int

	states  []state
	visited map[state]bool
	parents []parent
	ends    map[end]bool
}

// An end is what is left when all workers are gone.
type end struct{ log, vendor int32 }

// A parent is the way to a state.
type parent struct {
	state  int32
	worker int8 // the place of the one that acted; -1 for the clock
	fault  string
}

func newModel(t *testing.T, s scenario, plain bool) *model {
	m := &model{
		scenario: s, t: t, plain: plain,
		base:      time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), // when a bubble of synctest begins
		positions: make([]position, 1),                         // gone
		starts:    make(map[string]int), arrivals: make(map[arrival]int),
		visited: make(map[state]bool), ends: make(map[end]bool),
	}
	m.logs.add("", &log{index: &index{}})
	m.addVendor(&vendorState{name: "before", total: credit.NewDecimal(0)})
	return m
}

// step lets the worker at a place go on. It returns the state afterwards.
func (m *model) step(s state, worker int, fault string) (after state, wrong string) {
	p := int(s.workers[worker])
	o := m.next(p)
	after = s
	switch fault {
	case crash:
		after.crashes++
		after.workers[worker] = gone
		return m.sorted(after), ""
	case crashAfter:
		after.crashes++
	case "", storedLate:
	default:
		after.faults++
	}
	after, answer, wrong := m.perform(after, o, fault)
	if fault == crashAfter {
		after.workers[worker] = gone
		return m.sorted(after), wrong
	}
	next := m.after(p, m.addResponse(answer), int(s.ticks))
	if o := m.next(next); o.kind == returned {
		if o.err == nil && m.vendors.list[after.vendor].times(o.key) == 0 && wrong == "" {
			wrong = o.key + " was not applied, and Run returned no error"
		}
		history := 0 // a Run keeps nothing for the next one
		if m.plain {
			history = next
		}
		next = m.start(m.positions[next].jobs[1:], history)
	}
	after.workers[worker] = int32(next)
	return m.sorted(after), wrong
}

// sorted returns a state without an order of the workers: neither the store nor the vendor
// knows who is who, and a worker's position holds its jobs.
func (m *model) sorted(s state) state {
	if !m.plain {
		slices.Sort(s.workers[:])
	}
	return s
}

// successors calls visit for each state that can follow, until it returns false.
func (m *model) successors(s state, visit func(after state, way parent, wrong string) bool) {
	for worker, p := range s.workers {
		if p == gone || !m.plain && worker > 0 && p == s.workers[worker-1] {
			continue
		}
		for _, fault := range append([]string{""}, m.faults(s, m.next(int(p)))...) {
			after, wrong := m.step(s, worker, fault)
			if !visit(after, parent{worker: int8(worker), fault: fault}, wrong) {
				return
			}
		}
	}
	if s.ticks < int8(m.ticks) && s.workers != [maxWorkers]int32{} {
		s.ticks++
		visit(s, parent{worker: -1}, "")
	}
}

// first returns the state at the beginning.
func (m *model) first() state {
	var s state
	for i, jobs := range m.workers {
		s.workers[i] = int32(m.start(jobs, 0))
	}
	return m.sorted(s)
}

// explore visits every state of the scenario, those with the shortest paths first. It
// returns the first one that is wrong.
func (m *model) explore() error {
	m.add(m.first(), parent{state: -1})
	for i := 0; i < len(m.states); i++ {
		s := m.states[i]
		var err error
		m.successors(s, func(after state, way parent, wrong string) bool {
			way.state = int32(i)
			if wrong != "" {
				err = errors.New(wrong + m.trace(way))
			} else if !m.visited[after] {
				m.add(after, way)
			}
			return err == nil
		})
		if err == nil && s.workers == [maxWorkers]int32{} {
			if wrong := m.checkEnd(s); wrong != "" {
				err = errors.New(wrong + m.trace(m.parents[i]))
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *model) add(s state, way parent) {
	m.visited[s] = true
	m.states, m.parents = append(m.states, s), append(m.parents, way)
}

// walk takes every path from a state, and notes the ends. It returns what is wrong first.
func (m *model) walk(s state) (paths int, wrong string) {
	if s.workers == [maxWorkers]int32{} {
		return 1, m.checkEnd(s)
	}
	m.successors(s, func(after state, _ parent, w string) bool {
		if wrong = w; wrong == "" {
			var n int
			n, wrong = m.walk(after)
			paths += n
		}
		return wrong == ""
	})
	return paths, wrong
}

// checkEnd runs every key again, as a service does after a restart, and returns what is
// wrong then, or "".
func (m *model) checkEnd(s state) string {
	e := end{s.log, s.vendor}
	if m.ends[e] {
		return "" // at another tick. Every lease has ended below, whenever that is
	}
	m.ends[e] = true
	s.ticks++ // every lease ends
	entries := make(map[string]*Entry)
	for _, jobs := range m.workers {
		for _, job := range jobs {
			entry, after, wrong := m.runAlone(s, job)
			if wrong != "" {
				return wrong
			}
			entries[job.Key], s = entry, after
		}
	}
	return m.checkEntries(m.vendors.list[s.vendor], entries)
}

// runAlone runs a job without another worker and without faults.
func (m *model) runAlone(s state, job Job) (*Entry, state, string) {
	p := m.start([]Job{job}, 0)
	for m.next(p).kind != returned {
		after, answer, wrong := m.perform(s, m.next(p), "")
		if wrong != "" {
			return nil, s, wrong
		}
		p, s = m.after(p, m.addResponse(answer), int(s.ticks)), after
	}
	o := m.next(p)
	if o.entry == nil {
		return nil, s, fmt.Sprintf("%s has no entry at the end: %v", job.Key, o.err)
	}
	return o.entry, s, ""
}

// checkEntries compares what the journal says with what the vendor did.
func (m *model) checkEntries(vendor *vendorState, entries map[string]*Entry) string {
	var added, mayBeAdded int64
	for key, entry := range entries {
		times := vendor.times(key)
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
		case m.mode != repeatable && times > 1:
			return fmt.Sprintf("%s was applied %d times", key, times)
		}
	}
	if vendor.total.Cmp(credit.NewDecimal(added)) < 0 || vendor.total.Cmp(credit.NewDecimal(mayBeAdded)) > 0 {
		return fmt.Sprintf("the total is %s, after %d changes that added 1 and %d that may have", vendor.total, added, mayBeAdded-added)
	}
	return ""
}

// trace describes the path whose last step is given.
func (m *model) trace(last parent) string {
	var lines []string
	for way := last; way.state >= 0; way = m.parents[way.state] {
		line := "the leases end"
		if way.worker >= 0 {
			s := m.states[way.state]
			line = fmt.Sprintf("a worker %s %s", m.next(int(s.workers[way.worker])), way.fault)
		}
		lines = append(lines, strings.TrimSpace(line))
	}
	slices.Reverse(lines)
	return "\n\t" + strings.Join(lines, "\n\t")
}
