package money_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/examples/bulk/internal/money"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// changed returns a result of a change of one field.
func changed(line int, vendor string, outcome result.Outcome, field, before, after string) result.Result {
	return result.Result{
		Line: line, Vendor: vendor, ID: fmt.Sprintf("c%d", line), Outcome: outcome,
		Changes: []result.Change{{Field: field, Before: before, After: after}},
	}
}

func TestOutlier(t *testing.T) {
	for _, test := range []struct{ before, after, want string }{
		{"10.00", "100", "exactly 10 times"},
		{"10.00", "99.99", ""},
		{"10.00", "100.01", "more than 10 times"},
		{"12.50", "1250", "exactly 100 times"},
		{"1", "1001", "more than 1,000 times"},
		{"1", "1E3", "exactly 1,000 times"},
		{"0.1", "1.0", "exactly 10 times"},
		{"10", "1", "exactly a tenth"},
		{"10", "1.01", ""},
		{"1250", "12.5", "exactly a hundredth"},
		{"1250", "0.01", "less than a thousandth"},
		{"10", "0", "becomes 0"},
		{"10", "-10", "changes its sign"},
		{"-10", "-100", "exactly 10 times"},
		{"-10", "-1", "exactly a tenth"},
		{"1E2000", "1E2001", "exactly 10 times"},
		{"1E2000", "1", "less than a thousandth"},
		{"0", "1000", ""},
		{"", "1000", ""},
		{"unknown", "1000", ""},
		{"1000", "", ""},
		{"10", "10.00", ""},
	} {
		changes := money.ChangesOf(changed(1, "knox", result.Planned, "total", test.before, test.after))
		if len(changes) != 1 || changes[0].Outlier() != test.want {
			t.Errorf("%s to %s: got %+v, %q, want %q", test.before, test.after, changes, changes[0].Outlier(), test.want)
		}
	}
}

// Sums are exact where binary floating-point numbers are not.
func TestSumsAreExact(t *testing.T) {
	var s money.Summary
	for range 10 {
		s.Add(changed(1, "knox", result.Applied, "total", "0.1", "0.3"))
	}
	s.Add(changed(1, "knox", result.Applied, "total", "9007199254740993", "9007199254740994"))
	sum := s.Sums()[0]
	if got := fmt.Sprint(sum.Before, " ", sum.After, " ", sum.Difference(), " ", sum.Rows); got != "9007199254740994.0 9007199254740997.0 3.0 11" {
		t.Errorf("got %s", got)
	}
}

// Every change of an amount is in exactly one of the numbers.
func TestSums(t *testing.T) {
	var s money.Summary
	for _, r := range []result.Result{
		changed(1, "nexudus", result.Planned, "total", "5", "4"),
		changed(2, "knox", result.Applied, "balance", "1", "2"),
		changed(3, "knox", result.Applied, "total", "10", "12.50"),
		changed(4, "knox", result.Unknown, "total", "100", "1000"),
		changed(5, "knox", result.Applied, "total", "unknown", "7"),
		changed(6, "knox", result.Applied, "total", "3", ""),
		changed(7, "knox", result.Applied, "total", "", "3"),
		changed(8, "knox", result.Applied, "total", "unknown", ""),
		changed(9, "knox", result.Rejected, "total", "1", "1000000"),
		changed(10, "knox", result.NotSent, "total", "1", "1000000"),
		changed(11, "knox", result.Applied, "priority", "1", "1000000"),
		changed(12, "knox", result.Applied, "name", `"a"`, `"b"`),
	} {
		s.Add(r)
	}
	var out strings.Builder
	for _, sum := range s.Sums() {
		fmt.Fprintf(&out, "%s %s %v: %d rows %s to %s, %d unread to %s, %d empty\n", sum.Vendor, sum.Field, sum.InDoubt, sum.Rows, sum.Before, sum.After, sum.UnreadRows, sum.UnreadAfter, sum.EmptyRows)
	}
	const want = `knox total false: 1 rows 10 to 12.50, 1 unread to 7, 3 empty
knox total true: 1 rows 100 to 1000, 0 unread to 0, 0 empty
knox balance false: 1 rows 1 to 2, 0 unread to 0, 0 empty
nexudus total false: 1 rows 5 to 4, 0 unread to 0, 0 empty
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestLargestAndOutliersAreRankedAndLimited(t *testing.T) {
	var s money.Summary
	for i := range 30 {
		s.Add(changed(i, "knox", result.Planned, "total", "1", fmt.Sprint(100+i%15)))
		s.Add(changed(100+i, "knox", result.Planned, "total", "1000", "1001"))
	}
	s.Add(changed(200, "knox", result.Planned, "total", "1000", "-1000"))
	s.Add(changed(201, "knox", result.Planned, "total", "1E2000", "1")) // the difference has too many digits
	var lines []int
	for _, c := range s.Largest() {
		lines = append(lines, c.Line)
	}
	if want := []int{201, 200, 14, 29, 13, 28, 12, 27, 11, 26}; !slices.Equal(lines, want) {
		t.Errorf("got lines %v, want %v", lines, want)
	}
	if first, all := s.Outliers(); len(first) != money.MaxOutliers || all != 32 {
		t.Errorf("%d of %d outliers", len(first), all)
	}
}

func TestWriteText(t *testing.T) {
	var s money.Summary
	var out strings.Builder
	s.WriteText(&out, "a.csv")
	if out.Len() > 0 {
		t.Errorf("without changes: got %q", out.String())
	}
	s.Add(changed(1, "knox", result.Planned, "total", "10.00", "1000"))
	s.Add(changed(2, "knox", result.Planned, "total", "unknown", "5"))
	s.Add(changed(3, "knox", result.Planned, "total", "", "5"))
	s.Add(changed(4, "metronome", result.Planned, "balance", "1E2000", "2"))
	s.Add(changed(5, "metronome", result.Planned, "balance", "1", "2"))
	for i := range 20 {
		s.Add(changed(10+i, "nexudus", result.Planned, "total", "1", "10"))
	}
	s.WriteText(&out, "a.csv")
	for _, want := range []string{
		"knox total: 10.00 before, 1000 after, difference +990.00, in 1 row\n",
		"knox total: 5 after, in 1 row whose value before was not read\n",
		"knox total: 1 row from or to no value, in none of the sums\n",
		"metronome balance: (too many digits) before, 4 after, difference (too many digits), in 2 rows\n",
		"outlier: a.csv, line 1: knox credit \"c1\": total 10.00 -> 1000, exactly 100 times\n",
		"and 2 other outliers with smaller differences\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}
