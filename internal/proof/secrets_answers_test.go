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

// planted makes a vendor's calls fail in every way, with plants wherever they
// may come from.
type planted struct {
	*walk
	vendor vendor // with other token sources than the walk's
	fake   *credittest.Server
	ref    credit.Ref
	record []byte
}

func (p planted) open(rt http.RoundTripper) native {
	return p.vendor.native(p.t, p.ref, p.record, rt, credit.WithLogger(p.logger(&p.log)))
}

// patch is an update to planted values.
func (p planted) patch() credit.Patch {
	patch := p.vendor.edits[0].patch(7)
	if !patch.Name.IsZero() {
		patch.Name = credit.Set(plant)
	}
	if !patch.Note.IsZero() {
		patch.Note = credit.Set(plant)
	}
	if p.vendor.name == "flexprice" {
		patch.Metadata = credit.Set(map[string]string{plant: plant})
	}
	return patch
}

// all makes each call once, and looks at its error.
func (p planted) all(ctx context.Context, what string, rt http.RoundTripper) {
	p.t.Helper()
	n := p.open(rt)
	_, err := n.update(ctx)
	p.failed(what+" of a change", err)
	_, err = n.read(ctx)
	p.failed(what+" of a read", err)
	_, err = n.updater.Update(ctx, p.ref, p.patch())
	p.failed(what+" of an update", err)
	_, err = n.updater.(credit.Reader).Read(ctx, p.ref)
	p.failed(what+" of an updater's read", err)
}

// plantedStatuses are at least one of each kind.
var plantedStatuses = []int{302, 400, 401, 403, 404, 409, 412, 422, 429, 500, 503}

// answers are refusals, and successes that nobody can use. The plants are
// outside of what the vendors say in so many words.
func (p planted) answers() {
	page := "<!doctype html><html><body>" + plant + "</body></html>"
	for _, status := range plantedStatuses {
		for name, a := range map[string]said{
			"a page":               {label: "text/html", body: []byte(page)},
			"a page called text":   {label: "text/plain", body: []byte(page)},
			"a page called JSON":   {label: "application/json", body: []byte(page)},
			"members":              {label: "application/json", body: []byte(`{"message":"no","trace":"` + plant + `","request":{"note":"` + plant + `"},"Value":"` + plant + `"}`)},
			"members without word": {label: "application/json", body: []byte(`{"stack":["` + plant + `"],"data":"` + plant + `"}`)},
			"half":                 {label: "application/json", body: []byte(`{"trace":"` + plant)},
			"what was sent":        {label: "application/json", body: []byte(`{"Errors":[{"AttemptedValue":"` + plant + `","PropertyName":"A","Message":"no"}]}`)},
			"a long page":          {label: "text/html", body: []byte(strings.Repeat(page, 2000))},
			"the token": {label: "application/json", requestID: "for-" + token,
				body: []byte(strings.ReplaceAll(`{"message":"key T","code":"T","error":"T","Message":"T","errors":[{"message":"T"}],"Errors":[{"PropertyName":"T","Message":"T"}],"details":{"T":"T"}}`, "T", token))},
			"the token in text": {label: "text/plain", body: []byte("unknown key " + token)},
		} {
			a.status = status
			p.all(p.t.Context(), fmt.Sprintf("%d with %s", status, name), sending(a))
		}
	}
	for name, body := range map[string]string{
		"a page":         page,
		"half":           `{"id":"` + plant,
		"a text":         `"` + plant + `"`,
		"a list":         `["` + plant + `"]`,
		"odd types":      `{"id":{"a":"` + plant + `"},"Id":"` + plant + `","data":"` + plant + `","WasSuccessful":"` + plant + `"}`,
		"another record": `{"id":"` + plant + `","Id":12,"contact_id":"` + plant + `","data":{"id":{"x":"` + plant + `"}}}`,
		"nothing":        "",
	} {
		p.all(p.t.Context(), "a 200 with "+name, sending(said{200, "application/json", "", []byte(body)}))
	}
}

// sending adds the headers that may hold a plant.
func sending(a said) roundTrip {
	return func(*http.Request) (*http.Response, error) {
		resp := a.response()
		resp.Header.Set("Location", "https://elsewhere.example/"+plant+"?q="+plant)
		resp.Header.Set("Set-Cookie", plant)
		resp.Header.Set("Www-Authenticate", plant)
		return resp, nil
	}
}

// networks are failures whose texts hold what was sent.
func (p planted) networks() {
	inner := errors.New("wrote " + plant + " with " + token)
	for name, err := range map[string]error{
		"a plain error": inner,
		"a URL error":   &url.Error{Op: "Put", URL: "https://vendor.example/" + plant + "?q=" + plant, Err: inner},
		"a dial error":  &net.OpError{Op: "dial", Net: "tcp", Err: inner},
		"a proxy error": &url.Error{Op: "Put", URL: "https://" + plant, Err: &net.OpError{Op: "proxyconnect", Net: "tcp", Err: inner}},
		"a lost one":    fmt.Errorf("%s: %w", plant, io.ErrUnexpectedEOF),
		"a bare text":   worded("wrote " + plant),
		"joined errors": errors.Join(inner, context.DeadlineExceeded),
	} {
		p.all(p.t.Context(), name, roundTrip(func(*http.Request) (*http.Response, error) { return nil, err }))
		for _, status := range []int{200, 400, 503} {
			p.all(p.t.Context(), name+" within a body", roundTrip(func(*http.Request) (*http.Response, error) {
				body := io.MultiReader(strings.NewReader(`{"message":"`+plant), failing{err})
				return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(body)}, nil
			}))
		}
	}
	p.all(p.t.Context(), "nothing", roundTrip(func(*http.Request) (*http.Response, error) { return nil, nil }))
}

// worded is an error that Go's own syntax shows in full.
type worded string

func (w worded) Error() string { return string(w) }

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// contexts end for reasons of their own, and limiters fail.
func (p planted) contexts() {
	cause := errors.New("ended by " + plant + " " + token)
	ctx, cancel := context.WithCancelCause(p.t.Context())
	cancel(cause)
	p.all(ctx, "an ended context", sending(said{status: 500}))
	late, stop := context.WithDeadlineCause(p.t.Context(), time.Now().Add(-time.Second), cause)
	defer stop()
	p.all(late, "a late context", sending(said{status: 500}))

	ctx, cancel = context.WithCancelCause(p.t.Context())
	p.all(ctx, "a context that ends on the way", roundTrip(func(*http.Request) (*http.Response, error) {
		cancel(cause)
		return nil, cause
	}))
	n := p.vendor.native(p.t, p.ref, p.record, sending(said{status: 500}), credit.WithLimiter(limiter{cause}), credit.WithLogger(p.logger(&p.log)))
	_, err := n.update(p.t.Context())
	p.failed("a limiter's error", err)
}

type limiter struct{ err error }

func (l limiter) Wait(context.Context) error { return l.err }
