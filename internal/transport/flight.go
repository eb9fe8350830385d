package transport

import (
	"context"
	"errors"

	"golang.org/x/oauth2"
)

// A flight is one request for a token. It runs in a goroutine of its own, so
// that a caller whose context ends need not wait for it. Callers that come
// while it runs share it.
type flight struct {
	done     chan struct{} // closed when the fields below are set
	token    *oauth2.Token
	err      error
	panicked any // the value that the request panicked with
}

var (
	errFlightDied     = errors.New("the request for a token did not come back")
	errFlightPanicked = errors.New("the request for a token panicked in another call")
)

// startFlight runs fetch, and then finish, before the result is available. A panic
// of finish leaves the result as it is.
func startFlight(fetch func() (*oauth2.Token, error), finish func(*flight)) *flight {
	f := &flight{done: make(chan struct{}), err: errFlightDied}
	go func() {
		// Without the recoveries, a panic of a caller's HTTP transport, token
		// source or observer would end the process: no caller is on this
		// goroutine's stack. After a runtime.Goexit, as by t.FailNow, err is
		// unchanged.
		defer close(f.done)
		defer func() {
			if value := recover(); value != nil {
				f.panicked = value
			}
		}()
		defer func() {
			if value := recover(); value != nil {
				f.panicked, f.err = value, errFlightPanicked
			}
			finish(f)
		}()
		f.token, f.err = fetch()
	}()
	return f
}

// wait returns the flight's result, or the context's error if ctx ends first.
// A panic is raised again in the caller that started the flight; others get an
// error.
func (f *flight) wait(ctx context.Context, started bool) (*oauth2.Token, error) {
	select {
	case <-f.done:
		if started && f.panicked != nil {
			panic(f.panicked)
		}
		if f.err == nil || ctx.Err() == nil {
			return f.token, f.err
		}
	case <-ctx.Done():
	}
	return nil, ctx.Err() // also where the end of ctx made the request fail
}
