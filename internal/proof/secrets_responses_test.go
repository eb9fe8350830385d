package proof

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// secretCase makes a vendor's calls fail in every way, with planted secrets in
// everything that the vendor, the network or the caller supplies.
type secretCase struct {
	*secretScan
	vendor vendor // may have another token source than secretScan.vendor
	fake   *credittest.Server
	ref    credit.Ref
	record []byte
}

func (c secretCase) newNativeCalls(rt http.RoundTripper) nativeCalls {
	return c.vendor.openNative(c.t, c.ref, c.record, rt, credit.WithLogger(c.newLogger(&c.log)))
}

// plantedPatch returns a patch with planted values.
func (c secretCase) plantedPatch() credit.Patch {
	patch := c.vendor.edits[0].patch(7)
	if !patch.Name.IsZero() {
		patch.Name = credit.Set(plantedSecret)
	}
	if !patch.Note.IsZero() {
		patch.Note = credit.Set(plantedSecret)
	}
	if c.vendor.name == "flexprice" {
		patch.Metadata = credit.Set(map[string]string{plantedSecret: plantedSecret})
	}
	return patch
}

// checkAllCalls makes each call once and checks its error.
func (c secretCase) checkAllCalls(ctx context.Context, what string, rt http.RoundTripper) {
	c.t.Helper()
	n := c.newNativeCalls(rt)
	_, err := n.update(ctx)
	c.checkFailed(what+" of a change", err)
	_, err = n.read(ctx)
	c.checkFailed(what+" of a read", err)
	_, err = n.updater.Update(ctx, c.ref, c.plantedPatch())
	c.checkFailed(what+" of an update", err)
	_, err = n.updater.(credit.Reader).Read(ctx, c.ref)
	c.checkFailed(what+" of an updater's read", err)
	if finder, ok := n.updater.(credit.Finder); ok {
		for _, err := range finder.Find(ctx, credit.Query{Owner: c.vendor.owner(c.ref)}) {
			c.checkFailed(what+" of a list", err)
		}
	}
}

// rejectionStatuses contains a status for each kind of error.
var rejectionStatuses = []int{302, 400, 401, 403, 404, 409, 412, 422, 429, 500, 503}

// checkResponses makes calls that get error responses and unusable 2xx
// responses. The planted secrets are outside of the documented error messages.
func (c secretCase) checkResponses() {
	page := "<!doctype html><html><body>" + plantedSecret + "</body></html>"
	for _, status := range rejectionStatuses {
		for _, test := range []struct {
			name string
			a    fakeResponse
		}{
			{"HTML", fakeResponse{contentType: "text/html", body: []byte(page)}},
			{"HTML as text/plain", fakeResponse{contentType: "text/plain", body: []byte(page)}},
			{"HTML as JSON", fakeResponse{contentType: "application/json", body: []byte(page)}},
			{"unknown members", fakeResponse{contentType: "application/json", body: []byte(`{"message":"no","trace":"` + plantedSecret + `","request":{"note":"` + plantedSecret + `"},"Value":"` + plantedSecret + `"}`)}},
			{"no message", fakeResponse{contentType: "application/json", body: []byte(`{"stack":["` + plantedSecret + `"],"data":"` + plantedSecret + `"}`)}},
			{"truncated JSON", fakeResponse{contentType: "application/json", body: []byte(`{"trace":"` + plantedSecret)}},
			{"the attempted value", fakeResponse{contentType: "application/json", body: []byte(`{"Errors":[{"AttemptedValue":"` + plantedSecret + `","PropertyName":"A","Message":"no"}]}`)}},
			{"long HTML", fakeResponse{contentType: "text/html", body: []byte(strings.Repeat(page, 2000))}},
			{"the token", fakeResponse{contentType: "application/json", requestID: "for-" + token,
				body: []byte(strings.ReplaceAll(`{"message":"key T","code":"T","error":"T","Message":"T","errors":[{"message":"T"}],"Errors":[{"PropertyName":"T","Message":"T"}],"details":{"T":"T"}}`, "T", token))}},
			{"the token in text", fakeResponse{contentType: "text/plain", body: []byte("unknown key " + token)}},
		} {
			test.a.status = status
			c.checkAllCalls(c.t.Context(), fmt.Sprintf("%d with %s", status, test.name), respondWithSecretHeaders(test.a))
		}
	}
	for _, test := range []struct {
		name string
		body string
	}{
		{"HTML", page},
		{"truncated JSON", `{"id":"` + plantedSecret},
		{"a string", `"` + plantedSecret + `"`},
		{"an array", `["` + plantedSecret + `"]`},
		{"wrong types", `{"id":{"a":"` + plantedSecret + `"},"Id":"` + plantedSecret + `","data":"` + plantedSecret + `","WasSuccessful":"` + plantedSecret + `"}`},
		{"another id", `{"id":"` + plantedSecret + `","Id":12,"contact_id":"` + plantedSecret + `","data":{"id":{"x":"` + plantedSecret + `"}}}`},
		{"an empty body", ""},
	} {
		c.checkAllCalls(c.t.Context(), "a 200 with "+test.name, respondWithSecretHeaders(fakeResponse{200, "application/json", "", []byte(test.body)}))
	}
}

// respondWithSecretHeaders returns a transport that adds headers with planted
// secrets to a.
func respondWithSecretHeaders(a fakeResponse) roundTripFunc {
	return func(*http.Request) (*http.Response, error) {
		resp := a.httpResponse()
		resp.Header.Set("Location", "https://elsewhere.example/"+plantedSecret+"?q="+plantedSecret)
		resp.Header.Set("Set-Cookie", plantedSecret)
		resp.Header.Set("Www-Authenticate", plantedSecret)
		return resp, nil
	}
}

// checkNetworkErrors makes calls that fail with network errors whose texts
// contain secrets.
func (c secretCase) checkNetworkErrors() {
	inner := errors.New("wrote " + plantedSecret + " with " + token)
	for _, test := range []struct {
		name string
		err  error
	}{
		{"a plain error", inner},
		{"a URL error", &url.Error{Op: "Put", URL: "https://vendor.example/" + plantedSecret + "?q=" + plantedSecret, Err: inner}},
		{"a dial error", &net.OpError{Op: "dial", Net: "tcp", Err: inner}},
		{"a proxy error", &url.Error{Op: "Put", URL: "https://" + plantedSecret, Err: &net.OpError{Op: "proxyconnect", Net: "tcp", Err: inner}}},
		{"a broken connection", fmt.Errorf("%s: %w", plantedSecret, io.ErrUnexpectedEOF)},
		{"a string error", stringError("wrote " + plantedSecret)},
		{"joined errors", errors.Join(inner, context.DeadlineExceeded)},
	} {
		c.checkAllCalls(c.t.Context(), test.name, roundTripFunc(func(*http.Request) (*http.Response, error) { return nil, test.err }))
		for _, status := range []int{200, 400, 503} {
			c.checkAllCalls(c.t.Context(), test.name+" within a body", roundTripFunc(func(*http.Request) (*http.Response, error) {
				body := io.MultiReader(strings.NewReader(`{"message":"`+plantedSecret), failingReader{test.err})
				return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(body)}, nil
			}))
		}
	}
	c.checkAllCalls(c.t.Context(), "a nil response", roundTripFunc(func(*http.Request) (*http.Response, error) { return nil, nil }))
}

// stringError is an error whose text %#v prints.
type stringError string

func (w stringError) Error() string { return string(w) }

type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

// checkContexts makes calls whose context ends with a cause, and one whose
// limiter fails.
func (c secretCase) checkContexts() {
	cause := errors.New("ended by " + plantedSecret + " " + token)
	ctx, cancel := context.WithCancelCause(c.t.Context())
	cancel(cause)
	c.checkAllCalls(ctx, "a canceled context", respondWithSecretHeaders(fakeResponse{status: 500}))
	expired, stop := context.WithDeadlineCause(c.t.Context(), time.Now().Add(-time.Second), cause)
	defer stop()
	c.checkAllCalls(expired, "an expired deadline", respondWithSecretHeaders(fakeResponse{status: 500}))

	ctx, cancel = context.WithCancelCause(c.t.Context())
	c.checkAllCalls(ctx, "a context canceled during the request", roundTripFunc(func(*http.Request) (*http.Response, error) {
		cancel(cause)
		return nil, cause
	}))
	n := c.vendor.openNative(c.t, c.ref, c.record, respondWithSecretHeaders(fakeResponse{status: 500}), credit.WithLimiter(failingLimiter{cause}), credit.WithLogger(c.newLogger(&c.log)))
	_, err := n.update(c.t.Context())
	c.checkFailed("a limiter's error", err)
}

type failingLimiter struct{ err error }

func (l failingLimiter) Wait(context.Context) error { return l.err }
