package progress

import (
	"slices"

	"github.com/fatih/color"
	"github.com/mattn/go-runewidth"
)

// A column is a part of every line.
type column struct {
	title string
	cell  func(v Vendor, e estimate) string                  // nil for the bar
	shade func(k ink, v Vendor) (c *color.Color, holds bool) // nil for no colour
	left  bool                                               // flush left
	rank  int                                                // on a narrow terminal the greatest give way first, and 0 never
}

var columns = []column{
	{left: true, cell: func(v Vendor, _ estimate) string { return v.Name }},
	{left: true, rank: 4}, // the bar
	{rank: 6, cell: func(v Vendor, _ estimate) string { return percent(v.settled(), v.Total) }},
	{title: "done", cell: func(v Vendor, _ estimate) string { return count(v.Done) + "/" + count(v.Total) }},
	{title: "failed", rank: 1, cell: func(v Vendor, _ estimate) string { return count(v.Failed) },
		shade: func(k ink, v Vendor) (*color.Color, bool) { return k.bad, v.Failed > 0 }},
	{title: "unknown", cell: func(v Vendor, _ estimate) string { return count(v.Unknown) },
		shade: func(k ink, v Vendor) (*color.Color, bool) { return k.unsure, v.Unknown > 0 }},
	{title: "waiting", rank: 5, cell: func(v Vendor, _ estimate) string { return count(v.Waiting) }},
	{title: "rate", rank: 3, cell: func(_ Vendor, e estimate) string { return speed(e.rate) }},
	{title: "left", rank: 2, cell: func(_ Vendor, e estimate) string { return e.remaining() }},
}

func (c column) isBar() bool { return c.cell == nil }

const (
	gap      = 2 // between columns
	barLeast = 8
	barMost  = 32
)

// fit gives the columns that there is room for, and their widths. The bar has
// what is left over.
func fit(vendors []Vendor, each []estimate, width int) (chosen []column, widths []int) {
	room, fits := width+gap, make([]bool, len(columns))
	for _, i := range byImportance() {
		need := gap + columns[i].widest(vendors, each)
		if need <= room || columns[i].rank == 0 {
			room, fits[i] = room-need, true
		}
	}
	for i, c := range columns {
		if !fits[i] {
			continue
		}
		w := c.widest(vendors, each)
		if c.isBar() {
			w = min(barMost, w+room)
		}
		chosen, widths = append(chosen, c), append(widths, w)
	}
	return chosen, widths
}

func byImportance() []int {
	order := make([]int, len(columns))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return columns[i].rank - columns[j].rank })
	return order
}

func (c column) widest(vendors []Vendor, each []estimate) int {
	if c.isBar() {
		return barLeast
	}
	w := len(c.title)
	for i, v := range vendors {
		w = max(w, runewidth.StringWidth(c.cell(v, each[i])))
	}
	return w
}
