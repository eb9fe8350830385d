package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/creditkit/creditkit/internal/bench"
)

// report is what a client's process prints.
type report struct {
	Rate  float64 // calls per second
	CPU   float64 // nanoseconds per call
	Dials int64   // connections dialled after the warm-up of the bursts
	Bytes float64 // memory per call in flight
}

// client is one contender in a process of its own.
func client(args []string) error {
	f := flag.NewFlagSet("client", flag.ContinueOnError)
	f.SetOutput(io.Discard) // exit reports errors
	by := f.String("by", "", "the contender")
	url := f.String("url", "", "the server")
	control := f.String("control", "", "the server's control")
	mode := f.String("mode", "steady", "steady, burst or hold")
	n := f.Int("n", 1, "calls in flight")
	long := f.Duration("for", time.Second, "how long")
	own := f.Bool("own", false, "with the contender's own transport")
	if err := f.Parse(args); err != nil {
		return usageError{err}
	}
	if err := refuseArguments(f.Args()); err != nil {
		return err
	}
	_, c, ok := bench.Find("metronome", *by)
	if !ok {
		return fmt.Errorf("unknown contender %q", *by)
	}
	target := bench.Target{URL: *url}
	if !*own {
		target.Transport = bench.Tuned()
	}
	if *mode == "hold" {
		target.URL += "/hold"
	}
	call, err := c.Make(target)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	run := map[string]func() (report, error){
		"steady": func() (report, error) { return steady(ctx, call, *n, *long) },
		"burst":  func() (report, error) { return bursts(ctx, call, *n, *control) },
		"hold":   func() (report, error) { return hold(ctx, call, *n, *control) },
	}[*mode]
	if run == nil {
		return fmt.Errorf("unknown mode %q", *mode)
	}
	r, err := run()
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// steady keeps n calls in flight, after a warm-up of a quarter of the time.
func steady(ctx context.Context, call bench.Call, n int, long time.Duration) (report, error) {
	if _, err := keep(ctx, call, n, long/4); err != nil {
		return report{}, err
	}
	start, used := time.Now(), cpuTime()
	calls, err := keep(ctx, call, n, long)
	spent := time.Since(start)
	return report{Rate: float64(calls) / spent.Seconds(), CPU: float64(cpuTime()-used) / float64(calls)}, err
}

func keep(ctx context.Context, call bench.Call, n int, long time.Duration) (calls int64, err error) {
	until := time.Now().Add(long)
	counts, errs := make([]int64, n), make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			var done int64 // apart from the others' cache lines
			for time.Now().Before(until) && errs[i] == nil {
				errs[i] = call(ctx)
				done++
			}
			counts[i] = done
		})
	}
	wg.Wait()
	for _, done := range counts {
		calls += done
	}
	return calls, errors.Join(errs...)
}

// bursts repeats bursts of n calls. It counts the connections that are dialled
// after the first five bursts.
func bursts(ctx context.Context, call bench.Call, n int, control string) (report, error) {
	const warm, counted = 5, 40
	if err := burst(ctx, call, n, warm); err != nil {
		return report{}, err
	}
	before, err := requestCounts(http.MethodGet, control)
	if err != nil {
		return report{}, err
	}
	start := time.Now()
	if err := burst(ctx, call, n, counted); err != nil {
		return report{}, err
	}
	spent := time.Since(start)
	after, err := requestCounts(http.MethodGet, control)
	return report{Rate: float64(n*counted) / spent.Seconds(), Dials: after.Conns - before.Conns}, err
}

func burst(ctx context.Context, call bench.Call, n, times int) error {
	for range times {
		errs := make([]error, n)
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() { errs[i] = call(ctx) })
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
	return nil
}

// hold measures the memory while the server holds n calls.
func hold(ctx context.Context, call bench.Call, n int, control string) (report, error) {
	before := memory()
	done := make(chan error, 1)
	go func() { done <- burst(ctx, call, n, 1) }()
	for {
		select {
		case err := <-done:
			return report{}, errors.Join(errors.New("the calls ended early"), err)
		case <-time.After(20 * time.Millisecond):
		}
		state, err := requestCounts(http.MethodGet, control)
		if err != nil {
			return report{}, err
		}
		if state.Held == int64(n) {
			break
		}
	}
	after := memory()
	if _, err := requestCounts(http.MethodPost, control); err != nil {
		return report{}, err
	}
	return report{Bytes: (after - before) / float64(n)}, <-done
}

// memory returns the bytes of heap and stacks in use.
func memory() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc + m.StackInuse)
}

// requestCounts returns the state of the server. A POST makes it answer the calls
// that it holds.
func requestCounts(method, control string) (counts, error) {
	req, err := http.NewRequestWithContext(context.Background(), method, control, http.NoBody)
	if err != nil {
		return counts{}, err
	}
	resp, err := controlClient.Do(req)
	if err != nil {
		return counts{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	var c counts
	return c, json.NewDecoder(resp.Body).Decode(&c)
}

var controlClient = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{}}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
