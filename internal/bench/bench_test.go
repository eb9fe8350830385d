package bench

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkCall runs every contender of every work over the Stub.
func BenchmarkCall(b *testing.B) {
	for _, w := range Works() {
		b.Run("work="+w.Name, func(b *testing.B) {
			for _, c := range w.Contenders {
				b.Run("by="+c.Name, func(b *testing.B) { measure(b, w, c) })
			}
		})
	}
}

func measure(b *testing.B, w Work, c Contender) {
	call, err := c.Make(Target{URL: w.URL, Transport: Stub{}})
	if err != nil {
		b.Fatal(err)
	}
	ctx := b.Context()
	b.ReportAllocs()
	start := cpuTime(b)
	for b.Loop() {
		if err := call(ctx); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cpuTime(b)-start)/float64(b.N), "cpu-ns/op")
}

// cpuTime is what the process has used so far, the garbage collector's part
// included. Unlike the time on the clock it hardly depends on what else the
// machine is doing.
func cpuTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// TestCalls makes each call once, so that no figure is that of a failure.
func TestCalls(t *testing.T) {
	for _, w := range Works() {
		for _, c := range w.Contenders {
			t.Run(w.Name+"/"+c.Name, func(t *testing.T) {
				call, err := c.Make(Target{URL: w.URL, Transport: Stub{}})
				if err != nil {
					t.Fatal(err)
				}
				if err := call(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestEveryVendorHasNativeAndFacade keeps a vendor from missing in the tables and
// in the limits of allocations.
func TestEveryVendorHasNativeAndFacade(t *testing.T) {
	for _, vendor := range []string{"flexprice", "knox", "metronome", "nexudus", "thoughtindustries"} {
		for _, contender := range []string{Floor, Native, Facade} {
			if !slices.ContainsFunc(Works(), func(w Work) bool {
				_, _, ok := Find(w.Name, contender)
				return ok && (w.Name == vendor || strings.HasPrefix(w.Name, vendor+"-"))
			}) {
				t.Errorf("%s has no %s", vendor, contender)
			}
		}
	}
}
