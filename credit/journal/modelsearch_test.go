package journal

import (
	"context"
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

// A log is the content of the store.
type log struct {
	events []int // in the model's list of events
	index  *index
	prior  Prior // of the last event
}

// A vendorState is what the vendor knows.
type vendorState struct {
	name    string
	total   credit.Decimal
	applied []appliedWrite
	keys    []string // idempotency keys of applied writes
}

// An appliedWrite is a write that the vendor applied.
type appliedWrite struct {
	key       string
	startedAt int // the place in the log of the start of its key that was not a restart
}

func (v *vendorState) clone() *vendorState {
	c := *v
	c.applied, c.keys = slices.Clone(v.applied), slices.Clone(v.keys)
	return &c
}

func (v *vendorState) record() *credit.Record {
	return &credit.Record{Values: credit.Values{Name: credit.Set(v.name), Total: credit.Set(v.total)}}
}

// times returns how often writes of a key were applied.
func (v *vendorState) times(key string) (n int) {
	for _, write := range v.applied {
		if write.key == key {
			n++
		}
	}
	return n
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
	visited map[state]int32
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
		visited: make(map[state]int32), ends: make(map[end]bool),
	}
	m.logs.add("", &log{index: &index{}})
	m.addVendor(&vendorState{name: "before", total: credit.NewDecimal(0)})
	return m
}

func (m *model) addVendor(v *vendorState) int32 {
	return int32(m.vendors.add(fmt.Sprint(v.name, v.total, v.applied, v.keys), v))
}

// addEvent returns the log after an event, and its place in the log.
func (m *model) addEvent(before int32, e Event) (after int32, place int) {
	old := m.logs.list[before]
	place = len(old.events)
	if e.Kind == Started {
		e.Claim = claimOf(place)
	}
	text, err := e.Encode()
	if err == nil {
		e, err = Decode(text) // a copy, as stores return it
	}
	if err != nil {
		m.t.Fatalf("%v: %s", err, text)
	}
	id := m.events.add(string(text), e)
	name := fmt.Sprint(append(slices.Clip(old.events), id))
	if known, ok := m.logs.index[name]; ok {
		return int32(known), place
	}
	next := &log{events: append(slices.Clip(old.events), id), index: &index{}}
	for _, id := range next.events {
		next.prior = next.index.add(m.events.list[id])
	}
	return int32(m.logs.add(name, next)), place
}

// ids returns the events of a key before a place in the log.
func (m *model) ids(l *log, key string, before int) (ids []int) {
	for _, id := range l.events[:before] {
		if m.events.list[id].Key == key {
			ids = append(ids, id)
		}
	}
	return ids
}

func (m *model) addResponse(a response) int {
	name := fmt.Sprint(a.events, a.starts, a.place, a.err)
	if a.record != nil {
		name += fmt.Sprint(a.record.Name, a.record.Total)
	}
	return m.responses.add(name, a)
}

// at returns the time of a tick.
func (m *model) at(ticks int8) time.Time { return m.base.Add(time.Duration(ticks) * tick) }

// The faults of an operation.
const (
	crash       = "crash"
	crashAfter  = "crash after"
	storedLate  = "stored late"
	notStored   = "not stored"
	storedFault = "stored, and no answer"
	lostBefore  = "lost before"
	lostAfter   = "lost after"
	rejected    = "rejected"
	limited     = "rate limited"
)

// faults returns what can happen instead of success, with what it costs.
func (m *model) faults(s state, o *operation) []string {
	var all []string
	if s.crashes < int8(m.crashes) && (m.plain || o.kind.changes()) {
		// A worker that crashes before it reads leaves behind what it leaves if it stands
		// still there until the others are gone, and crashes before its next change. So
		// does one that crashes after an operation.
		all = append(all, crash)
		if m.plain {
			all = append(all, crashAfter)
		}
	}
	expired := int(s.ticks) >= o.deadline
	if o.kind == appendEvent && expired {
		all = append(all, storedLate) // the store was slower than the context
	}
	if s.faults < int8(m.lost) && !expired {
		switch {
		case o.kind == writeCredit:
			all = append(all, lostBefore, lostAfter, rejected, limited)
		case o.kind == appendEvent && m.storeFaults:
			all = append(all, notStored, storedFault)
		}
	}
	return all
}

var errLost = errors.New("no answer")

// perform carries out an operation, and returns the state of the store and the vendor
// afterwards and the response. wrong is what the operation breaks, or "".
func (m *model) perform(s state, o *operation, fault string) (after state, answer response, wrong string) {
	after, answer.place = s, -1
	expired := int(s.ticks) >= o.deadline
	stored := m.logs.list[s.log]
	vendor := m.vendors.list[s.vendor]
	if expired && fault != storedLate {
		answer.err = context.DeadlineExceeded
		if o.kind == writeCredit || o.kind == readCredit {
			answer.err = &credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.NotSent, Err: answer.err}
		}
		if o.kind != writeCredit || !m.broken.outlivesLease {
			return after, answer, ""
		}
		answer.err = nil
	}
	switch o.kind {
	case readEvents:
		answer.events = m.ids(stored, o.key, len(stored.events))
	case readStarts:
		answer.starts = stored.index.starts(modelCredit)
	case readCredit:
		answer.record = vendor.record()
	case appendEvent:
		if fault == notStored {
			answer.err = errLost
			break
		}
		after.log, answer.place = m.addEvent(s.log, o.event)
		if fault == storedLate || fault == storedFault {
			answer.err = errLost
			break
		}
		answer.events, answer.starts = m.ids(stored, o.key, len(stored.events)), m.logs.list[after.log].prior.Starts
	case writeCredit:
		answer.err = faultErrors[fault]
		if fault == "" || fault == lostAfter || fault == crashAfter {
			after.vendor, wrong = m.write(s, o)
		}
	}
	return after, answer, wrong
}

var faultErrors = map[string]error{
	lostBefore: &credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown},
	lostAfter:  &credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown},
	rejected:   &credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected},
	limited:    &credit.Error{Kind: credit.ErrRateLimited, Outcome: credit.Rejected},
}

// write applies a write at the vendor.
func (m *model) write(s state, o *operation) (after int32, wrong string) {
	vendor := m.vendors.list[s.vendor]
	if o.idempotencyKey != "" && slices.Contains(vendor.keys, o.idempotencyKey) {
		return s.vendor, ""
	}
	stored, now := m.logs.list[s.log], m.at(s.ticks)
	startedAt := m.startOf(stored, o.key)
	wrong = m.checkOrder(stored, vendor, o.key, startedAt, now)
	if wrong == "" {
		wrong = m.checkAlone(stored, o.key, now)
	}
	vendor = vendor.clone()
	if name, ok := o.patch.Name.Get(); ok {
		vendor.name = name
	}
	if total, ok := o.patch.Total.Get(); ok {
		vendor.total = total
	}
	vendor.applied = append(vendor.applied, appliedWrite{o.key, startedAt})
	if o.idempotencyKey != "" {
		vendor.keys = append(vendor.keys, o.idempotencyKey)
	}
	return m.addVendor(vendor), wrong
}

// checkOrder returns that a write of a key in doubt undoes the change of a key that was
// started later, or "".
func (m *model) checkOrder(stored *log, vendor *vendorState, key string, startedAt int, now time.Time) string {
	if entry, ok := NewEntry(stored.index.events[key], now); !ok || !entry.doubt {
		return ""
	}
	for _, other := range vendor.applied {
		if other.key != key && other.startedAt > startedAt {
			return fmt.Sprintf("a repeat of %s undid the later %s", key, other.key)
		}
	}
	return ""
}

// checkAlone returns that a write came after its lease has ended, or while another key of
// the credit that was started earlier is running, or "".
func (m *model) checkAlone(stored *log, key string, now time.Time) string {
	own, _ := NewEntry(stored.index.events[key], now)
	for other, events := range stored.index.events {
		entry, _ := NewEntry(events, now)
		running := entry.isRunning(now)
		if other == key && !running || other != key && running && m.placeOf(stored, entry.claim) < m.placeOf(stored, own.claim) {
			return fmt.Sprintf("%s was written while %s was %s", key, other, entry.State)
		}
	}
	return ""
}

// placeOf returns the place of a start.
func (m *model) placeOf(stored *log, claim string) int {
	return slices.IndexFunc(stored.events, func(id int) bool {
		e := &m.events.list[id]
		return e.Kind == Started && e.Claim == claim
	})
}

// startOf returns the place of a key's latest start that is not a restart.
func (m *model) startOf(stored *log, key string) (place int) {
	var earlier []Event
	for i, id := range stored.events {
		e := m.events.list[id]
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
			} else if _, ok := m.visited[after]; !ok {
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
	m.visited[s] = int32(len(m.states))
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
