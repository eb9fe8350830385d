package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/creditkit/creditkit/credit"
)

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

// ids returns the events of a key in the log.
func (m *model) ids(l *log, key string) (ids []int) {
	for _, id := range l.events {
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
		answer.events = m.ids(stored, o.key)
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
		answer.events, answer.starts = m.ids(stored, o.key), m.logs.list[after.log].prior.Starts
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
