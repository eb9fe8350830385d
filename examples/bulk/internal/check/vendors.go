package check

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
	"github.com/creditkit/creditkit/examples/internal/change"
)

// A vendorChecker finds what the vendors would refuse.
type vendorChecker struct {
	opts     Options
	updaters map[string]credit.Updater
	rows     map[string]int64
}

func newVendorChecker(opts Options) vendorChecker {
	return vendorChecker{opts, make(map[string]credit.Updater), make(map[string]int64)}
}

// checkRow returns the problems of a row at its vendor. For a malformed row it
// checks the name of the vendor only.
func (v vendorChecker) checkRow(ctx context.Context, r row.PositionedRow) ([]row.Problem, error) {
	if r.Vendor == "" {
		return nil, nil // this is one of the problems already
	}
	updater, err := v.updaterOf(r.Vendor)
	if err != nil {
		return []row.Problem{newProblem(r, "vendor", "vendor: "+errorReason(err))}, nil
	}
	v.rows[r.Vendor]++
	if r.Malformed {
		return nil, nil // its cells may be those of other columns
	}
	return v.dryRunProblems(ctx, updater, r)
}

// dryRunProblems makes dry runs until no problem is new. Each leaves out the parts
// that the last one has refused, because an Updater can stop at the first kind of
// problem: one that cannot set a field does not check the values of the others.
func (v vendorChecker) dryRunProblems(ctx context.Context, updater credit.Updater, r row.PositionedRow) (all []row.Problem, err error) {
	ref, patch := r.Ref, r.Patch
	for _, part := range []string{"id", "owner"} {
		if r.HasProblem(part) {
			ref = replaceRefused(ref, []string{part})
		}
	}
	opts := []credit.CallOption{credit.WithDryRun()}
	if v.opts.Before {
		opts = append(opts, credit.WithBefore())
	}
	if r.HasExpect() {
		opts = append(opts, credit.WithExpect(credit.Record{Values: r.Expect}))
	}
	seen := make(map[string]bool)
	for {
		_, err := updater.Update(ctx, ref, patch, opts...)
		if ended := ctx.Err(); ended != nil {
			return nil, ended // which may be the cause of err
		}
		if err == nil || !v.opts.IsRefusal(err) {
			return all, nil
		}
		if errors.Is(err, credit.ErrEmptyPatch) && (len(seen) > 0 || r.HasProblems()) {
			// All fields of the row were refused. The rest of the row is checked with
			// a field that the vendor accepts.
			if patch = placeholderPatch(updater.Support()); seen[emptyPatch] || patch.IsEmpty() {
				return all, nil
			}
			seen[emptyPatch] = true
			continue
		}
		parts := errorParts(err)
		if slices.ContainsFunc(parts, func(part string) bool { return seen[part] }) {
			return all, nil // leaving them out did not help
		}
		all = append(all, problemsOf(r, err)...)
		if len(parts) == 0 {
			return all, nil
		}
		for _, part := range parts {
			seen[part] = true
		}
		ref = replaceRefused(ref, parts)
		if patch, err = withoutFields(patch, parts); err != nil {
			return nil, err
		}
	}
}

// emptyPatch is the key of seen for a patch without fields.
const emptyPatch = "(no field)"

// placeholderPatch returns a change that the vendor accepts.
func placeholderPatch(s credit.Support) (p credit.Patch) {
	switch {
	case s.Fields[credit.FieldNote].Set:
		p.Note = credit.Set("x")
	case s.Fields[credit.FieldName].Set:
		p.Name = credit.Set("x")
	}
	return p
}

// errorParts returns the parts of the row that err names.
func errorParts(err error) (parts []string) {
	for _, f := range credit.FieldErrors(err) {
		parts = append(parts, f.Field)
	}
	return parts
}

// replaceRefused replaces the refused parts of a reference by valid ones.
func replaceRefused(ref credit.Ref, refused []string) credit.Ref {
	if slices.Contains(refused, "id") {
		ref.ID = "1"
	}
	if slices.Contains(refused, "owner") {
		if ref.Owner == "" {
			ref.Owner = "1"
		} else {
			ref.Owner = ""
		}
	}
	return ref
}

// withoutFields returns the patch without some of its fields.
func withoutFields(p credit.Patch, fields []string) (rest credit.Patch, err error) {
	set, cleared := change.Texts(p)
	for f, text := range set {
		if !slices.Contains(fields, string(f)) {
			err = errors.Join(err, change.Set(&rest, f, text))
		}
	}
	for _, f := range cleared {
		if !slices.Contains(fields, string(f)) {
			err = errors.Join(err, change.Clear(&rest, f))
		}
	}
	return rest, err
}

// updaterOf returns the Updater of a vendor. It caches known vendors only, because
// a file can have any number of unknown names.
func (v vendorChecker) updaterOf(vendor string) (credit.Updater, error) {
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

// problemsOf returns a problem for each part of the row that err names, or one for
// the whole row if it names none. Parts that have a problem already are left out.
func problemsOf(r row.PositionedRow, err error) (problems []row.Problem) {
	fields := credit.FieldErrors(err)
	_, unsupported := errors.AsType[*credit.UnsupportedError](err)
	for _, f := range fields {
		if f.Field == "WithExpect" {
			problems = append(problems, newProblem(r, "", "expect: "+f.Message))
			continue
		}
		switch {
		case unsupported:
			problems = append(problems, newProblem(r, f.Field, fmt.Sprintf("%s: %s at %s", f.Field, f.Message, r.Vendor)))
		case !r.HasProblem(f.Field):
			problems = append(problems, newProblem(r, f.Field, f.Field+": "+explainValue(r, f)))
		}
	}
	switch {
	case len(fields) > 0:
		return problems
	case errors.Is(err, credit.ErrEmptyPatch):
		return []row.Problem{newProblem(r, "", "the row changes nothing")}
	}
	return []row.Problem{newProblem(r, "", errorReason(err))}
}

var leadingZeros = regexp.MustCompile(`^0+([1-9][0-9]*)$`)

// explainValue adds the value to the message about it, and what to do if that is
// known.
func explainValue(r row.PositionedRow, f credit.FieldError) string {
	value := partText(r, f.Field)
	if m := leadingZeros.FindStringSubmatch(value); m != nil && (f.Field == "id" || f.Field == "owner") {
		return fmt.Sprintf("%q begins with zeros, but the numbers of %s do not: use %s if that is the credit's number", value, r.Vendor, m[1])
	}
	if value == "" || strings.Contains(f.Message, strconv.Quote(value)) {
		return f.Message
	}
	return fmt.Sprintf("%s, got %s", f.Message, row.Truncate(strconv.Quote(value)))
}

// partText returns the text of a part of the row, or "".
func partText(r row.PositionedRow, part string) string {
	switch part {
	case "id":
		return r.Ref.ID
	case "owner":
		return r.Ref.Owner
	}
	set, _ := change.Texts(r.Patch)
	return set[credit.Field(part)]
}

// errorReason returns the text of an error without "nothing was sent", which is
// clear from the context.
func errorReason(err error) string {
	if invalid, ok := errors.AsType[*credit.InvalidError](err); ok {
		return invalid.Reason
	}
	return strings.TrimSuffix(err.Error(), "; nothing was sent")
}

// newProblem returns a problem of a part of the row, or of the whole row.
func newProblem(r row.PositionedRow, part, reason string) row.Problem {
	line, column := r.Position(part)
	return row.Problem{Number: r.Number, Line: line, Column: column, Reason: row.Truncate(reason)}
}
