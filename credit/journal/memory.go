package journal

import (
	"context"
	"iter"
	"slices"
	"sync"
)

// Memory is a [Store] in memory, for tests. It forgets everything when the process
// ends. The zero Memory is empty and ready.
type Memory struct {
	mu    sync.Mutex
	index index
}

// NewMemory returns an empty Memory.
func NewMemory() *Memory { return &Memory{} }

// Append implements [Store].
func (m *Memory) Append(ctx context.Context, e Event) (Prior, error) {
	if err := ctx.Err(); err != nil {
		return Prior{}, err
	}
	text, err := e.Encode()
	if err != nil {
		return Prior{}, err
	}
	if e, err = Decode(text); err != nil { // a copy, as other stores return it
		return Prior{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.index.add(e), nil
}

// Events implements [Store].
func (m *Memory) Events(ctx context.Context, key string) ([]Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.index.events[key]), ctx.Err()
}

// Starts implements [Store].
func (m *Memory) Starts(ctx context.Context, credit string) (Starts, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.index.starts(credit), ctx.Err()
}

// Keys implements [Store].
func (m *Memory) Keys(ctx context.Context, open bool) iter.Seq2[string, error] {
	m.mu.Lock()
	keys := m.index.list(open)
	m.mu.Unlock()
	return iterate(ctx, keys)
}

// An index holds the events of a store in memory.
type index struct {
	events map[string][]Event  // by key
	keys   []string            // in the order of their first events
	last   map[string]string   // the last started key, by credit
	open   map[string][]string // the started keys that have not ended, by credit
	ended  map[string]bool     // the keys that have ended
}

// add appends an event and returns what was there before.
func (x *index) add(e Event) Prior {
	if x.events == nil {
		x.events, x.last, x.open = make(map[string][]Event), make(map[string]string), make(map[string][]string)
		x.ended = make(map[string]bool)
	}
	earlier := x.events[e.Key]
	prior := Prior{Events: slices.Clone(earlier)}
	if e.Job != nil {
		prior.Starts = x.starts(e.Credit())
	}
	if len(earlier) == 0 {
		x.keys = append(x.keys, e.Key)
	}
	x.events[e.Key] = append(earlier, e)
	x.noteStart(e, IsRestart(earlier))
	return prior
}

// noteStart keeps the starts of the event's credit, and whether the key has ended. A key
// that has ended stays so.
func (x *index) noteStart(e Event, restart bool) {
	if e.Kind == Started {
		name := e.Credit()
		if !restart {
			x.last[name] = e.Key
		}
		if !x.ended[e.Key] && !slices.Contains(x.open[name], e.Key) {
			x.open[name] = append(x.open[name], e.Key)
		}
		return
	}
	if x.ended[e.Key] || !HasEnded(x.events[e.Key]) {
		return
	}
	x.ended[e.Key] = true
	for _, earlier := range x.events[e.Key] {
		if earlier.Kind == Started {
			name := earlier.Credit()
			x.open[name] = slices.DeleteFunc(x.open[name], func(key string) bool { return key == e.Key })
			if len(x.open[name]) == 0 {
				delete(x.open, name)
			}
		}
	}
}

// starts returns the starts of a credit, as a copy.
func (x *index) starts(credit string) Starts {
	return Starts{Last: x.last[credit], Open: slices.Clone(x.open[credit])}
}

func (x *index) list(open bool) []string {
	var keys []string
	for _, key := range x.keys {
		if !open || !x.ended[key] {
			keys = append(keys, key)
		}
	}
	return keys
}

// iterate returns the keys until ctx ends.
func iterate(ctx context.Context, keys []string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, key := range keys {
			if err := ctx.Err(); err != nil {
				yield("", err)
				return
			}
			if !yield(key, nil) {
				return
			}
		}
	}
}
