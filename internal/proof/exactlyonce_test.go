package proof

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"text/tabwriter"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/internal/doctable"
)

var (
	editCount = flag.Int("edits", 10_000, "how many edits to make at each vendor")
	seed      = flag.Uint64("seed", 1, "what the random faults start from")
	write     = flag.String("write", "", "the file that gets the tables between its marks, such as docs/proof.md with its whole path")
)

// editStats counts the outcomes of a vendor's edits.
type editStats struct {
	edits, faults, resent               int
	succeeded, rejected, notSent, wrong int
	unknown, unknownApplied             int
	applied                             int // made, with an unusable response
}

// The reported outcome must match the vendor's record after any fault.
func TestEveryEditHappensOnceOrIsReported(t *testing.T) {
	start := time.Now()
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 1, ' ', tabwriter.AlignRight|tabwriter.Debug)
	fmt.Fprintln(w, " vendor\t edits\t faults\t sent again\t done\t applied\t rejected\t not sent\t unknown\t of these done\t wrong\t")
	for _, v := range vendors {
		var c editStats
		t.Run(v.name, func(t *testing.T) {
			fake := v.fake(t) // started outside: a listener would stop the bubble's clock
			synctest.Test(t, func(t *testing.T) { c = v.runEdits(t, fake, *editCount, rand.New(rand.NewPCG(*seed, 0))) })
		})
		fmt.Fprintf(w, " %s\t %d\t %d\t %d\t %d\t %d\t %d\t %d\t %d\t %d\t %d\t\n", v.name,
			c.edits, c.faults, c.resent, c.succeeded, c.applied, c.rejected, c.notSent, c.unknown, c.unknownApplied, c.wrong)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	doctable.Table{
		Name: "edits", Took: time.Since(start), Text: table.String(),
		Command: fmt.Sprintf("go test ./internal/proof -run TestEveryEdit -v -args -edits %d -seed %d", *editCount, *seed),
	}.Publish(t, *write)
}

func editText(n int) string { return fmt.Sprintf("edit %d", n) }

// runEdits makes edits one after the other, each with random faults.
func (v vendor) runEdits(t *testing.T, fake *credittest.Server, edits int, random *rand.Rand) editStats {
	var c editStats
	updater := v.newFakeUpdater(t, fake, credit.WithAttemptTimeout(attemptTimeout))
	for n := range edits {
		e := v.edits[random.IntN(len(v.edits))]
		faults := randomFaults(random)
		fake.Reset()
		fake.Queue(faults...)
		before := e.readMember(t, fake)
		_, err := updater.Update(t.Context(), fake.Ref, e.patch(n+1))
		time.Sleep(2 * slowResponse) // let delayed writes take effect
		fake.Deliver()
		after := e.readMember(t, fake)

		c.edits++
		c.faults += len(faults)
		c.resent += max(0, len(fake.Writes())-1)
		if reason := c.checkEdit(e, before, after, err, fake.Requests()); reason != "" {
			c.wrong++
			t.Errorf("edit %d: %s: %v\nbefore %s, after %s\nfaults %+v", n, reason, err, before, after, faults)
		}
	}
	return c
}

const (
	attemptTimeout = 10 * time.Second
	slowResponse   = 15 * time.Second // longer than an attempt waits
)

// checkEdit compares the reported outcome with the vendor's record. It returns
// what is wrong, or "".
func (c *editStats) checkEdit(e edit, before, after string, err error, requests []credittest.Request) string {
	happened := before != after
	if e.notIdempotent && countApplied(requests) > 1 {
		return "applied twice"
	}
	switch outcome := credit.OutcomeOf(err); outcome {
	case 0:
		c.succeeded++
		if !happened {
			return "reported as success, but not made"
		}
	case credit.Applied:
		c.applied++
		if !happened {
			return "reported as applied, but not made"
		}
	case credit.Rejected, credit.NotSent:
		if outcome == credit.NotSent {
			c.notSent++
		} else {
			c.rejected++
		}
		if happened {
			return "reported as not made, but made"
		}
	default:
		c.unknown++
		if happened {
			c.unknownApplied++
		}
		return checkUnknown(err)
	}
	return ""
}

// checkUnknown returns what is wrong with an error of outcome Unknown, or "". A
// rejection of the first attempt must not be Unknown.
func checkUnknown(err error) string {
	e, ok := errors.AsType[*credit.Error](err)
	rejected := ok && e.Attempts < 2 && (e.StatusCode == 307 || e.StatusCode == 308 ||
		e.StatusCode >= 400 && e.StatusCode < 500 && !slices.Contains(timeoutStatuses, e.StatusCode))
	if !ok || rejected {
		return "reported as unknown without a reason"
	}
	return ""
}

// timeoutStatuses are what gateways send when they stop waiting for the vendor.
var timeoutStatuses = []int{408, 425, 460, 499}

func countApplied(requests []credittest.Request) int {
	n := 0
	for _, r := range requests {
		if r.Applied {
			n++
		}
	}
	return n
}

// maybeApplied makes half of the faults take effect: the response looks the
// same.
func maybeApplied(random *rand.Rand, f credittest.Fault) credittest.Fault {
	if random.IntN(2) == 0 {
		return f.NotApplied()
	}
	return f
}

// randomFaults returns up to six faults.
func randomFaults(random *rand.Rand) []credittest.Fault {
	var faults []credittest.Fault
	for len(faults) < 6 && random.IntN(100) < 55 {
		faults = append(faults, randomFault(random))
	}
	return faults
}

func randomFault(random *rand.Rand) credittest.Fault {
	kinds := []func() credittest.Fault{
		credittest.LostBefore,
		credittest.LostAfter,
		credittest.Truncated,
		credittest.InvalidJSON,
		credittest.Throttled,
		func() credittest.Fault { return credittest.RateLimited(time.Duration(random.IntN(3)) * time.Second) },
		func() credittest.Fault { return credittest.RateLimited(time.Hour) },
		func() credittest.Fault { return credittest.Respond(500, `{"message":"boom"}`) },
		func() credittest.Fault { return credittest.HTML(502) },
		func() credittest.Fault { return credittest.Respond(503, "").With("Retry-After", "1") },
		func() credittest.Fault { f := credittest.HTML(504); f.Applied = true; return f },
		func() credittest.Fault { f := credittest.Respond(500, "{}"); f.Applied = true; return f },
		func() credittest.Fault { return credittest.Slow(slowResponse) },
		func() credittest.Fault { return credittest.Slow(time.Second) },
		func() credittest.Fault { return credittest.LostAfter().After(slowResponse) },
		func() credittest.Fault { return credittest.Respond(400, `{"message":"no"}`) },
		func() credittest.Fault { return credittest.Respond(401, `{"message":"no"}`) },
		func() credittest.Fault { return credittest.Redirect(302, "https://elsewhere.example/") },
		func() credittest.Fault { return credittest.Redirect(307, "https://elsewhere.example/") },
		func() credittest.Fault { f := credittest.Redirect(303, "/done"); f.Applied = true; return f },
		func() credittest.Fault { return credittest.GaveUp(timeoutStatuses[random.IntN(len(timeoutStatuses))]) },
		func() credittest.Fault { return credittest.Respond(408, "") },
		func() credittest.Fault { return maybeApplied(random, credittest.LoginPage()) },
		func() credittest.Fault { return maybeApplied(random, credittest.CutAt(random.IntN(20)-25)) },
		func() credittest.Fault { return maybeApplied(random, credittest.TruncatedAt(random.IntN(40))) },
		func() credittest.Fault { return maybeApplied(random, credittest.Empty(202)) },
		func() credittest.Fault { return maybeApplied(random, credittest.OtherStatus(206)) },
		func() credittest.Fault { return maybeApplied(random, credittest.Accept(200, "{}")) },
		func() credittest.Fault { return credittest.KeyInFlight() },
		func() credittest.Fault { return credittest.Late(random.IntN(3)) },
		func() credittest.Fault { return credittest.Late(1).After(slowResponse) },
		func() credittest.Fault { return credittest.InFlight(random.IntN(3)) },
	}
	f := kinds[random.IntN(len(kinds))]()
	if random.IntN(2) == 0 {
		f = f.OnWrite()
	}
	return f
}
