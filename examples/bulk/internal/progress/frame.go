package progress

import (
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"
)

// drawFrame draws the title, a header, a line for each vendor, their total, and below them why
// some do not go on. That last line is there in any case: a table that grows
// and shrinks is hard to read.
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
				if colour, holds := c.color(p, v); holds {
					cell.color = colour
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

// drawBar is what is settled: done, unknown, failed, skipped. It is full when all
// is settled and not before, and can be read without colours.
func (p palette) drawBar(v Vendor, width int) line {
	thick, thin := "━", "─"
	if runewidth.IsEastAsian() { // where those may be two columns wide
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
