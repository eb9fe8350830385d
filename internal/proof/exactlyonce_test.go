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
)

var (
	edits = flag.Int("edits", 10_000, "how many edits to make at each vendor")
	seed  = flag.Uint64("seed", 1, "what the random faults start from")
)

// tally counts what became of a vendor's edits.
type tally struct {
	calls, faults, resent         int
	done, rejected, unsent, wrong int
	unknown, unknownDone          int
	applied                       int // done, by an answer that was unusable
}

// Whatever goes wrong, the outcome that a caller is told is what happened.
func TestEveryEditHappensOnceOrIsReported(t *testing.T) {
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 1, ' ', tabwriter.AlignRight|tabwriter.Debug)
	fmt.Fprintln(w, " vendor\t edits\t faults\t sent again\t done\t applied\t rejected\t not sent\t unknown\t of these done\t wrong\t")
	for _, v := range vendors {
		var c tally
		t.Run(v.name, func(t *testing.T) {
			fake := v.fake(t) // its listener would hold the bubble's clock
			synctest.Test(t, func(t *testing.T) { c = v.survive(t, fake, *edits, rand.New(rand.NewPCG(*seed, 0))) })
		})
		fmt.Fprintf(w, " %s\t %d\t %d\t %d\t %d\t %d\t %d\t %d\t %d\t %d\t %d\t\n", v.name,
			c.calls, c.faults, c.resent, c.done, c.applied, c.rejected, c.unsent, c.unknown, c.unknownDone, c.wrong)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + table.String())
}

func text(n int) string { return fmt.Sprintf("edit %d", n) }

// survive makes edits one after the other, each with its own faults.
func (v vendor) survive(t *testing.T, fake *credittest.Server, edits int, random *rand.Rand) tally {
	var c tally
	updater := v.connect(t, fake, credit.WithAttemptTimeout(attemptTimeout))
	for n := range edits {
		e := v.edits[random.IntN(len(v.edits))]
		faults := misfortune(random)
		fake.Reset()
		fake.Queue(faults...)
		before := e.state(t, fake)
		_, err := updater.Update(t.Context(), fake.Ref, e.patch(n+1))
		time.Sleep(2 * slow) // what the vendor is late with happens now
		fake.Deliver()
		after := e.state(t, fake)

		c.calls++
		c.faults += len(faults)
		c.resent += max(0, len(fake.Writes())-1)
		if reason := c.judge(e, before, after, err, fake.Requests()); reason != "" {
			c.wrong++
			t.Errorf("edit %d: %s: %v\nbefore %s, after %s\nfaults %+v", n, reason, err, before, after, faults)
		}
	}
	return c
}

const (
	attemptTimeout = 10 * time.Second
	slow           = 15 * time.Second // longer than an attempt waits
)

// judge compares what the caller was told with what happened.
func (c *tally) judge(e edit, before, after string, err error, requests []credittest.Request) string {
	happened := before != after
	if e.once && applications(requests) > 1 {
		return "applied twice"
	}
	switch outcome := credit.OutcomeOf(err); outcome {
	case 0:
		c.done++
		if !happened {
			return "reported as done, and was not"
		}
	case credit.Applied:
		c.applied++
		if !happened {
			return "reported as applied, and was not"
		}
	case credit.Rejected, credit.NotSent:
		if outcome == credit.NotSent {
			c.unsent++
		} else {
			c.rejected++
		}
		if happened {
			return "reported as not made, and was"
		}
	default:
		c.unknown++
		if happened {
			c.unknownDone++
		}
		return unfounded(err)
	}
	return ""
}

// unfounded says that nothing justifies the outcome Unknown: only a refusal of the
// first attempt does not.
func unfounded(err error) string {
	e, ok := errors.AsType[*credit.Error](err)
	refusal := ok && e.Attempts < 2 && (e.StatusCode == 307 || e.StatusCode == 308 ||
		e.StatusCode >= 400 && e.StatusCode < 500 && !slices.Contains(gaveUp, e.StatusCode))
	if !ok || refusal {
		return "reported as unknown without a reason"
	}
	return ""
}

// gaveUp are the statuses of gateways that no longer wait.
var gaveUp = []int{408, 425, 460, 499}

func applications(requests []credittest.Request) int {
	n := 0
	for _, r := range requests {
		if r.Applied {
			n++
		}
	}
	return n
}

// maybe is a success that cannot be read, after the vendor has acted or has not.
func maybe(random *rand.Rand, f credittest.Fault) credittest.Fault {
	if random.IntN(2) == 0 {
		return f.NotApplied()
	}
	return f
}

// misfortune is none, one or several faults.
func misfortune(random *rand.Rand) []credittest.Fault {
	var faults []credittest.Fault
	for len(faults) < 6 && random.IntN(100) < 55 {
		faults = append(faults, fault(random))
	}
	return faults
}

func fault(random *rand.Rand) credittest.Fault {
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
		func() credittest.Fault { return credittest.Slow(slow) },
		func() credittest.Fault { return credittest.Slow(time.Second) },
		func() credittest.Fault { return credittest.LostAfter().After(slow) },
		func() credittest.Fault { return credittest.Respond(400, `{"message":"no"}`) },
		func() credittest.Fault { return credittest.Respond(401, `{"message":"no"}`) },
		func() credittest.Fault { return credittest.Redirect(302, "https://elsewhere.example/") },
		func() credittest.Fault { return credittest.Redirect(307, "https://elsewhere.example/") },
		func() credittest.Fault { f := credittest.Redirect(303, "/done"); f.Applied = true; return f },
		func() credittest.Fault { return credittest.GaveUp(gaveUp[random.IntN(len(gaveUp))]) },
		func() credittest.Fault { return credittest.Respond(408, "") },
		func() credittest.Fault { return maybe(random, credittest.LoginPage()) },
		func() credittest.Fault { return maybe(random, credittest.CutAt(random.IntN(20)-25)) },
		func() credittest.Fault { return maybe(random, credittest.TruncatedAt(random.IntN(40))) },
		func() credittest.Fault { return maybe(random, credittest.Empty(202)) },
		func() credittest.Fault { return maybe(random, credittest.OtherStatus(206)) },
		func() credittest.Fault { return maybe(random, credittest.Accept(200, "{}")) },
		func() credittest.Fault { return credittest.KeyInFlight() },
		func() credittest.Fault { return credittest.Late(random.IntN(3)) },
		func() credittest.Fault { return credittest.Late(1).After(slow) },
		func() credittest.Fault { return credittest.InFlight(random.IntN(3)) },
	}
	f := kinds[random.IntN(len(kinds))]()
	if random.IntN(2) == 0 {
		f = f.OnWrite()
	}
	return f
}
