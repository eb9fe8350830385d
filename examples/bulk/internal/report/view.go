package report

import (
	"cmp"
	"html/template"

	"github.com/creditkit/creditkit/examples/bulk/internal/money"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A view is the data of the template.
type view struct {
	Header
	Style    template.CSS
	Script   template.JS
	Policy   string
	Headline headline
	Tiles    []Segment // without positions
	Vendors  []Bar
	Kinds    []Bar
	Latency  []Latency
	Ticks    []Tick
	Fields   []field
	Sections []section

	Sums         []money.Sum
	Largest      []money.Change
	Outliers     []money.Change
	AllOutliers  int64
	MoreOutliers int64

	FirstRows   []pageRow
	AllRows     int64
	MorePlain   int64 // rows that only the script shows
	MoreResults int64 // rows that only the results file has
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

// sections are in order of urgency.
var sections = []section{
	{key: "unknown", maxRows: maxUnknownRows, Title: "Look at these credits",
		Lead: "Each of these changes was sent, and it is not known whether it was made. Look at the credit first."},
	{key: unexpected, maxRows: maxOtherRows, Title: "Made, but not as expected",
		Lead: "These changes were made. The answer is unusable, or the credit shows another value than the file. Do not make them again."},
	{key: "rejected", maxRows: maxOtherRows, Title: "Rejected", Lead: "The vendor rejected the request and changed nothing."},
	{key: "not sent", maxRows: maxOtherRows, Title: "Not sent", Lead: "These changes were refused or failed before they were sent. Nothing was changed."},
	{key: "skipped", maxRows: maxOtherRows, Title: "Skipped", Lead: "These rows are bad and were not sent."},
	{key: "planned", maxRows: maxOtherRows, Title: "What would change", Plan: true,
		Lead: "Nothing was written. The vendor may still reject these changes when they are sent."},
}

// sectionKey returns the key of the section of a result, or "" for most.
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
		Style:    template.CSS(styleText), //nolint:gosec // it is part of the program
		Script:   template.JS(scriptText), //nolint:gosec // it is part of the program
		Policy:   policy,
		Headline: newHeadline(h, t),

		Sums: t.money.Sums(), Largest: t.money.Largest(),
		FirstRows: t.first, AllRows: t.rows, MorePlain: max(0, t.rows-maxPlainRows), MoreResults: max(0, t.rows-maxDataRows),
	}
	v.Outliers, v.AllOutliers = t.money.Outliers()
	v.MoreOutliers = v.AllOutliers - int64(len(v.Outliers))
	beside := result.Planned // an outcome that this kind of run does not have
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
				v.Latency = append(v.Latency, a.newLatency(cmp.Or(n.Name, "(no vendor)"), &n.Value.took))
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
