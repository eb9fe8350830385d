package vendor

import (
	"context"
	"errors"
	"net/http"

	"github.com/creditkit/creditkit/credit"
)

// ErrOffline is in the errors of updates that would have gone out, see [Offline].
var ErrOffline = errors.New("the updater is offline")

// Offline makes an Updater that never sends a request, and needs no credentials:
// it tells what the vendor can do, and finds what an update is refused for
// without asking the vendor. [Refused] tells those errors from [ErrOffline].
func Offline(name string) (credit.Updater, error) {
	return Updater(context.Background(), name, FakeEnv(name),
		credit.WithTransport(unplugged{}), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}))
}

// unplugged refuses every request.
type unplugged struct{}

func (unplugged) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_ = req.Body.Close() // a RoundTripper closes it
	}
	return nil, ErrOffline
}

// Refused reports whether err is the refusal of an update that cannot be right
// as it stands: nothing was sent, and sending it again would be as wrong. What a
// vendor refuses, and what failed on its way, is not.
func Refused(err error) bool {
	if holds[*credit.Error](err) { // it met the vendor, or tried to
		return false
	}
	return holds[*credit.InvalidError](err) ||
		holds[*credit.UnsupportedError](err) ||
		holds[*credit.AmbiguousError](err) ||
		holds[*credit.MalformedReadError](err) ||
		errors.Is(err, credit.ErrEmptyPatch)
}

func holds[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
