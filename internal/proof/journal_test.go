package proof

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"text/tabwriter"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/credit/journal"
	"github.com/creditkit/creditkit/internal/doctable"
)

var jobCount = flag.Int("jobs", 500, "how many jobs of a journal to make at each vendor")

const (
	jobLease = 10 * time.Minute // that of the zero Runner
	stall    = 12 * time.Minute // longer than the lease
)

// jobStats counts what happened to the jobs of a vendor.
type jobStats struct {
	jobs, runs, faults, kills, stalls int
	applied, rejected, wrong          int
	doubts, doubtsApplied             int // shown to a person, and made
}

// Each job's change is made once, or harmlessly repeated, or refused, or shown as a doubt,
// although workers are killed or stall at any operation and the vendor fails.
func TestEveryJobHappensOnceOrIsADoubt(t *testing.T) {
	start := time.Now()
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 1, ' ', tabwriter.AlignRight|tabwriter.Debug)
	fmt.Fprintln(w, " vendor\t jobs\t runs\t faults\t killed\t stalled\t applied\t rejected\t doubts\t of these done\t wrong\t")
	for _, v := range vendors {
		var c jobStats
		t.Run(v.name, func(t *testing.T) {
			fake := v.fake(t) // started outside: a listener would stop the bubble's clock
			synctest.Test(t, func(t *testing.T) {
				service := &jobService{
					vendor: v, fake: fake, store: journal.NewMemory(), random: rand.New(rand.NewPCG(*seed, 1)),
					updater: v.newFakeUpdater(t, fake, credit.WithAttemptTimeout(attemptTimeout)),
				}
				for n := range *jobCount {
					if reason := service.runJob(t, n+1); reason != "" {
						service.wrong++
						t.Errorf("job %d: %s", n+1, reason)
					}
				}
				c = service.jobStats
			})
		})
		fmt.Fprintf(w, " %s\t %d\t %d\t %d\t %d\t %d\t %d\t %d\t %d\t %d\t %d\t\n", v.name,
			c.jobs, c.runs, c.faults, c.kills, c.stalls, c.applied, c.rejected, c.doubts, c.doubtsApplied, c.wrong)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	doctable.Table{
		Name: "jobs", Took: time.Since(start), Text: table.String(),
		Command: fmt.Sprintf("go test ./internal/proof -run TestEveryJob -v -args -jobs %d -seed %d", *jobCount, *seed),
	}.Publish(t, *write)
}

// A jobService runs the jobs of one vendor's credit.
type jobService struct {
	jobStats
	vendor  vendor
	fake    *credittest.Server
	store   *journal.Memory
	updater credit.Updater
	random  *rand.Rand
}

// A saboteur kills or stalls a worker at one of its operations.
type saboteur struct {
	left   int // operations until it acts; it never does if it starts with 0
	stalls bool
	acted  atomic.Bool
}

func (s *saboteur) step() {
	if s.left--; s.left != 0 {
		return
	}
	s.acted.Store(true)
	if !s.stalls {
		runtime.Goexit()
	}
	time.Sleep(stall)
}

type sabotagedStore struct {
	journal.Store
	*saboteur
}

func (s sabotagedStore) Append(ctx context.Context, e journal.Event) (journal.Prior, error) {
	s.step()
	prior, err := s.Store.Append(ctx, e)
	s.step()
	return prior, err
}

func (s sabotagedStore) Events(ctx context.Context, key string) ([]journal.Event, error) {
	s.step()
	return s.Store.Events(ctx, key)
}

type sabotagedUpdater struct {
	credit.Updater
	*saboteur
}

func (u sabotagedUpdater) Update(ctx context.Context, ref credit.Ref, patch credit.Patch, opts ...credit.CallOption) (*credit.Result, error) {
	u.step()
	result, err := u.Updater.Update(ctx, ref, patch, opts...)
	u.step()
	return result, err
}

func (u sabotagedUpdater) Read(ctx context.Context, ref credit.Ref) (*credit.Record, error) {
	u.step()
	return u.Updater.(credit.Reader).Read(ctx, ref)
}

// start runs a job in a worker of its own. The channel is closed when the worker ends.
func (s *jobService) start(t *testing.T, job journal.Job, by *saboteur) <-chan struct{} {
	s.runs++
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = journal.Run(t.Context(), sabotagedStore{s.store, by}, sabotagedUpdater{s.updater, by}, job)
	}()
	return done
}

// runJob runs a job until it has ended or is in doubt, and returns what is wrong, or "".
func (s *jobService) runJob(t *testing.T, n int) string {
	s.jobs++
	e := s.vendor.edits[s.random.IntN(len(s.vendor.edits))]
	job := journal.Job{Key: "job-" + strconv.Itoa(n), Vendor: s.vendor.name, Ref: s.fake.Ref, Patch: e.patch(n)}
	applied := 0
	var stalled []<-chan struct{}
	for range 1 + s.random.IntN(3) {
		faults := randomFaults(s.random)
		s.faults += len(faults)
		s.fake.Queue(faults...)
		by := &saboteur{left: s.random.IntN(12), stalls: s.random.IntN(3) == 0}
		done := s.start(t, job, by)
		select {
		case <-done:
		case <-time.After(jobLease):
			stalled = append(stalled, done)
		}
		time.Sleep(jobLease)
		if by.acted.Load() && by.stalls {
			s.stalls++
		} else if by.acted.Load() {
			s.kills++
		}
		applied += s.reset()
	}
	for _, done := range stalled {
		<-done
	}
	applied += s.reset()

	var other edit
	var laterValue string
	inDoubt := s.entry(t, job.Key).State == journal.StateInDoubt
	if s.random.IntN(4) == 0 { // another change comes before the recovery
		other = s.vendor.edits[s.random.IntN(len(s.vendor.edits))]
		later := job
		later.Key, later.Patch = job.Key+"-later", other.patch(n+1_000_000)
		if _, err := journal.Run(t.Context(), s.store, s.updater, later); err != nil {
			return fmt.Sprintf("the later change: %v", err)
		}
		s.reset()
		laterValue = other.readMember(t, s.fake)
	}
	entry, err := journal.Run(t.Context(), s.store, s.updater, job)
	s.runs++
	applied += s.reset()
	if other.member != "" && inDoubt && other.readMember(t, s.fake) != laterValue {
		return fmt.Sprintf("the recovery undid a later change: %v", err)
	}
	return s.checkJob(t, e, job, entry, err, applied)
}

// checkJob compares the entry of a job with what the vendor did, and settles a doubt.
func (s *jobService) checkJob(t *testing.T, e edit, job journal.Job, entry *journal.Entry, err error, applied int) string {
	switch {
	case e.notIdempotent && applied > 1:
		return fmt.Sprintf("made %d times", applied)
	case entry == nil || credit.OutcomeOf(err) != entry.Outcome && (err != nil || entry.Outcome != credit.Applied):
		return fmt.Sprintf("error and entry differ: %v, %+v", err, entry)
	case entry.State == journal.StateEnded && entry.Outcome == credit.Applied:
		s.applied++
		if applied == 0 {
			return "recorded as made, but not made"
		}
		return ""
	case entry.State == journal.StateEnded:
		s.rejected++
		if applied > 0 {
			return "recorded as refused, but made: " + err.Error()
		}
		return ""
	case entry.State != journal.StateInDoubt:
		return fmt.Sprintf("lost: it is %s: %v", entry.State, err)
	}
	return s.settleDoubt(t, job, applied)
}

// settleDoubt does what a person does about a doubt.
func (s *jobService) settleDoubt(t *testing.T, job journal.Job, applied int) string {
	s.doubts++
	shown := 0
	for entry, err := range journal.Doubts(t.Context(), s.store) {
		if err != nil || entry.Job.Key != job.Key {
			return fmt.Sprintf("another doubt: %+v, %v", entry, err)
		}
		shown++
	}
	decision := credit.NotSent
	if applied > 0 {
		s.doubtsApplied++
		decision = credit.Applied
	}
	if err := journal.Settle(t.Context(), s.store, job.Key, decision, "ann", "compared with the vendor's record"); err != nil || shown != 1 {
		return fmt.Sprintf("shown %d times, settled: %v", shown, err)
	}
	entry, err := journal.Run(t.Context(), s.store, s.updater, job)
	s.runs++
	now := s.reset()
	if entry.State == journal.StateInDoubt && entry.KeyUsedUp && now == 0 {
		// The worker that was killed had received the failure that is stored under the key.
		return s.settleDoubt(t, job, applied)
	}
	if err != nil || entry.Outcome != credit.Applied || applied > 0 && now > 0 || applied == 0 && now != 1 {
		return fmt.Sprintf("settled as %s, then made %d times: %v", decision, now, err)
	}
	return ""
}

// reset delivers the writes that are late, forgets the faults that are left, and returns
// the number of writes since the last reset that changed the credit.
func (s *jobService) reset() int {
	time.Sleep(2 * slowResponse)
	s.fake.Deliver()
	applied := countApplied(s.fake.Requests())
	s.fake.Reset()
	return applied
}

// entry returns what the journal knows about a key.
func (s *jobService) entry(t *testing.T, key string) *journal.Entry {
	t.Helper()
	events, err := s.store.Events(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	entry, ok := journal.NewEntry(events, time.Now())
	if !ok {
		return &journal.Entry{}
	}
	return entry
}
