package proof

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"syscall"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

// rejectLost responds with a rejection where no response arrived.
func rejectLost(inner http.RoundTripper) http.RoundTripper {
	return roundTripFunc(func(req *http.Request) (*http.Response, error) {
		if resp, err := inner.RoundTrip(req); err == nil {
			return resp, nil
		}
		return &http.Response{StatusCode: 400, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"message":"no"}`)), Request: req}, nil
	})
}

// denyLost claims where no response arrived that there was no connection.
func denyLost(inner http.RoundTripper) http.RoundTripper {
	return roundTripFunc(func(req *http.Request) (*http.Response, error) {
		if resp, err := inner.RoundTrip(req); err == nil {
			return resp, nil
		}
		httptrace.ContextClientTrace(req.Context()).GetConn("vendor.example:443")
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	})
}

// sendTwice sends each request with a body twice, and returns the second response.
func sendTwice(inner http.RoundTripper) http.RoundTripper {
	return roundTripFunc(func(req *http.Request) (*http.Response, error) {
		if req.Body == nil {
			return inner.RoundTrip(req)
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		if resp, err := inner.RoundTrip(req); err == nil {
			_ = resp.Body.Close()
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		return inner.RoundTrip(req)
	})
}

// The sequences must find a client that reports what it cannot know, or that makes a
// change twice. The client of package transport would hide some of it by its own repeats,
// so it makes none; sequences of one fault are then enough.
func TestSequencesOfFaultsFindWrongClients(t *testing.T) {
	for _, test := range []struct {
		name    string
		wrap    func(http.RoundTripper) http.RoundTripper
		vendors string // where it must be found
	}{
		{"none", nil, ""},
		{"rejects what was lost", rejectLost, "knox thoughtindustries nexudus flexprice metronome"},
		{"denies what was lost", denyLost, "knox thoughtindustries nexudus flexprice metronome"},
		{"sends twice", sendTwice, "thoughtindustries nexudus metronome"}, // the others set a value again
	} {
		for _, v := range vendors {
			t.Run(test.name+"/"+v.name, func(t *testing.T) {
				_, updates, wrong := v.trySequences(t, 1, test.wrap, credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}))
				if want := strings.Contains(test.vendors, v.name); want != (len(wrong) > 0) {
					t.Errorf("%d of %d updates are wrong, want any: %v\n%s", len(wrong), updates, want, strings.Join(wrong, "\n"))
				}
			})
		}
	}
}
