package proof

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// A front is a server on the loopback interface before a fake. It counts the
// connections that it accepts and the requests that it has under way.
type front struct {
	URL      string
	accepted atomic.Int64
	working  atomic.Int64
}

func listen(t *testing.T, fake *credittest.Server, handler http.Handler) *front {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(fake.URL)
	if err != nil {
		t.Fatal(err)
	}
	f := &front{URL: "http://" + listener.Addr().String() + base.Path}
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			f.working.Add(1)
			defer f.working.Add(-1)
			handler.ServeHTTP(w, req)
		}),
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				f.accepted.Add(1)
			}
		},
	}
	go func() { _ = server.Serve(listener) }() // until Close
	t.Cleanup(func() { _ = server.Close() })
	return f
}

// through hands a request to the fake, and its answer or its silence back.
func through(fake *credittest.Server) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		resp, err := fake.Transport().RoundTrip(req)
		if err != nil {
			hangUp(w)
			return
		}
		maps.Copy(w.Header(), resp.Header)
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	}
}

// hangUp breaks the connection behind an answer's first byte: before that,
// net/http may send the request again by itself.
func hangUp(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_, _ = io.WriteString(conn, "H")
		_ = conn.Close()
	}
}

// pour writes until nobody reads any more.
func pour(w io.Writer, chunk []byte) {
	for {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

// bomb is 2 GiB of spaces in 2 MiB.
var bomb = sync.OnceValue(func() []byte {
	var packed bytes.Buffer
	w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	spaces := bytes.Repeat([]byte(" "), 1<<20)
	for range 64 {
		_, _ = w.Write(spaces)
	}
	_ = w.Close()
	return bytes.Repeat(packed.Bytes(), 32) // members of one stream
})

var endless = []struct {
	name    string
	answer  func(w http.ResponseWriter)
	kind    error
	outcome credit.Outcome
}{
	{"a stream", func(w http.ResponseWriter) { pour(w, spaces) }, credit.ErrMalformed, credit.Unknown},
	{"an announced length", func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", fmt.Sprint(int64(1)<<50))
		pour(w, spaces)
	}, credit.ErrMalformed, credit.Unknown},
	{"one long text", func(w http.ResponseWriter) {
		_, _ = io.WriteString(w, `{"data":"`)
		pour(w, bytes.Repeat([]byte("a"), 64<<10))
	}, credit.ErrMalformed, credit.Unknown},
	{"a gzip bomb", func(w http.ResponseWriter) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb())
	}, credit.ErrMalformed, credit.Unknown},
	{"an endless gzip bomb", func(w http.ResponseWriter) {
		w.Header().Set("Content-Encoding", "gzip")
		pour(w, bomb())
	}, credit.ErrMalformed, credit.Unknown},
	{"a byte now and then", func(w http.ResponseWriter) {
		for err := error(nil); err == nil; err = http.NewResponseController(w).Flush() {
			_, _ = io.WriteString(w, " ")
			time.Sleep(time.Millisecond)
		}
	}, credit.ErrMalformed, credit.Unknown},
	{"a refusal", func(w http.ResponseWriter) {
		w.WriteHeader(400)
		pour(w, spaces)
	}, credit.ErrInvalid, credit.Rejected},
	{"a compressed failure", func(w http.ResponseWriter) {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(502)
		pour(w, bomb())
	}, credit.ErrUnavailable, credit.Unknown},
	{"headers", func(w http.ResponseWriter) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
		pour(conn, []byte("X-More: "+strings.Repeat("a", 4000)+"\r\n"))
	}, credit.ErrUnavailable, credit.Unknown},
}

var spaces = bytes.Repeat([]byte(" "), 64<<10)

// An answer without an end costs a bounded amount of memory and time, and the
// vendor finds the connection closed. All that is allocated is counted, what is
// let go at once too, so that no moment is missed.
func TestEndlessAnswersAreCutOff(t *testing.T) {
	const (
		most    = 32 << 20
		longest = 10 * time.Second
	)
	bomb()
	for _, v := range vendors {
		for _, e := range endless {
			t.Run(v.name+"/"+e.name, func(t *testing.T) {
				fake := v.fake(t)
				f := listen(t, fake, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
					if req.Method == http.MethodGet {
						through(fake)(w, req)
						return
					}
					_, _ = io.Copy(io.Discard, req.Body)
					e.answer(w)
				}))
				client, err := v.open(credit.WithBaseURL(f.URL), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}), credit.WithAttemptTimeout(timeout(e.name)))
				if err != nil {
					t.Fatal(err)
				}
				start, allocated := time.Now(), totalAlloc()
				_, err = client.Updater().Update(t.Context(), fake.Ref, v.edits[0].patch(1))
				took, grew := time.Since(start), totalAlloc()-allocated
				if !errors.Is(err, e.kind) || credit.OutcomeOf(err) != e.outcome {
					t.Errorf("got %v, want %v and %v", err, e.kind, e.outcome)
				}
				if grew > most {
					t.Errorf("%d MiB were allocated", grew>>20)
				}
				if took > longest {
					t.Errorf("it took %v", took)
				}
				t.Logf("%d KiB, %v", grew>>10, took)
				await(t, "requests under way", func() bool { return f.working.Load() == 0 })
			})
		}
	}
}

// timeout lets only an answer that never grows large run into its end.
func timeout(name string) time.Duration {
	if name == "a byte now and then" {
		return 100 * time.Millisecond
	}
	return time.Minute
}

func totalAlloc() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// Failures cost no connections, but for those that broke. While a broken connection
// is replaced, net/http may dial for others that wait as well, and so a few more
// are allowed.
//
// The connections are pipes in a bubble. Over a network net/http gives a connection
// up when its write loop has not reported the request as written within 50 ms of
// the response, which happens on a loaded machine and not in a bubble, whose clock
// stands still while anything can run.
func TestConnectionsAreUsedAgainAmongFailures(t *testing.T) {
	const calls, atOnce, each, dials = 640, 64, 40, 4
	for _, v := range vendors {
		t.Run(v.name, func(t *testing.T) {
			fake := v.fake(t)
			refs := copies(t, fake, atOnce)
			synctest.Test(t, func(t *testing.T) {
				var arrived, broken atomic.Int64
				var breaking atomic.Bool
				warm := make(chan struct{})
				pipes := servePipes(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
					switch n := arrived.Add(1); {
					case n == atOnce:
						close(warm)
					case n < atOnce:
						<-warm // so that each has a connection of its own
					case breaking.Load() && n%each == 0:
						broken.Add(1)
						hangUp(w)
						return
					}
					through(fake)(w, req)
				}))
				pool := &http.Transport{DialContext: pipes.dial, MaxIdleConnsPerHost: 512}
				defer pool.CloseIdleConnections()
				client, err := v.open(credit.WithBaseURL(fake.URL), credit.WithTransport(pool), credit.WithRetry(credit.RetryPolicy{MaxWait: time.Millisecond}))
				if err != nil {
					t.Fatal(err)
				}
				round := func(calls int64) (failed int64) {
					var made, wrong atomic.Int64
					var group sync.WaitGroup
					for _, ref := range refs {
						group.Go(func() {
							for n := made.Add(1); n <= calls; n = made.Add(1) {
								if _, err := client.Updater().Update(t.Context(), ref, v.edits[0].patch(int(n))); err != nil {
									wrong.Add(1)
								}
							}
						})
					}
					group.Wait()
					return wrong.Load()
				}
				if failed := round(atOnce); pipes.dialed.Load() != atOnce || failed > 0 {
					t.Fatalf("%d connections after the warm-up, and %d failures", pipes.dialed.Load(), failed)
				}
				fail := func() int64 {
					fake.Reset()
					for range calls / 8 {
						fake.Queue(credittest.Respond(400, `{"message":"no"}`), credittest.HTML(502), credittest.RateLimited(0), credittest.InvalidJSON(),
							credittest.Redirect(302, "https://elsewhere.example/"), credittest.RateLimited(time.Hour), credittest.Respond(401, ""))
					}
					return round(calls)
				}
				if failed := fail(); failed < calls/4 {
					t.Errorf("only %d calls failed", failed)
				}
				if n := pipes.dialed.Load() - atOnce; n > 0 {
					t.Errorf("%d connections more, and none broke", n)
				}
				breaking.Store(true)
				failed := fail()
				more := pipes.dialed.Load() - atOnce
				if broken.Load() == 0 || more > dials*broken.Load() {
					t.Errorf("%d connections more for %d that broke", more, broken.Load())
				}
				t.Logf("%d of %d calls failed, %d connections broke, %d were made", failed, calls, broken.Load(), more)
			})
		})
	}
}

// pipes are connections to a server in memory.
type pipes struct {
	conns  chan net.Conn
	done   chan struct{}
	dialed atomic.Int64
}

// servePipes starts a server in the caller's bubble, which ends with the test.
func servePipes(t *testing.T, handler http.Handler) *pipes {
	p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	server := &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = server.Serve(p) }() // until Close
	t.Cleanup(func() { _ = server.Close() })
	return p
}

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	p.dialed.Add(1)
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Accept implements net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *pipes) Close() error   { close(p.done); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// A bucket lets one attempt pass per interval, and no two at once: no minute
// then sees more of them than it has intervals.
type bucket struct {
	interval time.Duration
	mu       sync.Mutex
	next     time.Time
}

func (b *bucket) Wait(ctx context.Context) error {
	b.mu.Lock()
	now := time.Now()
	turn := b.next
	if turn.Before(now) {
		turn = now
	}
	b.next = turn.Add(b.interval)
	b.mu.Unlock()
	timer := time.NewTimer(turn.Sub(now))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A limiter keeps a program below what a vendor documents, attempts that are
// made again included; without it, the same calls are refused.
func TestLimiterKeepsToTheVendorsLimit(t *testing.T) {
	for _, test := range []struct {
		name     string
		vendor   string
		minute   int
		recorded bool // the record is handed in: each call is one write
	}{
		{"nexudus writes", "nexudus", 60, true},
		{"nexudus calls", "nexudus", 120, false},
		{"thoughtindustries calls", "thoughtindustries", 120, false},
	} {
		for _, limited := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, limited %t", test.name, limited), func(t *testing.T) {
				v := vendorNamed(t, test.vendor)
				fake := v.fake(t)
				refs := copies(t, fake, 20)
				synctest.Test(t, func(t *testing.T) {
					answers := &patience{next: fake.Transport()}
					opts := []credit.Option{credit.WithTransport(answers)}
					if limited {
						opts = append(opts, credit.WithLimiter(&bucket{interval: time.Minute / time.Duration(test.minute)}))
					}
					updater := v.connect(t, fake, opts...)
					fake.Limit(test.minute, time.Minute)
					for range 20 {
						fake.Queue(credittest.Respond(503, ""), credittest.Slow(time.Second), credittest.Slow(0), credittest.LostAfter())
					}
					var group sync.WaitGroup
					for _, ref := range refs {
						group.Go(func() {
							for n := range 20 {
								var call []credit.CallOption
								if test.recorded {
									call = []credit.CallOption{credit.WithRecord(fake.Record(ref.ID))}
								}
								_, err := updater.Update(t.Context(), ref, v.edits[0].patch(n), call...)
								if limited && errors.Is(err, credit.ErrRateLimited) {
									t.Error(err)
								}
							}
						})
					}
					group.Wait()
					if refused := answers.refused.Load(); (refused > 0) == limited {
						t.Errorf("%d of %d attempts were refused", refused, answers.all.Load())
					}
					t.Logf("%d of %d attempts were refused", answers.refused.Load(), answers.all.Load())
				})
			})
		}
	}
}

func vendorNamed(t *testing.T, name string) vendor {
	t.Helper()
	for _, v := range vendors {
		if v.name == name {
			return v
		}
	}
	t.Fatalf("no vendor %s", name)
	return vendor{}
}

// patience counts the answers that ask for patience.
type patience struct {
	next         http.RoundTripper
	all, refused atomic.Int64
}

func (s *patience) RoundTrip(req *http.Request) (*http.Response, error) {
	s.all.Add(1)
	resp, err := s.next.RoundTrip(req)
	if err == nil && (resp.StatusCode == http.StatusConflict || resp.StatusCode == http.StatusTooManyRequests) {
		s.refused.Add(1)
	}
	return resp, err
}
