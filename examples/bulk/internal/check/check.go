// Package check reads a whole file of changes before any of them is sent, and
// finds every bad row: what cannot be read, what its vendor would refuse without
// being asked, and what changes a credit that another row changes as well.
//
// Its memory does not grow with the file: what it must remember of each row is
// in files.
package check

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"path/filepath"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// Options are what a check needs beside the file.
type Options struct {
	// Dir takes the problems, in [ProblemsFile], and what is remembered
	// meanwhile.
	Dir string
	// Updaters makes the Updater of a vendor, or fails where there is no such
	// vendor. It should not reach the vendor: it is asked for dry runs only,
	// and whatever it would read does not count.
	Updaters func(vendor string) (credit.Updater, error)
	// IsRefusal tells the errors of an update that cannot be right as it stands
	// from those that say nothing of the row.
	IsRefusal func(error) bool
}

// ProblemsFile is the name of the file in [Options.Dir] that a check leaves.
const ProblemsFile = "problems.jsonl"

// A Summary is what a file holds.
type Summary struct {
	Rows, Bad int64            // bad rows, each once, however much is wrong with it
	PerVendor map[string]int64 // rows, the bad ones too, of each vendor that there is
	Digest    string           // the SHA-256 of the file, in hexadecimal
}

// ErrUnreadable is the error of a file that cannot be read to its end: its header
// is wrong, or reading it failed.
var ErrUnreadable = errors.New("the file cannot be read")

// Run checks the rows that in holds, and reports all problems in the order of
// the rows when it has seen the last one. An error means that the check could
// not be made; it is no verdict on the rows.
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

// writeUnreadable reports the problems of a file that cannot be read to its end, and
// leaves them alone in the file.
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
type check struct {
	vendors     vendorChecker
	rowProblems *problemWriter // while reading
	duplicates  *duplicateFinder
}

func newCheck(opts Options) (*check, error) {
	found, err := newProblemWriter(opts.Dir)
	if err != nil {
		return nil, err
	}
	return &check{vendors: newVendorChecker(opts), rowProblems: found, duplicates: newDuplicateFinder(opts.Dir)}, nil
}

// checkRow checks one row: what the file has wrong, and what the vendor would refuse of
// the rest.
func (c *check) checkRow(ctx context.Context, r row.PositionedRow, problems []row.Problem) error {
	refused, err := c.vendors.checkRow(ctx, r)
	if err != nil {
		return err
	}
	for _, p := range append(problems, refused...) {
		if err := c.rowProblems.write(p); err != nil {
			return err
		}
	}
	return c.duplicates.add(r)
}

// writeProblems puts the problems of both kinds in order, and counts the bad rows.
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
