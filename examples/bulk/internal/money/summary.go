package money

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/format"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// How many changes a Summary keeps.
const (
	MaxLargest  = 10
	MaxOutliers = 20
)

// A Sum adds up one field at one vendor, whatever the currency or unit of its credits is.
type Sum struct {
	Vendor string
	Field  credit.Field
	// InDoubt is true for the sum of changes that may have been made or not.
	InDoubt bool
	// Rows is the number of changes in Before and After.
	Rows          int64
	Before, After credit.Decimal // unset if the sum has too many digits
	// UnreadRows is the number of changes whose amount before was not read, and
	// UnreadAfter is the sum of their new amounts.
	UnreadRows  int64
	UnreadAfter credit.Decimal
	// EmptyRows is the number of changes from or to no amount. They are in none of the
	// sums, because no amount can mean 0 or no limit.
	EmptyRows int64
}

// Difference returns After minus Before.
func (s Sum) Difference() credit.Decimal { return s.After.Sub(s.Before) }

// A Summary adds up changes in a memory that does not grow with their number. The zero
// Summary is empty and ready to use.
type Summary struct {
	sums     map[sumKey]*Sum
	largest  ranking
	outliers ranking
}

type sumKey struct {
	vendor  string
	field   credit.Field
	inDoubt bool
}

// Add adds the changes of a result that were made (applied), would be made (planned) or
// may have been made (unknown, which has sums of its own).
func (s *Summary) Add(r result.Result) {
	if r.Outcome != result.Applied && r.Outcome != result.Planned && r.Outcome != result.Unknown {
		return
	}
	for _, c := range ChangesOf(r) {
		s.sum(sumKey{c.Vendor, c.Field, r.Outcome == result.Unknown}).add(c)
		if c.Before.IsSet() && c.After.IsSet() && !c.Before.Equal(c.After) {
			s.largest.add(c, MaxLargest)
		}
		if c.Outlier() != "" {
			s.outliers.add(c, MaxOutliers)
		}
	}
}

func (s *Summary) sum(key sumKey) *Sum {
	if s.sums == nil {
		s.sums = make(map[sumKey]*Sum)
	}
	if s.sums[key] == nil {
		zero := credit.NewDecimal(0)
		s.sums[key] = &Sum{Vendor: key.vendor, Field: key.field, InDoubt: key.inDoubt, Before: zero, After: zero, UnreadAfter: zero}
	}
	return s.sums[key]
}

func (s *Sum) add(c Change) {
	switch {
	case !c.After.IsSet() || (!c.Before.IsSet() && !c.Unread):
		s.EmptyRows++
	case c.Unread:
		s.UnreadRows++
		s.UnreadAfter = s.UnreadAfter.Add(c.After)
	default:
		s.Rows++
		s.Before, s.After = s.Before.Add(c.Before), s.After.Add(c.After)
	}
}

// Sums returns the sums by vendor and field, those in doubt last.
func (s *Summary) Sums() (sums []Sum) {
	for _, sum := range s.sums {
		sums = append(sums, *sum)
	}
	slices.SortFunc(sums, func(a, b Sum) int {
		return cmp.Or(
			cmp.Compare(a.Vendor, b.Vendor),
			cmp.Compare(slices.Index(fields, a.Field), slices.Index(fields, b.Field)),
			cmp.Compare(yes(a.InDoubt), yes(b.InDoubt)))
	})
	return sums
}

func yes(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Largest returns the changes with the largest differences, at most [MaxLargest].
func (s *Summary) Largest() []Change { return s.largest.list() }

// Outliers returns the outliers with the largest differences, at most [MaxOutliers], and
// the number of all outliers.
func (s *Summary) Outliers() (first []Change, all int64) { return s.outliers.list(), s.outliers.count }

// A ranking keeps the changes with the largest differences, the largest first. Of two with
// the same difference, the one that was added first comes first.
type ranking struct {
	changes []rankedChange
	count   int64 // of all that were added
}

// A rankedChange is a change with the size of its difference, which is unset if it has too
// many digits.
type rankedChange struct {
	Change
	size credit.Decimal
}

func (r *ranking) add(c Change, limit int) {
	r.count++
	added := rankedChange{c, abs(c.Difference())}
	if len(r.changes) == limit && compareSize(r.changes[limit-1].size, added.size) >= 0 {
		return
	}
	at, _ := slices.BinarySearchFunc(r.changes, added, func(other, added rankedChange) int {
		if compareSize(other.size, added.size) >= 0 {
			return -1
		}
		return 1
	})
	r.changes = slices.Insert(r.changes, at, added)
	r.changes = r.changes[:min(len(r.changes), limit)]
}

func (r *ranking) list() (changes []Change) {
	for _, c := range r.changes {
		changes = append(changes, c.Change)
	}
	return changes
}

// compareSize compares two sizes. An unset one is larger than all others.
func compareSize(a, b credit.Decimal) int {
	if !a.IsSet() || !b.IsSet() {
		return cmp.Compare(yes(!a.IsSet()), yes(!b.IsSet()))
	}
	return a.Cmp(b)
}

// WriteText writes the sums and the outliers for a terminal, one per line. The lines of
// the outliers are those of the named file. It writes nothing if there are no changes of
// amounts.
func (s *Summary) WriteText(out io.Writer, file string) {
	for _, sum := range s.Sums() {
		name := fmt.Sprintf("%s %s", sum.Vendor, sum.Field)
		if sum.Rows > 0 {
			fmt.Fprintf(out, "%s: %s before, %s after, difference %s, in %s\n", name, Text(sum.Before), Text(sum.After), Signed(sum.Difference()), format.Counted(sum.Rows, "row"))
		}
		if sum.UnreadRows > 0 {
			fmt.Fprintf(out, "%s: %s after, in %s whose value before was not read\n", name, Text(sum.UnreadAfter), format.Counted(sum.UnreadRows, "row"))
		}
		if sum.EmptyRows > 0 {
			fmt.Fprintf(out, "%s: %s from or to no value, in none of the sums\n", name, format.Counted(sum.EmptyRows, "row"))
		}
	}
	outliers, all := s.Outliers()
	for _, c := range outliers {
		fmt.Fprintf(out, "outlier: %s, line %d: %s credit %q: %s %s -> %s, %s\n", file, c.Line, c.Vendor, c.ID, c.Field, c.Before, c.After, c.Outlier())
	}
	if more := all - int64(len(outliers)); more > 0 {
		fmt.Fprintf(out, "and %s with smaller differences\n", format.Counted(more, "other outlier"))
	}
}

// Text returns an amount, or says that it has too many digits for a sum.
func Text(d credit.Decimal) string {
	if !d.IsSet() {
		return "(too many digits)"
	}
	return d.String()
}

// Signed returns the text of a difference, with a plus sign if it is positive.
func Signed(d credit.Decimal) string {
	if d.Sign() > 0 {
		return "+" + d.String()
	}
	return Text(d)
}
