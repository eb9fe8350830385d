package plan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/reading"
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

// A Vendor plans the rows of one vendor.
type Vendor struct {
	*reading.Vendor
	// GuardAll makes rows expect every field that was read, and not only those of the
	// change.
	GuardAll bool
}

// Make plans the rows, several at once, and passes the lines to emit in the order of the
// rows. The line of a row that cannot be sent has the reason. After an error the plan is
// incomplete: the credentials are refused, or a vendor fails for longer than its patience.
func Make(ctx context.Context, rows iter.Seq2[Input, error], vendors map[string]*Vendor, emit func(Line) error) error {
	read := func(ctx context.Context, in Input) (Line, error) { return vendors[in.Vendor].planRow(ctx, in) }
	return reading.InOrder(ctx, rows, read, func(_ Input, line Line) error { return emit(line) })
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
	made, err := v.dryRun(ctx, in.Row)
	switch {
	case errors.Is(err, reading.ErrGivenUp):
		return Line{}, fmt.Errorf("no plan was made: %w", err)
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

// dryRun reads the credit and returns what would be sent.
func (v *Vendor) dryRun(ctx context.Context, r row.Row) (made *credit.Result, err error) {
	opts := []credit.CallOption{credit.WithDryRun(), credit.WithBefore()}
	if r.HasExpect() {
		opts = append(opts, credit.WithExpect(credit.Record{Values: r.Expect}))
	}
	err = v.Do(ctx, func() (err error) {
		made, err = v.Updater.Update(ctx, r.Ref, r.Patch, opts...)
		return err
	})
	return made, err
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
