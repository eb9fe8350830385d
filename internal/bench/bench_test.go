package bench

import (
	"slices"
	"strings"
	"testing"
)

// BenchmarkCall runs every contender of every work over the Stub, for profiles:
// benchtables measures by itself.
func BenchmarkCall(b *testing.B) {
	for _, w := range Works() {
		for _, c := range w.Contenders {
			b.Run("work="+w.Name+"/by="+c.Name, func(b *testing.B) {
				call, err := c.Make(Target{URL: w.URL, Transport: Stub{}})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					if err := call(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// TestCalls makes each call once, so that no figure measures a failure.
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
