package transport

import (
	"context"
	"log/slog"
	"net/http"
	"testing"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
)

// thrower panics in one of the places where a caller's code runs.
type thrower struct {
	place string
	slog.Handler
}

func (p *thrower) panicAt(place string) {
	if p.place == place {
		panic("planted at " + place)
	}
}

func (p *thrower) RoundTrip(req *http.Request) (*http.Response, error) {
	p.panicAt("transport")
	return status(200)(req)
}

func (p *thrower) Wait(context.Context) error {
	p.panicAt("limiter")
	return nil
}

func (p *thrower) Enabled(context.Context, slog.Level) bool {
	p.panicAt("handler")
	return true
}

func (p *thrower) Handle(context.Context, slog.Record) error { return nil }

func (p *thrower) Token() (*oauth2.Token, error) {
	p.panicAt("source")
	return &oauth2.Token{AccessToken: "planted-token"}, nil
}

// A panic of a caller's own code reaches that caller with its value, and leaves
// the client as it was.
func TestPanicsOfCallersCodeReachCaller(t *testing.T) {
	for _, place := range []string{"transport", "limiter", "handler", "source"} {
		t.Run(place, func(t *testing.T) {
			p := &thrower{place: place}
			client := newClientWith(t, Bearer(p), p, credit.WithLimiter(p), credit.WithLogger(slog.New(p)))
			if got := catch(func() { client.Do(safe(t.Context())) }); got != "planted at "+place {
				t.Errorf("the caller recovers %v", got)
			}
			p.place = ""
			call := safe(t.Context())
			client.Do(call)
			checkCall(t, call, 200, 1, call.Outcome)
		})
	}
}
