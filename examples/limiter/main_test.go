package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// 62 calls: ten at once and one every 1.33 seconds.
func TestLimiterPreventsThrottling(t *testing.T) {
	fake := credittest.NewNexudus(t)
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		if err := run(t.Context(), fake, &out, credit.WithBaseURL(fake.URL), credit.WithTransport(fake.Transport())); err != nil {
			t.Fatal(err)
		}
		if want := "31 changes in 1m9s, 0 retries\n"; out.String() != want {
			t.Errorf("got %q, want %q", out.String(), want)
		}
		if n := len(fake.Requests()); n != 2*changes {
			t.Errorf("%d requests", n)
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
		if requests := fake.Requests(); len(requests) < burst || time.Since(requests[0].At) > 10*time.Second {
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
