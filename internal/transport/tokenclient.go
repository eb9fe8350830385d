package transport

import (
	"context"
	"net/http"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/internal/typednil"
)

// TokenClient returns ctx with the HTTP client that token requests go through:
// the caller's, if ctx holds one under oauth2.HTTPClient, else one on the
// SDK's shared transport. Redirects are refused, because the requests carry
// passwords. header is added to each request. A nil ctx, which a source refuses,
// is taken here.
func TokenClient(ctx context.Context, header http.Header) context.Context {
	if typednil.Is(ctx) {
		ctx = context.Background()
	}
	client := http.Client{Transport: sharedTransport()}
	if given, ok := ctx.Value(oauth2.HTTPClient).(*http.Client); ok && given != nil {
		client = *given
	}
	if client.Transport == nil {
		client.Transport = http.DefaultTransport
	}
	client.CheckRedirect = refuseRedirect
	client.Transport = tokenTransport{next: client.Transport, header: header}
	return context.WithValue(ctx, oauth2.HTTPClient, &client)
}

// tokenTransport adds headers to each request and keeps the status of the response:
// oauth2 does not return that of a success.
type tokenTransport struct {
	next   http.RoundTripper
	header http.Header
}

func (t tokenTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	for name, values := range t.header {
		req.Header[name] = values // not canonicalized: client_id is in lower case
	}
	resp, err := t.next.RoundTrip(req)
	if exchange, ok := req.Context().Value(tokenExchangeKey{}).(*tokenExchange); ok && err == nil && resp != nil {
		exchange.status = resp.StatusCode
	}
	return resp, err
}

// refuseRedirect returns a redirect as the response. To follow one would turn a
// POST into a GET, and carry a secret to another host.
func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
