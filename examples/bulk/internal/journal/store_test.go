package journal

import (
	"bytes"
	"context"
	"iter"
	"sync"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	changes "github.com/creditkit/creditkit/credit/journal"
	"github.com/creditkit/creditkit/credit/journal/journaltest"
	"github.com/creditkit/creditkit/examples/bulk/internal/natstest"
)

// keyedStore makes a store of any keys from the rows of a journal: it numbers the keys. A
// job has one row for each credit; where the tests have several keys of a credit, their
// starts are found by reading all messages.
type keyedStore struct {
	*Journal
	numbers *keyNumbers
}

type keyNumbers struct {
	mu  sync.Mutex
	all map[string]int64

	read    uint64 // the last message whose events are decoded
	decoded []changes.Event
}

func (s *keyedStore) row(key string) *Row {
	s.numbers.mu.Lock()
	defer s.numbers.mu.Unlock()
	if s.numbers.all[key] == 0 {
		s.numbers.all[key] = int64(len(s.numbers.all)) + 1
	}
	return s.Row(s.numbers.all[key], "knox", key)
}

func (s *keyedStore) Append(ctx context.Context, e changes.Event) (changes.Prior, error) {
	prior, err := s.row(e.Key).Append(ctx, e)
	if err != nil || e.Job == nil {
		return prior, err
	}
	text, err := e.Encode()
	if err != nil {
		return prior, err
	}
	earlier := 0
	before, err := s.copyUntil(ctx, e.Credit(), func(other changes.Event) bool {
		if other.Key != e.Key {
			return false
		}
		same, err := other.Encode()
		earlier++
		return err == nil && bytes.Equal(same, text) && earlier == len(prior.Events)+1
	})
	if err == nil {
		prior.Starts, err = before.Starts(ctx, e.Credit())
	}
	return prior, err
}

// copyUntil copies the events of the keys of a credit, or of all for "", up to the first
// for which stop is true.
func (s *keyedStore) copyUntil(ctx context.Context, credit string, stop func(changes.Event) bool) (*changes.Memory, error) {
	copied, keys := changes.NewMemory(), make(map[string]bool)
	all, err := s.numbers.events(ctx, s.log)
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		if e.Job != nil && e.Credit() == credit {
			keys[e.Key] = true
		}
	}
	for _, e := range all {
		if credit != "" && !keys[e.Key] {
			continue
		}
		if stop(e) {
			break
		}
		if _, err := copied.Append(ctx, e); err != nil {
			return nil, err
		}
	}
	return copied, nil
}

// events returns the events of all rows.
func (n *keyNumbers) events(ctx context.Context, log Log) ([]changes.Event, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	last, err := log.Last(ctx)
	for ; err == nil && n.read < last; n.read++ {
		var m Message
		if m, err = log.Get(ctx, n.read+1); err != nil {
			break
		}
		var events []Event
		if events, err = decodeMessage(m); err != nil {
			break
		}
		for _, stored := range events {
			e, err := changes.Decode(stored.Change)
			if err != nil {
				return nil, err
			}
			n.decoded = append(n.decoded, e)
		}
	}
	return n.decoded, err
}

func (s *keyedStore) Events(ctx context.Context, key string) ([]changes.Event, error) {
	return s.row(key).Events(ctx, key)
}

func (s *keyedStore) Starts(ctx context.Context, credit string) (changes.Starts, error) {
	all, err := s.copyUntil(ctx, credit, func(changes.Event) bool { return false })
	if err != nil {
		return changes.Starts{}, err
	}
	return all.Starts(ctx, credit)
}

func (s *keyedStore) Keys(ctx context.Context, open bool) iter.Seq2[string, error] {
	all, err := s.copyUntil(ctx, "", func(changes.Event) bool { return false })
	if err != nil {
		return func(yield func(string, error) bool) { yield("", err) }
	}
	return all.Keys(ctx, open)
}

// The rows of a journal keep the contract of a store.
func TestRowsKeepTheContract(t *testing.T) {
	journaltest.Run(t, journaltest.Harness{New: func(t *testing.T) func() (changes.Store, error) {
		js, numbers := natstest.NewOfSize(t, 16<<20), &keyNumbers{all: make(map[string]int64)}
		stream, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "JOURNAL", Subjects: []string{"journal"}})
		if err != nil {
			t.Fatal(err)
		}
		return func() (changes.Store, error) {
			j := follow(t, js, stream, 2000)
			j.maxChange = 8 << 20
			return &keyedStore{j, numbers}, j.CatchUp(t.Context())
		}
	}})
}
