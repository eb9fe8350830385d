// Package check reads a whole file of changes and finds what is wrong with its rows,
// before anything is sent.
package check

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"path/filepath"
	"slices"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// Options are the parameters of a check, except the file.
type Options struct {
	// Dir is the folder of the problems, in [ProblemsFile], and of temporary files.
	Dir string
	// Updaters returns the Updater of a vendor, or an error if the vendor is unknown.
	// The Updater is called for dry runs only and should not reach the vendor.
	Updaters func(vendor string) (credit.Updater, error)
	// IsRefusal reports whether an error of an update shows that the row is bad. Other
	// errors say nothing about the row.
	IsRefusal func(error) bool
	// Before checks each row as one whose credit is read before its change.
	Before bool
	// Prepare may replace the change of a row before it is checked. It returns whether
	// the row has no change left, so that it is not checked with its vendor, and the problems
	// that it has found. It may be nil, and is not called for a row with problems.
	Prepare func(*row.PositionedRow) (unchanged bool, problems []row.Problem)
	// Observe gets each row without problems of its own. It may be nil.
	Observe func(row.Row)
}

// ProblemsFile is the name of the file in [Options.Dir] with the problems that a
// check has found.
const ProblemsFile = "problems.jsonl"

// A Summary describes a file.
type Summary struct {
	Rows, Bad int64            // number of rows, and of rows with one or more problems
	PerVendor map[string]int64 // rows of each known vendor, including bad ones
	Digest    string           // the SHA-256 of the file, in hexadecimal
}

// ErrUnreadable is the error of a file that cannot be read to its end: its
// encoding, separator or header is wrong, or reading failed.
var ErrUnreadable = errors.New("the rows of the file cannot be read")

// Run checks the rows of in, and reports all problems in the order of the rows
// after it has read the last one. An error means that the check failed; it says
// nothing about the rows.
func Run(ctx context.Context, in io.Reader, f row.Format, opts Options, report func(row.Problem)) (Summary, error) {
	digest := sha256.New()
	c, err := newCheck(opts)
	if err != nil {
		return Summary{}, err
	}
	defer c.discard()
	summary := Summary{PerVendor: c.vendors.rows}
	for placed, problems := range row.ReadPositions(io.TeeReader(in, digest), f) {
		if err := ctx.Err(); err != nil {
			return Summary{}, err
		}
		if placed.Number == 0 {
			return Summary{}, c.writeUnreadable(problems, filepath.Join(opts.Dir, ProblemsFile), report)
		}
		summary.Rows++
		if err := c.checkRow(ctx, placed, problems); err != nil {
			return Summary{}, err
		}
	}
	if summary.Bad, err = c.writeProblems(ctx, filepath.Join(opts.Dir, ProblemsFile), report); err != nil {
		return Summary{}, err
	}
	summary.Digest = hex.EncodeToString(digest.Sum(nil))
	return summary, nil
}

// writeUnreadable reports the problems of a file that cannot be read to its end,
// and replaces the problems file by them.
func (c *check) writeUnreadable(problems []row.Problem, path string, report func(row.Problem)) error {
	all, err := newProblemWriter(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer all.discard()
	for _, p := range problems {
		if err := all.write(p); err != nil {
			return err
		}
		report(p)
	}
	return errors.Join(ErrUnreadable, all.keep(path))
}

// A check is under way.
// A check is one run of [Run].
type check struct {
	vendors     vendorChecker
	prepare     func(*row.PositionedRow) (bool, []row.Problem)
	observe     func(row.Row)
	rowProblems *problemWriter // while reading
	duplicates  *duplicateFinder
}

func newCheck(opts Options) (*check, error) {
	found, err := newProblemWriter(opts.Dir)
	if err != nil {
		return nil, err
	}
	return &check{vendors: newVendorChecker(opts), prepare: opts.Prepare, observe: opts.Observe, rowProblems: found, duplicates: newDuplicateFinder(opts.Dir)}, nil
}

// checkRow collects the problems of one row, of the file and of the vendor, in the
// order of their positions.
func (c *check) checkRow(ctx context.Context, r row.PositionedRow, problems []row.Problem) error {
	unchanged := false
	if c.prepare != nil && !r.HasProblems() {
		unchanged, problems = c.prepare(&r)
	}
	if !unchanged && (c.prepare == nil || len(problems) == 0) {
		refused, err := c.vendors.checkRow(ctx, r)
		if err != nil {
			return err
		}
		problems = append(problems, refused...)
	}
	if c.observe != nil && len(problems) == 0 {
		c.observe(r.Row)
	}
	slices.SortStableFunc(problems, func(a, b row.Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	for _, p := range problems {
		if err := c.rowProblems.write(p); err != nil {
			return err
		}
	}
	return c.duplicates.add(r)
}

// writeProblems merges all problems in the order of the rows, and counts the bad
// rows.
func (c *check) writeProblems(ctx context.Context, path string, report func(row.Problem)) (bad int64, err error) {
	if err := c.rowProblems.close(); err != nil {
		return 0, err
	}
	all, err := newProblemWriter(filepath.Dir(path))
	if err != nil {
		return 0, err
	}
	defer all.discard()
	last := int64(0)
	for p, err := range mergeProblems(Problems(c.rowProblems.path), c.duplicates.problems()) {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return 0, err
		}
		if err := all.write(p); err != nil {
			return 0, err
		}
		report(p)
		if p.Number != last {
			bad, last = bad+1, p.Number
		}
	}
	return bad, all.keep(path)
}

func (c *check) discard() {
	c.rowProblems.discard()
	c.duplicates.discard()
}
