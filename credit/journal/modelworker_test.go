package journal

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// The model runs the real Runner. What a worker does next depends only on its job and on
// what its store and its vendor have answered so far, at which times: Run has no other
// input but the random text of its claims, which the model replaces by the places of the
// starts in the log. So each sequence of answers is run once, and every state of the search
// in which a worker has received these answers uses what it did then.

const (
	modelLease = time.Minute
	// A tick is the only step of the model's clock. It ends every lease and every context.
	tick = modelLease + time.Second
	// never is the tick at which a context without a deadline has ended.
	never = math.MaxInt
)

// An operation is what a worker does next.
type operation struct {
	kind operationKind
	// key is that of the events to read, or of the worker's job.
	key            string
	event          Event // to append; a start has no claim yet
	patch          credit.Patch
	idempotencyKey string
	deadline       int // the tick at which the operation's context has ended
	entry          *Entry
	err            error // with entry, what Run has returned
}

type operationKind int

const (
	readEvents operationKind = iota
	readStarts
	appendEvent
	readCredit
	writeCredit
	returned // Run has returned
)

// changes reports whether the operation can change the store or the vendor.
func (k operationKind) changes() bool { return k == appendEvent || k == writeCredit }

// String describes the operation for people.
func (o *operation) String() string {
	switch o.kind {
	case readEvents:
		return "reads the events of " + o.key
	case readStarts:
		return "reads the starts"
	case appendEvent:
		return strings.TrimSpace(fmt.Sprintf("appends %s %s %s %s", o.event.Kind, o.event.Key, o.event.Claim, o.event.Outcome))
	case readCredit:
		return "reads the credit"
	case writeCredit:
		return "writes the credit for " + o.key
	}
	return fmt.Sprintf("returns %s: %v", o.entry.State, o.err)
}

// equal reports whether two operations are the same. Of an event it compares what a
// worker can choose.
func (o *operation) equal(other *operation) bool {
	e, f := &o.event, &other.event
	return o.kind == other.kind && o.key == other.key && o.idempotencyKey == other.idempotencyKey &&
		o.deadline == other.deadline && samePatch(&o.patch, &other.patch) &&
		e.Kind == f.Kind && e.Claim == f.Claim && e.At.Equal(f.At) && e.Lease.Equal(f.Lease) &&
		e.Outcome == f.Outcome && e.Error == f.Error && samePatch(&e.Target, &f.Target)
}

// A response is the answer of the store or the vendor to an operation.
type response struct {
	events []int // in the model's list of events
	starts Starts
	place  int // of an appended event in the log; -1 if it was not stored
	err    error
	record *credit.Record
}

// A position is where a worker stands: before an operation, after all earlier ones of its
// Run.
type position struct {
	jobs   []Job // the one that runs, and those after it
	before int   // the position before the last operation; 0 for the first one of a Run
	last   int   // the response to the last operation
	tick   int   // of that response
	next   *operation
}

// gone is the position of a worker that has crashed or has no more jobs: both do nothing.
const gone = 0

// An arrival identifies a position by the one before it.
type arrival struct{ before, response, tick int }

// start returns the position at the first operation of the first job. history is where
// the worker stood before, if that matters.
func (m *model) start(jobs []Job, history int) int {
	if len(jobs) == 0 {
		return gone
	}
	name := fmt.Sprint(history)
	for _, job := range jobs {
		name += fmt.Sprintf(" %q", job.Key)
	}
	p, ok := m.starts[name]
	if !ok {
		p = m.addPosition(position{jobs: jobs})
		m.starts[name] = p
	}
	return p
}

// after returns the position after a response.
func (m *model) after(p, answer, tick int) int {
	a := arrival{p, answer, tick}
	next, ok := m.arrivals[a]
	if !ok {
		next = m.addPosition(position{jobs: m.positions[p].jobs, before: p, last: answer, tick: tick})
		m.arrivals[a] = next
	}
	return next
}

func (m *model) addPosition(p position) int {
	m.positions = append(m.positions, p)
	return len(m.positions) - 1
}

// next returns the operation that a worker at a position does. It runs the job up to there.
func (m *model) next(p int) *operation {
	if m.positions[p].next == nil {
		m.positions[p].next = m.replay(p)
	}
	return m.positions[p].next
}

// replay runs a job with the responses that lead to a position, in time.
func (m *model) replay(p int) *operation {
	r := &replay{model: m, key: m.positions[p].jobs[0].Key, claims: make(map[string]string), own: make(map[string]string)}
	for at := p; m.positions[at].before != 0; at = m.positions[at].before {
		r.path = append(r.path, at)
	}
	slices.Reverse(r.path)
	m.replays++
	synctest.Test(m.t, func(*testing.T) {
		r.began = time.Now()
		defer func() {
			if reason := recover(); reason != nil && reason != any(r) {
				panic(reason)
			}
		}()
		runner := Runner{Store: replayStore{r}, Updater: replayUpdater{r}, Lease: modelLease}
		entry, err := runner.Run(context.Background(), m.positions[p].jobs[0])
		r.next = &operation{kind: returned, key: r.key, entry: entry, err: err}
	})
	return r.next
}

// A replay is one execution of Run. It panics with itself at the operation after the path.
type replay struct {
	*model
	key         string // of the job
	began       time.Time
	path        []int             // positions after each operation
	done        int               // operations so far
	claims, own map[string]string // the model's claims by those of Run, and the reverse
	next        *operation
}

// do returns the known response to an operation.
func (r *replay) do(ctx context.Context, o operation) response {
	o.deadline = never
	if deadline, ok := ctx.Deadline(); ok {
		o.deadline = int((deadline.Sub(r.began) + tick - 1) / tick)
	}
	if r.done == len(r.path) {
		r.next = &o
		panic(r)
	}
	p := r.positions[r.path[r.done]]
	r.done++
	if known := r.positions[p.before].next; !known.equal(&o) {
		r.t.Fatalf("the same responses led to two operations: %s, and %s", known, &o)
	}
	time.Sleep(time.Until(r.began.Add(time.Duration(p.tick) * tick)))
	return r.responses.list[p.last]
}

// A replayStore is the store of a replay.
type replayStore struct{ *replay }

func (s replayStore) Append(ctx context.Context, e Event) (Prior, error) {
	claim := e.Claim
	if own, ok := s.claims[claim]; ok || e.Kind == Started {
		e.Claim = own // none for a start: its place in the log is not known yet
	}
	answer := s.do(ctx, operation{kind: appendEvent, key: e.Key, event: e})
	if e.Kind == Started && answer.place >= 0 {
		s.claims[claim] = claimOf(answer.place)
		s.own[claimOf(answer.place)] = claim
	}
	events := s.shown(answer.events)
	if s.broken.prior != nil {
		events = s.broken.prior(events)
	}
	return Prior{Events: events, Starts: s.shownStarts(answer.starts)}, answer.err
}

// claimOf returns the claim of the start at a place in the log.
func claimOf(place int) string { return fmt.Sprint("start ", place) }

func (s replayStore) Events(ctx context.Context, key string) ([]Event, error) {
	answer := s.do(ctx, operation{kind: readEvents, key: key})
	return s.shown(answer.events), answer.err
}

func (s replayStore) Starts(ctx context.Context, _ string) (Starts, error) {
	answer := s.do(ctx, operation{kind: readStarts})
	return s.shownStarts(answer.starts), answer.err
}

func (s replayStore) Keys(context.Context, bool) iter.Seq2[string, error] {
	panic("Run does not list keys")
}

// shown returns events as the worker has written them.
func (s replayStore) shown(ids []int) []Event {
	events := make([]Event, len(ids))
	for i, id := range ids {
		events[i] = s.events.list[id]
		if own, ok := s.own[events[i].Claim]; ok {
			events[i].Claim = own
		}
	}
	if s.broken.events != nil {
		return s.broken.events(events)
	}
	return events
}

func (s replayStore) shownStarts(starts Starts) Starts {
	starts.Open = slices.Clone(starts.Open)
	if s.broken.starts != nil {
		return s.broken.starts(s.key, starts)
	}
	return starts
}

// A replayUpdater is the vendor of a replay.
type replayUpdater struct{ *replay }

func (u replayUpdater) Support() credit.Support {
	once := u.mode == once && !u.broken.repeatsAll
	return credit.Support{
		Fields: map[credit.Field]credit.Ability{
			credit.FieldName:  {Set: true, NotIdempotent: once},
			credit.FieldTotal: {Set: true, NotIdempotent: once},
		},
		IdempotencyKeys: u.mode == keyed, KeyLifetime: 24 * time.Hour,
	}
}

func (u replayUpdater) Read(ctx context.Context, _ credit.Ref) (*credit.Record, error) {
	answer := u.do(ctx, operation{kind: readCredit})
	return answer.record, answer.err
}

func (u replayUpdater) Update(ctx context.Context, ref credit.Ref, patch credit.Patch, opts ...credit.CallOption) (*credit.Result, error) {
	cfg, err := credit.NewCallConfig("model", opts...)
	if err != nil {
		return nil, err
	}
	result := &credit.Result{}
	if cfg.ReadsFirst() {
		if result.Before, err = u.Read(ctx, ref); err != nil {
			return nil, err
		}
		if err := cfg.CheckExpect("model", result.Before); err != nil {
			return nil, err
		}
	}
	answer := u.do(ctx, operation{kind: writeCredit, key: u.key, patch: patch, idempotencyKey: cfg.IdempotencyKey})
	if answer.err != nil {
		return nil, answer.err
	}
	return result, nil
}

// A list holds different values, each with a text that names it.
type list[V any] struct {
	list  []V
	index map[string]int
}

// add returns the place of a value, and adds it if it is new.
func (l *list[V]) add(name string, v V) int {
	if i, ok := l.index[name]; ok {
		return i
	}
	if l.index == nil {
		l.index = make(map[string]int)
	}
	l.index[strings.Clone(name)] = len(l.list)
	l.list = append(l.list, v)
	return len(l.list) - 1
}
