package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/nexudus"
)

// checkLimits compares the requests in any minute with what Nexudus documents.
func checkLimits(t *testing.T, requests []credittest.Request) (writes int) {
	t.Helper()
	for i, r := range requests {
		if i > 0 && r.At.Sub(requests[i-1].At) < 100*time.Millisecond {
			t.Errorf("request %d is %v after the one before", i+1, r.At.Sub(requests[i-1].At))
		}
		calls, minute := 0, 0
		for _, later := range requests[i:] {
			if later.At.Sub(r.At) < time.Minute {
				calls++
				if later.Write {
					minute++
				}
			}
		}
		if calls > documentedCalls || minute > documentedWrites {
			t.Errorf("%d calls and %d writes in the minute after request %d", calls, minute, i+1)
		}
		if r.Write {
			writes++
		}
	}
	return writes
}

// 58 changes a minute, as the budget of the writes allows.
func TestLimiterPreventsThrottling(t *testing.T) {
	fake := credittest.NewNexudus(t)
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		if err := run(t.Context(), fake, &out, credit.WithBaseURL(fake.URL), credit.WithTransport(fake.Transport())); err != nil {
			t.Fatal(err)
		}
		if want := "61 changes in 1m2s, 0 retries\n"; out.String() != want {
			t.Errorf("got %q, want %q", out.String(), want)
		}
		if writes := checkLimits(t, fake.Requests()); writes != changes || len(fake.Requests()) != 2*changes {
			t.Errorf("%d writes in %d requests", writes, len(fake.Requests()))
		}
	})
}

// Changes and reads from several goroutines, with retries, keep all limits.
func TestConcurrentCallsKeepLimits(t *testing.T) {
	fake := credittest.NewNexudus(t)
	synctest.Test(t, func(t *testing.T) {
		client, err := nexudus.New(credit.StaticToken("example"), credit.WithBaseURL(fake.URL), credit.WithTransport(fake.Transport()), credit.WithLimiter(newLimiter()))
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			fake.Queue(credittest.Respond(503, ""), credittest.LostBefore(), credittest.Slow(2*time.Second))
		}
		record := fake.Record(fake.Ref.ID)
		var calls sync.WaitGroup
		for range 8 {
			calls.Go(func() {
				for range 15 {
					_, _ = client.Updater().Update(t.Context(), fake.Ref, credit.Patch{Note: credit.Set("a")}, credit.WithRecord(record))
				}
			})
			calls.Go(func() {
				for range 20 {
					_, _ = client.Updater().(credit.Reader).Read(t.Context(), fake.Ref)
				}
			})
		}
		calls.Wait()
		if writes := checkLimits(t, fake.Requests()); writes < 8*15 || len(fake.Requests()) < 8*35 {
			t.Errorf("%d writes in %d requests", writes, len(fake.Requests()))
		}
	})
}

// Writes that wait behind many reads are not sent close together afterwards.
func TestWritesBehindReadsKeepTheirLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter()
		sent := make(chan credittest.Request, 400)
		var calls sync.WaitGroup
		for i := range cap(sent) {
			op := credit.Operation{Write: i >= 320}
			calls.Go(func() {
				if err := l.Wait(credit.ContextWithOperation(t.Context(), op)); err != nil {
					t.Error(err)
				}
				sent <- credittest.Request{At: time.Now(), Write: op.Write}
			})
		}
		calls.Wait()
		close(sent)
		var requests []credittest.Request
		for r := range sent {
			requests = append(requests, r)
		}
		if writes := checkLimits(t, requests); writes != 80 {
			t.Errorf("%d writes", writes)
		}
	})
}

// What counts is whether the operation writes, and what is not known is a write.
func TestWritesHaveTheirOwnBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, test := range []struct {
			name string
			ctx  context.Context
			want time.Duration
		}{
			{"reads", credit.ContextWithOperation(t.Context(), credit.Operation{Name: "GetCoworkerBookingCredit"}), 60 * time.Minute / 118},
			{"writes", credit.ContextWithOperation(t.Context(), credit.Operation{Write: true}), 60 * time.Minute / 58},
			{"unknown calls", t.Context(), 60 * time.Minute / 58},
		} {
			l, start := newLimiter(), time.Now()
			for range 61 {
				if err := l.Wait(test.ctx); err != nil {
					t.Fatal(err)
				}
			}
			if got := time.Since(start).Round(time.Second); got != test.want.Round(time.Second) {
				t.Errorf("60 %s take %v, want %v", test.name, got, test.want)
			}
		}
	})
}

// The limiter stops waiting when the context ends, and nothing is sent.
func TestContextEndsTheLimitersWait(t *testing.T) {
	fake := credittest.NewNexudus(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		err := run(ctx, fake, new(bytes.Buffer), credit.WithBaseURL(fake.URL), credit.WithTransport(fake.Transport()))
		if err == nil || credit.OutcomeOf(err) != credit.NotSent {
			t.Errorf("got %v, %v", err, credit.OutcomeOf(err))
		}
		if requests := fake.Requests(); len(requests) < 15 || time.Since(requests[0].At) > 10*time.Second {
			t.Errorf("%d requests, and %v", len(requests), errors.Unwrap(err))
		}
	})
}

// The program would run for a minute, so its early exit shows that it made no
// calls.
func TestInvalidArgumentsAreUsageErrors(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "limiter")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, c := range []struct {
		arg  string
		code int
		want string
	}{
		{"extra", 2, `limiter: unexpected argument "extra"`},
		{"", 2, `limiter: unexpected argument ""`},
		{"–help", 2, "it begins with an en dash (U+2013)"},
		{"-calls", 2, "limiter: flag provided but not defined: -calls"},
		{"-help", 0, "Usage: limiter"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		cmd := exec.CommandContext(ctx, binary, c.arg)
		out, _ := cmd.CombinedOutput()
		cancel()
		if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(string(out), c.want) {
			t.Errorf("%q: exit code %d\n%s", c.arg, code, out)
		}
	}
}

func TestUnwritableOutputIsAnError(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	fake := credittest.NewNexudus(t)
	synctest.Test(t, func(t *testing.T) {
		if err := run(t.Context(), fake, full, credit.WithBaseURL(fake.URL), credit.WithTransport(fake.Transport())); err == nil {
			t.Error("no error")
		}
	})
}
