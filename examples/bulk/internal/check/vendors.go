package check

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// vendors ask each row's vendor what it would refuse.
type vendors struct {
	opts     Options
	updaters map[string]credit.Updater
	rows     map[string]int64
}

func newVendors(opts Options) vendors {
	return vendors{opts, make(map[string]credit.Updater), make(map[string]int64)}
}

// check tells what is wrong with a row for its vendor. Of a row that is not
// readable it looks at the vendor's name only.
func (v vendors) check(ctx context.Context, r row.Placed, readable bool) ([]row.Problem, error) {
	if r.Vendor == "" {
		return nil, nil // it is one of the problems that there are already
	}
	updater, err := v.updater(r.Vendor)
	if err != nil {
		return []row.Problem{problem(r, "vendor", "vendor: "+reason(err))}, nil
	}
	v.rows[r.Vendor]++
	if !readable {
		return nil, nil
	}
	_, err = updater.Update(ctx, r.Ref, r.Patch, credit.WithDryRun())
	if ended := ctx.Err(); ended != nil {
		return nil, ended // and the error may be of that
	}
	if err == nil || !v.opts.Refused(err) {
		return nil, nil
	}
	return refusals(r, err), nil
}

// updater keeps the Updaters of the vendors that there are. Names that are none
// are not kept: a file can hold any number of them.
func (v vendors) updater(vendor string) (credit.Updater, error) {
	if updater, found := v.updaters[vendor]; found {
		return updater, nil
	}
	updater, err := v.opts.Updaters(vendor)
	if err != nil {
		return nil, err
	}
	v.updaters[vendor] = updater
	return updater, nil
}

// refusals are a problem for each field that an error names.
func refusals(r row.Placed, err error) []row.Problem {
	var out []row.Problem
	if unsupported, ok := errors.AsType[*credit.UnsupportedError](err); ok {
		for _, f := range unsupported.Set {
			out = append(out, problem(r, string(f), fmt.Sprintf("%s: cannot be set at %s", f, r.Vendor)))
		}
		for _, f := range unsupported.Clear {
			out = append(out, problem(r, string(f), fmt.Sprintf("%s: cannot be cleared at %s", f, r.Vendor)))
		}
		return out
	}
	if invalid, ok := errors.AsType[*credit.InvalidError](err); ok {
		out = append(out, problem(r, invalid.Field, invalid.Field+": "+invalid.Reason))
		for _, f := range invalid.More {
			out = append(out, problem(r, f.Field, f.Field+": "+f.Message))
		}
		return out
	}
	if errors.Is(err, credit.ErrEmptyPatch) {
		return []row.Problem{problem(r, "", "the row changes nothing")}
	}
	return []row.Problem{problem(r, "", reason(err))}
}

// reason is an error without what goes without saying: nothing was sent.
func reason(err error) string {
	if invalid, ok := errors.AsType[*credit.InvalidError](err); ok {
		return invalid.Reason
	}
	return strings.TrimSuffix(err.Error(), "; nothing was sent")
}

// problem is one of a part of the row, or of all of it.
func problem(r row.Placed, part, reason string) row.Problem {
	line, column := r.Position(part)
	return row.Problem{Number: r.Number, Line: line, Column: column, Reason: row.Brief(reason)}
}
