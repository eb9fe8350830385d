package proof

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// A loopbackServer forwards to a handler on the loopback interface. It counts
// accepted connections and requests in flight.
type loopbackServer struct {
	URL      string
	accepted atomic.Int64
	inFlight atomic.Int64
}

func serveBefore(t *testing.T, fake *credittest.Server, handler http.Handler) *loopbackServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(fake.URL)
	if err != nil {
		t.Fatal(err)
	}
	f := &loopbackServer{URL: "http://" + listener.Addr().String() + base.Path}
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			f.inFlight.Add(1)
			defer f.inFlight.Add(-1)
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

// forwardTo sends a request to the fake and returns its response. If the fake
// closes the connection, it does the same.
func forwardTo(fake *credittest.Server) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		resp, err := fake.Transport().RoundTrip(req)
		if err != nil {
			breakConnection(w)
			return
		}
		maps.Copy(w.Header(), resp.Header)
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	}
}

// breakConnection closes the connection after the first byte of a response.
// Before that, net/http may retry the request itself.
func breakConnection(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_, _ = io.WriteString(conn, "H")
		_ = conn.Close()
	}
}

// writeEndlessly writes until the client closes the connection.
func writeEndlessly(w io.Writer, chunk []byte) {
	for {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

// gzipBomb is 2 GiB of spaces in 2 MiB.
var gzipBomb = sync.OnceValue(func() []byte {
	var packed bytes.Buffer
	w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	spaces := bytes.Repeat([]byte(" "), 1<<20)
	for range 64 {
		_, _ = w.Write(spaces)
	}
	_ = w.Close()
	return bytes.Repeat(packed.Bytes(), 32) // gzip members form one stream
})

// slowBody is the name of the response that sends a byte per millisecond.
const slowBody = "slow body"

var endlessResponses = []struct {
	name      string
	writeBody func(w http.ResponseWriter)
	kind      error
	outcome   credit.Outcome
}{
	{"endless body", func(w http.ResponseWriter) { writeEndlessly(w, spaces) }, credit.ErrMalformed, credit.Unknown},
	{"announced length", func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", fmt.Sprint(int64(1)<<50))
		writeEndlessly(w, spaces)
	}, credit.ErrMalformed, credit.Unknown},
	{"endless string", func(w http.ResponseWriter) {
		_, _ = io.WriteString(w, `{"data":"`)
		writeEndlessly(w, bytes.Repeat([]byte("a"), 64<<10))
	}, credit.ErrMalformed, credit.Unknown},
	{"gzip bomb", func(w http.ResponseWriter) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(gzipBomb())
	}, credit.ErrMalformed, credit.Unknown},
	{"endless gzip bomb", func(w http.ResponseWriter) {
		w.Header().Set("Content-Encoding", "gzip")
		writeEndlessly(w, gzipBomb())
	}, credit.ErrMalformed, credit.Unknown},
	{slowBody, func(w http.ResponseWriter) {
		for err := error(nil); err == nil; err = http.NewResponseController(w).Flush() {
			_, _ = io.WriteString(w, " ")
			time.Sleep(time.Millisecond)
		}
	}, credit.ErrMalformed, credit.Unknown},
	{"endless 400", func(w http.ResponseWriter) {
		w.WriteHeader(400)
		writeEndlessly(w, spaces)
	}, credit.ErrInvalid, credit.Rejected},
	{"endless compressed 502", func(w http.ResponseWriter) {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(502)
		writeEndlessly(w, gzipBomb())
	}, credit.ErrUnavailable, credit.Unknown},
	{"endless headers", func(w http.ResponseWriter) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
		writeEndlessly(conn, []byte("X-More: "+strings.Repeat("a", 4000)+"\r\n"))
	}, credit.ErrUnavailable, credit.Unknown},
}

var spaces = bytes.Repeat([]byte(" "), 64<<10)

// A response without an end costs a bounded amount of memory and time, and its
// connection is closed. The test counts all allocations, also those that were
// freed meanwhile.
func TestEndlessResponsesAreBounded(t *testing.T) {
	const (
		most    = 32 << 20
		longest = 10 * time.Second
	)
	gzipBomb()
	for _, v := range vendors {
		for _, e := range endlessResponses {
			t.Run(v.name+"/"+e.name, func(t *testing.T) {
				fake := v.fake(t)
				f := serveBefore(t, fake, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
					if req.Method == http.MethodGet {
						forwardTo(fake)(w, req)
						return
					}
					_, _ = io.Copy(io.Discard, req.Body)
					e.writeBody(w)
				}))
				client, err := v.open(credit.WithBaseURL(f.URL), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}), credit.WithAttemptTimeout(attemptTimeoutFor(e.name)))
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
					t.Errorf("allocated %d MiB", grew>>20)
				}
				if took > longest {
					t.Errorf("took %v", took)
				}
				t.Logf("%d KiB, %v", grew>>10, took)
				waitUntil(t, "requests in flight", func() bool { return f.inFlight.Load() == 0 })
			})
		}
	}
}

// attemptTimeoutFor is short for the one response that grows too slowly to
// reach the size limit.
func attemptTimeoutFor(name string) time.Duration {
	if name == slowBody {
		return 100 * time.Millisecond
	}
	return time.Minute
}

func totalAlloc() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
