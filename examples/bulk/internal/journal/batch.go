package journal

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// maxBatchBytes is the maximum size of a message with several entries. It is far below
// the maximum of a NATS server, which is 1 MiB by default. A larger entry is a message of
// its own.
const maxBatchBytes = 64 << 10

// A batcher stores the entries that arrive while a message is written as the next
// message, so that one sync of the disk is enough for all of them. An entry that arrives
// while nothing is written is written at once.
//
// Its goroutine runs only while callers of add wait.
type batcher struct {
	// store stores one message and returns its sequence number.
	store func(ctx context.Context, text []byte) (sequence uint64, err error)
	// gather is how long a message waits for more entries before it is written.
	gather time.Duration

	mu      sync.Mutex
	waiting []*batch // in the order of their arrival
	running bool     // a goroutine stores batches
}

// A batch is the entries of one message.
type batch struct {
	entries []*batchEntry
	size    int // in bytes, with the newlines
	callers int // that wait for it

	ctx    context.Context // ends when no caller waits any more
	cancel context.CancelFunc
	done   chan struct{} // closed when each entry has its result
}

type batchEntry struct {
	text     []byte
	sequence uint64
	err      error
}

// add stores an entry and returns the sequence number of its message. After an error the
// entry may or may not be stored.
func (b *batcher) add(ctx context.Context, text []byte) (sequence uint64, err error) {
	return b.begin(ctx, text)()
}

// begin is add for a caller that waits later: it must call the returned function.
func (b *batcher) begin(ctx context.Context, text []byte) (wait func() (sequence uint64, err error)) {
	if err := ctx.Err(); err != nil {
		return func() (uint64, error) { return 0, err }
	}
	e := &batchEntry{text: text}
	joined := b.join(e)
	return func() (uint64, error) {
		select {
		case <-joined.done:
			return e.sequence, e.err
		case <-ctx.Done():
			b.leave(joined)
			return 0, ctx.Err()
		}
	}
}

// join adds the entry to the last waiting batch, or to a new one if it is full.
func (b *batcher) join(e *batchEntry) *batch {
	b.mu.Lock()
	defer b.mu.Unlock()
	var last *batch
	if n := len(b.waiting); n > 0 && b.waiting[n-1].size+len(e.text)+1 <= maxBatchBytes {
		last = b.waiting[n-1]
	} else {
		last = &batch{done: make(chan struct{})}
		last.ctx, last.cancel = context.WithCancel(context.Background())
		b.waiting = append(b.waiting, last)
	}
	last.entries = append(last.entries, e)
	last.size += len(e.text) + 1
	last.callers++
	if !b.running {
		b.running = true
		go b.run()
	}
	return last
}

// leave is called by a caller that does not wait any more. The last one ends the write,
// and waits for its end, so that the goroutine does not outlive the callers.
func (b *batcher) leave(left *batch) {
	b.mu.Lock()
	left.callers--
	last := left.callers == 0
	if i := slices.Index(b.waiting, left); last && i >= 0 {
		b.waiting = slices.Delete(b.waiting, i, i+1) // its write has not begun
		last = false
		left.cancel()
	}
	b.mu.Unlock()
	if last {
		left.cancel()
		<-left.done
	}
}

// run stores the waiting batches, one at a time.
func (b *batcher) run() {
	next := b.next()
	for next != nil {
		stored := next
		b.write(stored)
		stored.cancel()
		next = b.next() // before the callers return, who may be the last
		close(stored.done)
	}
}

// next returns the batch that is to be stored now. If there is none, the goroutine ends.
func (b *batcher) next() *batch {
	if b.gather > 0 {
		<-time.After(b.gather)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) == 0 {
		b.running = false
		return nil
	}
	first := b.waiting[0]
	b.waiting = b.waiting[1:]
	return first
}

// write stores a batch. If the server refuses a message with several entries, each is
// stored alone: one that the server will never accept must not be the others' error.
func (b *batcher) write(w *batch) {
	texts := make([][]byte, len(w.entries))
	for i, e := range w.entries {
		texts[i] = e.text
	}
	sequence, err := b.store(w.ctx, bytes.Join(texts, []byte("\n")))
	for _, e := range w.entries {
		e.sequence, e.err = sequence, err
		if len(w.entries) > 1 && isRefused(err) {
			e.sequence, e.err = b.store(w.ctx, e.text)
		}
	}
}

// isRefused reports whether the server has refused a message, so that the same message
// will not be stored later either.
func isRefused(err error) bool {
	refused, ok := errors.AsType[jetstream.JetStreamError](err)
	return errors.Is(err, nats.ErrMaxPayload) || ok && refused.APIError() != nil
}
