package queue

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

func TestBlockRows(t *testing.T) {
	for _, test := range []struct {
		rows int64
		want int
	}{{1, 1}, {1000, 1}, {2047, 1}, {2048, 2}, {20_000, 19}, {65_536, 64}, {1_000_000, 64}} {
		if got := (Job{VendorRows: map[string]int64{"knox": test.rows}}).blockRows("knox"); got != test.want {
			t.Errorf("%d rows: got %d", test.rows, got)
		}
	}
}

// Each row is in one block, in order, and each block has rows of one vendor only. The
// blocks are the same each time.
func TestBlocksHoldEachRowOnce(t *testing.T) {
	j := job(10_001)
	var first []string
	for try := range 2 {
		var texts []string
		next := map[string]int64{"knox": 2, "metronome": 1}
		for b, err := range j.blocks(rows(j.Rows, func(int64) {})) {
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, string(b.text))
			got, err := decodeBlock(b.text)
			if err != nil || len(got) != b.rows || b.rows > j.blockRows(b.vendor) || b.line != got[len(got)-1].Number {
				t.Fatalf("got %d rows of %+v, %v", len(got), b, err)
			}
			for _, r := range got {
				if r.Vendor != b.vendor || r.Number != next[b.vendor] {
					t.Fatalf("row %d of %s in a block of %s", r.Number, r.Vendor, b.vendor)
				}
				next[b.vendor] += 2
			}
		}
		if next["knox"] != 10_002 || next["metronome"] != 10_003 {
			t.Errorf("the next rows are %v", next)
		}
		if try == 0 {
			first = texts
		} else if !slices.Equal(first, texts) {
			t.Error("the blocks differ")
		}
	}
}

// A server refuses messages that are too long. A row has at most 128 KiB.
func TestBlockIsLimitedByBytes(t *testing.T) {
	j := Job{VendorRows: map[string]int64{"knox": 1 << 20}}
	var blocks [][]int64
	for b, err := range j.blocks(func(yield func(row.Row, error) bool) {
		for i, size := range []int{10, 40 << 10, 40 << 10, 100 << 10, 10, 10} {
			r := row.Row{Number: int64(i + 1), Vendor: "knox", Ref: credit.Ref{ID: fmt.Sprint(i)}}
			r.Patch.Note = credit.Set(strings.Repeat("n", size))
			if !yield(r, nil) {
				return
			}
		}
	}) {
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeBlock(b.text)
		if err != nil {
			t.Fatal(err)
		}
		var numbers []int64
		for _, r := range got {
			numbers = append(numbers, r.Number)
		}
		blocks = append(blocks, numbers)
	}
	if got := fmt.Sprint(blocks); got != "[[1 2] [3] [4] [5 6]]" {
		t.Errorf("got %s", got)
	}
}

func TestBlocksEndAtError(t *testing.T) {
	broken := errors.New("broken")
	var got []error
	for _, err := range job(4).blocks(func(yield func(row.Row, error) bool) {
		_ = yield(row.Row{Number: 1, Vendor: "knox"}, nil) && yield(row.Row{}, broken) && yield(row.Row{Number: 2, Vendor: "knox"}, nil)
	}) {
		got = append(got, err)
	}
	if len(got) != 2 || got[0] != nil || !errors.Is(got[1], broken) {
		t.Errorf("got %v", got)
	}
}

func TestUnreadableBlock(t *testing.T) {
	for _, text := range []string{"", "{", `{"number":1,"line":1,"vendor":"knox","id":"a","set":{"note":"b"}}` + "\n"} {
		if rows, err := decodeBlock([]byte(text)); err == nil {
			t.Errorf("%q: got %+v", text, rows)
		}
	}
}

// A job whose rows are stored in another way cannot be continued.
func TestCreateRejectsOtherLayout(t *testing.T) {
	q := open(t, t.TempDir())
	j := job(2)
	if err := q.Create(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	stream, err := q.js.Stream(t.Context(), j.rowsStream())
	if err != nil {
		t.Fatal(err)
	}
	config := stream.CachedInfo().Config
	text := config.Metadata[metadataKey]
	config.Metadata[metadataKey] = strings.Replace(text, `"layout":2`, `"layout":1`, 1)
	if text == config.Metadata[metadataKey] {
		t.Fatalf("got %s", text)
	}
	if _, err := q.js.UpdateStream(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	if err := q.Create(t.Context(), j); err == nil || !strings.Contains(err.Error(), "stores rows in another way") {
		t.Errorf("got %v", err)
	}
}
