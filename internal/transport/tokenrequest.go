package transport

import (
	"context"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/creditkit/creditkit/credit"
)

// A tokenFetch is the memory of one fetch of a CachedTokenSource: the token
// requests that it has made.
type tokenFetch struct {
	call     *Call // that caused it; nil if Token was called directly
	requests int
	events   []credit.Event
}

type tokenFetchKey struct{}

// report reports the requests to the observers of the call's client. It runs once
// the token is stored, so that a panic of an observer does not lose it: a vendor
// may have ended the session of the old one.
func (f *tokenFetch) report() {
	for _, e := range f.events {
		f.call.client.report(credit.ContextWithOperation(f.call, e.Operation), e)
	}
}

// observed reports whether someone wants the events.
func (f *tokenFetch) observed() bool { return f.call != nil && len(f.call.client.observers) > 0 }

// A tokenExchange is one token request. The HTTP client of TokenClient sets its
// status.
type tokenExchange struct{ status int }

type tokenExchangeKey struct{}

// RequestToken makes one token request, in the fetch of a CachedTokenSource. Its
// context has the operation "Token" of vendor.
func RequestToken(ctx context.Context, vendor string, config *clientcredentials.Config) (*oauth2.Token, error) {
	fetch, _ := ctx.Value(tokenFetchKey{}).(*tokenFetch)
	if fetch == nil {
		fetch = new(tokenFetch)
	}
	fetch.requests++
	op := credit.Operation{Vendor: vendor, Name: "Token", Attempt: fetch.requests}
	exchange := new(tokenExchange)
	ctx = context.WithValue(credit.ContextWithOperation(ctx, op), tokenExchangeKey{}, exchange)
	start := time.Now()
	token, err := config.Token(ctx)
	if fetch.observed() {
		fetch.events = append(fetch.events, tokenEvent(op, start, exchange.status, err))
	}
	return token, err
}

// tokenEvent returns the event of a token request that ended with err.
func tokenEvent(op credit.Operation, start time.Time, status int, err error) credit.Event {
	e := credit.Event{Operation: op, Kind: credit.EventToken, Start: start, Duration: time.Since(start), StatusCode: status}
	if err != nil {
		e.Err, e.Outcome = newTokenError(err), credit.NotSent
	}
	return e
}
