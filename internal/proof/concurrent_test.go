package proof

import (
	"flag"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

var rounds = flag.Int("rounds", 1000, "how many rounds of concurrent edits to make at each vendor")

// Edits of different fields of one credit, made at the same time through one
// client, do not undo each other, although the vendor replaces the whole record
// with each write, or writes back what it has read.
func TestConcurrentEditsOfOneCreditLoseNothing(t *testing.T) {
	for _, name := range []string{"knox", "nexudus", "flexprice"} {
		v := vendorNamed(t, name)
		t.Run(v.name, func(t *testing.T) {
			fake := v.fake(t)
			synctest.Test(t, func(t *testing.T) {
				updater := v.connect(t, fake, credit.WithAttemptTimeout(attemptTimeout))
				random := rand.New(rand.NewPCG(*seed, 1))
				done := 0
				for round := range *rounds {
					fake.Reset()
					for range 2 * len(v.edits) {
						fake.Queue(delay(random))
					}
					results := make([]error, len(v.edits))
					var group sync.WaitGroup
					for i, e := range v.edits {
						group.Go(func() { _, results[i] = updater.Update(t.Context(), fake.Ref, e.patch(round+1)) })
					}
					group.Wait()
					for i, e := range v.edits {
						if results[i] != nil {
							continue
						}
						done++
						if got, want := e.state(t, fake), e.shown(round+1); got != want {
							t.Errorf("round %d: %s is %s, and the update to %s succeeded", round, e.member, got, want)
						}
					}
				}
				if least := *rounds * len(v.edits) / 2; done < least {
					t.Errorf("only %d edits succeeded, want at least %d", done, least)
				}
				t.Logf("%d edits in %d rounds, none was lost", done, *rounds)
			})
		})
	}
}

// delay makes a request slow, or lets it fail.
func delay(random *rand.Rand) credittest.Fault {
	switch random.IntN(8) {
	case 0:
		return credittest.LostAfter()
	case 1:
		return credittest.LostBefore()
	case 2:
		return credittest.HTML(502)
	}
	return credittest.Slow(time.Duration(random.IntN(5)) * 100 * time.Millisecond)
}
