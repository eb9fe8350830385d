package report

import (
	"cmp"
	"html/template"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A view is what the template shows.
type view struct {
	Header
	Style    template.CSS
	Headline headline
	Tiles    []Segment // of which the places are not used
	Vendors  []Bar
	Kinds    []Bar
	Latency  []Latency
	Ticks    []Tick
	Fields   []field
	Sections []section
}

type field struct {
	Name                  string
	Differs, Same, Unread int64
}

// A section is a table of single rows.
type section struct {
	key         string
	maxRows     int
	Title, Lead string
	Results     []result.Result
	More        int64
	Plan        bool
}

const unexpected = "surprising" // applied, with an error

// sections are in the order in which somebody has to act on them.
var sections = []section{
	{key: "unknown", maxRows: maxUnknownRows, Title: "Look at these credits",
		Lead: "Each of these changes was sent, and no answer tells whether it was made. Read the credit before anything else."},
	{key: unexpected, maxRows: maxOtherRows, Title: "Made, but not as expected",
		Lead: "These changes were made. The answer cannot be used, or the credit shows something else than was asked. Do not make them again."},
	{key: "rejected", maxRows: maxOtherRows, Title: "Rejected", Lead: "The vendor said no, and changed nothing."},
	{key: "not sent", maxRows: maxOtherRows, Title: "Not sent", Lead: "These were refused or failed before anything was sent, and changed nothing."},
	{key: "skipped", maxRows: maxOtherRows, Title: "Skipped", Lead: "These rows are not as they should be, and were left out."},
	{key: "planned", maxRows: maxOtherRows, Title: "What would change", Plan: true,
		Lead: "Nothing was written. The vendor may still refuse what it has not seen."},
}

// sectionKey is the key of the section that a result belongs to; of most, none.
func sectionKey(r result.Result) string {
	if r.Outcome != result.Applied {
		return string(r.Outcome)
	}
	if r.Error != "" {
		return unexpected
	}
	return ""
}

func newView(h Header, t *tally) view {
	v := view{
		Header:   h,
		Style:    template.CSS(styleText), //nolint:gosec // it is in the program
		Headline: newHeadline(h, t),
	}
	beside := result.Planned // what a run of this sort has none of
	if h.DryRun {
		beside = result.Applied
	}
	for _, o := range result.Outcomes {
		if o != beside || t.outcomes[o] > 0 {
			v.Tiles = append(v.Tiles, Segment{Outcome: o, Class: cssClass(o), Count: t.outcomes[o]})
		}
	}
	var times []*histogram
	vendors := t.vendors.sorted(nil)
	for _, n := range vendors {
		v.Vendors = append(v.Vendors, newBar(cmp.Or(n.Name, "(no vendor)"), n.Value.outcomes, 100))
		if n.Value.took.count > 0 {
			times = append(times, &n.Value.took)
		}
	}
	if len(times) > 0 {
		a := newAxis(times)
		v.Ticks = a.ticks()
		for _, n := range vendors {
			if n.Value.took.count > 0 {
				v.Latency = append(v.Latency, a.newLatency(n.Name, &n.Value.took))
			}
		}
	}
	kinds := t.kinds.sorted(func(c *counts) int64 { return c.total() })
	for _, n := range kinds {
		v.Kinds = append(v.Kinds, newBar(n.Name, *n.Value, 100*float64(n.Value.total())/float64(kinds[0].Value.total())))
	}
	for _, n := range t.fields.sorted(nil) {
		v.Fields = append(v.Fields, field{n.Name, n.Value.differs, n.Value.same, n.Value.unread})
	}
	for _, s := range sections {
		if e := t.excerpts[s.key]; len(e.results) > 0 {
			s.Results, s.More = e.results, e.more
			v.Sections = append(v.Sections, s)
		}
	}
	return v
}
