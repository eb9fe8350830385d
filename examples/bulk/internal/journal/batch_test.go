package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/natstest"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A recorder keeps the messages of a batcher. Each write takes a second.
type recorder struct {
	messages []string
	refuse   func(text string) error // may be nil
}

func (r *recorder) store(ctx context.Context, text []byte) (uint64, error) {
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if r.refuse != nil {
		if err := r.refuse(string(text)); err != nil {
			return 0, err
		}
	}
	r.messages = append(r.messages, string(text))
	return uint64(len(r.messages)), nil
}

// addAll adds the texts in their order, each from a caller of its own.
func addAll(b *batcher, texts ...string) (sequences []uint64, errs []error) {
	sequences, errs = make([]uint64, len(texts)), make([]error, len(texts))
	var all sync.WaitGroup
	for i, text := range texts {
		all.Go(func() { sequences[i], errs[i] = b.add(context.Background(), []byte(text)) })
		synctest.Wait()
	}
	all.Wait()
	return sequences, errs
}

func TestEntriesShareMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		b, begun := &batcher{store: r.store}, time.Now()
		sequences, errs := addAll(b, "a", "b", "c", "d")
		if err := errors.Join(errs...); err != nil || !slices.Equal(sequences, []uint64{1, 2, 2, 2}) {
			t.Errorf("got %v, %v", sequences, err)
		}
		if !slices.Equal(r.messages, []string{"a", "b\nc\nd"}) || time.Since(begun) != 2*time.Second {
			t.Errorf("got %q after %v", r.messages, time.Since(begun))
		}
		if sequence, err := b.add(t.Context(), []byte("e")); sequence != 3 || err != nil {
			t.Errorf("got %d, %v", sequence, err)
		}
	})
}

// A server refuses messages that are too long, so the bytes of a batch are limited, too.
func TestBatchIsLimitedByBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		half, huge := strings.Repeat("h", maxBatchBytes/2-1), strings.Repeat("x", 2*maxBatchBytes)
		_, errs := addAll(&batcher{store: r.store}, "a", half, half, "b", huge, "c")
		var got []int
		for _, m := range r.messages {
			got = append(got, len(m))
		}
		if want := []int{1, maxBatchBytes - 1, 1, 2 * maxBatchBytes, 1}; errors.Join(errs...) != nil || !slices.Equal(got, want) {
			t.Errorf("got messages of %d bytes, want %d, %v", got, want, errs)
		}
	})
}

// An entry that the server never accepts is not an error of the entries beside it.
func TestRefusedBatchIsStoredSingly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := recorder{refuse: func(text string) error {
			if strings.Contains(text, "bad") {
				return nats.ErrMaxPayload
			}
			return nil
		}}
		sequences, errs := addAll(&batcher{store: r.store}, "a", "b", "bad", "c")
		if !slices.Equal(sequences, []uint64{1, 2, 0, 3}) || !errors.Is(errs[2], nats.ErrMaxPayload) || errs[1] != nil || errs[3] != nil {
			t.Errorf("got %v, %v", sequences, errs)
		}
	})
}

// The write of a batch ends with its last caller, and the goroutine with it: a bubble of
// synctest does not end while a goroutine runs.
func TestBatchEndsWithItsCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		b := &batcher{store: func(ctx context.Context, _ []byte) (uint64, error) {
			<-ctx.Done() // a server that never answers
			return 0, ctx.Err()
		}}
		var all sync.WaitGroup
		for i := range 4 { // the first is written, the others wait
			all.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+i)*time.Second)
				defer cancel()
				if _, err := b.add(ctx, []byte(fmt.Sprint(i))); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
			})
			synctest.Wait()
		}
		all.Wait()
		if took := time.Since(begun); took != 4*time.Second || b.running || len(b.waiting) != 0 {
			t.Errorf("after %v: %+v", took, b)
		}
	})
}

// One caller's context does not end the others' write.
func TestBatchOutlivesOneCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		b := &batcher{store: r.store}
		var all sync.WaitGroup
		all.Go(func() { _, _ = b.add(t.Context(), []byte("first")) })
		synctest.Wait()
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
			defer cancel()
			if _, err := b.add(ctx, []byte("impatient")); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		all.Go(func() {
			if sequence, err := b.add(t.Context(), []byte("patient")); sequence != 2 || err != nil {
				t.Errorf("got %d, %v", sequence, err)
			}
		})
		all.Wait()
	})
}

// Events that were written together are read in their order, by every process, and a
// message with an unreadable event is not read in part.
func TestMessageWithSeveralEvents(t *testing.T) {
	js := natstest.New(t)
	stream, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "JOURNAL", Subjects: []string{"journal"}})
	if err != nil {
		t.Fatal(err)
	}
	started := `{"event":"started","row":1,"vendor":"knox","id":"1","claim":"a","change":{}}`
	other := `{"event":"started","row":2,"vendor":"knox","id":"2","claim":"b","change":{}}`
	done := `{"event":"done","row":1,"vendor":"knox","id":"3","result":{"row":1,"outcome":"applied"}}`
	if _, err := js.Publish(t.Context(), "journal", []byte(strings.Join([]string{started, other, done}, "\n"))); err != nil {
		t.Fatal(err)
	}
	j := follow(t, js, stream, 2)
	if err := j.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := j.Counts()["knox"]; c != (Counts{Applied: 1, Open: 1}) || !j.IsDone(1) || j.IsDone(2) {
		t.Errorf("got %+v", c)
	}
	var ends []result.Outcome
	err = j.Results(t.Context(), func(r result.Result) error { ends = append(ends, r.Outcome); return nil })
	if err != nil || !slices.Equal(ends, []result.Outcome{result.Applied}) {
		t.Errorf("got %v, %v", ends, err)
	}
	if events, err := decodeMessage(Message{Text: []byte(other + "\n{")}); err == nil {
		t.Errorf("got %+v", events)
	}
}

// Writers of one process share messages: the journal has fewer messages than events.
func TestConcurrentWritersShareMessages(t *testing.T) {
	const rows = 400
	journals, stream := fleet(t, 1, rows)
	var all sync.WaitGroup
	for row := range int64(rows) {
		all.Go(func() {
			_, claim, err := startRow(t.Context(), journals[0], row+1)
			store := journals[0].Row(row+1, "knox", rowKey(row+1))
			if err == nil {
				_, err = store.Append(t.Context(), endedEvent(row+1, claim, credit.Applied))
			}
			if err == nil {
				err = journals[0].Finish(t.Context(), store.NewDoneEvent(result.Result{Row: row + 1, Vendor: "knox", Outcome: result.Applied}))
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if err := journals[0].CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := journals[0].Counts()["knox"]; c != (Counts{Applied: rows}) {
		t.Errorf("got %+v", c)
	}
	if info, err := stream.Info(t.Context()); err != nil || info.State.Msgs > rows*3/2 {
		t.Errorf("%d events are in %d messages, %v", 3*rows, info.State.Msgs, err)
	}
}
