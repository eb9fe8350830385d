package transport

import (
	"errors"

	"github.com/creditkit/creditkit/credit"
)

// limited waits for the caller's limiter, if there is one, before each attempt.
// The wait does not count towards the attempt's timeout. Nothing is sent once the
// call's context has ended: a transport's error would not prove that nothing was
// sent, and the last response would be lost.
type limited struct {
	next    sender
	limiter credit.Limiter
}

func (l limited) send(call *Call) {
	call.current.Store(int32(call.Attempts) + 1) //nolint:gosec // a handful
	if l.waitForLimiter(call) {
		l.next.send(call)
	}
}

// waitForLimiter reports whether the attempt may be sent.
func (l limited) waitForLimiter(call *Call) bool {
	if l.limiter != nil {
		if err := l.limiter.Wait(call); err != nil {
			call.abort(Redacted("the limiter let no attempt pass: "+safeText(err), errors.Join(call.Err(), err)))
			return false
		}
	}
	if call.Err() != nil {
		call.noteContextError()
		return false
	}
	return true
}
