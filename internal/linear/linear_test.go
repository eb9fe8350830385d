package linear

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"text/tabwriter"

	"github.com/creditkit/creditkit/credit"
)

var (
	historyCount = flag.Int("histories", 100, "how many histories to check at each vendor under each assumption")
	seed         = flag.Uint64("seed", 1, "what the random delays and faults start from")
)

// An assumption is how the writers of a history work.
type assumption struct {
	name    string
	clients int
	// sameField makes both writers set the same field. Otherwise each has its own.
	sameField bool
	late      bool // writes can arrive late
	expect    bool // each update is guarded with WithExpect by a read before it
}

const (
	oneClient  = "one client"
	sameField  = "same field"
	twoClients = "two clients"
	lateWrites = "late writes"
	withExpect = "WithExpect"
)

var assumptions = []assumption{
	{name: oneClient, clients: 1},
	{name: sameField, clients: 1, sameField: true},
	{name: twoClients, clients: 2},
	{name: lateWrites, clients: 2, late: true},
	{name: withExpect, clients: 2, expect: true},
}

// The operations of concurrent writers must fit an order, except where two clients
// replace one record and where writes arrive late. There the check must find histories
// that fit none.
func TestConcurrentUpdatesFitAnOrder(t *testing.T) {
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 1, ' ', tabwriter.AlignRight|tabwriter.Debug)
	fmt.Fprint(w, " vendor\t histories\t")
	for _, a := range assumptions {
		fmt.Fprintf(w, " %s\t", a.name)
	}
	for _, v := range vendors {
		fmt.Fprintf(w, "\n %s\t %d\t", v.name, *historyCount)
		for _, a := range assumptions {
			t.Run(v.name+"/"+a.name, func(t *testing.T) {
				wrong := a.countUnordered(t, v)
				fmt.Fprintf(w, " %d\t", wrong)
				if expected := slices.Contains(v.fails, a.name); expected != (wrong > 0) {
					t.Errorf("%d of %d histories fit no order; expected any: %v", wrong, *historyCount, expected)
				}
			})
		}
	}
	fmt.Fprintln(w)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + table.String())
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
		for range *historyCount {
			fits, n := a.runHistory(t, v, fake, updaters, random)
			done += n
			if !fits {
				wrong++
			}
		}
	})
	if least := *historyCount; done < least {
		t.Errorf("%d updates succeeded, want at least %d", done, least)
	}
	return wrong
}
