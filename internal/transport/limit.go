package transport

import (
	"errors"
	"net/http"

	"github.com/creditkit/creditkit/credit"
)

// limited waits for the caller's limiter before each attempt. The wait lies
// outside the attempt's timeout.
type limited struct {
	next    http.RoundTripper
	limiter credit.Limiter
}

func (l limited) RoundTrip(req *http.Request) (*http.Response, error) {
	call := callOf(req.Context())
	if err := l.limiter.Wait(call); err != nil {
		call.stop(Opaque("the limiter let no attempt pass: "+words(err), errors.Join(call.Err(), err)))
		return noAnswer(req), nil
	}
	return l.next.RoundTrip(req)
}
