package rest

import (
	"bytes"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// A Guard compares the credit with what an update expects, before its write and before
// each repeat of the write.
type Guard struct {
	Vendor string
	Patch  credit.Patch
	Config credit.CallConfig
	Result *credit.Result
	Source Source
	// Replaces reports that the body of the write holds the record that was read.
	Replaces bool

	readAt time.Time // of Result.Before
}

// A Source reads the credit as it is now, and returns it with the body of a write that is
// built from it; nil for the body as it was.
type Source interface {
	Reread() (now *credit.Record, body []byte, err error)
}

// readFunc is the Source of a write whose body does not depend on the record.
type readFunc func() (*credit.Record, error)

func (read readFunc) Reread() (*credit.Record, []byte, error) {
	now, err := read()
	return now, nil, err
}

// ReadFirst reads the credit before a write whose body does not depend on it. The Recheck
// is nil if the write may be repeated without a read. See [Guard] for the errors.
func ReadFirst(vendor string, patch credit.Patch, cfg credit.CallConfig, out *credit.Result, read func() (*credit.Record, error)) (Recheck, error) {
	before, err := read()
	if err != nil {
		return nil, err
	}
	g := &Guard{Vendor: vendor, Patch: patch, Config: cfg, Result: out, Source: readFunc(read)}
	if err := g.Begin(before); err != nil {
		return nil, err
	}
	if cfg.Expect == nil {
		return nil, nil
	}
	return g.Recheck, nil
}

// maxAge is how old a record may be when it is written back after a wait, as for a 429.
// Below it, reading again would cost more calls than it saves changes of others.
const maxAge = 5 * time.Second

// Begin makes before, which was just read for the update, the update's Before. It
// returns a *credit.ChangedError if the credit is not as expected.
func (g *Guard) Begin(before *credit.Record) error {
	g.Result.Before, g.readAt = before, time.Now()
	return g.Config.CheckExpect(g.Vendor, before)
}

// Recheck is the [Recheck] of the update. With doubtful it reads the credit and compares
// it with the patch and with Result.Before: it returns ErrAlreadyApplied if the credit
// shows the change and did not before, and a *credit.ChangedError if the fields of the
// patch have neither its values nor those from before. Without doubtful it reads only
// where something is expected, or where the write holds a record that is maxAge old.
// Either way, a credit that is not as expected is a *credit.ChangedError, and the write is
// built from the record as it is now, so that a repeat does not undo another writer's
// change.
func (g *Guard) Recheck(doubtful bool) (body []byte, err error) {
	if !doubtful && !g.isStale() {
		return nil, nil
	}
	now, body, err := g.Source.Reread()
	if err != nil {
		return nil, err
	}
	if doubtful {
		if err := g.resolve(now); err != nil {
			return nil, err
		}
	}
	if err := g.Config.CheckExpect(g.Vendor, now); err != nil {
		return nil, err
	}
	g.Result.Before, g.readAt = now, time.Now()
	return body, nil
}

// isStale reports whether the credit is read again before a repeat although no attempt
// was applied. A record given by the caller is not: there may be no read.
func (g *Guard) isStale() bool {
	return g.Config.Expect != nil || g.Replaces && g.Config.Record == nil && time.Since(g.readAt) >= maxAge
}

// resolve returns nil if the credit is as before an attempt that may have been applied.
func (g *Guard) resolve(now *credit.Record) error {
	before := g.Result.Before
	verdict, fields := g.Patch.Compare(before, now)
	switch {
	case verdict == credit.AsAsked && g.changes(before):
		g.Result.After = now
		return ErrAlreadyApplied
	// Values that a patch cannot express are not compared, but a record with the
	// same bytes has not changed.
	case verdict == credit.Neither && (now.Raw == nil || !bytes.Equal(before.Raw, now.Raw)):
		return &credit.ChangedError{Vendor: g.Vendor, ID: now.ID, Fields: fields, Now: now}
	}
	return nil
}

// changes reports whether the patch changes a record. If it does not, a later read cannot
// show whether a write has arrived: it may arrive after a newer one of another writer. A
// repeat sets the same values, and its response is a proof; with an idempotency key the
// late write is then not applied.
func (g *Guard) changes(before *credit.Record) bool {
	verdict, _ := g.Patch.Compare(before, before)
	return verdict != credit.AsAsked
}
