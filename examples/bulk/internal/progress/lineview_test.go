package progress

import (
	"strings"
	"testing"
	"time"
)

func TestLineViewWritesAtStartIntervalAndEnd(t *testing.T) {
	var out strings.Builder
	v := New(&out, false, nil)
	for ms := 0; ms <= 21_400; ms += 200 {
		v.Show(Snapshot{Time: at(float64(ms) / 1000), Elapsed: time.Duration(ms) * time.Millisecond, Vendors: []Vendor{{
			Name: "knox", Total: 1000, Done: int64(ms / 200), Failed: 1, Unknown: 2, Skipped: 3, Waiting: 4, InFlight: 5,
		}}})
	}
	v.Close()
	v.Close()
	want := `12:00:00 knox              elapsed=0s done=0/1000 failed=1 unknown=2 skipped=3 waiting=4 in_flight=5 rate=- left=-
12:00:10 knox              elapsed=10s done=50/1000 failed=1 unknown=2 skipped=3 waiting=4 in_flight=5 rate=5.0/s left=3m09s
12:00:20 knox              elapsed=20s done=100/1000 failed=1 unknown=2 skipped=3 waiting=4 in_flight=5 rate=5.0/s left=2m59s
12:00:21 knox              elapsed=22s done=107/1000 failed=1 unknown=2 skipped=3 waiting=4 in_flight=5 rate=5.0/s left=2m58s
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestLineViewOfSeveralVendorsHasTotal(t *testing.T) {
	var out strings.Builder
	v := New(&out, false, nil)
	v.Show(Snapshot{Time: at(0), Vendors: []Vendor{{Name: "knox", Total: 1, Done: 1}, {Name: "nexudus", Total: 2, Paused: "rate limit, 12s"}}})
	v.Close() // the last one is there
	want := `12:00:00 knox              elapsed=0s done=1/1 failed=0 unknown=0 skipped=0 waiting=0 in_flight=0 rate=- left=0s
12:00:00 nexudus           elapsed=0s done=0/2 failed=0 unknown=0 skipped=0 waiting=0 in_flight=0 rate=- left=- paused="rate limit, 12s"
12:00:00 total             elapsed=0s done=1/3 failed=0 unknown=0 skipped=0 waiting=0 in_flight=0 rate=- left=-
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestLineViewWithoutSnapshotWritesNothing(t *testing.T) {
	var out strings.Builder
	New(&out, false, nil).Close()
	if out.Len() > 0 {
		t.Errorf("got %q", out.String())
	}
}
