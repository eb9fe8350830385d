package journaltest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/journal"
)

var firstTime = time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)

// jobOf returns a job of a key that changes a credit.
func jobOf(key, creditID string) *journal.Job {
	return &journal.Job{Key: key, Vendor: "knox", Ref: credit.Ref{ID: creditID}, Patch: credit.Patch{Name: credit.Set("Autumn")}}
}

func queued(key, creditID string) journal.Event {
	return journal.Event{Kind: journal.Queued, Key: key, At: firstTime, Job: jobOf(key, creditID)}
}

// started returns the start of a key in the given minute, with a lease of 30 seconds.
func started(key, creditID, claim string, minute int) journal.Event {
	at := firstTime.Add(time.Duration(minute) * time.Minute)
	return journal.Event{
		Kind: journal.Started, Key: key, At: at, Claim: claim, Job: jobOf(key, creditID),
		Target: credit.Patch{Name: credit.Set("Autumn")}, Lease: at.Add(30 * time.Second),
	}
}

func prepared(key, claim string, minute int) journal.Event {
	return journal.Event{
		Kind: journal.Prepared, Key: key, Claim: claim, Target: credit.Patch{Name: credit.Set("Autumn")},
		At: firstTime.Add(time.Duration(minute) * time.Minute),
	}
}

func ended(key, claim string, outcome credit.Outcome, minute int) journal.Event {
	return journal.Event{
		Kind: journal.Ended, Key: key, Claim: claim, Outcome: outcome,
		At: firstTime.Add(time.Duration(minute)*time.Minute + time.Second),
	}
}

// creditOf returns the name of a credit of jobOf.
func creditOf(creditID string) string {
	e := queued("any", creditID)
	return e.Credit()
}

// everyMember returns events in which every member is set.
func everyMember(key string) ([]journal.Event, error) {
	var errs []error
	amount := func(s string) credit.Decimal {
		d, err := credit.ParseDecimal(s)
		errs = append(errs, err)
		return d
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 987654321, time.FixedZone("", 5*3600+1800))
	patch := credit.Patch{
		Name: credit.Set("quote \" backslash \\ <&> é \u2028 \U0001F600"), Note: credit.Clear[string](),
		Total: credit.Set(amount("10.50")), Balance: credit.Set(amount("-0.000000000000000000000000000001")),
		StartsAt: credit.Set(at), ExpiresAt: credit.Clear[time.Time](), Priority: credit.Set(amount("1e3")),
		Metadata: credit.Set(map[string]string{"b": "2", "a": "\x01\t\n"}),
	}
	record := &credit.Record{ID: "c1", Owner: "o1", Values: credit.Values(patch), Raw: json.RawMessage(`{"n": 1.50, "m":null}`)}
	job := &journal.Job{
		Key: key, Vendor: "metronome/eu", Ref: credit.Ref{ID: "c1", Owner: "o1"}, Patch: patch,
		Add: journal.Amounts{Total: amount("1.10"), Balance: amount("-2")}, Expect: record, Actor: "shop", Reason: "order\n1",
	}
	result := &credit.Result{
		Vendor: "metronome", ID: "c1", Attempts: 2, RequestID: "r1", IdempotencyKey: "k1", DryRun: true,
		Before: record, After: record, NotReturned: []credit.Field{credit.FieldNote},
		Request: &credit.Request{Method: "POST", Path: "/v1/x?y=%20", Body: json.RawMessage(`{"a":  1}`)}, Raw: json.RawMessage(`{}`),
	}
	e := journal.Event{
		Kind: journal.Started, Key: key, At: at, Claim: "claim", Actor: "shop", Reason: "order 1", Job: job,
		Target: patch, Expect: record, Lease: at.Add(time.Hour), IdempotencyKey: "k1",
		Outcome: credit.Unknown, ErrorKind: credit.ErrUnavailable, Error: "knox: 503\x00\x7f", Attempts: 3, RequestID: "r2",
		KeyUsedUp: true, Resolved: true, Before: record, Result: result,
	}
	text, err := e.Encode()
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	// What is decoded has the form of what a store returns.
	first, err := journal.Decode(text)
	if err != nil {
		return nil, err
	}
	events := []journal.Event{first}
	for _, kind := range []journal.EventKind{journal.Prepared, journal.Ended, journal.Settled, journal.Queued} {
		e := first
		e.Kind = kind
		if kind == journal.Settled {
			e.Outcome = credit.Rejected
		}
		events = append(events, e)
	}
	return events, nil
}

// appendAll appends events one after the other.
func appendAll(ctx context.Context, s journal.Store, events ...journal.Event) error {
	for _, e := range events {
		if _, err := s.Append(ctx, e); err != nil {
			return fmt.Errorf("append %s of %q: %w", e.Kind, e.Key, err)
		}
	}
	return nil
}

// sameEvents returns an error if the events are not the wanted ones, in order and byte
// for byte.
func sameEvents(what string, got, want []journal.Event) error {
	if len(got) != len(want) {
		return fmt.Errorf("%s: got %d events, want %d", what, len(got), len(want))
	}
	for i := range got {
		g, err := got[i].Encode()
		w, err2 := want[i].Encode()
		if err := errors.Join(err, err2); err != nil {
			return err
		}
		if string(g) != string(w) {
			return fmt.Errorf("%s: event %d is\n%.500s, want\n%.500s", what, i+1, g, w)
		}
	}
	return nil
}

// hasEvents returns an error if the key does not have the wanted events.
func hasEvents(ctx context.Context, s journal.Store, key string, want []journal.Event) error {
	got, err := s.Events(ctx, key)
	if err != nil {
		return fmt.Errorf("events of %q: %w", key, err)
	}
	return sameEvents(fmt.Sprintf("events of %q", key), got, want)
}

// hasStarts returns an error if the credit does not have the wanted starts.
func hasStarts(ctx context.Context, s journal.Store, creditID, last string, open ...string) error {
	got, err := s.Starts(ctx, creditOf(creditID))
	if err != nil {
		return fmt.Errorf("starts of %q: %w", creditID, err)
	}
	return sameStarts(fmt.Sprintf("starts of %q", creditID), got, last, open...)
}

func sameStarts(what string, got journal.Starts, last string, open ...string) error {
	if got.Last != last {
		return fmt.Errorf("%s: Last is %q, want %q", what, got.Last, last)
	}
	slices.Sort(open)
	if sorted := slices.Sorted(slices.Values(got.Open)); !slices.Equal(sorted, open) {
		return fmt.Errorf("%s: Open are %q, want %q", what, sorted, open)
	}
	return nil
}

// hasKeys returns an error if the journal does not have the wanted keys.
func hasKeys(ctx context.Context, s journal.Store, open bool, want ...string) error {
	var got []string
	for key, err := range s.Keys(ctx, open) {
		if err != nil {
			return fmt.Errorf("Keys(open %t): %w", open, err)
		}
		got = append(got, key)
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("Keys(open %t) are %.300q, want %.300q", open, got, want)
	}
	return nil
}
