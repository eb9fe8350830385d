package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/creditkit/creditkit/internal/bench"
)

// vendor is the server of the loopback sets, in a process of its own. It holds
// calls below /hold until a POST to its control releases them.
type vendor struct {
	conns, held atomic.Int64

	mu   sync.Mutex
	gate chan struct{}
}

// counts is the answer of the control: connections accepted and calls held.
type counts struct{ Conns, Held int64 }

// serve prints the addresses of the vendor and of its control, and returns when
// its standard input is closed.
func serve(args []string) error {
	if err := refuseArguments(args); err != nil {
		return err
	}
	v := &vendor{gate: make(chan struct{})}
	calls := &http.Server{
		Handler:           v,
		ReadHeaderTimeout: time.Minute,
		ConnState: func(_ net.Conn, s http.ConnState) {
			if s == http.StateNew {
				v.conns.Add(1)
			}
		},
	}
	control := &http.Server{Handler: http.HandlerFunc(v.control), ReadHeaderTimeout: time.Minute}
	for _, server := range []*http.Server{calls, control} {
		l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		fmt.Println("http://" + l.Addr().String())
		go func() { _ = server.Serve(l) }()
	}
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	if strings.HasPrefix(r.URL.Path, "/hold/") {
		v.mu.Lock()
		gate := v.gate
		v.mu.Unlock()
		v.held.Add(1)
		<-gate
		v.held.Add(-1)
	}
	answer := bench.Answer(r.Method, r.URL.Path)
	if answer == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer) //nolint:gosec // fixed bytes
}

func (v *vendor) control(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		v.mu.Lock()
		close(v.gate)
		v.gate = make(chan struct{})
		v.mu.Unlock()
	}
	_ = json.NewEncoder(w).Encode(counts{Conns: v.conns.Load(), Held: v.held.Load()})
}
