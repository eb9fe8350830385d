//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/credit/journal"
	"github.com/creditkit/creditkit/internal/pgtest"
)

// A process that is killed at random moments, while vendors fail, makes each order once
// or shows it as a doubt.
func TestKilledProcessLosesNoOrder(t *testing.T) {
	t.Parallel()
	runOrders(t, newSite(t, ""), 1)
}

// So do two processes that share a PostgreSQL database.
func TestTwoKilledInstancesLoseNoOrder(t *testing.T) {
	t.Parallel()
	runOrders(t, newSite(t, pgtest.Start(t).URL("postgres")), 2)
}

const (
	testOrders  = 200
	testCredits = 40 // five orders each
	testKills   = 8
)

// addingProducts are the products whose second application shows in an amount.
var addingProducts = []string{"seats-10", "training-50", "room-hours-8", "usage-1000"}

// An account is a credit with five orders of one product.
type account struct {
	vendor  string
	product string
	add     journal.Amounts
	ref     credit.Ref
	before  *credit.Record
	orders  []string
}

// applied returns how often the product was added to the account, from its amount.
func (a *account) applied(t *testing.T, now *credit.Record) int {
	t.Helper()
	was, _ := a.before.Total.Get()
	is, _ := now.Total.Get()
	step := a.add.Total
	if a.add.Balance.IsSet() {
		was, _ = a.before.Balance.Get()
		is, _ = now.Balance.Get()
		step = a.add.Balance
	}
	for n := 0; n <= len(a.orders)*2; n++ {
		if was.Equal(is) {
			return n
		}
		was = was.Add(step)
	}
	t.Fatalf("%s: the credit has %v", a.product, is)
	return 0
}

func runOrders(t *testing.T, s *site, instances int) {
	products := newCatalogue(t).products
	accounts := make([]*account, testCredits)
	owners := make(map[string]*account) // by order
	for i := range accounts {
		name := addingProducts[i%len(addingProducts)]
		a := &account{vendor: products[name].Vendor, product: name, add: products[name].Add}
		a.ref = s.seed(a.vendor, i)
		a.before = s.read(a.vendor, a.ref)
		for n := range testOrders / testCredits {
			key := fmt.Sprintf("order-%d-%d", i, n)
			a.orders, owners[key] = append(a.orders, key), a
		}
		accounts[i] = a
	}
	s.failOften()

	flags := []string{"-lease", "3s", "-parallel", "3"}
	running := make([]*instance, instances)
	bases := make([]atomic.Value, instances)
	begin := func(i int) {
		running[i] = s.start(flags...)
		bases[i].Store(running[i].orders)
	}
	for i := range instances {
		begin(i)
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for n := range testOrders / testCredits {
			for i, a := range accounts {
				body, _ := json.Marshal(order{a.orders[n], a.product, a.ref.ID, a.ref.Owner})
				for t.Context().Err() == nil { // until an instance confirms that it is stored
					code, _, err := send(t.Context(), "POST", bases[i%instances].Load().(string), "/orders", body)
					if err == nil && (code == http.StatusOK || code == http.StatusAccepted) {
						break
					}
					if err == nil && code != http.StatusServiceUnavailable {
						t.Errorf("%s: status %d", a.orders[n], code)
						return
					}
					time.Sleep(10 * time.Millisecond)
				}
			}
		}
	}()
	for kill := range testKills {
		time.Sleep(time.Duration(50+rand.IntN(300)) * time.Millisecond)
		running[kill%instances].kill()
		begin(kill % instances)
	}
	<-sent

	all := s.await("the end of all orders but doubts", onlyDoubtsAreLeft)
	if len(all) != testOrders {
		t.Fatalf("%d orders are stored, want %d", len(all), testOrders)
	}
	settled := 0
	for s.hasOpen(all) {
		settled += s.settleDoubts(accounts, running[0].people)
		all = s.await("the end of the orders that waited", onlyDoubtsAreLeft)
	}
	starts := 0
	for key, e := range all {
		if e.State != journal.StateEnded || e.Outcome != credit.Applied {
			t.Errorf("%s of %s: %s, %s, %s", key, owners[key].product, e.State, e.Outcome, e.Error)
		}
		starts += e.Starts
	}
	for _, a := range accounts {
		if n := a.applied(t, s.read(a.vendor, a.ref)); n != len(a.orders) {
			t.Errorf("%s: %d orders were applied %d times", a.product, len(a.orders), n)
		}
	}
	t.Logf("%d orders, %d starts, %d settled by hand", len(all), starts, settled)
	for _, p := range running {
		p.stop(t)
	}
}

// failOften makes the fakes fail often, in ways that leave doubts and in ways that do not.
func (s *site) failOften() {
	for _, fake := range s.fakes {
		for range 4 {
			fake.Queue(
				credittest.LostAfter().OnWrite(), credittest.Slow(150*time.Millisecond).OnWrite(),
				credittest.LostBefore().OnWrite(), credittest.Slow(150*time.Millisecond).OnWrite(),
				credittest.Respond(503, `{}`).OnWrite(), credittest.Truncated().OnWrite(),
				credittest.RateLimited(0).OnRead(),
			)
		}
	}
}

// onlyDoubtsAreLeft reports whether each order has ended, or is in doubt after its last
// run, or waits for such an order of its credit.
func onlyDoubtsAreLeft(all map[string]*journal.Entry) bool {
	held := make(map[credit.Ref]bool)
	for _, e := range all {
		held[e.Job.Ref] = held[e.Job.Ref] || e.State == journal.StateInDoubt && e.Error != ""
	}
	for _, e := range all {
		if e.State != journal.StateEnded && !held[e.Job.Ref] {
			return false
		}
	}
	return true
}

func (s *site) hasOpen(all map[string]*journal.Entry) bool {
	for _, e := range all {
		if e.State != journal.StateEnded {
			return true
		}
	}
	return false
}

// settleDoubts settles the doubts as a person does: it compares the amount of the credit
// with the orders that are known to be made, and uses the form.
func (s *site) settleDoubts(accounts []*account, page string) (settled int) {
	s.t.Helper()
	for _, a := range accounts {
		made, doubt := s.progress(a)
		n := a.applied(s.t, s.read(a.vendor, a.ref))
		if made2, doubt2 := s.progress(a); made2 != made || doubt2 != doubt {
			continue // a worker was faster
		}
		decision := "applied"
		switch {
		case doubt == "" && n != made || n < made || n > made+1:
			s.t.Fatalf("%s: applied %d times, and the journal says %d", a.product, n, made)
		case doubt == "":
			continue
		case n == made:
			decision = "again"
		}
		form := url.Values{"decision": {decision}, "actor": {"the test"}, "reason": {"looked at the credit"}}
		code := postForm(s.t, page+"/orders/"+doubt+"/settle", form, nil)
		switch code {
		case http.StatusSeeOther:
			settled++
		case http.StatusUnprocessableEntity: // a worker has it just now
		default:
			s.t.Fatalf("%s: settled with status %d", doubt, code)
		}
	}
	return settled
}

// progress returns how many orders of the account were made, and the one in doubt.
func (s *site) progress(a *account) (made int, doubt string) {
	s.t.Helper()
	for _, key := range a.orders {
		found, err := s.storage.order(s.t.Context(), key)
		if err != nil {
			s.t.Fatal(err)
		}
		switch e := found.Entry; {
		case e.State == journal.StateEnded && e.Outcome == credit.Applied:
			made++
		case e.State == journal.StateInDoubt && doubt != "":
			s.t.Errorf("%s: two orders are in doubt", a.product)
		case e.State == journal.StateInDoubt:
			doubt = key
		}
	}
	return made, doubt
}

// From a signed order to its end, and to the end of the process.
func TestOrderIsMadeAndProcessStops(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	spans := filepath.Join(t.TempDir(), "spans.jsonl")
	p := s.start("-spans", spans)
	code, answer, err := send(t.Context(), "POST", p.orders, "/orders", []byte(s.orderOf("campaign-autumn", "o-1")))
	if err != nil || code != http.StatusAccepted {
		t.Fatalf("got %d %s, %v", code, answer, err)
	}
	s.await("the end of the order", func(all map[string]*journal.Entry) bool { return all["o-1"].State == journal.StateEnded })
	code, answer, err = send(t.Context(), "GET", p.orders, "/orders/o-1", nil)
	if err != nil || code != http.StatusOK || !strings.Contains(string(answer), `"state":"ended","outcome":"applied","attempts":1`) {
		t.Errorf("got %d %s, %v", code, answer, err)
	}
	if name, _ := s.read("metronome", s.fakes["metronome"].Ref).Name.Get(); name != "Autumn" {
		t.Errorf("the credit's name is %q", name)
	}
	p.stop(t)
	if text, err := os.ReadFile(spans); err != nil || !strings.Contains(string(text), `"Name":"metronome EditCredit"`) {
		t.Errorf("the spans are %s, %v", text, err)
	}
}

// stop ends a process as a service manager does.
func (p *instance) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.done
	if !p.cmd.ProcessState.Success() {
		t.Errorf("after SIGTERM: %v\n%s", p.cmd.ProcessState, p.log)
	}
}
