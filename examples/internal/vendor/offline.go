package vendor

import (
	"context"
	"errors"
	"net/http"

	"github.com/creditkit/creditkit/credit"
)

// ErrOffline is in the error of an update that passed all checks and would have
// been sent. See [Offline].
var ErrOffline = errors.New("the updater is offline")

// Offline returns an Updater that never sends a request and needs no
// credentials. It has the vendor's Support, and its updates return the errors
// that the vendor's driver finds before a request, or [ErrOffline]. [Refused]
// reports which of the two it is.
func Offline(name string) (credit.Updater, error) {
	return Updater(context.Background(), name, FakeEnv(name),
		credit.WithTransport(offlineTransport{}), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}))
}

// offlineTransport returns ErrOffline for every request.
type offlineTransport struct{}

func (offlineTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_ = req.Body.Close() // required of a RoundTripper
	}
	return nil, ErrOffline
}

// Refused reports whether the library rejected an update before sending it, so
// that the same update can never succeed. It is false for errors of the vendor
// and of the network.
func Refused(err error) bool {
	_, sent := errors.AsType[*credit.Error](err) // also if the network failed
	return !sent && credit.OutcomeOf(err) == credit.NotSent
}
