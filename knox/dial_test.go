package knox_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"syscall"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/knox"
)

// dialing is a transport whose connections are all refused.
type dialing func(*http.Request)

func (d dialing) RoundTrip(req *http.Request) (*http.Response, error) {
	d(req)
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

// A transport that does not report its connections may have sent the request
// before it failed, whatever its error looks like. One that reports that it asked
// for a connection and held none proves that nothing was sent.
func TestAFailedDialIsNotSentOnlyWhereTheTransportReportsIt(t *testing.T) {
	for _, reports := range []bool{true, false} {
		want := credit.Unknown
		if reports {
			want = credit.NotSent
		}
		requests := 0
		client, err := knox.New("acme", credit.StaticToken(token), credit.WithRetry(credit.RetryPolicy{MinWait: time.Millisecond, MaxWait: 5 * time.Millisecond}), credit.WithTransport(dialing(func(req *http.Request) {
			requests++
			if reports {
				httptrace.ContextClientTrace(req.Context()).GetConn(req.URL.Host)
			}
		})))
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.UpdateCredit(t.Context(), leastRecord(nil))
		if credit.OutcomeOf(err) != want || !errors.Is(err, credit.ErrUnavailable) || requests != 4 {
			t.Errorf("reported: %t: %v after %d requests, want %v after 4", reports, err, requests, want)
		}
	}
}
