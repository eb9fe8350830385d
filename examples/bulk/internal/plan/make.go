package plan

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
	"github.com/creditkit/creditkit/examples/internal/change"
)

// An Input is a row to plan. Refused is why it cannot be planned, if that is known without
// a read.
type Input struct {
	row.Row
	Refused string
	// Unchanged is set for a row without a change, which is not read.
	Unchanged bool
}

// A Vendor reads the credits of one vendor.
type Vendor struct {
	Updater credit.Updater
	// Calls is the limiter of the Updater, which stops its calls after a rate limit.
	Calls interface {
		Pause(ctx context.Context, d time.Duration) error
	}
	// InFlight is the number of reads at once.
	InFlight int
	// Patience is how long every read may fail before the plan fails.
	Patience time.Duration
	// GuardAll makes rows expect every field that was read, and not only those of the
	// change.
	GuardAll bool

	slots   chan struct{}
	mu      sync.Mutex
	success time.Time // of the last read that was answered, or of the beginning
}

// maxAhead is the number of rows that are read before an earlier one has ended.
const maxAhead = 256

// Make plans the rows, several at once, and passes the lines to emit in the order of the
// rows. A row that cannot be sent is a refused line. An error means that there is no plan:
// the credentials are refused, or a vendor fails for longer than its patience.
func Make(ctx context.Context, rows iter.Seq2[Input, error], vendors map[string]*Vendor, emit func(Line) error) error {
	ctx, stop := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer stop()
	for _, v := range vendors {
		v.slots, v.success = make(chan struct{}, max(v.InFlight, 1)), time.Now()
	}
	type planned struct {
		line Line
		err  error
	}
	queue := make(chan chan planned, maxAhead)
	var failed error
	group.Go(func() {
		defer close(queue)
		for in, err := range rows {
			if err != nil {
				failed = err // read after the queue is closed
				return
			}
			next := make(chan planned, 1)
			select {
			case queue <- next:
			case <-ctx.Done():
				return
			}
			group.Go(func() {
				line, err := vendors[in.Vendor].planRow(ctx, in)
				next <- planned{line, err}
			})
		}
	})
	for next := range queue {
		p := <-next
		if p.err == nil {
			p.err = emit(p.line)
		}
		if p.err != nil {
			return p.err
		}
	}
	return cmp.Or(failed, ctx.Err())
}

// planRow reads the credit and returns the line of the row.
func (v *Vendor) planRow(ctx context.Context, in Input) (Line, error) {
	line := newLine(in.Row)
	if in.Refused != "" {
		return line.refused(in.Refused), nil
	}
	if in.Unchanged {
		line.Status = row.StatusUnchanged
		return line, nil
	}
	select {
	case v.slots <- struct{}{}:
		defer func() { <-v.slots }()
	case <-ctx.Done():
		return Line{}, ctx.Err()
	}
	made, err := v.dryRun(ctx, in.Row)
	switch {
	case errors.Is(err, errNoPlan):
		return Line{}, err
	case err != nil:
		return line.refused(err.Error()), nil
	case made.Before == nil || made.Request == nil:
		return line.refused("the vendor's credit or the request is not known"), nil
	}
	return v.complete(line, in.Row, made), nil
}

// complete adds to a line what a dry run has shown.
func (v *Vendor) complete(line Line, r row.Row, made *credit.Result) Line {
	before, after, expect := credit.Patch(made.Before.Values), credit.Patch(made.Before.Values), credit.Patch(r.Expect)
	line.Before = &before
	unchanged := true
	for f, op := range r.Patch.All() {
		unchanged = unchanged && op.Equal(before.Op(f))
		after.Op(f).Copy(op)
	}
	if unchanged {
		line.Status = row.StatusUnchanged
		return line
	}
	for f, op := range before.All() {
		if (v.GuardAll || !r.Patch.Op(f).IsZero()) && v.Updater.Support().CanRead(f) {
			expect.Op(f).Copy(op)
		}
	}
	for f := range r.Patch.All() {
		if expect.Op(f).IsZero() {
			line.Unguarded = append(line.Unguarded, f)
		}
	}
	if expect.IsEmpty() {
		return line.refused("the vendor shows no field of the credit that a guard could compare")
	}
	line.After, line.Expect, line.Request = &after, &expect, made.Request
	if text, err := line.encode(); err != nil {
		return line.refused(err.Error())
	} else if len(text) > row.MaxLength {
		return line.refused(fmt.Sprintf("its plan would have %d bytes, more than %d", len(text), row.MaxLength))
	}
	return line
}

// errNoPlan is in the errors after which no other row can be planned.
var errNoPlan = errors.New("no plan was made")

// pause is the wait after a rate limit for which the vendor has named no time.
const pause = 5 * time.Second

// dryRun reads the credit and returns what would be sent. It waits for a rate limit.
func (v *Vendor) dryRun(ctx context.Context, r row.Row) (*credit.Result, error) {
	opts := []credit.CallOption{credit.WithDryRun(), credit.WithBefore()}
	if r.HasExpect() {
		opts = append(opts, credit.WithExpect(credit.Record{Values: r.Expect}))
	}
	for {
		made, err := v.Updater.Update(ctx, r.Ref, r.Patch, opts...)
		limited := errors.Is(err, credit.ErrRateLimited)
		lost := limited || errors.Is(err, credit.ErrUnavailable)
		away := v.noteAnswer(!lost)
		switch {
		case err == nil:
			return made, nil
		case ctx.Err() != nil:
			return nil, fmt.Errorf("%w: %w", errNoPlan, ctx.Err())
		case errors.Is(err, credit.ErrUnauthorized):
			return nil, fmt.Errorf("%w: %w", errNoPlan, err)
		case lost && away > v.Patience:
			return nil, fmt.Errorf("%w: every read has failed for %v: %w", errNoPlan, away.Round(time.Second), err)
		case !limited:
			return nil, err
		}
		wait := pause
		if failed, ok := errors.AsType[*credit.Error](err); ok && failed.RetryAfter > 0 {
			wait = failed.RetryAfter
		}
		if err := v.Calls.Pause(ctx, wait); err != nil {
			return nil, fmt.Errorf("%w: %w", errNoPlan, err)
		}
	}
}

// noteAnswer records whether the vendor has answered, and returns the time since the
// last answer.
func (v *Vendor) noteAnswer(answered bool) time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	if answered {
		v.success = time.Now()
	}
	return time.Since(v.success)
}

func newLine(r row.Row) Line {
	set, cleared := change.Texts(r.Patch)
	line := Line{
		Status: row.StatusPlanned, Line: r.Line, Vendor: r.Vendor, ID: r.Ref.ID, Owner: r.Ref.Owner, Key: r.Key, Clear: cleared,
		Set: make(map[credit.Field]any),
	}
	for f, text := range set {
		line.Set[f] = text
		if f == credit.FieldMetadata {
			line.Set[f] = json.RawMessage(text)
		}
	}
	return line
}

// refused returns the line as a refused one, without what is only for planned lines.
func (l Line) refused(reason string) Line {
	l.Status, l.Reason = row.StatusRefused, result.OneLine(reason)
	l.Expect, l.After, l.Request, l.Unguarded = nil, nil, nil, nil
	return l
}
