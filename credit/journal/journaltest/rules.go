package journaltest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/journal"
)

func checkEmpty(ctx context.Context, j *journalUnderTest) error {
	s, err := j.store()
	if err != nil {
		return err
	}
	return errors.Join(
		hasEvents(ctx, s, "unknown", nil),
		hasStarts(ctx, s, "unknown", ""),
		hasKeys(ctx, s, false),
		hasKeys(ctx, s, true),
	)
}

func checkPriorEvents(ctx context.Context, j *journalUnderTest) error {
	s, err := j.store()
	if err != nil {
		return err
	}
	events := []journal.Event{
		queued("k1", "c1"), started("k1", "c1", "a", 0), ended("k1", "a", credit.Unknown, 0),
		started("k1", "c1", "b", 1), ended("k1", "b", credit.Applied, 1), started("k1", "c1", "c", 2), queued("k1", "c1"),
	}
	for i, e := range events {
		if err := appendAll(ctx, s, queued(fmt.Sprint("other ", i), "c1")); err != nil {
			return err
		}
		prior, err := s.Append(ctx, e)
		if err != nil {
			return fmt.Errorf("append of event %d: %w", i+1, err)
		}
		if err := sameEvents(fmt.Sprintf("Prior of event %d", i+1), prior.Events, events[:i]); err != nil {
			return err
		}
	}
	return hasEvents(ctx, s, "k1", events)
}

func checkExactEvents(ctx context.Context, j *journalUnderTest) error {
	s, err := j.store()
	if err != nil {
		return err
	}
	events, err := everyMember("k1")
	if err != nil {
		return err
	}
	if err := appendAll(ctx, s, events...); err != nil {
		return err
	}
	prior, err := s.Append(ctx, ended("k1", "z", credit.NotSent, 0))
	if err != nil {
		return err
	}
	return errors.Join(sameEvents("Prior", prior.Events, events), hasEvents(ctx, s, "k1", append(events, ended("k1", "z", credit.NotSent, 0))))
}

func checkInvalidEvent(ctx context.Context, j *journalUnderTest) error {
	s, err := j.store()
	if err != nil {
		return err
	}
	unknown := queued("k1", "c1")
	unknown.Kind = "paused"
	withoutJob := started("k1", "c1", "a", 0)
	withoutJob.Job = nil
	for _, e := range []journal.Event{{}, unknown, withoutJob, ended("k1", "a", 0, 0), queued("", "c1")} {
		if _, err := s.Append(ctx, e); err == nil {
			return fmt.Errorf("an event that Decode refuses was stored: %+v", e)
		}
	}
	return errors.Join(hasEvents(ctx, s, "k1", nil), hasKeys(ctx, s, false))
}

func checkCopies(ctx context.Context, j *journalUnderTest) error {
	s, err := j.store()
	if err != nil {
		return err
	}
	appended := started("k1", "c1", "a", 0)
	if err := appendAll(ctx, s, appended); err != nil {
		return err
	}
	appended.Job.Reason = "changed"
	got, err := s.Events(ctx, "k1")
	if err != nil {
		return err
	}
	if len(got) == 1 {
		got[0].Claim = "changed"
	}
	starts, err := s.Starts(ctx, creditOf("c1"))
	if err != nil {
		return err
	}
	if len(starts.Open) == 1 {
		starts.Open[0] = "changed"
	}
	return errors.Join(hasEvents(ctx, s, "k1", []journal.Event{started("k1", "c1", "a", 0)}), hasStarts(ctx, s, "c1", "k1", "k1"))
}

// checkLastStart starts two keys of a credit in turns.
func checkLastStart(ctx context.Context, j *journalUnderTest) error {
	s, err := j.store()
	if err != nil {
		return err
	}
	for _, step := range []struct {
		what   string
		event  journal.Event
		before string // Prior.Starts.Last, not looked at for an event without a job
		last   string // afterwards
	}{
		{"a queued job", queued("a", "c1"), "", ""},
		{"the first start", started("a", "c1", "a1", 0), "", "a"},
		{"an end in doubt", ended("a", "a1", credit.Unknown, 0), "", "a"},
		{"another key", started("b", "c1", "b1", 1), "a", "b"},
		{"a restart of a key in doubt", started("a", "c1", "a2", 2), "b", "b"},
		{"a restart of a key without an end", started("a", "c1", "a3", 3), "b", "b"},
		{"a key that was not sent", ended("b", "b1", credit.NotSent, 3), "", "b"},
		{"a third key", started("c", "c1", "c1", 4), "b", "c"},
		{"its sums", prepared("c", "c1", 4), "", "c"},
		{"a new start of a key that was not sent", started("b", "c1", "b2", 5), "c", "b"},
		{"the first key's end", ended("a", "a3", credit.Applied, 5), "", "b"},
	} {
		prior, err := s.Append(ctx, step.event)
		if err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
		if step.event.Job == nil {
			if err := sameStarts(step.what+": Prior.Starts of an event without a job", prior.Starts, ""); err != nil {
				return err
			}
		} else if prior.Starts.Last != step.before {
			return fmt.Errorf("%s: Prior.Starts.Last is %q, want %q", step.what, prior.Starts.Last, step.before)
		}
		after, err := s.Starts(ctx, creditOf("c1"))
		if err != nil {
			return err
		}
		if after.Last != step.last {
			return fmt.Errorf("%s: Starts.Last is %q afterwards, want %q", step.what, after.Last, step.last)
		}
	}
	return hasStarts(ctx, s, "c2", "")
}

func checkOpenStarts(ctx context.Context, j *journalUnderTest) error {
	s, err := j.store()
	if err != nil {
		return err
	}
	settled := journal.Event{Kind: journal.Settled, Key: "b", At: ended("b", "", 0, 9).At, Outcome: credit.Applied, Actor: "ann", Reason: "seen"}
	invalid := ended("d", "d1", credit.Rejected, 10)
	invalid.ErrorKind = credit.ErrInvalid
	limited := ended("e", "e1", credit.Rejected, 11)
	limited.ErrorKind = credit.ErrRateLimited
	for _, step := range []struct {
		what   string
		event  journal.Event
		credit string
		open   []string // afterwards
	}{
		{"a queued job", queued("a", "c1"), "c1", nil},
		{"the first start", started("a", "c1", "a1", 0), "c1", []string{"a"}},
		{"another key", started("b", "c1", "b1", 1), "c1", []string{"a", "b"}},
		{"another credit", started("x", "c2", "x1", 1), "c2", []string{"x"}},
		{"a restart", started("a", "c1", "a2", 2), "c1", []string{"a", "b"}},
		{"an end in doubt", ended("a", "a2", credit.Unknown, 2), "c1", []string{"a", "b"}},
		{"an end of another start", ended("a", "a0", credit.Rejected, 2), "c1", []string{"a", "b"}},
		{"a resolved doubt", ended("a", "a1", credit.Applied, 3), "c1", []string{"b"}},
		{"a start of a key that has ended", started("a", "c1", "a3", 4), "c1", []string{"b"}},
		{"a settled doubt", settled, "c1", nil},
		{"a key that the other credit has, too", started("x", "c1", "x2", 5), "c1", []string{"x"}},
		{"the end of a key that two credits have", ended("x", "x1", credit.Applied, 5), "c1", nil},
		{"the other credit of that key", queued("x", "c2"), "c2", nil},
		{"a fourth key", started("d", "c1", "d1", 6), "c1", []string{"d"}},
		{"a fifth key", started("e", "c1", "e1", 6), "c1", []string{"d", "e"}},
		{"a refusal of the change", invalid, "c1", []string{"e"}},
		{"a refusal that passes", limited, "c1", []string{"e"}},
		{"a sixth key", started("f", "c1", "f1", 6), "c1", []string{"e", "f"}},
		{"its second start", started("f", "c1", "f2", 7), "c1", []string{"e", "f"}},
		{"a success of the first start while the second one runs", ended("f", "f1", credit.Applied, 7), "c1", []string{"e", "f"}},
		{"the end of the second start", ended("f", "f2", credit.Unknown, 7), "c1", []string{"e"}},
	} {
		if err := appendAll(ctx, s, step.event); err != nil {
			return err
		}
		got, err := s.Starts(ctx, creditOf(step.credit))
		if err != nil {
			return err
		}
		if err := sameStarts(step.what, journal.Starts{Open: got.Open}, "", step.open...); err != nil {
			return err
		}
		prior, err := s.Append(ctx, queued("other", step.credit))
		if err != nil {
			return err
		}
		if err := sameStarts(step.what+": Prior of the next event", journal.Starts{Open: prior.Starts.Open}, "", step.open...); err != nil {
			return err
		}
	}
	return nil
}

func checkKeys(ctx context.Context, j *journalUnderTest) error {
	s, err := j.store()
	if err != nil {
		return err
	}
	var keys, open []string
	const number = 1100 // more than a store reads at a time
	for i := range number {
		key := fmt.Sprintf("%d", (i*7919)%number) // not in alphabetical order
		keys = append(keys, key)
		if err := appendAll(ctx, s, queued(key, key)); err != nil {
			return err
		}
		if i%10 != 0 {
			open = append(open, key)
		}
	}
	for i := 0; i < number; i += 10 {
		if err := appendAll(ctx, s, started(keys[i], keys[i], "a", 0), ended(keys[i], "a", credit.Applied, 0)); err != nil {
			return err
		}
	}
	if err := errors.Join(hasKeys(ctx, s, false, keys...), hasKeys(ctx, s, true, open...)); err != nil {
		return err
	}
	for key, err := range s.Keys(ctx, true) { // a caller can use the store meanwhile, and stop
		if err != nil {
			return err
		}
		if err := appendAll(ctx, s, queued(key, key)); err != nil {
			return fmt.Errorf("during Keys: %w", err)
		}
		break
	}
	return nil
}

func checkOddNames(ctx context.Context, j *journalUnderTest) error {
	s, err := j.store()
	if err != nil {
		return err
	}
	names := []string{
		"a", "A", "a ", " a", "ä", "a\u0308", "\u00e4\u00e4", "'", `"`, `\`, "%", "_", "a_", "a%", "?", "$1", "--", "../a", "a/b", "/", ".", "..", "*",
		"a:b", "con", "null", "NULL", "0", "00", "1e3", "\u2028", "\ufeff", "\U0001F600", "日本語", "\u00a0", strings.Repeat("k", 200), strings.Repeat("k", 199),
		strings.Repeat("\U0001F600", 50),
	}
	for i, name := range names {
		prior, err := s.Append(ctx, started(name, name, fmt.Sprint(i), i))
		if err != nil {
			return fmt.Errorf("key %q: %w", name, err)
		}
		if len(prior.Events) > 0 || prior.Starts.Last != "" || len(prior.Starts.Open) > 0 {
			return fmt.Errorf("key %q: a new key of a new credit has a Prior: %+v", name, prior)
		}
	}
	for i, name := range names {
		if err := errors.Join(
			hasEvents(ctx, s, name, []journal.Event{started(name, name, fmt.Sprint(i), i)}),
			hasStarts(ctx, s, name, name, name),
		); err != nil {
			return err
		}
	}
	if err := hasKeys(ctx, s, false, names...); err != nil {
		return err
	}
	// Credits have names that keys cannot have. A database cannot compress this one.
	var longName string
	for i := range 100 {
		longName += fmt.Sprintf("%x", sha256.Sum256([]byte{byte(i)}))
	}
	for i, id := range []string{"\x00", "a\x00b", "a\nb", "\\xff", longName, longName + "er"} {
		key := fmt.Sprint("odd credit ", i)
		e := started(key, id, "a", 0)
		if err := appendAll(ctx, s, e); err != nil {
			return fmt.Errorf("credit %.40q: %w", id, err)
		}
		if err := hasStarts(ctx, s, id, key, key); err != nil {
			return err
		}
	}
	return nil
}

func checkLargeEvents(ctx context.Context, j *journalUnderTest) error {
	s, err := j.store()
	if err != nil {
		return err
	}
	large := ended("k1", "a", credit.Unknown, 0)
	large.Error = strings.Repeat("0123456789abcde\n", 1<<16)
	small := started("k1", "c1", "b", 1)
	if err := appendAll(ctx, s, large, small); err != nil {
		return err
	}
	if err := j.close(); err != nil {
		return err
	}
	if s, err = j.store(); err != nil {
		return err
	}
	return hasEvents(ctx, s, "k1", []journal.Event{large, small})
}

func checkContext(ctx context.Context, j *journalUnderTest) error {
	s, err := j.store()
	if err != nil {
		return err
	}
	if err := appendAll(ctx, s, queued("k1", "c1")); err != nil {
		return err
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	_, appendErr := s.Append(canceled, queued("k2", "c1"))
	_, eventsErr := s.Events(canceled, "k1")
	_, startsErr := s.Starts(canceled, creditOf("c1"))
	var keysErr error
	for _, keysErr = range s.Keys(canceled, false) {
		if keysErr != nil {
			break
		}
	}
	for _, call := range []struct {
		name string
		err  error
	}{{"Append", appendErr}, {"Events", eventsErr}, {"Starts", startsErr}, {"Keys", keysErr}} {
		if !errors.Is(call.err, context.Canceled) {
			return fmt.Errorf("%s with a canceled context: got error %w, want %w", call.name, call.err, context.Canceled)
		}
	}
	if err := appendAll(ctx, s, queued("k3", "c1")); err != nil {
		return fmt.Errorf("after a canceled context: %w", err)
	}
	return hasEvents(ctx, s, "k3", []journal.Event{queued("k3", "c1")})
}

func checkReopen(ctx context.Context, j *journalUnderTest) error {
	s, err := j.store()
	if err != nil {
		return err
	}
	all, err := everyMember("k3")
	if err != nil {
		return err
	}
	first := []journal.Event{queued("k2", "c1"), started("k2", "c1", "a", 0), ended("k2", "a", credit.Applied, 0)}
	second := []journal.Event{started("k1", "c1", "b", 1), ended("k1", "b", credit.Unknown, 1)}
	if err := appendAll(ctx, s, append(append(first, second...), all...)...); err != nil {
		return err
	}
	for round := range 2 {
		if err := j.close(); err != nil {
			return err
		}
		if s, err = j.store(); err != nil {
			return err
		}
		if err := errors.Join(
			hasEvents(ctx, s, "k1", second), hasEvents(ctx, s, "k2", first), hasEvents(ctx, s, "k3", all),
			hasStarts(ctx, s, "c1", "k1", "k1"),
			hasKeys(ctx, s, false, "k2", "k1", "k3"), hasKeys(ctx, s, true, "k1"),
		); err != nil {
			return fmt.Errorf("opened again: %w", err)
		}
		next := started("k1", "c1", fmt.Sprint(round), 10+round) // a restart: Last stays
		prior, err := s.Append(ctx, next)
		if err != nil {
			return err
		}
		if err := errors.Join(sameEvents("Prior after opening again", prior.Events, second), sameStarts("Prior after opening again", prior.Starts, "k1", "k1")); err != nil {
			return err
		}
		second = append(second, next)
	}
	return nil
}
