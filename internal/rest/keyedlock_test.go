package rest

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
)

func TestUpdatesOfOneRecordRunOneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, play())
		running := map[string]*int{"7": new(int), "8": new(int)}
		start := time.Now()
		for _, id := range []string{"7", "7", "7", "8", "8"} {
			go func() {
				unlock, err := c.Lock(t.Context(), &opSafe, id)
				if err != nil {
					t.Error(err)
					return
				}
				if *running[id]++; *running[id] > 1 {
					t.Errorf("%d updates of record %s at a time", *running[id], id)
				}
				time.Sleep(time.Second)
				*running[id]--
				unlock()
			}()
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("took %v, want the three seconds of record 7", took)
		}
		if n := len(c.updates.waiting); n != 0 {
			t.Errorf("%d locks are kept that no update holds", n)
		}
	})
}

// An update that is waiting when its context ends was not sent, and does not keep
// its place.
func TestUpdateThatWaitsEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, play())
		unlock, err := c.Lock(t.Context(), &opSafe, "7")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = c.Lock(ctx, &opSafe, "7")
		e := failure(t, err)
		if e.Outcome != credit.NotSent || e.Kind != credit.ErrUnavailable || !errors.Is(err, context.DeadlineExceeded) || e.Op != opSafe.ID {
			t.Errorf("got %v", err)
		}
		unlock()
		unlock, err = c.Lock(t.Context(), &opSafe, "7")
		if err != nil {
			t.Fatal(err)
		}
		unlock()
		if n := len(c.updates.waiting); n != 0 {
			t.Errorf("%d locks are kept that no update holds", n)
		}
	})
}

// A caller whose context ends when the key has just been passed to it passes it
// on.
func TestKeyThatIsPassedToAnEndedCallerIsPassedOn(t *testing.T) {
	var l keyedLock
	if turn := l.join("7"); turn != nil {
		t.Fatal("a free key was not taken")
	}
	second, third := l.join("7"), l.join("7")
	l.unlock("7")
	l.leave("7", second)
	select {
	case <-third:
	default:
		t.Error("the third caller does not hold the key")
	}
	l.unlock("7")
	if n := len(l.waiting); n != 0 {
		t.Errorf("%d keys are held by no caller", n)
	}
}

func TestFreeKeysAllocateNoQueue(t *testing.T) {
	var l keyedLock
	if n := testing.AllocsPerRun(100, func() {
		unlock, err := l.lock(t.Context(), "7")
		if err != nil {
			t.Fatal(err)
		}
		unlock()
	}); n > 1 { // the function that unlocks
		t.Errorf("%v allocations, want at most 1", n)
	}
}

func TestLockNeedsAClientAndAContext(t *testing.T) {
	var none *Client
	for name, lock := range map[string]func() error{
		"no client":  func() error { _, err := none.Lock(t.Context(), &opSafe, "7"); return err },
		"no context": func() error { _, err := newClient(t, play()).Lock(nil, &opSafe, "7"); return err },
	} {
		if _, ok := errors.AsType[*credit.InvalidError](lock()); !ok {
			t.Errorf("%s: %v", name, lock())
		}
	}
}

// The error of a queue says that another update is running, which is true only
// where one is.
func TestFreeRecordIsHeldAlsoWhereTheContextHasEnded(t *testing.T) {
	c := newClient(t, play())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 {
		unlock, err := c.Lock(ctx, &opSafe, "7")
		if err != nil {
			t.Fatalf("no update is running: %v", err)
		}
		unlock()
	}
}
