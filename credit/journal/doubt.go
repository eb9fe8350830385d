package journal

import (
	"context"

	"github.com/creditkit/creditkit/credit"
)

// A decision is what to do about a change in doubt.
type decision struct {
	send       bool               // send the change again
	outcome    credit.Outcome     // if it is not sent: Applied, or Unknown for a doubt that stays
	cause      error              // why the doubt stays
	resolution *credit.Resolution // what the credit shows; nil if it was not read
}

// decide decides about a change in doubt. last reports that no other key was started on
// the credit since. known is what the credit shows, nil to read it where that matters.
func (r *run) decide(ctx context.Context, entry *Entry, last bool, known *credit.Resolution) decision {
	repeatable := last && !r.runner.ResolveOnly && MayRepeat(r.updater.Support(), entry.Target, entry.FirstStart, entry.KeyUsedUp)
	if repeatable && entry.Expect == nil {
		return decision{send: true}
	}
	var err error
	if known == nil {
		known, err = r.resolve(ctx, entry)
	}
	switch {
	case err != nil:
		known = nil
	case known.Verdict == credit.AsAsked && (last || r.job.Add.IsZero()):
		return decision{outcome: credit.Applied, resolution: known}
	case known.Verdict == credit.AsBefore && repeatable:
		return decision{send: true, resolution: known} // the update compares again with what it expects
	}
	return decision{outcome: credit.Unknown, resolution: known, cause: &credit.Error{
		Vendor: r.job.Vendor, Op: "journal " + r.job.Key, Kind: credit.ErrUnavailable, Outcome: credit.Unknown,
		Err: &UnresolvedError{Key: r.job.Key, Resolution: known, Err: err},
	}}
}

// isKnown reports whether the decision adds nothing to what the journal says about the
// key, so that it needs no events: a doubt that is polled must not fill the store. A
// failed read says nothing about the change.
func (d decision) isKnown(entry *Entry) bool {
	if d.send || d.outcome == credit.Applied {
		return false
	}
	return d.resolution == nil || entry.lastEnd == credit.Unknown && entry.Error == d.cause.Error()
}

// resolve reads the credit and compares it with the change.
func (r *run) resolve(ctx context.Context, entry *Entry) (*credit.Resolution, error) {
	before := entry.Before
	if before == nil {
		before = entry.Expect
	}
	return credit.Resolve(ctx, r.updater, r.job.Ref, entry.Target, before)
}

// recover carries out a decision about a change in doubt.
func (r *run) recover(ctx context.Context, entry *Entry, d decision) (*Entry, error) {
	if d.send {
		return r.send(ctx, entry)
	}
	return r.recordEnd(ctx, entry, Event{Outcome: d.outcome, Resolved: d.outcome == credit.Applied}, d.cause)
}
