package proof

import (
	"bytes"
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"text/tabwriter"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/internal/doctable"
)

var faultCount = flag.Int("faults", 2, "the longest sequence of faults of which all are tried; 4 takes minutes")

type namedFault struct {
	name  string
	fault credittest.Fault
}

// sequenceFaults are one or more faults of every constructor of credittest for HTTP/1.1.
var sequenceFaults = []namedFault{
	{"lost before", credittest.LostBefore()},
	{"lost after", credittest.LostAfter()},
	{"truncated", credittest.Truncated()},
	{"truncated at the end", credittest.TruncatedAt(-1)},
	{"cut at the end", credittest.CutAt(-1)},
	{"cut at the end, not applied", credittest.CutAt(-1).NotApplied()},
	{"oversized", credittest.Oversized()},
	{"invalid JSON", credittest.InvalidJSON()},
	{"login page", credittest.LoginPage()},
	{"wrong content type", credittest.WrongContentType("text/plain")},
	{"another id", credittest.AnotherID()},
	{"empty object", credittest.Accept(200, "{}")},
	{"empty 200", credittest.Empty(200)},
	{"202", credittest.OtherStatus(202)},
	{"202, not applied", credittest.OtherStatus(202).NotApplied()},
	{"slow", credittest.Slow(time.Second)},
	{"silent", credittest.Silent()},
	{"stale read", credittest.Stale()},
	{"redirect", credittest.Redirect(307, "https://elsewhere.example/")},
	{"400", credittest.Respond(400, `{"message":"no"}`)},
	{"429", credittest.RateLimited(time.Second)},
	{"429 in the body", credittest.WaitSeconds(1)},
	{"throttled", credittest.Throttled()},
	{"key in flight", credittest.KeyInFlight()},
	{"500, applied", credittest.Accept(500, `{"message":"boom"}`)},
	{"502", credittest.HTML(502)},
	{"504 after the write", credittest.GaveUp(504)},
	{"late", credittest.LostBefore().Late(1)},
	{"late and slow", credittest.LostBefore().Late(0).After(slowResponse)},
	{"in flight", credittest.LostBefore().InFlight(1)},
}

// sequencePaths returns the ways to make a change, by name. Of the facade's edits it has
// the first, also with WithExpect, and those that must not be repeated.
func sequencePaths(t *testing.T, v vendor, fake *credittest.Server, opts ...credit.Option) []callPath {
	t.Helper()
	paths := callPaths(t, v, fake, opts...)
	first := paths[0]
	expect := first
	expect.name += " with WithExpect"
	expect.expect = true
	return slices.Concat([]callPath{first, expect}, slices.DeleteFunc(paths[1:], func(p callPath) bool {
		return strings.HasPrefix(p.name, "facade") && !p.unsafe
	}))
}

// A faultRun makes one update after the other, each with a sequence of faults.
type faultRun struct {
	v      vendor
	fake   *credittest.Server
	path   callPath
	reader credit.Reader

	stats editStats
	n     int
	wrong []string
}

// update makes one update and compares the outcome with the vendor's record. It returns
// how many requests were sent that take a fault: writes for a vendor's own call, whose
// read belongs to the caller, and all for the facade.
func (s *faultRun) update(t *testing.T, sequence []namedFault) (sent int) {
	native := strings.HasPrefix(s.path.name, "native")
	s.n++
	s.fake.Reset()
	var opts []credit.CallOption
	if s.path.expect {
		record, err := s.reader.Read(t.Context(), s.fake.Ref)
		if err != nil {
			t.Fatal(err)
		}
		opts = append(opts, credit.WithExpect(*record))
		s.fake.Reset() // the read is not a part of the update
	}
	for _, f := range sequence {
		if native {
			if f.name == "stale read" {
				continue // no write takes it
			}
			f.fault = f.fault.OnWrite()
		}
		s.fake.Queue(f.fault)
	}
	before := string(s.fake.Record(s.fake.Ref.ID))
	err := s.path.call(t.Context(), s.fake, s.n, opts...)
	s.fake.Deliver()
	after := string(s.fake.Record(s.fake.Ref.ID))
	requests := s.fake.Requests()
	e := edit{notIdempotent: s.path.unsafe || s.v.name == "metronome"}
	if reason := s.stats.checkEdit(e, before, after, err, requests); reason != "" {
		var names []string
		for _, f := range sequence {
			names = append(names, f.name)
		}
		s.wrong = append(s.wrong, fmt.Sprintf("%s, %s: %s: %v", s.path.name, strings.Join(names, ", "), reason, err))
	}
	for _, r := range requests {
		if r.Write || !native {
			sent++
		}
	}
	return sent
}

// trySequences makes an update by each path for every sequence of up to longest faults. It
// returns the number of paths and of updates, and a line for each update that is wrong.
// wrap may be nil.
//
// A longer sequence needs no update if no request was sent that takes its last fault: the
// fault would remain in the queue, and the update would be that of the shorter one.
func (v vendor) trySequences(t *testing.T, longest int, wrap func(http.RoundTripper) http.RoundTripper, opts ...credit.Option) (paths, updates int, wrong []string) {
	paths = 1
	for i := 0; i < paths; i++ {
		open := [][]namedFault{nil} // sequences after which another request was sent
		for range longest {
			var longer [][]namedFault
			for _, sequence := range open {
				fake := v.fake(nil) // a new one, because fakes keep every idempotency key
				synctest.Test(t, func(t *testing.T) {
					transport := fake.Transport()
					if wrap != nil {
						transport = wrap(transport)
					}
					opts := append([]credit.Option{credit.WithTransport(transport), credit.WithAttemptTimeout(attemptTimeout)}, opts...)
					all := sequencePaths(t, v, fake, opts...)
					paths = len(all)
					s := &faultRun{v: v, fake: fake, path: all[i], reader: v.newFakeUpdater(t, fake).(credit.Reader)}
					for _, f := range sequenceFaults {
						next := append(slices.Clip(sequence), f)
						if s.update(t, next) > len(next) {
							longer = append(longer, next)
						}
					}
					updates += s.n
					wrong = append(wrong, s.wrong...)
				})
				fake.Close()
			}
			open = longer
		}
	}
	return paths, updates, wrong
}

// The reported outcome must match the vendor's record after every sequence of
// faults.
func TestOutcomeOfEverySequenceOfFaults(t *testing.T) {
	start := time.Now()
	sequences := 0
	for length, n := 1, len(sequenceFaults); length <= *faultCount; length, n = length+1, n*len(sequenceFaults) {
		sequences += n
	}
	lines := make([]string, len(vendors))
	var mu sync.Mutex // over the sums
	allSequences, allUpdates, allWrong := 0, 0, 0
	t.Run("vendors", func(t *testing.T) {
		for i, v := range vendors {
			t.Run(v.name, func(t *testing.T) {
				t.Parallel()
				vendorStart := time.Now()
				paths, updates, wrong := v.trySequences(t, *faultCount, nil)
				lines[i] = fmt.Sprintf(" %s\t %d\t %d\t %d\t %d\t", v.name, paths, paths*sequences, updates, len(wrong))
				mu.Lock()
				allSequences, allUpdates, allWrong = allSequences+paths*sequences, allUpdates+updates, allWrong+len(wrong)
				mu.Unlock()
				t.Logf("%d updates in %v", updates, time.Since(vendorStart))
				for _, line := range wrong[:min(len(wrong), 10)] {
					t.Error(line)
				}
			})
		}
	})
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 1, ' ', tabwriter.AlignRight|tabwriter.Debug)
	fmt.Fprintln(w, " vendor\t calls\t sequences\t updates\t wrong\t")
	fmt.Fprintln(w, strings.Join(lines, "\n"))
	fmt.Fprintf(w, " all\t \t %d\t %d\t %d\t\n", allSequences, allUpdates, allWrong)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	doctable.Table{
		Name: "sequences", Took: time.Since(start), Text: table.String(),
		Command: fmt.Sprintf("go test ./internal/proof -run SequenceOfFaults -v -timeout 1h -args -faults %d", *faultCount),
	}.Publish(t, *write)
}
