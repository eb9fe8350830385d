package linear

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"text/tabwriter"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/doctable"
)

var (
	historyCount = flag.Int("histories", 40, "how many histories to check at each vendor under each assumption")
	write        = flag.String("write", "", "the file that gets the table, such as docs/proof.md with its whole path")
	seed         = flag.Uint64("seed", 1, "what the random delays and faults start from")
)

// An assumption is how the writers of a history work.
type assumption struct {
	clients int // 1 is shared by both writers
	// sameField makes both writers set the same field. Otherwise each has its own.
	sameField bool
	late      bool // writes can arrive late
	expect    bool // each update is guarded with WithExpect by a read before it
}

// assumptions are all combinations.
var assumptions = func() (all []assumption) {
	for _, late := range []bool{false, true} {
		for _, expect := range []bool{false, true} {
			for _, clients := range []int{1, 2} {
				for _, sameField := range []bool{false, true} {
					all = append(all, assumption{clients: clients, sameField: sameField, late: late, expect: expect})
				}
			}
		}
	}
	return all
}()

// String returns the assumption in a few words.
func (a assumption) String() string {
	c := a.cells()
	return fmt.Sprintf("late=%s,expect=%s,clients=%s,fields=%s", c[0], c[1], c[2], strings.ReplaceAll(c[3], " ", "_"))
}

// cells are what the table shows of an assumption.
func (a assumption) cells() []string {
	choose := func(yes bool, ifYes, ifNot string) string {
		if yes {
			return ifYes
		}
		return ifNot
	}
	return []string{
		choose(a.late, "yes", "no"), choose(a.expect, "yes", "no"),
		choose(a.clients == 1, "one", "two"), choose(a.sameField, "the same", "different"),
	}
}

// manyHistories are enough for the rarest history that fits no order to occur: about one
// in a hundred.
const manyHistories = 1000

// The operations of concurrent writers must fit an order, except under the assumptions
// that a vendor lists. There the check must find histories that fit none.
func TestConcurrentUpdatesFitAnOrder(t *testing.T) {
	start := time.Now()
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 1, ' ', tabwriter.AlignRight|tabwriter.Debug)
	fmt.Fprint(w, "late writes\t WithExpect\t clients\t fields\t")
	for _, v := range vendors {
		fmt.Fprintf(w, " %s\t", v.name)
	}
	found := make(map[string]int)
	for _, a := range assumptions {
		fmt.Fprintf(w, "\n%s\t", strings.Join(a.cells(), "\t "))
		for _, v := range vendors {
			t.Run(v.name+"/"+a.String(), func(t *testing.T) {
				wrong := a.countUnordered(t, v)
				fmt.Fprintf(w, " %d\t", wrong)
				found[v.name] += wrong
				expected := v.fails(a)
				if wrong > 0 && !expected || wrong == 0 && expected && *historyCount >= manyHistories {
					t.Errorf("%d of %d histories fit no order; expected any: %v", wrong, *historyCount, expected)
				}
			})
		}
	}
	for _, v := range vendors {
		if found[v.name] == 0 && slices.ContainsFunc(assumptions, v.fails) {
			t.Errorf("%s: all histories fit an order; expected some that do not", v.name)
		}
	}
	fmt.Fprintln(w)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	doctable.Table{
		Name: "linear", Took: time.Since(start), Text: table.String(),
		Command: fmt.Sprintf("go test ./internal/linear -v -args -histories %d -seed %d", *historyCount, *seed),
	}.Publish(t, *write)
}

// countUnordered returns how many histories fit no order.
func (a assumption) countUnordered(t *testing.T, v vendor) int {
	wrong, done := 0, 0
	fake := v.fake(t) // started outside: a listener would stop the bubble's clock
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(*seed, 0))
		var updaters []credit.Updater
		for range a.clients {
			updaters = append(updaters, v.newUpdater(t, fake))
		}
		for history := range *historyCount {
			fits, n := a.runHistory(t, v, fake, updaters, random, history)
			done += n
			if !fits {
				wrong++
			}
		}
	})
	if least := *historyCount / 2; done < least {
		t.Errorf("%d updates succeeded, want at least %d", done, least)
	}
	return wrong
}
