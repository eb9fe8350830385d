package journal

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// An absent server does not answer the first writes, like one that is away or whose
// disk is full.
type absent struct {
	Log
	writes int
	seen   func()
}

func (a *absent) Publish(context.Context, []byte) (uint64, error) {
	if a.seen != nil {
		a.seen()
	}
	if a.writes--; a.writes >= 0 {
		time.Sleep(5 * time.Second)
		return 0, context.DeadlineExceeded
	}
	return 1, nil
}

func TestWriteRetriesUntilServerReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &absent{writes: 100}
		j := Open(server, 1, false)
		server.seen = func() {
			if silent := server.writes < 100; j.Unanswered() != silent {
				t.Errorf("after %d writes: silent %v", 100-server.writes, j.Unanswered())
			}
		}
		if err := j.Finish(t.Context(), NewDoneEvent(result.Result{Row: 1, Outcome: result.Applied}, "")); err != nil {
			t.Error(err)
		}
		if j.Unanswered() {
			t.Error("a write is still unanswered")
		}
	})
}

func TestWriteFailsAfterPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, begin := Open(&absent{writes: 1000}, 1, false), time.Now()
		j.Patience = 20 * time.Second
		if _, _, err := startRow(t.Context(), j, 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(begin); took < j.Patience || took > 2*j.Patience {
			t.Errorf("after %v", took)
		}
	})
}

func TestWriteEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		j := Open(&absent{writes: 1000}, 1, false)
		if err := j.Finish(ctx, NewDoneEvent(result.Result{Row: 1, Outcome: result.Applied}, "")); err == nil || ctx.Err() == nil {
			t.Errorf("got %v", err)
		}
	})
}
