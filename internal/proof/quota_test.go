package proof

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"text/tabwriter"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/doctable"
	"github.com/creditkit/creditkit/metronome"
)

var (
	clientCount = flag.Int("clients", 100, "how many clients call the vendor that fails")
	quotaPlot   = flag.String("quota-plot", "", "the file that gets the plot of the retry quota, as SVG")
)

// The vendor works, fails for everybody, and works again.
const (
	outageStart = 30 * time.Second
	outageEnd   = 90 * time.Second
	outageOver  = 150 * time.Second
	quotaSpent  = 60 * time.Second // the quotas are used up from here on
)

// When a vendor fails for everybody, each call without a quota becomes four requests.
// With the default quota the clients soon send little more than their calls. After the
// outage every call succeeds, and retries are possible again.
func TestRetryQuotaBoundsLoadOfOutage(t *testing.T) {
	began := time.Now()
	with := simulateOutage(t, *clientCount, credit.RetryPolicy{})
	without := simulateOutage(t, *clientCount, credit.RetryPolicy{Quota: -1})
	calls := float64(*clientCount)
	normal, end := int(outageStart.Seconds()), int(outageEnd.Seconds())
	spent := int(quotaSpent.Seconds())

	if load := mean(with.requests[1:normal]) / calls; load < 0.95 || load > 1.05 {
		t.Errorf("before the outage there are %.2f requests for each call, want 1", load)
	}
	if load := mean(with.requests[spent:end]) / calls; load > 1.05 {
		t.Errorf("with the quota there are %.2f requests for each call, want at most 1.05", load)
	}
	if load := mean(without.requests[spent:end]) / calls; load < 3.8 || load > 4.2 {
		t.Errorf("without the quota there are %.2f requests for each call, want about 4", load)
	}
	for name, o := range map[string]outageLoad{"with": with, "without": without} {
		if o.failedAfter > 0 {
			t.Errorf("%s the quota %d calls failed that started after the outage", name, o.failedAfter)
		}
		if o.failedDuring == 0 {
			t.Errorf("%s the quota no call failed in the outage", name)
		}
	}
	if without.quotaErrors > 0 || with.quotaErrors == 0 {
		t.Errorf("%d errors are ErrRetryQuota with the quota and %d without", with.quotaErrors, without.quotaErrors)
	}
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 1, ' ', tabwriter.AlignRight|tabwriter.Debug)
	fmt.Fprintln(w, "requests for each call\t before\t outage\t its first 30 s\t its last 30 s\t highest second\t failed in the outage\t after it\t")
	for _, o := range []struct {
		name string
		load outageLoad
	}{{"with the quota", with}, {"without", without}} {
		fmt.Fprintf(w, "%s\t %.2f\t %.2f\t %.2f\t %.2f\t %.2f\t %d of %d\t %d\t\n",
			o.name, mean(o.load.requests[1:normal])/calls, mean(o.load.requests[normal:end])/calls, mean(o.load.requests[normal:spent])/calls,
			mean(o.load.requests[spent:end])/calls, float64(highest(o.load.requests))/calls, o.load.failedDuring, *clientCount*(end-normal), o.load.failedAfter)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	doctable.Table{
		Name: "quota", Took: time.Since(began), Text: table.String(),
		Command: fmt.Sprintf("go test ./internal/proof -run TestRetryQuota -v -args -clients %d -quota-plot $PWD/docs/retry-quota.svg", *clientCount),
	}.Publish(t, *write)
	writePlot(t, *quotaPlot, quotaFigure(with, without))
}

// outageLoad is what a vendor and its callers see of an outage.
type outageLoad struct {
	requests     []int // in each second
	failedDuring int   // calls that started in the outage
	failedAfter  int   // calls that started after it
	quotaErrors  int
}

// simulateOutage runs clients that make a call each second, in a bubble. Each client is a
// program of its own: it has its own quota.
func simulateOutage(t *testing.T, clients int, policy credit.RetryPolicy) outageLoad {
	t.Helper()
	load := outageLoad{requests: make([]int, int(outageOver/time.Second)+60)}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var mu sync.Mutex // over load
		rt := roundTripFunc(func(req *http.Request) (*http.Response, error) {
			at := time.Since(start)
			mu.Lock()
			load.requests[int(at/time.Second)]++
			mu.Unlock()
			if req.Body != nil {
				_ = req.Body.Close()
			}
			if at >= outageStart && at < outageEnd {
				return fakeResponse{status: http.StatusServiceUnavailable}.httpResponse(), nil
			}
			return fakeResponse{status: http.StatusOK, contentType: "application/json", body: []byte(`{"data":{"id":"` + outageCredit + `"}}`)}.httpResponse(), nil
		})
		var group sync.WaitGroup
		for range clients {
			client, err := metronome.New(token, credit.WithTransport(rt), credit.WithRetry(policy))
			if err != nil {
				t.Fatal(err)
			}
			group.Go(func() {
				time.Sleep(rand.N(time.Second)) // so that the clients do not call together
				for time.Since(start) < outageOver {
					at := time.Since(start)
					group.Go(func() {
						_, err := client.Updater().Update(t.Context(), credit.Ref{Owner: outageOwner, ID: outageCredit}, namePatch(1))
						mu.Lock()
						defer mu.Unlock()
						load.count(at, err)
					})
					time.Sleep(time.Second)
				}
			})
		}
		group.Wait()
	})
	load.requests = load.requests[:int(outageOver/time.Second)]
	return load
}

const (
	outageCredit = "6162d87b-e5db-4a33-b7f2-76ce6ead4e85"
	outageOwner  = "13117714-3f05-48e5-a6e9-a66093f13b4d"
)

func (l *outageLoad) count(at time.Duration, err error) {
	switch {
	case err == nil:
	case at >= outageEnd:
		l.failedAfter++
	case at >= outageStart:
		l.failedDuring++
	}
	if errors.Is(err, credit.ErrRetryQuota) {
		l.quotaErrors++
	}
}

func mean(counts []int) float64 {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return float64(sum) / float64(len(counts))
}

func highest(counts []int) int {
	most := 0
	for _, n := range counts {
		most = max(most, n)
	}
	return most
}

func quotaFigure(with, without outageLoad) figure {
	plot := func(name string, requests []int) line {
		l := line{name: name}
		for second, n := range requests {
			l.points = append(l.points, point{float64(second), float64(n)})
		}
		return l
	}
	return figure{
		title: "Requests per second at a vendor that fails from second 30 to second 90",
		charts: []chart{{"requests per second", []line{
			plot("with the retry quota", with.requests), plot("without", without.requests),
		}}},
	}
}
