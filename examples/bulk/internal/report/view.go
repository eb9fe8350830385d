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
	Verdict  verdict
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
	most        int
	Title, Lead string
	Results     []result.Result
	More        int64
	Plan        bool
}

const surprising = "surprising" // applied, with an error

// sections are in the order in which somebody has to act on them.
var sections = []section{
	{key: "unknown", most: mostUnknown, Title: "Look at these credits",
		Lead: "Each of these changes was sent, and no answer tells whether it was made. Read the credit before anything else."},
	{key: surprising, most: mostOthers, Title: "Made, but not as expected",
		Lead: "These changes were made. The answer cannot be used, or the credit shows something else than was asked. Do not make them again."},
	{key: "rejected", most: mostOthers, Title: "Rejected", Lead: "The vendor said no, and changed nothing."},
	{key: "not sent", most: mostOthers, Title: "Not sent", Lead: "These were refused or failed before anything was sent, and changed nothing."},
	{key: "skipped", most: mostOthers, Title: "Skipped", Lead: "These rows are not as they should be, and were left out."},
	{key: "planned", most: mostOthers, Title: "What would change", Plan: true,
		Lead: "Nothing was written. The vendor may still refuse what it has not seen."},
}

// sectionOf is the key of the section that a result belongs to; of most, none.
func sectionOf(r result.Result) string {
	if r.Outcome != result.Applied {
		return string(r.Outcome)
	}
	if r.Error != "" {
		return surprising
	}
	return ""
}

func viewOf(h Header, t *tally) view {
	v := view{
		Header:  h,
		Style:   template.CSS(style), //nolint:gosec // it is in the program
		Verdict: verdictOf(h, t),
	}
	beside := result.Planned // what a run of this sort has none of
	if h.DryRun {
		beside = result.Applied
	}
	for _, o := range result.Outcomes {
		if o != beside || t.outcomes[o] > 0 {
			v.Tiles = append(v.Tiles, Segment{Outcome: o, Class: classOf(o), Count: t.outcomes[o]})
		}
	}
	var times []*histogram
	vendors := t.vendors.sorted(nil)
	for _, n := range vendors {
		v.Vendors = append(v.Vendors, barOf(cmp.Or(n.Name, "(no vendor)"), n.Of.outcomes, 100))
		if n.Of.took.count > 0 {
			times = append(times, &n.Of.took)
		}
	}
	if len(times) > 0 {
		a := axisOf(times)
		v.Ticks = a.ticks()
		for _, n := range vendors {
			if n.Of.took.count > 0 {
				v.Latency = append(v.Latency, a.draw(n.Name, &n.Of.took))
			}
		}
	}
	kinds := t.kinds.sorted(func(c *counts) int64 { return c.sum() })
	for _, n := range kinds {
		v.Kinds = append(v.Kinds, barOf(n.Name, *n.Of, 100*float64(n.Of.sum())/float64(kinds[0].Of.sum())))
	}
	for _, n := range t.fields.sorted(nil) {
		v.Fields = append(v.Fields, field{n.Name, n.Of.differs, n.Of.same, n.Of.unread})
	}
	for _, s := range sections {
		if e := t.excerpts[s.key]; len(e.results) > 0 {
			s.Results, s.More = e.results, e.more
			v.Sections = append(v.Sections, s)
		}
	}
	return v
}
