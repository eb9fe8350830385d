package result_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

func openBook(t testing.TB) *result.Store {
	t.Helper()
	b, err := result.OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func add(t testing.TB, b *result.Store, results ...result.Result) {
	t.Helper()
	for _, r := range results {
		if err := b.Add(r); err != nil {
			t.Fatal(err)
		}
	}
}

// full returns a result with all members set, and with unusual texts.
func full(row int64) result.Result {
	return result.Result{
		Row: row, Line: int(row) + 1, Vendor: "metronome", ID: "c,1", Owner: "o\"1", Key: "k 1", Outcome: result.Unknown,
		Kind: "unavailable", Code: "E1", Error: "<b>gone</b>, é", RequestID: "req-1", IdempotencyKey: "idem-1", Attempts: 4,
		Took: 1234567 * time.Nanosecond, At: time.Date(2027, 1, 2, 3, 4, 5, 600, time.UTC),
		Changes: []result.Change{{Field: "name", Before: `"a\n<b>"`, After: ""}, {Field: "total", Before: "unknown", After: "12.50"}},
	}
}

func TestStoreReturnsAddedResults(t *testing.T) {
	b, want := openBook(t), full(3)
	add(t, b, want)
	got, found, err := b.Get(3)
	if err != nil || !found || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, %v\nwant %+v", got, found, err, want)
	}
	for _, row := range []int64{1, 2, 4, 1_000_000} {
		if _, found, err := b.Get(row); found || err != nil {
			t.Errorf("row %d: found %v, error %v; it was never added", row, found, err)
		}
	}
}

func TestStoreKeepsWorstOutcome(t *testing.T) {
	order := []result.Outcome{result.NotSent, result.Rejected, result.Unknown, result.Applied}
	for i, first := range order {
		for j, second := range order {
			b := openBook(t)
			add(t, b, result.Result{Row: 1, Outcome: first, ID: "first"}, result.Result{Row: 1, Outcome: second, ID: "second"})
			got, _, err := b.Get(1)
			want := result.Result{Row: 1, Outcome: order[max(i, j)], ID: "first"}
			if j > i {
				want.ID = "second"
			}
			if err != nil || got.Outcome != want.Outcome || got.ID != want.ID {
				t.Errorf("%s, then %s: got the %s, %s, %v", first, second, got.ID, got.Outcome, err)
			}
		}
	}
	for _, least := range []result.Outcome{result.Skipped, result.Planned} {
		b := openBook(t)
		add(t, b, result.Result{Row: 1, Outcome: least}, result.Result{Row: 1, Outcome: result.Rejected}, result.Result{Row: 1, Outcome: least})
		if got, _, _ := b.Get(1); got.Outcome != result.Rejected {
			t.Errorf("%s stands before rejected", least)
		}
	}
}

func TestAllIsInRowOrder(t *testing.T) {
	b := openBook(t)
	for _, i := range rand.Perm(500) {
		row := int64(i + 1)
		if row%7 == 0 {
			continue // no result
		}
		add(t, b, result.Result{Row: row, Outcome: result.Rejected}, result.Result{Row: row, Outcome: result.Applied})
	}
	var want, got []int64
	for row := int64(1); row <= 400; row++ {
		if row%7 != 0 {
			want = append(want, row)
		}
	}
	for r, err := range b.All(400) {
		if err != nil || r.Outcome != result.Applied {
			t.Fatalf("row %d is %s: %v", r.Row, r.Outcome, err)
		}
		got = append(got, r.Row)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	for r := range b.All(400) { // a reader may stop
		if r.Row == 3 {
			break
		}
	}
}

func TestStoreRejectsInvalidResults(t *testing.T) {
	b := openBook(t)
	for _, r := range []result.Result{
		{Row: 0, Outcome: result.Applied}, {Row: -1, Outcome: result.Applied}, {Row: 1 << 62, Outcome: result.Applied},
		{Row: 1}, {Row: 1, Outcome: "done"}, {Row: 1, Outcome: result.Pending},
	} {
		if err := b.Add(r); err == nil {
			t.Errorf("row %d with outcome %q was accepted", r.Row, r.Outcome)
		}
	}
}

func TestStoresShareFolder(t *testing.T) {
	dir := t.TempDir()
	one, err1 := result.OpenStore(dir)
	two, err2 := result.OpenStore(dir)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if there, err := os.ReadDir(dir); err != nil || len(there) > 0 && runtime.GOOS != "windows" {
		t.Errorf("a crash would leave %v, %v", there, err)
	}
	add(t, one, result.Result{Row: 1, Outcome: result.Applied})
	if _, found, err := two.Get(1); found || err != nil {
		t.Errorf("the second store has the first store's result: %v", err)
	}
	if err := one.Close(); err != nil {
		t.Error(err)
	}
	if err := two.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); len(left) > 0 || err != nil {
		t.Errorf("left: %v, %v", left, err)
	}
	if err := one.Add(result.Result{Row: 2, Outcome: result.Applied}); err == nil {
		t.Error("a closed store accepted a result")
	}
}

func TestStoreIsSafeForConcurrentUse(t *testing.T) {
	b := openBook(t)
	var all sync.WaitGroup
	for worker := range int64(8) {
		all.Go(func() {
			for row := int64(1); row <= 200; row++ {
				o := result.Rejected
				if row%8 == worker {
					o = result.Applied
				}
				if err := b.Add(result.Result{Row: row, Outcome: o, ID: fmt.Sprint(worker)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	rows := 0
	for r, err := range b.All(200) {
		if rows++; err != nil || r.Outcome != result.Applied || r.ID != fmt.Sprint(r.Row%8) {
			t.Fatalf("row %d is %s by %s: %v", r.Row, r.Outcome, r.ID, err)
		}
	}
	if rows != 200 {
		t.Errorf("%d rows", rows)
	}
}

func TestStoreMemoryIsBounded(t *testing.T) {
	b, heap := openBook(t), func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	const rows = 50_000 // 20 MB of them
	before, text := heap(), strings.Repeat("x", 400)
	for row := int64(rows); row > 0; row-- {
		add(t, b, result.Result{Row: row, Outcome: result.Rejected, Error: text})
	}
	if after := heap(); after > before+1<<20 {
		t.Errorf("%d results take %d KB of memory", rows, (after-before)>>10)
	}
}
