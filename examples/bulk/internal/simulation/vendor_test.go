package simulation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// A fake is a vendor in memory.
type fake struct {
	*credittest.Server
	name   string
	direct credit.Updater // reaches the vendor without faults
}

// newFakes starts the fakes of the vendors. Their listeners would stop the clock of a
// bubble, so they are started outside.
func newFakes(names []string) (fakes map[string]*fake, stop func(), err error) {
	fakes = make(map[string]*fake)
	stop = func() {
		for _, f := range fakes {
			f.Close()
		}
	}
	for _, name := range names {
		server, err := vendor.Fake(name)
		if err != nil {
			return nil, stop, err
		}
		fakes[name] = &fake{Server: server, name: name}
	}
	return fakes, stop, nil
}

// open makes the fake usable within a bubble.
func (f *fake) open() (err error) {
	f.direct, err = vendor.Updater(context.Background(), f.name, vendor.FakeEnv(f.name), credit.WithBaseURL(f.URL), credit.WithTransport(f.Transport()))
	return err
}

// writes returns the writes of a credit, and those that have changed it. All ids of a
// vendor have the same length, so none is a part of another.
func (f *fake) writes(id string) (applied, all []credittest.Request) {
	for _, w := range f.Writes() {
		path, err := url.PathUnescape(w.Path)
		if err != nil || !strings.Contains(path+" "+string(w.Body), id) {
			continue
		}
		all = append(all, w)
		if w.Applied {
			applied = append(applied, w)
		}
	}
	return applied, all
}

// isWrite reports whether a request changes a credit.
func (f *fake) isWrite(req *http.Request) bool {
	return req.Method != http.MethodGet && !strings.HasSuffix(req.URL.Path, "/list")
}

// rowOf returns the number of the row whose credit is in a request.
func (w *world) rowOf(request string) int64 {
	for _, r := range w.made {
		if strings.Contains(request, r.Ref.ID) || r.Ref.Owner != "" && strings.Contains(request, r.Ref.Owner) {
			return r.Number
		}
	}
	return 0
}

type namedFault struct {
	name  string
	fault credittest.Fault
}

// fault draws a fault for a request.
func (f *fake) fault(r *rand.Rand, write bool) namedFault {
	faults := []namedFault{
		{"lost before it is done", credittest.LostBefore()},
		{"done, the answer is lost", credittest.LostAfter()},
		{"done, the answer breaks off", credittest.Truncated()},
		{"done, the answer is invalid JSON", credittest.InvalidJSON()},
		{"done, the answer has another id", credittest.AnotherID()},
		{"done, the status is 202", credittest.OtherStatus(202)},
		{"429", credittest.RateLimited(time.Duration(1+r.IntN(40)) * time.Second)},
		{"400", credittest.Respond(400, `{"message":"no"}`)},
		{"503", credittest.HTML(503)},
		{"done, the status is 504", credittest.GaveUp(504)},
		{"done, the status is 500", credittest.Accept(500, `{"message":"boom"}`)},
		{"lost, done later", credittest.LostBefore().Late(r.IntN(4))},
		{"lost, still running", credittest.LostBefore().InFlight(r.IntN(4))},
	}
	if f.name == "nexudus" {
		faults = append(faults, namedFault{"throttled", credittest.Throttled()})
	}
	if !write {
		faults = append(faults, namedFault{"stale", credittest.Stale()})
	}
	if r.IntN(100) == 0 { // the process gives up the vendor
		return namedFault{"401", credittest.Respond(401, `{"message":"no"}`)}
	}
	return faults[r.IntN(len(faults))]
}

// A processTransport is the network between a process and a vendor.
type processTransport struct {
	p *process
	f *fake
}

// RoundTrip implements [http.RoundTripper]. A request that was sent can arrive after its
// caller has given up or crashed.
func (t processTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		body, err = io.ReadAll(req.Body)
		_ = req.Body.Close()
		if err != nil {
			return nil, err
		}
	}
	p, name := t.p, t.f.name+" "+req.Method+" "+req.URL.Path
	sent := req.Clone(context.Background())
	sent.Body = io.NopCloser(bytes.NewReader(body))
	random := randomFor(p.seed, fmt.Sprint("fault ", p.name, name, string(body), time.Since(epoch)))
	var resp *http.Response
	var failed error
	err := p.do(req.Context(), name, p.fate(name+string(body)), time.Hour, func() {
		if random.IntN(10) == 0 {
			if n := t.f.Deliver(); n > 0 {
				p.note("%s: %d late requests take effect", t.f.name, n)
			}
		}
		with := ""
		if random.Float64() < p.conditions.fault {
			chosen := t.f.fault(random, t.f.isWrite(req))
			t.f.Queue(chosen.fault)
			with = "; fault: " + chosen.name
		}
		resp, failed = t.f.Transport().RoundTrip(sent)
		answer := "nothing"
		if failed == nil {
			answer = resp.Status
		}
		p.note("%s answers %s to %s of %s about row %d%s", t.f.name, answer, req.Method, p.name, p.rowOf(req.URL.Path+string(body)), with)
	})
	switch {
	case errors.Is(err, errOutage), errors.Is(err, errNoAnswer), errors.Is(err, errCrashed):
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	case err != nil:
		return nil, err
	}
	return resp, failed
}
