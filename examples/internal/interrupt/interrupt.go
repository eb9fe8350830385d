// Package interrupt lets a command-line program finish what it began when it is
// interrupted or loses its terminal.
package interrupt

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// NotifyContext returns a context that is canceled by the first Ctrl-C (SIGINT),
// SIGTERM or SIGHUP, so that the program can finish its requests and report their
// outcomes. The cause of the cancellation is a [Signal]. After that, a second
// SIGINT or SIGTERM kills the program; another SIGHUP does not, because a closing
// terminal often sends two.
//
// A SIGHUP that the parent process ignores, as nohup does, stays ignored.
//
// The returned function stops the handling of signals and cancels the context.
func NotifyContext(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	received := make(chan os.Signal, 1)
	signal.Notify(received, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(received, syscall.SIGHUP)
	}
	done := make(chan struct{})
	go func() {
		select {
		case s := <-received:
			signal.Reset(os.Interrupt, syscall.SIGTERM)
			cancel(Signal{s})
		case <-done:
		}
	}()
	var once sync.Once
	return ctx, func() {
		once.Do(func() {
			close(done)
			signal.Stop(received)
			cancel(context.Canceled)
		})
	}
}

// A Signal is the cause of a context that a signal has canceled.
type Signal struct{ os.Signal }

// Error returns the signal's name.
func (s Signal) Error() string { return "received signal " + s.String() }

// Unwrap returns [context.Canceled].
func (s Signal) Unwrap() error { return context.Canceled }

// IgnoreBrokenPipe makes a write to a standard output or standard error that
// was closed by its reader, as in "program | head -1", return an error instead of
// killing the program.
func IgnoreBrokenPipe() { signal.Ignore(syscall.SIGPIPE) }
