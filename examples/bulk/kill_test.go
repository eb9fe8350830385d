package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// A change is a row, and the value that its credit must have afterwards.
type change struct {
	line       string
	vendor, id string
	member     string // of the vendor's record
	value      string // its JSON afterwards
	once       bool   // a second write would not be harmless
}

func changes(n int) []change {
	var all []change
	for i := range n {
		text := fmt.Sprintf("change %d", i)
		switch c := (change{id: fmt.Sprintf("credit-%d", i), value: fmt.Sprintf("%q", text)}); i % 6 {
		case 0:
			c.vendor, c.member = "knox", "notes"
			c.line = fmt.Sprintf(`{"vendor":"knox","id":%q,"set":{"note":%q}}`, c.id, text)
			all = append(all, c)
		case 1:
			c.vendor, c.member = "thoughtindustries", "name"
			c.line = fmt.Sprintf(`{"vendor":"thoughtindustries","id":%q,"set":{"name":%q}}`, c.id, text)
			all = append(all, c)
		case 2:
			c.vendor, c.member, c.value, c.once = "thoughtindustries", "currentBalance", fmt.Sprint(100000+i), true
			c.line = fmt.Sprintf(`{"vendor":"thoughtindustries","id":%q,"set":{"balance":%s}}`, c.id, c.value)
			all = append(all, c)
		case 3:
			c.vendor, c.member, c.id = "nexudus", "Description", fmt.Sprint(1000000+i)
			c.line = fmt.Sprintf(`{"vendor":"nexudus","id":%q,"set":{"note":%q}}`, c.id, text)
			all = append(all, c)
		case 4:
			c.vendor, c.member = "flexprice", "name"
			c.line = fmt.Sprintf(`{"vendor":"flexprice","id":%q,"set":{"name":%q}}`, c.id, text)
			all = append(all, c)
		case 5:
			c.vendor, c.member, c.once = "metronome", "name", true
			c.line = fmt.Sprintf(`{"vendor":"metronome","id":%q,"owner":"customer-1","set":{"name":%q}}`, c.id, text)
			all = append(all, c)
		}
	}
	return all
}

// give adds the credits to the fakes, and returns the path of the file of changes.
func (s *site) give(all []change) string {
	s.t.Helper()
	var lines []string
	for _, c := range all {
		lines = append(lines, c.line)
	}
	path := s.file("changes.jsonl", lines...)
	err := s.fakes.seedRecords(func(yield func(row.Row, error) bool) {
		for r, problems := range row.Read(strings.NewReader(strings.Join(lines, "\n")), row.JSONLines) {
			if len(problems) > 0 {
				s.t.Fatal(problems)
			}
			if !yield(r, nil) {
				return
			}
		}
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return path
}

// state returns the current value of the changed member at the vendor.
func (s *site) state(c change) string {
	s.t.Helper()
	var record map[string]json.RawMessage
	if err := json.Unmarshal(s.fakes[c.vendor].Record(c.id), &record); err != nil {
		s.t.Fatal(err)
	}
	return string(record[c.member])
}

// applied returns how often each credit was changed, by vendor and id.
func (s *site) applied() map[string]int {
	n := make(map[string]int)
	for name, fake := range s.fakes {
		for _, r := range fake.Writes() {
			if !r.Applied {
				continue
			}
			id := r.Path[strings.LastIndex(r.Path, "/")+1:]
			if name == "metronome" || id == "coworkerbookingcredits" {
				var body struct {
					CreditID string      `json:"credit_id"`
					Number   json.Number `json:"Id"`
				}
				if err := json.Unmarshal(r.Body, &body); err != nil {
					s.t.Fatal(err)
				}
				id = body.CreditID + string(body.Number)
			}
			n[name+" "+id]++
		}
	}
	return n
}

// A process that is killed a dozen times at random moments loses no row and applies
// none twice.
func TestResumeAfterKillAtAnyMoment(t *testing.T) {
	t.Parallel()
	const kills = 20
	s, all := newSite(t), changes(5000)
	path := s.give(all)
	args := append([]string{"-in", path}, fast...)
	slow := args
	for name := range s.fakes { // twenty processes must not be enough
		slow = append(slow, "-in-flight", name+"=2")
	}
	for kill := range kills {
		p := s.start(t.Context(), "run", slow...)
		if kill%4 > 0 { // each fourth one may be killed before it has sent anything
			s.awaitRequests(p)
		}
		select {
		case <-time.After(time.Duration(rand.IntN(200)) * time.Millisecond):
			p.kill()
		case <-p.done:
			t.Fatalf("the run ended before it was killed %d times\n%s", kill+1, &p.out.text)
		}
		t.Logf("killed; %d changes made", len(s.applied()))
	}
	begin := time.Now()
	code, out := s.run("run", args...)
	t.Logf("the rest took %v\n%s", time.Since(begin), out)
	if code != codeDone && code != codeNotAll {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	s.verify(all, path+".results.csv")
}

// verify compares the results with the records of the fakes.
func (s *site) verify(all []change, results string) {
	s.t.Helper()
	applied, unknown, repeated := s.applied(), 0, 0
	for i, r := range s.results(results) {
		c := all[i]
		n, made := applied[c.vendor+" "+c.id], s.state(c) == c.value
		switch {
		case r["row"] != fmt.Sprint(i+1) || r["id"] != c.id || r["vendor"] != c.vendor:
			s.t.Fatalf("line %d of the results is of %s %s", i+2, r["vendor"], r["id"])
		case made != (n > 0):
			s.t.Errorf("row %d: made %v, and applied %d times", i+1, made, n)
		case c.once && n > 1:
			s.t.Errorf("row %d of %s was applied %d times", i+1, c.vendor, n)
		case r["outcome"] == "unknown" && c.vendor == "thoughtindustries" && c.once:
			unknown++
		case r["outcome"] != "applied" || !made:
			s.t.Errorf("row %d: %s (%s), made %v", i+1, r["outcome"], r["error"], made)
		}
		if n > 1 {
			repeated++
		}
	}
	s.t.Logf("%d rows, %d unknown, %d made again where that is harmless", len(all), unknown, repeated)
}

// Each row that must not be sent twice is written once, whenever the process is
// killed.
func TestRepeatedKillsWriteEachRowOnce(t *testing.T) {
	t.Parallel()
	s, all, path := slowRows(t, 300, 20*time.Millisecond)
	args := append([]string{"-in", path}, fast...)
	for range 5 {
		p := s.start(t.Context(), "run", args...)
		s.awaitRequests(p)
		time.Sleep(time.Duration(rand.IntN(150)) * time.Millisecond)
		p.kill()
	}
	code, out := s.run("run", args...)
	if code != codeDone && code != codeNotAll {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	contains(t, out, " over 6 runs")
	s.verifyOnce(all, path+".results.csv", nil)
	written := s.applied()
	for i, r := range s.results(path + ".results.csv") {
		if n := written["thoughtindustries "+all[i].id]; n != 1 && r["outcome"] != "unknown" {
			t.Errorf("row %d (%s) was written %d times", i+1, r["outcome"], n)
		}
	}
}
