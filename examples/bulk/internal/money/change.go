// Package money adds up what changes of totals and balances do ([Summary]), and finds the
// changes that look like a slipped decimal point ([Change.Outlier]). All amounts are exact.
package money

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// fields are the fields that hold money. A priority is a number, too, but no amount.
var fields = []credit.Field{credit.FieldTotal, credit.FieldBalance}

// A Change is the change of one amount of a credit.
type Change struct {
	Line   int // of the row, in its file
	Vendor string
	ID     string
	Owner  string
	Field  credit.Field
	// Before and After are unset for a field without a value.
	Before, After credit.Decimal
	// Unread is true if the value before was not read. Before is unset then.
	Unread bool
}

// ChangesOf returns the changes of amounts in a result, whatever its outcome is. It leaves
// out an amount that cannot be parsed; no file of bulk has one.
func ChangesOf(r result.Result) (changes []Change) {
	for _, c := range r.Changes {
		f := credit.Field(c.Field)
		if !slices.Contains(fields, f) {
			continue
		}
		change := Change{Line: r.Line, Vendor: r.Vendor, ID: r.ID, Owner: r.Owner, Field: f, Unread: c.Before == unread}
		var errBefore, errAfter error
		if c.Before != "" && !change.Unread {
			change.Before, errBefore = credit.ParseDecimal(c.Before)
		}
		if c.After != "" {
			change.After, errAfter = credit.ParseDecimal(c.After)
		}
		if errBefore == nil && errAfter == nil {
			changes = append(changes, change)
		}
	}
	return changes
}

// unread is the text of a value that was not read, see [credit.FieldOp.String].
const unread = "unknown"

// Difference returns After minus Before. It is unset if one of them is unset, or if the
// difference has too many digits, see [credit.Decimal.Add].
func (c Change) Difference() credit.Decimal { return c.After.Sub(c.Before) }

// Outlier returns how the amount has changed if that looks like a slipped decimal point:
// it is at least ten times what it was, or a tenth or less, which includes 0 and a changed
// sign. It is empty for other changes, and for a change from 0 or without both amounts,
// because there is nothing to compare.
func (c Change) Outlier() string {
	before, after := abs(c.Before), abs(c.After)
	switch {
	case c.Before.Sign() == 0 || !c.Before.IsSet() || !c.After.IsSet():
		return ""
	case c.After.Sign() == 0:
		return "becomes 0"
	case c.After.Sign() != c.Before.Sign():
		return "changes its sign"
	case after.Cmp(before) >= 0:
		return compare(before, after, growth)
	}
	return compare(after, before, decline)
}

// scale has texts for 10, 100 and 1,000 times.
type scale [3]struct{ exactly, atLeast string }

var (
	growth = scale{
		{"exactly 10 times", "more than 10 times"},
		{"exactly 100 times", "more than 100 times"},
		{"exactly 1,000 times", "more than 1,000 times"},
	}
	decline = scale{
		{"exactly a tenth", "less than a tenth"},
		{"exactly a hundredth", "less than a hundredth"},
		{"exactly a thousandth", "less than a thousandth"},
	}
)

// compare returns the text for how often the larger amount has the smaller one.
func compare(smaller, larger credit.Decimal, texts scale) (text string) {
	limit := smaller
	for i := range texts {
		limit = tenfold(limit)
		if !limit.IsSet() {
			break // it is too large for a Decimal, and so larger than the amount
		}
		switch larger.Cmp(limit) {
		case -1:
			return text
		case 0:
			return texts[i].exactly
		}
		text = texts[i].atLeast
	}
	return text
}

// tenfold returns ten times an amount. It is unset if that is too large for a Decimal.
func tenfold(d credit.Decimal) credit.Decimal {
	digits, exponent, _ := strings.Cut(strings.ToUpper(d.String()), "E")
	n, err := strconv.Atoi(cmp.Or(exponent, "0"))
	if err != nil {
		return credit.Decimal{}
	}
	product, err := credit.ParseDecimal(digits + "E" + strconv.Itoa(n+1))
	if err != nil {
		return credit.Decimal{}
	}
	return product
}

// abs returns the amount without its sign. An unset amount stays unset.
func abs(d credit.Decimal) credit.Decimal {
	if d.Sign() < 0 {
		return credit.NewDecimal(0).Sub(d)
	}
	return d
}
