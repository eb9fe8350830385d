package proof

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/knox"
	"github.com/creditkit/creditkit/metronome"
	"github.com/creditkit/creditkit/nexudus"
	"github.com/creditkit/creditkit/thoughtindustries"
)

// roundTripFunc is a transport in one function.
type roundTripFunc func(*http.Request) (*http.Response, error)

func (r roundTripFunc) RoundTrip(req *http.Request) (*http.Response, error) { return r(req) }

// fakeResponse is a response that need not follow a vendor's documentation.
type fakeResponse struct {
	status      int
	contentType string
	requestID   string
	body        []byte
}

func (a fakeResponse) httpResponse() *http.Response {
	return &http.Response{
		StatusCode: a.status,
		Header:     http.Header{"Content-Type": {a.contentType}, "X-Request-Id": {a.requestID}},
		Body:       io.NopCloser(bytes.NewReader(a.body)),
	}
}

// respondAlways returns the same response to every request.
func respondAlways(a fakeResponse) roundTripFunc {
	return func(*http.Request) (*http.Response, error) { return a.httpResponse(), nil }
}

// isWrite reports whether req is a write. All reads but metronome's are GETs,
// and metronome's writes carry an idempotency key.
func isWrite(req *http.Request) bool {
	return req.Method == http.MethodPut || req.Header.Get("Idempotency-Key") != ""
}

// nativeCalls holds a vendor's own calls. Each reports whether it returned a
// result.
type nativeCalls struct {
	update, read func(context.Context) (bool, error)
	updater      credit.Updater
}

func checkResult[T any](v *T, err error) (bool, error) { return v != nil, err }

// openNative returns the calls of a client that uses rt. record is a valid
// record of the vendor.
func (v vendor) openNative(t testing.TB, ref credit.Ref, record []byte, rt http.RoundTripper, opts ...credit.Option) nativeCalls {
	t.Helper()
	client, err := v.open(append([]credit.Option{
		credit.WithBaseURL("http://127.0.0.1:1"),
		credit.WithTransport(rt),
		credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	n := nativeCalls{updater: client.Updater()}
	switch c := client.(type) {
	case *knox.Client:
		n.update = func(ctx context.Context) (bool, error) {
			return checkResult(c.UpdateCredit(ctx, decodeRecord[knox.Credit](t, record)))
		}
		n.read = func(ctx context.Context) (bool, error) { return checkResult(c.GetCredit(ctx, ref.ID)) }
	case *thoughtindustries.Client:
		n.update = func(ctx context.Context) (bool, error) {
			return checkResult(c.UpdateCreditBatch(ctx, ref.ID, thoughtindustries.UpdateCreditBatchRequest{Name: new(plantedSecret + " name")}))
		}
		n.read = func(ctx context.Context) (bool, error) { return readList(c.ListCreditBatches(ctx, ref.Owner, "")) }
	case *nexudus.Client:
		stored := decodeRecord[nexudus.CoworkerBookingCredit](t, record)
		n.update = func(ctx context.Context) (bool, error) {
			return checkResult(c.UpdateCoworkerBookingCredit(ctx, stored.Update()))
		}
		n.read = func(ctx context.Context) (bool, error) {
			return checkResult(c.GetCoworkerBookingCredit(ctx, stored.ID))
		}
	case *flexprice.Client:
		n.update = func(ctx context.Context) (bool, error) {
			return checkResult(c.UpdateCreditGrant(ctx, ref.ID, flexprice.UpdateCreditGrantRequest{Name: new(plantedSecret + " name")}))
		}
		n.read = func(ctx context.Context) (bool, error) { return checkResult(c.GetCreditGrant(ctx, ref.ID)) }
	case *metronome.Client:
		n.update = func(ctx context.Context) (bool, error) {
			return checkResult(c.EditCredit(ctx, metronome.EditCreditRequest{CreditID: ref.ID, CustomerID: ref.Owner, Name: new(plantedSecret + " name")}))
		}
		n.read = func(ctx context.Context) (bool, error) { return checkResult(c.GetCredit(ctx, ref.Owner, ref.ID)) }
	}
	return n
}

func decodeRecord[T any](t testing.TB, record []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(record, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// readList reads a list up to the first error. An empty list counts as a
// result.
func readList[T any](list func(func(*T, error) bool)) (bool, error) {
	for v, err := range list {
		if err != nil || v == nil {
			return v != nil, err
		}
	}
	return true, nil
}

var allKinds = []credit.Kind{
	credit.ErrInvalid, credit.ErrUnauthorized, credit.ErrForbidden, credit.ErrNotFound,
	credit.ErrConflict, credit.ErrRateLimited, credit.ErrUnavailable, credit.ErrMalformed,
}

// maxErrorLength is the number of characters that an error text must stay
// below, whatever the vendor sends.
const maxErrorLength = 8 << 10

// checkErrorText checks that the text of err is short, fits one line of a log
// and does not contain the token.
func checkErrorText(t *testing.T, err error) {
	t.Helper()
	text := err.Error()
	switch {
	case !utf8.ValidString(text):
		t.Errorf("not UTF-8: %.200q", text)
	case strings.ContainsFunc(text, unicode.IsControl):
		t.Errorf("control characters: %.200q", text)
	case utf8.RuneCountInString(text) >= maxErrorLength:
		t.Errorf("%d characters: %.200q", utf8.RuneCountInString(text), text)
	case strings.Contains(text, token):
		t.Errorf("the token: %.500q", text)
	}
}
