package report

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

func TestTally(t *testing.T) {
	all := newTally()
	for _, r := range []result.Result{
		{Vendor: "knox", Outcome: result.Applied, Took: 2 * time.Second},
		{Vendor: "knox", Outcome: result.Applied, Kind: "mismatch", Error: "is 10"},
		{Vendor: "knox", Outcome: result.Rejected, Kind: "not found", Error: "no"},
		{Vendor: "nexudus", Outcome: result.Unknown, Kind: "unavailable", Error: "lost", Took: time.Second},
		{Vendor: "nexudus", Outcome: result.NotSent, Kind: "unavailable", Error: "down"},
		{Vendor: "nexudus", Outcome: result.Planned, Changes: []result.Change{
			{Field: "total", Before: "1", After: "2"}, {Field: "name", Before: `"a"`, After: `"a"`}, {Field: "note", Before: "unknown", After: ""},
		}},
		{Vendor: "nexudus", Outcome: result.Planned, Changes: []result.Change{{Field: "total", Before: "", After: "2"}}},
	} {
		all.add(r)
	}
	want := counts{result.Applied: 2, result.Rejected: 1, result.Unknown: 1, result.NotSent: 1, result.Planned: 2}
	if !reflect.DeepEqual(all.outcomes, want) || all.outcomes.total() != 7 {
		t.Errorf("outcomes: %v", all.outcomes)
	}
	knox := all.vendors.get("knox")
	if (!reflect.DeepEqual(knox.outcomes, counts{result.Applied: 2, result.Rejected: 1})) || knox.took.count != 1 || knox.took.max != 2*time.Second {
		t.Errorf("knox: %v, %d times", knox.outcomes, knox.took.count)
	}
	if got := *all.kinds.get("unavailable"); !reflect.DeepEqual(got, counts{result.Unknown: 1, result.NotSent: 1}) {
		t.Errorf("unavailable: %v", got)
	}
	for field, want := range map[string]fieldTally{"total": {differs: 2}, "name": {same: 1}, "note": {unread: 1}} {
		if got := *all.fields.get(field); got != want {
			t.Errorf("%s: %+v", field, got)
		}
	}
	for _, c := range []struct {
		section string
		want    int64
	}{{unexpected, 1}, {"unknown", 1}, {"rejected", 1}, {"not sent", 1}, {"planned", 2}, {"skipped", 0}} {
		if got := all.excerpts[c.section].total(); got != c.want {
			t.Errorf("%s has %d results", c.section, got)
		}
	}
}

func TestExcerptsHoldFirstResults(t *testing.T) {
	all := newTally()
	for row := range int64(maxOtherRows + 1234) {
		all.add(result.Result{Row: row, Outcome: result.Rejected})
	}
	e := all.excerpts["rejected"]
	if len(e.results) != maxOtherRows || e.more != 1234 || e.results[0].Row != 0 || e.results[maxOtherRows-1].Row != maxOtherRows-1 {
		t.Errorf("%d results and %d more", len(e.results), e.more)
	}
}

func TestExcessNamesShareOneValue(t *testing.T) {
	all := newTally()
	for i := range 1000 {
		all.add(result.Result{Vendor: fmt.Sprintf("v%03d", i), Outcome: result.Skipped, Kind: result.KindBadRow})
	}
	vendors := all.vendors.sorted(nil)
	if len(vendors) != maxNames+1 || vendors[0].Name != otherName || vendors[0].Value.outcomes.total() != 1000-maxNames {
		t.Errorf("%d vendors, of which %s has %d", len(vendors), vendors[0].Name, vendors[0].Value.outcomes.total())
	}
}

func TestNamesAreSortedBySizeThenName(t *testing.T) {
	var n byName[int64]
	for name, size := range map[string]int64{"b": 5, "a": 5, "c": 9} {
		*n.get(name) = size
	}
	got := ""
	for _, each := range n.sorted(func(size *int64) int64 { return *size }) {
		got += each.Name
	}
	if got != "cab" {
		t.Errorf("got %s", got)
	}
}
