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

// roundTrip is a vendor in one function.
type roundTrip func(*http.Request) (*http.Response, error)

func (r roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return r(req) }

// said is an answer that no server has to agree to.
type said struct {
	status    int
	label     string
	requestID string
	body      []byte
}

func (a said) response() *http.Response {
	return &http.Response{
		StatusCode: a.status,
		Header:     http.Header{"Content-Type": {a.label}, "X-Request-Id": {a.requestID}},
		Body:       io.NopCloser(bytes.NewReader(a.body)),
	}
}

// always gives the same answer to every request.
func always(a said) roundTrip {
	return func(*http.Request) (*http.Response, error) { return a.response(), nil }
}

// isWrite tells a change from a read: all reads but metronome's are GETs, and
// metronome's changes carry a key.
func isWrite(req *http.Request) bool {
	return req.Method == http.MethodPut || req.Header.Get("Idempotency-Key") != ""
}

// A native holds a vendor's own calls. Each reports whether there was a result.
type native struct {
	update, read func(context.Context) (bool, error)
	updater      credit.Updater
}

func got[T any](v *T, err error) (bool, error) { return v != nil, err }

// native opens a client of a stub. record is one that the vendor may have.
func (v vendor) native(t testing.TB, ref credit.Ref, record []byte, rt http.RoundTripper, opts ...credit.Option) native {
	t.Helper()
	client, err := v.open(append([]credit.Option{
		credit.WithBaseURL("http://127.0.0.1:1"),
		credit.WithTransport(rt),
		credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	n := native{updater: client.Updater()}
	switch c := client.(type) {
	case *knox.Client:
		n.update = func(ctx context.Context) (bool, error) {
			return got(c.UpdateCredit(ctx, decoded[knox.Credit](t, record)))
		}
		n.read = func(ctx context.Context) (bool, error) { return got(c.GetCredit(ctx, ref.ID)) }
	case *thoughtindustries.Client:
		n.update = func(ctx context.Context) (bool, error) {
			return got(c.UpdateCreditBatch(ctx, ref.ID, thoughtindustries.UpdateCreditBatchRequest{Name: new(plant + " name")}))
		}
		n.read = func(ctx context.Context) (bool, error) { return walked(c.ListCreditBatches(ctx, ref.Owner, "")) }
	case *nexudus.Client:
		stored := decoded[nexudus.CoworkerBookingCredit](t, record)
		n.update = func(ctx context.Context) (bool, error) {
			return got(c.UpdateCoworkerBookingCredit(ctx, stored.Update()))
		}
		n.read = func(ctx context.Context) (bool, error) { return got(c.GetCoworkerBookingCredit(ctx, stored.ID)) }
	case *flexprice.Client:
		n.update = func(ctx context.Context) (bool, error) {
			return got(c.UpdateCreditGrant(ctx, ref.ID, flexprice.UpdateCreditGrantRequest{Name: new(plant + " name")}))
		}
		n.read = func(ctx context.Context) (bool, error) { return got(c.GetCreditGrant(ctx, ref.ID)) }
	case *metronome.Client:
		n.update = func(ctx context.Context) (bool, error) {
			return got(c.EditCredit(ctx, metronome.EditCreditRequest{CreditID: ref.ID, CustomerID: ref.Owner, Name: new(plant + " name")}))
		}
		n.read = func(ctx context.Context) (bool, error) { return got(c.GetCredit(ctx, ref.Owner, ref.ID)) }
	}
	return n
}

func decoded[T any](t testing.TB, record []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(record, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// walked goes through a list. An empty one is a result too.
func walked[T any](list func(func(*T, error) bool)) (bool, error) {
	for v, err := range list {
		if err != nil || v == nil {
			return v != nil, err
		}
	}
	return true, nil
}

func named(t testing.TB, name string) vendor {
	t.Helper()
	for _, v := range vendors {
		if v.name == name {
			return v
		}
	}
	t.Fatalf("no vendor is named %s", name)
	return vendor{}
}

var kinds = []credit.Kind{
	credit.ErrInvalid, credit.ErrUnauthorized, credit.ErrForbidden, credit.ErrNotFound,
	credit.ErrConflict, credit.ErrRateLimited, credit.ErrUnavailable, credit.ErrMalformed,
}

// longest is how many characters a text of an error may have, whatever a vendor
// says.
const longest = 8 << 10

// checkText wants a text that can stand in one line of a log.
func checkText(t *testing.T, err error) {
	t.Helper()
	text := err.Error()
	switch {
	case !utf8.ValidString(text):
		t.Errorf("not UTF-8: %.200q", text)
	case strings.ContainsFunc(text, unicode.IsControl):
		t.Errorf("control characters: %.200q", text)
	case utf8.RuneCountInString(text) >= longest:
		t.Errorf("%d characters: %.200q", utf8.RuneCountInString(text), text)
	case strings.Contains(text, token):
		t.Errorf("the token: %.500q", text)
	}
}
