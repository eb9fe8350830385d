package work

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	changes "github.com/creditkit/creditkit/credit/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/limit"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// A scene is one vendor with its fake, and a job of one row.
type scene struct {
	t       *testing.T
	vendor  *Vendor
	fake    *credittest.Server
	queue   *queue.Queue
	journal *journal.Journal
	row     row.Row
}

func newScene(t *testing.T, name, change string) *scene {
	t.Helper()
	return newSceneOf(t, queue.Job{}, name, change)
}

func newSceneOf(t *testing.T, job queue.Job, name, change string) *scene {
	t.Helper()
	t.Parallel() // they wait most of the time
	fake, err := vendor.Fake(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	s := &scene{t: t, fake: fake}
	text := `{"number":1,"line":1,"vendor":"` + name + `","id":"` + fake.Ref.ID + `","owner":"` + fake.Ref.Owner + `",` + change + `}`
	if err := json.Unmarshal([]byte(strings.Replace(text, `"owner":"",`, "", 1)), &s.row); err != nil {
		t.Fatal(err)
	}
	if s.queue, err = queue.Embed(queue.Storage{Dir: t.TempDir(), Lazy: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.queue.Close)
	job.Name, job.Digest, job.Rows, job.VendorRows = "test", "d", 1, map[string]int64{name: 1}
	if err := s.queue.Create(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	err = s.queue.Submit(t.Context(), job, func(yield func(row.Row, error) bool) { yield(s.row, nil) })
	if err != nil {
		t.Fatal(err)
	}
	if s.journal, err = s.queue.Journal(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.journal.Follow(t.Context()) }() // until the test ends
	s.vendor = s.newVendor(job, name)
	return s
}

func (s *scene) newVendor(job queue.Job, name string) *Vendor {
	s.t.Helper()
	bucket := func(key string) *limit.Bucket {
		b, err := s.queue.Bucket(s.t.Context(), key, nil)
		if err != nil {
			s.t.Fatal(err)
		}
		return b
	}
	v := &Vendor{
		Name: name, Journal: s.journal, Writes: bucket("writes"), Calls: bucket("calls"),
		InFlight: 1, Job: job, Patience: time.Hour, Grace: time.Second,
	}
	var err error
	if v.Rows, err = s.queue.Rows(s.t.Context(), job, name, 1); err != nil {
		s.t.Fatal(err)
	}
	v.Updater, err = vendor.Updater(s.t.Context(), name, vendor.FakeEnv(name), credit.WithBaseURL(s.fake.URL),
		credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}), credit.WithLimiter(v.Calls))
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// run works until the row has ended, or until this number of requests was written.
func (s *scene) run() (result.Result, error) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Second)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.vendor.Run(ctx) }()
	err := s.journal.Wait(ctx, func(c map[string]journal.Counts) bool {
		return c[s.vendor.Name].Ended() == 1 || s.vendor.Stopped() != nil
	})
	cancel()
	if failed := <-ended; failed != nil {
		return result.Result{}, failed
	}
	if err != nil {
		s.t.Fatal(err)
	}
	var last result.Result
	err = s.journal.Results(s.t.Context(), func(r result.Result) error { last = r; return nil })
	return last, err
}

// left reports whether the row is in the queue, delivered or not.
func (s *scene) left() bool {
	s.t.Helper()
	rows := s.newVendor(s.vendor.Job, s.vendor.Name).Rows // what was taken comes again
	ctx, cancel := context.WithTimeout(s.t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := rows.Next(ctx)
	return err == nil
}

func (s *scene) outcome() result.Outcome {
	s.t.Helper()
	r, err := s.run()
	if err != nil {
		s.t.Fatal(err)
	}
	return r.Outcome
}

const balance, name = `"set":{"balance":"500"}`, `"set":{"name":"Autumn"}`

// startedBefore records that an earlier process has started the row some time ago and
// crashed.
func (s *scene) startedBefore(ago time.Duration) {
	s.t.Helper()
	job := s.vendor.newTry(s.row).job
	at := time.Now().Add(-ago)
	_, err := s.journal.Row(1, s.vendor.Name, job.Key).Append(s.t.Context(), changes.Event{
		Kind: changes.Started, Key: job.Key, Claim: "crashed", At: at, Lease: at, Job: &job, Target: job.Patch, Expect: job.Expect,
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// A row in doubt that must not be sent again is resolved by a read. Nothing is written.
func TestInterruptedRowIsReadIfNotRepeatable(t *testing.T) {
	for _, test := range []struct {
		name    string
		made    bool // by the earlier process
		faults  []credittest.Fault
		outcome result.Outcome
		kind    string
		text    string
	}{
		{"made", true, nil, result.Applied, result.KindResolved, "the credit has the values of the row"},
		{"not there", false, nil, result.Unknown, result.KindInterrupted, "it does not have all values of the row"},
		{"unreadable", true, []credittest.Fault{credittest.Respond(503, "")}, result.Unknown, result.KindInterrupted, "it could not be read"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t, "thoughtindustries", balance)
			if test.made {
				if _, err := s.vendor.Updater.Update(t.Context(), s.row.Ref, s.row.Patch); err != nil {
					t.Fatal(err)
				}
				s.fake.Reset()
			}
			s.fake.Queue(test.faults...)
			s.startedBefore(time.Second)
			r, err := s.run()
			if err != nil || r.Outcome != test.outcome || r.Kind != test.kind || !strings.Contains(r.Error, test.text) {
				t.Errorf("got %+v, %v", r, err)
			}
			if len(s.fake.Writes()) != 0 || len(s.fake.Requests()) != 1 {
				t.Errorf("%d requests, %d writes", len(s.fake.Requests()), len(s.fake.Writes()))
			}
		})
	}
}

func TestInterruptedRowIsRetriedIfRepeatable(t *testing.T) {
	s := newScene(t, "thoughtindustries", name)
	s.startedBefore(time.Second)
	if r, err := s.run(); err != nil || r.Outcome != result.Applied || r.Attempts != 2 || len(s.fake.Writes()) != 1 {
		t.Errorf("got %+v, %v, after %d writes", r, err, len(s.fake.Writes()))
	}
	if s.left() {
		t.Error("the row is still in the queue")
	}
}

// The earlier process may have made the change, whatever the vendor answers now.
func TestRejectedRetryOfInterruptedRowIsUnknown(t *testing.T) {
	s := newScene(t, "thoughtindustries", name)
	s.startedBefore(time.Second)
	s.fake.Queue(credittest.Respond(400, `{"message":"no"}`).OnWrite())
	if r, err := s.run(); err != nil || r.Outcome != result.Unknown || !strings.Contains(r.Error, "another try may have made the change") {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestEndedRowIsNotSent(t *testing.T) {
	s := newScene(t, "thoughtindustries", name)
	if err := s.journal.Finish(t.Context(), journal.NewDoneEvent(result.Result{Row: 1, Vendor: s.vendor.Name, Outcome: result.Rejected}, "")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if err := s.vendor.Run(ctx); err != nil {
		t.Error(err)
	}
	if n := len(s.fake.Requests()); n > 0 {
		t.Errorf("%d requests", n)
	}
	if s.left() {
		t.Error("the row is still in the queue")
	}
}

func TestUnknownOutcomeIsRetriedWithSameKey(t *testing.T) {
	s := newScene(t, "metronome", name)
	s.fake.Queue(credittest.LostAfter().OnWrite())
	r, err := s.run()
	if err != nil || r.Outcome != result.Applied || r.Attempts != 2 {
		t.Fatalf("got %+v, %v", r, err)
	}
	var keys []string
	applied := 0
	for _, w := range s.fake.Writes() {
		keys = append(keys, w.Header.Get("Idempotency-Key"))
		if w.Applied {
			applied++
		}
	}
	if want := r.IdempotencyKey; want == "" || !slices.Equal(keys, []string{want, want}) || applied != 1 {
		t.Errorf("applied %d times, with the keys %v; want %s", applied, keys, want)
	}
}

func TestUnknownOutcomeIsReadIfNotRepeatable(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault credittest.Fault
		want  result.Outcome
	}{
		{"made", credittest.LostAfter(), result.Applied},
		{"not made", credittest.LostBefore(), result.Unknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t, "thoughtindustries", balance)
			s.fake.Queue(test.fault.OnWrite())
			if got := s.outcome(); got != test.want || len(s.fake.Writes()) != 1 {
				t.Errorf("%s after %d writes", got, len(s.fake.Writes()))
			}
		})
	}
}

// The vendor forgets an idempotency key after a day, so a row that was started before
// that is read, and not sent again.
func TestOldDoubtIsNotRepeated(t *testing.T) {
	for _, test := range []struct {
		name   string
		ago    time.Duration
		writes int
	}{
		{"started an hour ago", time.Hour, 1},
		{"started a day ago", 24 * time.Hour, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t, "metronome", name)
			s.startedBefore(test.ago)
			r, err := s.run()
			if err != nil || len(s.fake.Writes()) != test.writes || (r.Outcome == result.Applied) != (test.writes == 1) {
				t.Errorf("got %+v, %v, after %d writes", r, err, len(s.fake.Writes()))
			}
		})
	}
}

func TestRateLimitDelaysRetry(t *testing.T) {
	s := newScene(t, "thoughtindustries", balance)
	s.fake.Queue(credittest.RateLimited(2 * time.Second).OnWrite())
	if got := s.outcome(); got != result.Applied {
		t.Fatal(got)
	}
	w := s.fake.Writes()
	if len(w) != 2 || w[1].At.Sub(w[0].At) < 2*time.Second {
		t.Errorf("%d writes, too soon after each other", len(w))
	}
}

func TestRefusedCredentialsStopTheVendor(t *testing.T) {
	s := newScene(t, "thoughtindustries", balance)
	s.fake.Queue(credittest.Respond(401, ""))
	if r, err := s.run(); err != nil || r.Row != 0 || !errors.Is(s.vendor.Stopped(), credit.ErrUnauthorized) {
		t.Fatalf("got %+v, %v, stopped for %v", r, err, s.vendor.Stopped())
	}
	s.vendor = s.newVendor(s.vendor.Job, s.vendor.Name)
	if got := s.outcome(); got != result.Applied {
		t.Errorf("with the right ones: %s", got)
	}
}

func TestVendorIsGivenUpAfterPatience(t *testing.T) {
	s := newScene(t, "knox", `"set":{"note":"new"}`)
	s.fake.Close()
	s.vendor.Patience = 0
	if r, err := s.run(); err != nil || r.Row != 0 || !errors.Is(s.vendor.Stopped(), credit.ErrUnavailable) {
		t.Errorf("got %+v, %v, stopped for %v", r, err, s.vendor.Stopped())
	}
}

// One row gives the vendor up while another waits for a limit.
func TestStoppedVendorIsNotCalled(t *testing.T) {
	s := newScene(t, "thoughtindustries", name)
	s.vendor.giveUp(errors.New("refused"))
	b, err := s.vendor.Rows.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.vendor.processBlock(t.Context(), t.Context(), b); err != nil || len(s.fake.Requests()) != 0 {
		t.Errorf("got %v, after %d requests", err, len(s.fake.Requests()))
	}
	if c := s.journal.Counts(); len(c) != 0 || !s.left() {
		t.Errorf("the row was started: %v", c)
	}
}

// An answer that the journal does not accept is passed to OnLost, and nothing more
// is sent.
func TestUnrecordedAnswerIsPassedToOnLost(t *testing.T) {
	s := newScene(t, "thoughtindustries", name)
	s.fake.Queue(credittest.Slow(200 * time.Millisecond).OnWrite())
	var lost []result.Result
	s.vendor.OnLost = func(e journal.Event, r result.Result) {
		if e.Row != r.Row || !strings.Contains(string(e.Change), `"outcome":"applied"`) {
			t.Errorf("got %+v for %+v", e, r)
		}
		lost = append(lost, r)
	}
	go func() {
		for len(s.fake.Writes()) == 0 && t.Context().Err() == nil {
			time.Sleep(time.Millisecond)
		}
		_ = s.queue.Remove(context.WithoutCancel(t.Context()), s.vendor.Job)
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if err := s.vendor.Run(ctx); err == nil {
		t.Error("no error")
	}
	if len(lost) != 1 || lost[0].Row != 1 || lost[0].Line != 1 || lost[0].Outcome != result.Applied || lost[0].ID != s.fake.Ref.ID {
		t.Errorf("got %+v", lost)
	}
}

func TestDryRunIsPlanned(t *testing.T) {
	s := newSceneOf(t, queue.Job{DryRun: true}, "thoughtindustries", balance)
	s.startedBefore(time.Second)
	if r, err := s.run(); err != nil || r.Outcome != result.Planned || len(s.fake.Writes()) != 0 {
		t.Errorf("got %+v, %v, after %d writes", r, err, len(s.fake.Writes()))
	}
}

// A dry run cannot have changed anything.
func TestRejectedDryRunIsNotUnknown(t *testing.T) {
	s := newSceneOf(t, queue.Job{DryRun: true}, "knox", `"set":{"note":"new"}`)
	s.startedBefore(time.Second)
	s.fake.Queue(credittest.Respond(404, ""))
	if r, err := s.run(); err != nil || r.Outcome != result.NotSent {
		t.Errorf("got %+v, %v", r, err)
	}
}

// A pause is for all rows, and each change takes one place of each limit.
func TestLimitsAreApplied(t *testing.T) {
	s := newScene(t, "thoughtindustries", balance)
	hour := []limit.Window{{Calls: 1, Per: time.Hour}}
	var err error
	if s.vendor.Calls, err = s.queue.Bucket(t.Context(), "one", hour); err != nil {
		t.Fatal(err)
	}
	if s.vendor.Writes, err = s.queue.Bucket(t.Context(), "two", hour); err != nil {
		t.Fatal(err)
	}
	s.vendor.Updater, err = vendor.Updater(t.Context(), s.vendor.Name, vendor.FakeEnv(s.vendor.Name), credit.WithBaseURL(s.fake.URL),
		credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}), credit.WithLimiter(s.vendor.Calls))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.outcome(); got != result.Applied { // the only place is its own
		t.Fatal(got)
	}
	for name, bucket := range map[string]*limit.Bucket{"calls": s.vendor.Calls, "writes": s.vendor.Writes} {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		if err := bucket.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("another place of the %s: %v", name, err)
		}
		cancel()
	}
}

func TestPauseIsForAllRows(t *testing.T) {
	s := newScene(t, "thoughtindustries", balance)
	s.fake.Queue(credittest.RateLimited(time.Hour).OnWrite())
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.vendor.Run(ctx) }()
	for s.vendor.Paused() < 59*time.Minute && t.Context().Err() == nil {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// When the work is stopped, calls in flight may continue for the grace period.
func TestCallsEndAfterGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, stop := context.WithCancel(t.Context())
		ctx, end := withGrace(parent, time.Minute)
		defer end()
		stop()
		begin := time.Now()
		<-ctx.Done()
		if took := time.Since(begin); took != time.Minute {
			t.Errorf("after %v", took)
		}
	})
}

// The patience begins with the first failure after the last answer.
func TestHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h health
		h.recordSuccess()
		h.recordFailure(errors.New("one"))
		time.Sleep(time.Minute)
		h.recordFailure(errors.New("two"))
		if away, reason := h.outage(); away != time.Minute || reason.Error() != "two" || h.answeredLately() {
			t.Errorf("away for %v, %v; healthy %v", away, reason, h.answeredLately())
		}
		h.recordSuccess()
		if away, reason := h.outage(); away != 0 || reason != nil || !h.answeredLately() {
			t.Errorf("away for %v, %v; healthy %v", away, reason, h.answeredLately())
		}
	})
}

func TestKeys(t *testing.T) {
	job, other := queue.Job{Digest: "d1"}, queue.Job{Digest: "d2"}
	r := row.Row{Number: 7, Line: 9, Vendor: "metronome", Ref: credit.Ref{ID: "a", Owner: "b"}}
	keyed, next, moved := r, r, r
	keyed.Key, next.Number, moved.Ref = "k", 8, credit.Ref{ID: "ab"}
	for _, c := range []struct {
		name string
		same bool
	}{
		{"the same row", Key(job, r) == Key(job, r)},
		{"a row of another file", Key(job, r) != Key(other, r)},
		{"the next row", Key(job, r) != Key(job, next)},
		{"another credit", Key(job, r) != Key(job, moved)},
		{"a key of its own", Key(job, r) != Key(job, keyed)},
		{"a key of its own in another file", Key(job, keyed) == Key(other, keyed)},
		{"a key does not depend on its place", Key(job, keyed) == Key(job, row.Row{Number: 1, Key: "k", Vendor: r.Vendor, Ref: r.Ref})},
	} {
		if !c.same {
			t.Error(c.name)
		}
	}
}
