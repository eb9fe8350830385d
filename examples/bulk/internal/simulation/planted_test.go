package simulation

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
)

// A plant is a fault in the wiring, which the simulation must find. The zero plant has none.
type plant struct {
	rows      func(queue.Source) queue.Source
	transport func(http.RoundTripper) http.RoundTripper
	updater   func(credit.Updater) credit.Updater
	// losesLast reports that the log loses what a process wrote in the two seconds before its
	// crash: it has confirmed what it had not stored.
	losesLast bool
	// forgetsStarts reports that a new process does not see which rows were started before.
	forgetsStarts bool
}

func (t plant) wrapRows(rows queue.Source) queue.Source {
	if t.rows != nil {
		return t.rows(rows)
	}
	return rows
}

func (t plant) wrapTransport(transport http.RoundTripper) http.RoundTripper {
	if t.transport != nil {
		return t.transport(transport)
	}
	return transport
}

func (t plant) wrapUpdater(updater credit.Updater) credit.Updater {
	if t.updater != nil {
		return t.updater(updater)
	}
	return updater
}

// publisherCrashed loses the last messages of a process, if that is planted. The lock is
// held.
func (p *process) publisherCrashed() {
	for i := range p.log.messages {
		if m := &p.log.messages[i]; p.plant.losesLast && m.by == p && time.Since(m.At) < 2*time.Second {
			m.gone = true
			p.note("message %d is lost", m.Sequence)
		}
	}
}

// visible returns the text of a message as the process sees it, or nil.
func (p *process) visible(m storedMessage) []byte {
	if m.gone {
		return nil
	}
	if !p.plant.forgetsStarts || !m.At.Before(p.born) {
		return m.Text
	}
	events := slices.DeleteFunc(bytes.Split(m.Text, []byte("\n")), func(event []byte) bool {
		return bytes.Contains(event, []byte(`"event":"started"`))
	})
	if len(events) == 0 {
		return nil
	}
	return bytes.Join(events, []byte("\n"))
}

// ackedRows acknowledges each block when it is delivered.
type ackedRows struct{ queue.Source }

func (r ackedRows) Next(ctx context.Context) (*queue.Block, error) {
	b, err := r.Source.Next(ctx)
	if err == nil {
		b.Ack()
	}
	return b, err
}

// everRepeatable claims that every change may be sent again.
type everRepeatable struct{ credit.Updater }

func (u everRepeatable) Support() credit.Support {
	s := u.Updater.Support()
	s.IdempotencyKeys = false
	for field, ability := range s.Fields {
		ability.NotIdempotent = false
		s.Fields[field] = ability
	}
	return s
}

// Read implements [credit.Reader].
func (u everRepeatable) Read(ctx context.Context, ref credit.Ref) (*credit.Record, error) {
	return u.Updater.(credit.Reader).Read(ctx, ref)
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// rejectLost responds with a rejection where no response arrived.
func rejectLost(inner http.RoundTripper) http.RoundTripper {
	return roundTripFunc(func(req *http.Request) (*http.Response, error) {
		if resp, err := inner.RoundTrip(req); err == nil {
			return resp, nil
		}
		return &http.Response{StatusCode: 400, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"message":"no"}`)), Request: req}, nil
	})
}

// useNewKeys sends each request under an idempotency key of its own.
func useNewKeys(inner http.RoundTripper) http.RoundTripper {
	return roundTripFunc(func(req *http.Request) (*http.Response, error) {
		if req.Header.Get("Idempotency-Key") != "" {
			req = req.Clone(req.Context())
			req.Header.Set("Idempotency-Key", fmt.Sprint("key at ", time.Since(epoch)))
		}
		return inner.RoundTrip(req)
	})
}

// The default seeds find each of these faults.
func TestSeedsFindPlantedFaults(t *testing.T) {
	for _, test := range []struct {
		name   string
		plant  plant
		vendor string // the only one, or "" for those of the seed
		want   string
	}{
		{"the log confirms what it has not stored", plant{losesLast: true}, "thoughtindustries", "it was made more than once"},
		{"the journal forgets starts", plant{forgetsStarts: true}, "thoughtindustries", "it was made more than once"},
		{"the worker repeats in doubt", plant{updater: func(u credit.Updater) credit.Updater { return everRepeatable{u} }}, "", "it was made more than once"},
		{"each try has a key of its own", plant{transport: useNewKeys}, "", "it was sent under several keys"},
		{"what was lost was rejected", plant{transport: rejectLost}, "", "it was made"},
		{"the queue removes what it delivers", plant{rows: func(r queue.Source) queue.Source { return ackedRows{r} }}, "", "it has not ended"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for seed := uint64(1); seed <= 300; seed++ {
				s := randomScenario(seed)
				if s.plant = test.plant; test.vendor != "" {
					s.vendors = []string{test.vendor}
				}
				sum, _ := run(t, s)
				if i := slices.IndexFunc(sum.wrong, func(line string) bool { return strings.HasSuffix(line, ": "+test.want) }); i >= 0 {
					t.Logf("%s", sum.wrong[i])
					return
				}
			}
			t.Errorf("no seed finds that %s", test.want)
		})
	}
}
