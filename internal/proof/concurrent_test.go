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

var roundCount = flag.Int("rounds", 1000, "how many rounds of concurrent edits to make at each vendor")

// Concurrent edits of different fields through one client must not undo each
// other. Knox and Nexudus replace the whole record with each write, and
// Flexprice writes back what it has read.
func TestConcurrentEditsOfOneCreditLoseNothing(t *testing.T) {
	for _, name := range []string{"knox", "nexudus", "flexprice"} {
		v := vendorNamed(t, name)
		t.Run(v.name, func(t *testing.T) {
			fake := v.fake(t)
			synctest.Test(t, func(t *testing.T) {
				updater := v.newFakeUpdater(t, fake, credit.WithAttemptTimeout(attemptTimeout))
				random := rand.New(rand.NewPCG(*seed, 1))
				done := 0
				for round := range *roundCount {
					fake.Reset()
					for range 2 * len(v.edits) {
						fake.Queue(randomDelay(random))
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
						if got, want := e.readMember(t, fake), e.wantMember(round+1); got != want {
							t.Errorf("round %d: %s is %s, and the update to %s succeeded", round, e.member, got, want)
						}
					}
				}
				if least := *roundCount * len(v.edits) / 2; done < least {
					t.Errorf("only %d edits succeeded, want at least %d", done, least)
				}
				t.Logf("%d edits in %d rounds, none was lost", done, *roundCount)
			})
		})
	}
}

// randomDelay returns a slow response or a failure.
func randomDelay(random *rand.Rand) credittest.Fault {
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
