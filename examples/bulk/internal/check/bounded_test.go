package check

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// A generated is a file that is never in memory as a whole: a header, and a row for
// each number.
type generated struct {
	rows, next int
	row        func(n int) string
	left       []byte
	peak       uint64 // of the heap, looked at now and then
}

func (g *generated) Read(p []byte) (int, error) {
	if len(g.left) == 0 {
		if g.next > g.rows {
			return 0, io.EOF
		}
		if g.next == 0 {
			g.left = []byte("vendor,id,key,note\n")
		} else {
			g.left = []byte(g.row(g.next))
		}
		if g.next++; g.next%5000 == 0 {
			g.look()
		}
	}
	n := copy(p, g.left)
	g.left = g.left[n:]
	return n, nil
}

func (g *generated) look() { g.peak = max(g.peak, liveHeap()) }

// liveHeap is the memory in use without garbage, whose amount depends on what ran
// before.
func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// notes is a vendor with one field, whose Updater does nothing.
type notes struct{}

func (notes) Vendor() string { return "notes" }

func (notes) Support() credit.Support {
	return credit.Support{Fields: map[credit.Field]credit.Ability{credit.FieldNote: {Set: true}}}
}

func (notes) Apply(context.Context, credit.Ref, credit.Patch, credit.CallConfig) (*credit.Result, error) {
	return &credit.Result{}, nil
}

func cheap(dir string) Options {
	updater := credit.NewUpdater(notes{})
	return Options{Dir: dir, IsRefusal: vendor.Refused, Updaters: func(string) (credit.Updater, error) { return updater, nil }}
}

// A check of 200,000 rows, half of them bad, finds the duplicates at both ends and
// holds only a fraction of the rows in memory.
func TestMemoryIsBounded(t *testing.T) {
	const rows, most = 200_000, 24 << 20
	in := &generated{rows: rows, row: func(n int) string {
		id, key, note := n, n, strings.Repeat("x", 200*(n%2))
		if n == rows-1 {
			id, key = 1, 3
		}
		return fmt.Sprintf("notes,%d,k%d,%s\n", id, key, note)
	}}
	var last row.Problem
	bad := 0
	before := liveHeap() // what other tests hold
	got, err := Run(t.Context(), in, row.CSV, cheap(t.TempDir()), func(p row.Problem) {
		if bad++; bad%5000 == 0 {
			in.look()
		}
		if p.Number < last.Number {
			t.Fatalf("%v comes after %v", p, last)
		}
		if p.Number%2 == 1 {
			t.Logf("%d %v", p.Number, p)
		}
		last = p
	})
	if err != nil || got.Rows != rows || got.Bad != rows/2+1 || bad != rows/2+2 {
		t.Errorf("%+v, %d problems, %v", got, bad, err)
	}
	grown := in.peak - min(in.peak, before)
	if grown > most {
		t.Errorf("%d MiB of memory, more than %d", grown>>20, most>>20)
	}
	t.Logf("%d KiB of memory for a file of %d rows", grown>>10, rows)
}

func BenchmarkCheck(b *testing.B) {
	for name, opts := range map[string]func(string) Options{"format and doubles": cheap, "nexudus": offline} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			in := &generated{rows: b.N, row: func(n int) string { return fmt.Sprintf("nexudus,%d,,note\n", n) }}
			got, err := Run(b.Context(), in, row.CSV, opts(b.TempDir()), func(p row.Problem) { b.Fatal(p) })
			if err != nil || got.Rows != int64(b.N) {
				b.Fatal(got, err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
