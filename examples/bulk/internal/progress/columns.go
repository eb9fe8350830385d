package progress

import (
	"slices"

	"github.com/fatih/color"
	"github.com/mattn/go-runewidth"

	"github.com/creditkit/creditkit/examples/bulk/internal/format"
)

// A column is a part of every line of the table.
type column struct {
	title string
	cell  func(v Vendor, e estimate) string                      // nil for the bar
	color func(k palette, v Vendor) (c *color.Color, holds bool) // nil for no color
	left  bool                                                   // left-aligned
	rank  int                                                    // a narrow terminal omits the highest rank first, and never 0
}

var columns = []column{
	{left: true, cell: func(v Vendor, _ estimate) string { return v.Name }},
	{left: true, rank: 4}, // the bar
	{rank: 6, cell: func(v Vendor, _ estimate) string { return formatPercent(v.ended(), v.Total) }},
	{title: "done", cell: func(v Vendor, _ estimate) string { return format.Count(v.Done) + "/" + format.Count(v.Total) }},
	{title: "failed", rank: 1, cell: func(v Vendor, _ estimate) string { return format.Count(v.Failed) },
		color: func(k palette, v Vendor) (*color.Color, bool) { return k.bad, v.Failed > 0 }},
	{title: "unknown", cell: func(v Vendor, _ estimate) string { return format.Count(v.Unknown) },
		color: func(k palette, v Vendor) (*color.Color, bool) { return k.unsure, v.Unknown > 0 }},
	{title: "waiting", rank: 5, cell: func(v Vendor, _ estimate) string { return format.Count(v.Waiting) }},
	{title: "rate", rank: 3, cell: func(_ Vendor, e estimate) string { return formatRate(e.rate) }},
	{title: "left", rank: 2, cell: func(_ Vendor, e estimate) string { return e.formatLeft() }},
}

func (c column) isBar() bool { return c.cell == nil }

const (
	columnGap   = 2 // between columns
	minBarWidth = 8
	maxBarWidth = 32
)

// fitColumns returns the columns that fit into the width, and their widths. The bar
// gets the remaining width.
func fitColumns(vendors []Vendor, each []estimate, width int) (chosen []column, widths []int) {
	room, fits := width+columnGap, make([]bool, len(columns))
	for _, i := range columnsByRank() {
		need := columnGap + columns[i].minWidth(vendors, each)
		if need <= room || columns[i].rank == 0 {
			room, fits[i] = room-need, true
		}
	}
	for i, c := range columns {
		if !fits[i] {
			continue
		}
		w := c.minWidth(vendors, each)
		if c.isBar() {
			w = min(maxBarWidth, w+room)
		}
		chosen, widths = append(chosen, c), append(widths, w)
	}
	return chosen, widths
}

func columnsByRank() []int {
	order := make([]int, len(columns))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return columns[i].rank - columns[j].rank })
	return order
}

func (c column) minWidth(vendors []Vendor, each []estimate) int {
	if c.isBar() {
		return minBarWidth
	}
	w := len(c.title)
	for i, v := range vendors {
		w = max(w, runewidth.StringWidth(c.cell(v, each[i])))
	}
	return w
}
