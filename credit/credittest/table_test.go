package credittest_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// seedCopy gives a fake another credit, a copy of its first one. Ids and owners are
// numbers, because those of nexudus are.
func (v vendor) seedCopy(t testing.TB, fake *credittest.Server, first json.RawMessage, ref credit.Ref, text string) {
	t.Helper()
	id, owner := strconv.Quote(ref.ID), strconv.Quote(ref.Owner)
	changes := []string{v.member, strconv.Quote(text)}
	switch v.name {
	case "knox":
		changes = append(changes, "id", id)
	case "thoughtindustries":
		changes = append(changes, "id", id, "clientId", owner)
	case "nexudus":
		changes = append(changes, "Id", ref.ID, "CoworkerId", ref.Owner)
	case "flexprice":
		changes = append(changes, "id", id, "subscription_id", owner)
	case "metronome":
		changes = append(changes, "id", id, "customer_id", owner)
	}
	seed(t, fake, edited(t, first, changes...))
}

const modelCredits, modelOwners = 6, 3

// A storedModel is what a fake should hold, and the responses that it has given.
type storedModel struct {
	vendor
	fake    *credittest.Server
	random  *rand.Rand
	first   json.RawMessage // the record that the fake starts with
	credits []credit.Ref    // in the order in which they were seeded first
	texts   map[string]string
	count   int // of texts

	// snapshot has the responses to all reads before the last write that the vendor acted
	// on, nil before the first one.
	snapshot map[string]string
	late     *credit.Ref // of the write that is late
	lateText string
}

// Random seeds, writes, reads and faults at each vendor. A stale read has the response that
// the same read had before the last write, whatever was seeded after it. Stale reads and
// writes that are only pretended leave nothing behind.
func TestStaleReadsMatchSnapshots(t *testing.T) {
	t.Parallel()
	eachVendor(t, func(t *testing.T, v vendor) {
		for seed := range uint64(8) {
			fake := v.fake(t)
			m := &storedModel{vendor: v, fake: fake, first: fake.Record(fake.Ref.ID), texts: map[string]string{}}
			m.random = rand.New(rand.NewPCG(seed, 1))
			for step := range 50 {
				m.step(t)
				m.checkCredits(t)
				if t.Failed() {
					t.Fatalf("in step %d of seed %d", step, seed)
				}
			}
		}
	})
}

func (m *storedModel) step(t *testing.T) {
	t.Helper()
	n := m.random.IntN(modelCredits)
	if n >= len(m.credits) {
		m.seed(t, len(m.credits))
		return
	}
	switch m.random.IntN(10) {
	case 0:
		m.seed(t, n) // replaces it, and may give it another owner
	case 1, 2, 3:
		m.write(t, m.credits[n])
	case 4:
		m.refuse(t, m.credits[n])
	case 5:
		m.pretend(t, m.credits[n])
	case 6:
		m.writeLate(t, m.credits[n])
	default:
		m.readStale(t)
	}
}

func (m *storedModel) text() string {
	m.count++
	return "text " + strconv.Itoa(m.count)
}

// seed stores the nth credit. Ids are not in the order in which credits are seeded.
func (m *storedModel) seed(t *testing.T, n int) {
	t.Helper()
	ref := credit.Ref{ID: modelID(n * 5 % modelCredits), Owner: modelOwner(m.random.IntN(modelOwners))}
	if n == len(m.credits) {
		m.credits = append(m.credits, ref)
	}
	m.credits[n] = ref
	m.texts[ref.ID] = m.text()
	m.seedCopy(t, m.fake, m.first, ref, m.texts[ref.ID])
}

func modelID(n int) string { return strconv.Itoa(1000 + n) }

func modelOwner(n int) string { return strconv.Itoa(1 + n) }

func (m *storedModel) send(t *testing.T, c rawCall) answer {
	t.Helper()
	return must(c.over(t, m.fake.Transport(), m.fake.URL))(t)
}

func (m *storedModel) write(t *testing.T, ref credit.Ref) {
	t.Helper()
	m.snapshot = m.reads(t)
	m.texts[ref.ID] = m.text()
	m.send(t, m.writeTo(t, m.fake, ref, m.texts[ref.ID])).status200(t)
}

// refuse sends a write that the vendor refuses, which counts as the last one, too.
func (m *storedModel) refuse(t *testing.T, ref credit.Ref) {
	t.Helper()
	m.snapshot = m.reads(t)
	c := m.writeTo(t, m.fake, ref, "refused")
	c.body = "["
	if got := m.send(t, c); got.status != 400 {
		t.Errorf("a malformed write gives %d %s", got.status, got.body)
	}
}

// pretend sends a write that the vendor does not act on.
func (m *storedModel) pretend(t *testing.T, ref credit.Ref) {
	t.Helper()
	before := m.reads(t)
	m.fake.Queue(credittest.Slow(0).NotApplied())
	m.send(t, m.writeTo(t, m.fake, ref, "pretended")).status200(t)
	if diff := gocmp.Diff(before, m.reads(t)); diff != "" {
		t.Errorf("a pretended write leaves (-before +after):\n%s", diff)
	}
}

// writeLate sends a write that is late, or delivers it if there is one.
func (m *storedModel) writeLate(t *testing.T, ref credit.Ref) {
	t.Helper()
	if m.late == nil {
		m.late, m.lateText = &ref, m.text()
		m.fake.Queue(credittest.Late(0))
		if _, err := m.writeTo(t, m.fake, ref, m.lateText).over(t, m.fake.Transport(), m.fake.URL); err == nil {
			t.Error("a late write has a response")
		}
		return
	}
	ref, m.late = *m.late, nil
	m.snapshot = m.reads(t)
	m.fake.Deliver()
	i := slices.IndexFunc(m.credits, func(c credit.Ref) bool { return c.ID == ref.ID })
	switch m.vendor.name {
	case "nexudus": // whose writes name the owner
		m.credits[i].Owner = ref.Owner
	case "metronome":
		if m.credits[i].Owner != ref.Owner {
			return // a refusal
		}
	}
	m.texts[ref.ID] = m.lateText
}

func (m *storedModel) readStale(t *testing.T) {
	t.Helper()
	before := m.reads(t)
	calls := m.calls()
	c := calls[m.random.IntN(len(calls))]
	want := m.snapshot
	if want == nil {
		want = before
	}
	m.fake.Queue(credittest.Stale())
	if got := m.send(t, c).line(); got != want[c.line()] {
		t.Errorf("a stale read of %s is\n%s\nwant\n%s", c.line(), got, want[c.line()])
	}
	if diff := gocmp.Diff(before, m.reads(t)); diff != "" {
		t.Errorf("a stale read leaves (-before +after):\n%s", diff)
	}
}

func (c rawCall) line() string { return c.method + " " + c.path + " " + c.body }

func (a answer) line() string { return strconv.Itoa(a.status) + " " + a.body }

// calls are all reads: of each credit, also under an owner that it does not have, and of each
// owner's list.
func (m *storedModel) calls() []rawCall {
	var all []rawCall
	if m.vendor.name == "nexudus" {
		all = append(all, m.listOf(""))
	}
	for owner := range modelOwners {
		if m.vendor.name != "knox" {
			all = append(all, m.listOf(modelOwner(owner)))
		}
		for n := range modelCredits {
			if owner == 0 || m.vendor.name == "metronome" {
				all = append(all, m.readTo(credit.Ref{ID: modelID(n), Owner: modelOwner(owner)}))
			}
		}
	}
	return all
}

// reads makes all reads.
func (m *storedModel) reads(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, c := range m.calls() {
		all[c.line()] = m.send(t, c).line()
	}
	return all
}

var modelText = regexp.MustCompile(`"text [0-9]+"`)

// checkCredits compares the records and lists with what was seeded and written.
func (m *storedModel) checkCredits(t *testing.T) {
	t.Helper()
	ordered := m.credits
	if m.vendor.name == "nexudus" || m.vendor.name == "flexprice" {
		ordered = slices.SortedFunc(slices.Values(ordered), func(a, b credit.Ref) int { return cmp.Compare(a.ID, b.ID) })
	}
	lists := map[string][]string{}
	for _, ref := range ordered {
		if got := m.valueIn(t, m.fake.Record(ref.ID)); got != m.texts[ref.ID] {
			t.Errorf("credit %s has %q, want %q", ref.ID, got, m.texts[ref.ID])
		}
		lists[ref.Owner] = append(lists[ref.Owner], strconv.Quote(m.texts[ref.ID]))
	}
	for n := range modelOwners {
		if owner := modelOwner(n); m.vendor.name != "knox" {
			got := modelText.FindAllString(m.send(t, m.listOf(owner)).body, -1)
			if !slices.Equal(got, lists[owner]) {
				t.Errorf("the list of %s has %q, want %q", owner, got, lists[owner])
			}
		}
	}
}

// The cost of a write does not grow with the number of credits, each of which has an owner
// of its own.
func BenchmarkWrite(b *testing.B) {
	const written = 100 // credits
	for _, v := range vendors {
		for _, n := range []int{100, 10_000, 100_000} {
			b.Run(fmt.Sprintf("%s/credits=%d", v.name, n), func(b *testing.B) {
				fake := v.fake(b)
				fake.KeepRequests(1)
				first := fake.Record(fake.Ref.ID)
				var writes []rawCall
				for i := range n {
					ref := credit.Ref{ID: strconv.Itoa(1000 + i), Owner: strconv.Itoa(1000 + i)}
					v.seedCopy(b, fake, first, ref, "first")
					if i%(n/written) == 0 {
						writes = append(writes, v.writeTo(b, fake, ref, "changed"))
					}
				}
				benchmarkCalls(b, fake, writes...)
			})
		}
	}
}

// The cost of one page of a list, and of one request among many faults and limited ones,
// does not grow with their number.
func BenchmarkRequest(b *testing.B) {
	for _, n := range []int{100, 10_000, 100_000} {
		for _, v := range vendors {
			if v.name == "knox" || v.name == "flexprice" { // no list, no pages
				continue
			}
			b.Run(fmt.Sprintf("%s/page of a list/credits=%d", v.name, n), func(b *testing.B) {
				fake := v.fake(b)
				fake.KeepRequests(1)
				first := fake.Record(fake.Ref.ID)
				for i := range n {
					v.seedCopy(b, fake, first, credit.Ref{ID: strconv.Itoa(1000 + i), Owner: "1"}, "first")
				}
				sendOne(b, fake, v.listOf("1")) // which sorts the list
				benchmarkCalls(b, fake, v.listOf("1"))
			})
		}
		b.Run(fmt.Sprintf("knox/faults=%d", n), func(b *testing.B) {
			fake := credittest.NewKnox(b)
			fake.KeepRequests(1)
			fake.Queue(slices.Repeat([]credittest.Fault{credittest.Slow(0)}, n)...)
			benchmarkCalls(b, fake, vendors[0].readTo(fake.Ref))
		})
		b.Run(fmt.Sprintf("knox/limit=%d", n), func(b *testing.B) {
			fake := credittest.NewKnox(b)
			fake.KeepRequests(1)
			fake.Limit(1<<40, time.Hour)
			for range n {
				sendOne(b, fake, vendors[0].readTo(fake.Ref))
			}
			benchmarkCalls(b, fake, vendors[0].readTo(fake.Ref))
		})
	}
}

// benchmarkCalls sends the calls in turn.
func benchmarkCalls(b *testing.B, fake *credittest.Server, calls ...rawCall) {
	b.Helper()
	runtime.GC() // of what the seeds left behind
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		sendOne(b, fake, calls[i%len(calls)])
		i++
	}
}

func sendOne(b *testing.B, fake *credittest.Server, c rawCall) {
	b.Helper()
	if a, err := c.over(b, fake.Transport(), fake.URL); err != nil || a.status != 200 {
		b.Fatalf("got %d %s, %v", a.status, a.body, err)
	}
}
