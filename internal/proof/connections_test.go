package proof

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// Failed calls keep their connections, unless the connection itself broke.
// While net/http replaces a broken connection, it may dial for other waiting
// calls as well, so a few more dials are allowed.
//
// The connections are pipes in a synctest bubble. On a real network net/http
// closes a connection if its write loop has not reported the request as written
// within 50 ms after the response. That happens on a loaded machine, but not in
// a bubble, whose clock stands still while a goroutine can run.
func TestFailuresDoNotCloseConnections(t *testing.T) {
	const calls, atOnce, each, dials = 640, 64, 40, 4
	for _, v := range vendors {
		t.Run(v.name, func(t *testing.T) {
			fake := v.fake(t)
			refs := seedCopies(t, fake, atOnce)
			synctest.Test(t, func(t *testing.T) {
				var arrived, broken atomic.Int64
				var breaking atomic.Bool
				warm := make(chan struct{})
				pipes := servePipes(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
					switch n := arrived.Add(1); {
					case n == atOnce:
						close(warm)
					case n < atOnce:
						<-warm // so that each call opens its own connection
					case breaking.Load() && n%each == 0:
						broken.Add(1)
						breakConnection(w)
						return
					}
					forwardTo(fake)(w, req)
				}))
				pool := &http.Transport{DialContext: pipes.dialContext, MaxIdleConnsPerHost: 512}
				defer pool.CloseIdleConnections()
				client, err := v.open(credit.WithBaseURL(fake.URL), credit.WithTransport(pool), credit.WithRetry(credit.RetryPolicy{MaxWait: time.Millisecond, Quota: -1}))
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
					t.Errorf("%d more connections, although none broke", n)
				}
				breaking.Store(true)
				failed := fail()
				more := pipes.dialed.Load() - atOnce
				if broken.Load() == 0 || more > dials*broken.Load() {
					t.Errorf("%d more connections after %d broke", more, broken.Load())
				}
				t.Logf("%d of %d calls failed, %d connections broke, %d were dialed", failed, calls, broken.Load(), more)
			})
		})
	}
}

// pipeListener is a listener whose connections are pipes.
type pipeListener struct {
	conns  chan net.Conn
	done   chan struct{}
	dialed atomic.Int64
}

// servePipes starts a server in the caller's bubble and closes it at the end of
// the test.
func servePipes(t *testing.T, handler http.Handler) *pipeListener {
	p := &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
	server := &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = server.Serve(p) }() // until Close
	t.Cleanup(func() { _ = server.Close() })
	return p
}

func (p *pipeListener) dialContext(context.Context, string, string) (net.Conn, error) {
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
func (p *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *pipeListener) Close() error   { close(p.done); return nil }
func (p *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }
