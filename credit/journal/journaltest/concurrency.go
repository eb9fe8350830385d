package journaltest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/journal"
)

const (
	workers     = 8
	perWorker   = 6
	manyAppends = workers * perWorker
)

// appendAtOnce appends events from several goroutines, and returns what each Append
// returned.
func appendAtOnce(ctx context.Context, j *journalUnderTest, events []journal.Event) (journal.Store, []journal.Prior, error) {
	stores, err := j.several(workers)
	if err != nil {
		return nil, nil, err
	}
	priors := make([]journal.Prior, len(events))
	errs := make([]error, len(events))
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(events); i += workers {
				priors[i], errs[i] = stores[w].Append(ctx, events[i])
			}
		})
	}
	wg.Wait()
	return stores[0], priors, errors.Join(errs...)
}

// checkConcurrentKey wants that the Prior of each Append is the beginning of the key's
// events, up to the Append's own event.
func checkConcurrentKey(ctx context.Context, j *journalUnderTest) error {
	var events []journal.Event
	for i := range manyAppends {
		if i%3 == 0 {
			events = append(events, ended("k1", fmt.Sprint(i), credit.Unknown, i)) // it has no job, so no credit
			continue
		}
		events = append(events, started("k1", "c1", fmt.Sprint(i), i))
	}
	s, priors, err := appendAtOnce(ctx, j, events)
	if err != nil {
		return err
	}
	stored, err := s.Events(ctx, "k1")
	if err != nil {
		return err
	}
	if len(stored) != len(events) {
		return fmt.Errorf("%d events are stored, want %d", len(stored), len(events))
	}
	for i, prior := range priors {
		n := len(prior.Events)
		if n >= len(stored) || stored[n].Claim != events[i].Claim {
			return fmt.Errorf("Append %d returned %d events before its own, which is not the next one in the store", i, n)
		}
		if err := sameEvents(fmt.Sprintf("Prior of Append %d", i), prior.Events, stored[:n]); err != nil {
			return err
		}
		last, open := "", []string(nil)
		if events[i].Job != nil && slices.ContainsFunc(prior.Events, func(e journal.Event) bool { return e.Kind == journal.Started }) {
			last, open = "k1", []string{"k1"}
		}
		if err := sameStarts(fmt.Sprintf("Prior of Append %d", i), prior.Starts, last, open...); err != nil {
			return err
		}
	}
	return nil
}

// checkConcurrentCredit starts a key for each Append. They have one order: each sees
// the keys before it, and the last of them.
func checkConcurrentCredit(ctx context.Context, j *journalUnderTest) error {
	var events []journal.Event
	for i := range manyAppends {
		events = append(events, started(fmt.Sprint("k", i), "c1", "a", i))
	}
	s, priors, err := appendAtOnce(ctx, j, events)
	if err != nil {
		return err
	}
	order := make([]string, manyAppends)
	for i, prior := range priors {
		n := len(prior.Starts.Open)
		if n >= len(order) || order[n] != "" {
			return fmt.Errorf("two Appends returned %d open starts: neither saw the other", n)
		}
		order[n] = events[i].Key
	}
	for i, prior := range priors {
		before := slices.Clone(order[:len(prior.Starts.Open)])
		last := ""
		if len(before) > 0 {
			last = before[len(before)-1]
		}
		if err := sameStarts(fmt.Sprintf("Prior of Append %d", i), prior.Starts, last, before...); err != nil {
			return err
		}
	}
	return hasStarts(ctx, s, "c1", order[manyAppends-1], slices.Clone(order)...)
}
