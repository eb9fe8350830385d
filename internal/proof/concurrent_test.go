package proof

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"text/tabwriter"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/internal/doctable"
)

var roundCount = flag.Int("rounds", 1000, "how many rounds of concurrent edits to make at each vendor")

// Concurrent edits of different fields through one client must not undo each
// other. Knox and Nexudus replace the whole record with each write, and
// Flexprice writes back what it has read.
func TestConcurrentEditsOfOneCreditLoseNothing(t *testing.T) {
	start := time.Now()
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 1, ' ', tabwriter.AlignRight|tabwriter.Debug)
	fmt.Fprintln(w, " vendor\t rounds\t edits\t succeeded\t of these lost\t")
	for _, name := range []string{"knox", "nexudus", "flexprice"} {
		v := vendorNamed(t, name)
		t.Run(v.name, func(t *testing.T) {
			fake := v.fake(t)
			synctest.Test(t, func(t *testing.T) {
				updater := v.newFakeUpdater(t, fake, credit.WithAttemptTimeout(attemptTimeout))
				random := rand.New(rand.NewPCG(*seed, 1))
				done, lost := 0, 0
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
							lost++
							t.Errorf("round %d: %s is %s, and the update to %s succeeded", round, e.member, got, want)
						}
					}
				}
				if least := *roundCount * len(v.edits) / 2; done < least {
					t.Errorf("only %d edits succeeded, want at least %d", done, least)
				}
				fmt.Fprintf(w, " %s\t %d\t %d\t %d\t %d\t\n", v.name, *roundCount, *roundCount*len(v.edits), done, lost)
			})
		})
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	doctable.Table{
		Name: "concurrent", Took: time.Since(start), Text: table.String(),
		Command: fmt.Sprintf("go test ./internal/proof -run TestConcurrentEdits -v -args -rounds %d -seed %d", *roundCount, *seed),
	}.Publish(t, *write)
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

// One Updater serves many callers at once, each with a credit of its own: no update
// reaches another credit, and each has an idempotency key of its own where the vendor
// has keys.
func TestOneUpdaterServesManyCallersAtOnce(t *testing.T) {
	const callers, rounds = 64, 5
	for _, v := range vendors {
		t.Run(v.name, func(t *testing.T) {
			fake := v.fake(t)
			updater, e := v.newFakeUpdater(t, fake), v.edits[0]
			refs := seedCopies(t, fake, callers)
			edit := func(caller, round int) int { return caller*rounds + round }
			var group sync.WaitGroup
			for caller, ref := range refs {
				group.Go(func() {
					for round := range rounds {
						n := edit(caller, round)
						result, err := updater.Update(t.Context(), ref, e.patch(n))
						if err != nil || !strings.Contains(string(result.Request.Body), strconv.Quote(editText(n))) {
							t.Errorf("edit %d: %+v, %v", n, result, err)
						}
					}
				})
			}
			group.Wait()
			for caller, ref := range refs {
				var record map[string]json.RawMessage
				if err := json.Unmarshal(fake.Record(ref.ID), &record); err != nil {
					t.Fatal(err)
				}
				if got, want := string(record[e.member]), e.wantMember(edit(caller, rounds-1)); got != want {
					t.Errorf("%s: %s is %s, want %s", ref.ID, e.member, got, want)
				}
			}
			keys := map[string]bool{}
			for _, w := range fake.Writes() {
				keys[w.Header.Get("Idempotency-Key")] = true
			}
			writes := len(fake.Writes())
			if want := map[bool]int{true: callers * rounds, false: 1}[updater.Support().IdempotencyKeys]; writes != callers*rounds || len(keys) != want {
				t.Errorf("%d writes with %d keys, want %d with %d", writes, len(keys), callers*rounds, want)
			}
		})
	}
}
