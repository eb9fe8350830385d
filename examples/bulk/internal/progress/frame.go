package progress

import (
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"
)

// drawFrame returns the lines of the table: the title, a header, a line for each
// vendor, their total, and the reasons of pauses. The last line is always there, so
// that the height of the table does not change.
func (p palette) drawFrame(s Snapshot, each []estimate, whole estimate, width int) []line {
	vendors := slices.Clone(s.Vendors)
	if len(vendors) > 1 {
		vendors, each = append(vendors, s.total()), append(slices.Clone(each), whole)
	}
	chosen, widths := fitColumns(vendors, each, width)
	var header line
	for i, c := range chosen {
		header = append(header, span{pad(c.title, widths[i]+min(i, 1)*columnGap, c.left), p.quiet})
	}
	lines := []line{
		{{s.Title + ", running for " + formatDuration(s.Elapsed), nil}},
		{{s.Target, p.quiet}},
		header,
	}
	for i, v := range vendors {
		var l line
		for j, c := range chosen {
			if j > 0 {
				l = append(l, span{text: strings.Repeat(" ", columnGap)})
			}
			if c.isBar() {
				l = append(l, p.drawBar(v, widths[j])...)
				continue
			}
			cell := span{text: pad(c.cell(v, each[i]), widths[j], c.left)}
			if c.color != nil {
				if color, ok := c.color(p, v); ok {
					cell.color = color
				}
			}
			l = append(l, cell)
		}
		lines = append(lines, l)
	}
	lines = append(lines, line{{pauseReasons(s.Vendors), p.unsure}})
	for i, l := range lines {
		lines[i] = l.truncate(width)
	}
	return lines
}

func pad(s string, width int, left bool) string {
	if left {
		return runewidth.FillRight(s, width)
	}
	return runewidth.FillLeft(s, width)
}

func pauseReasons(vendors []Vendor) string {
	var all []string
	for _, v := range vendors {
		if v.Paused != "" {
			all = append(all, v.Name+": "+v.Paused)
		}
	}
	return strings.Join(all, "; ")
}

// drawBar draws the rows that have ended: done, unknown, failed, skipped. The bar
// is full only if all rows have ended, and can be read without colors.
func (p palette) drawBar(v Vendor, width int) line {
	thick, thin := "━", "─"
	if runewidth.IsEastAsian() { // where these characters may be two columns wide
		thick, thin = "#", "-"
	}
	var drawn line
	var rows int64
	from := 0
	for _, part := range []struct {
		rows int64
		span
	}{
		{v.Done, span{thick, p.good}}, {v.Unknown, span{thick, p.unsure}}, {v.Failed, span{thick, p.bad}},
		{v.Skipped, span{thick, p.quiet}}, {v.Left(), span{thin, p.quiet}},
	} {
		rows += part.rows
		to := 0
		if v.Total > 0 {
			to = int(rows * int64(width) / v.Total)
		}
		if part.text == thin {
			to = width
		}
		to = min(max(to, from), width)
		drawn, from = append(drawn, span{strings.Repeat(part.text, to-from), part.color}), to
	}
	return drawn
}
