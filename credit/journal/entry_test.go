package journal

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
)

var testStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const testLease = 10 * time.Minute

// at returns the event with the time of so many minutes after testStart.
func (e Event) at(minutes int) Event {
	e.At = testStart.Add(time.Duration(minutes) * time.Minute)
	if e.Kind == Started {
		e.Lease = e.At.Add(testLease)
	}
	return e
}

func queuedEvent(job Job) Event { return Event{Kind: Queued, Key: job.Key, Job: &job} }

func startedEvent(job Job, claim string) Event {
	return Event{Kind: Started, Key: job.Key, Job: &job, Claim: claim, Target: job.Patch, IdempotencyKey: "key-1"}
}

func endedEvent(claim string, outcome credit.Outcome, kind credit.Kind) Event {
	e := Event{Kind: Ended, Key: "a", Claim: claim, Outcome: outcome, ErrorKind: kind, Attempts: 1}
	if kind != "" {
		e.Error = string(kind)
	}
	return e
}

func settledEvent(outcome credit.Outcome) Event {
	return Event{Kind: Settled, Key: "a", Outcome: outcome, Actor: "ann", Reason: "looked"}
}

func TestNewEntry(t *testing.T) {
	job, other := modelJob("a"), modelJob("a")
	other.Patch.Name = credit.Set("another")
	queued := queuedEvent(job).at(0)
	start := func(claim string, minutes int) Event { return startedEvent(job, claim).at(minutes) }
	end := func(claim string, o credit.Outcome, k credit.Kind, minutes int) Event {
		return endedEvent(claim, o, k).at(minutes)
	}
	settle := func(o credit.Outcome, minutes int) Event { return settledEvent(o).at(minutes) }
	const (
		notSent, rejected, unknown, applied = credit.NotSent, credit.Rejected, credit.Unknown, credit.Applied
		unavailable                         = credit.ErrUnavailable
	)
	for _, test := range []struct {
		name    string
		events  []Event
		now     int // minutes
		state   State
		outcome credit.Outcome
		restart bool // the next start is a restart
		starts  int
	}{
		{"queued", []Event{queued}, 1, StateQueued, 0, false, 0},
		{"started", []Event{start("1", 0)}, 1, StateRunning, 0, true, 1},
		{"the last moment of a lease", []Event{start("1", 0)}, 9, StateRunning, 0, true, 1},
		{"a lease that has ended", []Event{start("1", 0)}, 10, StateInDoubt, unknown, true, 1},
		{"applied", []Event{queued, start("1", 0), end("1", applied, "", 1)}, 2, StateEnded, applied, false, 1},
		{"applied, with a mismatch", []Event{start("1", 0), end("1", applied, credit.KindMismatch, 1)}, 2, StateEnded, applied, false, 1},
		{"rejected as invalid", []Event{start("1", 0), end("1", rejected, credit.ErrInvalid, 1)}, 2, StateEnded, rejected, false, 1},
		{"rejected as not found", []Event{start("1", 0), end("1", rejected, credit.ErrNotFound, 1)}, 2, StateEnded, rejected, false, 1},
		{"rejected as a conflict", []Event{start("1", 0), end("1", rejected, credit.ErrConflict, 1)}, 2, StateEnded, rejected, false, 1},
		{"rejected for an unknown reason", []Event{start("1", 0), end("1", rejected, credit.KindOther, 1)}, 2, StateEnded, rejected, false, 1},
		{"rate limited", []Event{start("1", 0), end("1", rejected, credit.ErrRateLimited, 1)}, 2, StateQueued, rejected, false, 1},
		{"unauthorized", []Event{start("1", 0), end("1", rejected, credit.ErrUnauthorized, 1)}, 2, StateQueued, rejected, false, 1},
		{"forbidden", []Event{start("1", 0), end("1", rejected, credit.ErrForbidden, 1)}, 2, StateQueued, rejected, false, 1},
		{"redirected", []Event{start("1", 0), end("1", rejected, credit.ErrMalformed, 1)}, 2, StateQueued, rejected, false, 1},
		{"not sent", []Event{start("1", 0), end("1", notSent, credit.ErrInvalid, 1)}, 2, StateQueued, notSent, false, 1},
		{"not sent, then applied", []Event{start("1", 0), end("1", notSent, unavailable, 1), start("2", 2), end("2", applied, "", 3)}, 4, StateEnded, applied, false, 2},
		{"unknown", []Event{start("1", 0), end("1", unknown, unavailable, 1)}, 2, StateInDoubt, unknown, true, 1},
		{"unknown, then rejected", []Event{start("1", 0), end("1", unknown, unavailable, 1), start("2", 2), end("2", rejected, credit.ErrInvalid, 3)}, 4, StateInDoubt, unknown, true, 2},
		{"unknown, then not sent", []Event{start("1", 0), end("1", unknown, unavailable, 1), start("2", 2), end("2", notSent, unavailable, 3)}, 4, StateInDoubt, unknown, true, 2},
		{"unknown, then applied", []Event{start("1", 0), end("1", unknown, unavailable, 1), start("2", 2), end("2", applied, "", 3)}, 4, StateEnded, applied, false, 2},
		{"a crash, then rejected", []Event{start("1", 0), start("2", 10), end("2", rejected, credit.ErrInvalid, 11)}, 12, StateInDoubt, unknown, true, 2},
		{"a second start within the lease", []Event{start("1", 0), start("2", 5), end("2", rejected, credit.ErrInvalid, 6)}, 7, StateRunning, 0, true, 1},
		{"a late success, and the end of the second start", []Event{start("1", 0), start("2", 10), end("1", applied, "", 11), end("2", unknown, unavailable, 12)}, 13, StateEnded, applied, false, 2},
		{"a late refusal", []Event{start("1", 0), start("2", 10), end("1", rejected, credit.ErrInvalid, 11)}, 12, StateRunning, 0, true, 2},
		{"a start after the end", []Event{start("1", 0), end("1", applied, "", 1), start("2", 2)}, 3, StateEnded, applied, false, 1},
		{"an end after the end", []Event{start("1", 0), end("1", applied, "", 1), end("1", unknown, unavailable, 2)}, 3, StateEnded, applied, false, 1},
		{"a start of another change", []Event{queued, startedEvent(other, "1").at(1)}, 2, StateQueued, 0, false, 0},
		{"settled as applied", []Event{start("1", 0), end("1", unknown, unavailable, 1), settle(applied, 2)}, 3, StateEnded, applied, false, 1},
		{"settled as rejected", []Event{start("1", 0), settle(rejected, 10)}, 11, StateEnded, rejected, false, 1},
		{"settled as not sent", []Event{start("1", 0), settle(notSent, 10)}, 11, StateQueued, notSent, false, 1},
		{"settled while running", []Event{start("1", 0), settle(rejected, 5)}, 6, StateRunning, 0, true, 1},
		{"settled while queued", []Event{queued, settle(rejected, 5)}, 6, StateQueued, 0, false, 0},
		{"settled twice", []Event{start("1", 0), settle(applied, 10), settle(rejected, 11)}, 12, StateEnded, applied, false, 1},
		{"settled as not sent, then started", []Event{start("1", 0), settle(notSent, 10), start("2", 11)}, 12, StateRunning, notSent, true, 2},
		{"settled as not sent, then a late refusal", []Event{start("1", 0), settle(notSent, 10), end("1", unknown, unavailable, 11)}, 12, StateQueued, notSent, false, 1},
		{"settled as rejected, then a late success", []Event{start("1", 0), settle(rejected, 10), end("1", applied, "", 11)}, 12, StateEnded, applied, false, 1},
		{"settled as applied, then a late refusal", []Event{start("1", 0), settle(applied, 10), end("1", rejected, credit.ErrInvalid, 11)}, 12, StateEnded, applied, false, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			entry, ok := NewEntry(test.events, testStart.Add(time.Duration(test.now)*time.Minute))
			if !ok || entry.State != test.state || entry.Outcome != test.outcome || entry.Starts != test.starts {
				t.Errorf("%s, %s, %d starts, want %s, %s, %d", entry.State, entry.Outcome, entry.Starts, test.state, test.outcome, test.starts)
			}
			if got, want := HasEnded(test.events), test.state == StateEnded; got != want {
				t.Errorf("HasEnded is %t", got)
			}
			if got := IsRestart(test.events); got != test.restart {
				t.Errorf("IsRestart is %t", got)
			}
			if err := entry.Err(); credit.OutcomeOf(err) != entry.Outcome && entry.Outcome != credit.Applied {
				t.Errorf("Err is %v, of outcome %s", err, credit.OutcomeOf(err))
			}
		})
	}
}

// A late success ends the key for its next Run. The start that took over may still send the
// change, so that other keys of the credit wait for it.
func TestLateSuccessDoesNotEndTheStartThatTookOver(t *testing.T) {
	job := modelJob("a")
	events := []Event{startedEvent(job, "1").at(0), startedEvent(job, "2").at(10), endedEvent("1", credit.Applied, "").at(11)}
	entry, _ := NewEntry(events, testStart.Add(12*time.Minute))
	if entry.State != StateEnded || entry.Outcome != credit.Applied || !entry.isRunning(testStart.Add(12*time.Minute)) {
		t.Errorf("%s, %s, running %t", entry.State, entry.Outcome, entry.isRunning(testStart.Add(12*time.Minute)))
	}
	if entry.isRunning(testStart.Add(20*time.Minute)) || HasEnded(events) || !IsRestart(events) {
		t.Error("it runs after its lease, or its key has ended, or its next start is not a restart")
	}
	events = append(events, endedEvent("2", credit.NotSent, credit.ErrUnavailable).at(12))
	if entry, _ := NewEntry(events, testStart.Add(12*time.Minute)); entry.isRunning(testStart.Add(12*time.Minute)) || entry.Outcome != credit.Applied || !HasEnded(events) {
		t.Errorf("after its end: %+v", entry)
	}
}

// A start without its sums has sent nothing. Sums that come after the lease do not count:
// another worker may have computed them again.
func TestPreparedStart(t *testing.T) {
	job := addJob("a")
	start := startedEvent(job, "1").at(0)
	prepared := func(claim string, minutes int) Event {
		return Event{Kind: Prepared, Key: "a", Claim: claim, Target: amountPatch("1")}.at(minutes)
	}
	for _, test := range []struct {
		name   string
		events []Event
		now    int // minutes
		state  State
		target bool // the sum is the target
	}{
		{"without sums", []Event{start}, 9, StateRunning, false},
		{"without sums, after the lease", []Event{start}, 10, StateQueued, false},
		{"with sums", []Event{start, prepared("1", 1)}, 9, StateRunning, true},
		{"with sums, after the lease", []Event{start, prepared("1", 1)}, 10, StateInDoubt, true},
		{"with sums that are too late", []Event{start, prepared("1", 10)}, 11, StateQueued, false},
		{"with sums of another start", []Event{start, prepared("2", 1)}, 11, StateQueued, false},
		{"taken over", []Event{start, startedEvent(job, "2").at(10), prepared("1", 11)}, 20, StateQueued, false},
		{"ended", []Event{start, prepared("1", 1), endedEvent("1", credit.NotSent, credit.ErrConflict).at(2)}, 3, StateQueued, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			entry, _ := NewEntry(test.events, testStart.Add(time.Duration(test.now)*time.Minute))
			if entry.State != test.state || !entry.Target.Total.IsZero() != test.target {
				t.Errorf("%s, target %v, want %s, %t", entry.State, entry.Target.Total, test.state, test.target)
			}
		})
	}
}

func TestNewEntryOfNoEvents(t *testing.T) {
	if entry, ok := NewEntry(nil, testStart); ok || entry != nil || HasEnded(nil) || IsRestart(nil) {
		t.Errorf("%+v, %t, %t, %t", entry, ok, HasEnded(nil), IsRestart(nil))
	}
}

// What belongs to a run that made nothing must not describe the next one.
func TestEntryDescribesTheLastRun(t *testing.T) {
	job := modelJob("a")
	withBefore := endedEvent("1", credit.Rejected, credit.ErrRateLimited).at(1)
	withBefore.Before = &credit.Record{Values: credit.Values{Name: credit.Set("old")}}
	second := startedEvent(job, "2").at(30)
	second.Target.Name = credit.Set("sum of now")
	entry, _ := NewEntry([]Event{startedEvent(job, "1").at(0), withBefore, second}, testStart.Add(time.Hour))
	if name, _ := entry.Target.Name.Get(); entry.Before != nil || name != "sum of now" || !entry.FirstStart.Equal(second.At) {
		t.Errorf("before %v, target %q, first start %v", entry.Before, name, entry.FirstStart)
	}

	// In doubt, they are those of the start that may have made the change.
	third := second.at(60)
	third.Claim, third.Target.Name, third.IdempotencyKey = "3", credit.Set("another sum"), "key-2"
	shows := endedEvent("3", credit.Unknown, credit.ErrUnavailable).at(61)
	shows.Before = &credit.Record{}
	entry, _ = NewEntry([]Event{second, endedEvent("2", credit.Unknown, credit.KindTimeout).at(31), third, shows}, testStart.Add(2*time.Hour))
	if name, _ := entry.Target.Name.Get(); entry.Before != nil || name != "sum of now" || !entry.FirstStart.Equal(second.At) || entry.IdempotencyKey != "key-1" || entry.Attempts != 2 {
		t.Errorf("before %v, target %q, first start %v, key %s, %d attempts", entry.Before, name, entry.FirstStart, entry.IdempotencyKey, entry.Attempts)
	}
}

func TestEntryErr(t *testing.T) {
	job := modelJob("a")
	start := startedEvent(job, "1").at(0)
	for _, test := range []struct {
		name   string
		events []Event
		want   string // "" for nil
		kind   credit.Kind
	}{
		{"applied", []Event{start, endedEvent("1", credit.Applied, "").at(1)}, "", ""},
		{"mismatch", []Event{start, endedEvent("1", credit.Applied, credit.KindMismatch).at(1)}, "model: journal a: mismatch: mismatch; the change was made: do not send it again", credit.KindMismatch},
		{"rejected", []Event{start, endedEvent("1", credit.Rejected, credit.ErrNotFound).at(1)}, "model: journal a: not found: not found; the change was not made", credit.ErrNotFound},
		{"canceled", []Event{start, endedEvent("1", credit.NotSent, credit.KindCanceled).at(1)}, "model: journal a: canceled: canceled; no change was sent", credit.KindCanceled},
		{"crashed", []Event{start}, "model: journal a: unavailable: a worker ended between the request and its record; whether the change was made is unknown: read the credit before sending it again", credit.ErrUnavailable},
		{"a refusal in doubt", []Event{start, startedEvent(job, "2").at(10), endedEvent("2", credit.Rejected, credit.ErrInvalid).at(11)}, "model: journal a: invalid: an earlier request may have made the change; the last run: invalid; whether the change was made is unknown: read the credit before sending it again", credit.ErrInvalid},
		{"settled as applied", []Event{start, endedEvent("1", credit.Unknown, credit.KindTimeout).at(1), settledEvent(credit.Applied).at(2)}, "", ""},
		{"settled as rejected", []Event{start, endedEvent("1", credit.Unknown, credit.KindTimeout).at(1), settledEvent(credit.Rejected).at(2)}, "model: journal a: unavailable: settled by ann as rejected; the change was not made", credit.ErrUnavailable},
		{"settled as not sent, then rejected", []Event{start, settledEvent(credit.NotSent).at(10), startedEvent(job, "2").at(11), endedEvent("2", credit.Rejected, credit.ErrInvalid).at(12)}, "model: journal a: invalid: invalid; the change was not made", credit.ErrInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			entry, _ := NewEntry(test.events, testStart.Add(time.Hour))
			for i := range test.events { // the attempts are not of interest here
				test.events[i].Attempts = 0
			}
			entry.Attempts, entry.IdempotencyKey = 0, ""
			err := entry.Err()
			if test.want == "" {
				if err != nil {
					t.Errorf("got %v", err)
				}
				return
			}
			if err == nil || err.Error() != test.want || credit.KindOf(err) != test.kind {
				t.Errorf("got %v, of kind %q\nwant %s", err, credit.KindOf(err), test.want)
			}
		})
	}
}

// errors.Is finds in a recorded error what its kind stands for.
func TestEntryErrIs(t *testing.T) {
	for _, test := range []struct {
		kind   credit.Kind
		target error
	}{
		{credit.KindCanceled, context.Canceled},
		{credit.KindTimeout, context.DeadlineExceeded},
		{credit.KindUnsupported, errors.ErrUnsupported},
		{credit.ErrRateLimited, credit.ErrRateLimited},
		{credit.ErrConflict, credit.ErrConflict},
	} {
		entry, _ := NewEntry([]Event{startedEvent(modelJob("a"), "1").at(0), endedEvent("1", credit.NotSent, test.kind).at(1)}, testStart.Add(time.Hour))
		if err := entry.Err(); !errors.Is(err, test.target) || credit.KindOf(err) != test.kind {
			t.Errorf("%s: %v", test.kind, err)
		}
	}
}
