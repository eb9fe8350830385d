package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"
)

// A failure is an error from below in words that can be shown. Texts of
// net/http, of tokens' endpoints and of callers' own transports may hold URLs
// with queries or pieces of answers; errors.Is and errors.As still see the
// error itself, but nothing prints it.
type failure struct {
	text string
	err  func() error // behind a function, so that no printing reaches it
}

func (f *failure) Error() string        { return f.text }
func (f *failure) Is(target error) bool { return errors.Is(f.err(), target) }
func (f *failure) As(target any) bool   { return errors.As(f.err(), target) }
func (f *failure) GoString() string     { return f.text }

// Opaque shows text in place of err's own.
func Opaque(text string, err error) error {
	return &failure{text: text, err: func() error { return err }}
}

// Describe puts err into words that hold no secret.
func Describe(err error) error {
	return Opaque(words(err), err)
}

func describe(attempt context.Context, call *Call, err error, timeout time.Duration) error {
	switch {
	case call.Err() != nil: // visible to errors.Is, also behind a custom cause
		return Opaque(call.Err().Error(), errors.Join(call.Err(), context.Cause(call), err))
	case attempt.Err() != nil:
		return Opaque(fmt.Sprintf("no answer within %v", timeout), errors.Join(attempt.Err(), err))
	}
	return Describe(err)
}

// words tells of errors whose texts are known to be harmless, and names the
// type of all others.
func words(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return opWords(*op)
	}
	if text, ok := known[*net.DNSError](err); ok {
		return text
	}
	if text, ok := known[*tls.CertificateVerificationError](err); ok {
		return text
	}
	if text, ok := known[tls.RecordHeaderError](err); ok {
		return text
	}
	if text, ok := known[tls.AlertError](err); ok {
		return text
	}
	if text, ok := known[syscall.Errno](err); ok {
		return text
	}
	for _, plain := range []error{context.Canceled, context.DeadlineExceeded, ErrTooLarge, errNoResponse, errNotFinal} {
		if errors.Is(err, plain) {
			return plain.Error()
		}
	}
	// net/http has its own error for an answer that does not even begin.
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || innermost(err).Error() == "http: server closed idle connection" {
		return "the connection was closed before the answer was complete"
	}
	return fmt.Sprintf("an error of type %T", innermost(err))
}

// opWords keeps what net says of an operation and its addresses. What lies
// below may be a proxy's or a dialer's own.
func opWords(op net.OpError) string {
	switch {
	case op.Timeout():
		op.Err = errTimedOut
	case op.Err == nil:
		op.Err = errUntold
	default:
		op.Err = errors.New(words(op.Err))
	}
	return op.Error()
}

var (
	errTimedOut = errors.New("timed out")
	errUntold   = errors.New("failed")
)

func known[E error](err error) (string, bool) {
	if e, ok := errors.AsType[E](err); ok {
		return e.Error(), true
	}
	return "", false
}

func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}
