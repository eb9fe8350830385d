package transport

import (
	"errors"
	"net/http"

	"github.com/creditkit/creditkit/credit"
)

// limited waits for the caller's limiter, if there is one, before each attempt.
// The wait lies outside the attempt's timeout. Nothing passes once the call's
// context has ended: a transport's word for it would not prove that nothing was
// sent, and the last answer would be lost.
type limited struct {
	next    http.RoundTripper
	limiter credit.Limiter
}

func (l limited) RoundTrip(req *http.Request) (*http.Response, error) {
	call := callOf(req.Context())
	if !l.pass(call) {
		return noAnswer(req), nil
	}
	return l.next.RoundTrip(req)
}

func (l limited) pass(call *Call) bool {
	if l.limiter != nil {
		if err := l.limiter.Wait(call); err != nil {
			call.stop(Opaque("the limiter let no attempt pass: "+words(err), errors.Join(call.Err(), err)))
			return false
		}
	}
	if call.Err() != nil {
		call.interrupted()
		return false
	}
	return true
}
