package rest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// hides fails where any text of err, or of an error below it, holds one of
// secrets.
func hides(t *testing.T, err error, secrets ...string) {
	t.Helper()
	var below func(error) []any
	below = func(err error) []any {
		all := []any{err}
		if e, ok := err.(*credit.Error); ok {
			all = append(all, *e)
		}
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			if next := e.Unwrap(); next != nil {
				all = append(all, below(next)...)
			}
		case interface{ Unwrap() []error }:
			for _, next := range e.Unwrap() {
				all = append(all, below(next)...)
			}
		}
		return all
	}
	for _, v := range append(below(err), struct{ Err error }{err}, struct{ err error }{err}) {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			text := fmt.Sprintf(verb, v)
			for _, s := range secrets {
				if strings.Contains(text, s) {
					t.Errorf("%s of a %T shows %q: %s", verb, v, s, text)
				}
			}
		}
	}
}

func TestErrorsContainNoSecret(t *testing.T) {
	const query, body, reply = "private-query", "private-body", "private-reply"
	type answer struct {
		ID     string         `json:"id"`
		Amount credit.Decimal `json:"amount"`
		At     time.Time      `json:"at"`
		N      int8           `json:"n"`
		Inner  struct {
			Flag bool `json:"flag"`
		} `json:"inner"`
	}
	for name, step := range map[string]string{
		"a message":               `400 {"message":"key ` + secret + ` is unknown","code":"` + secret + `","fields":{"` + secret + `":"` + secret + `"}}`,
		"a plain text":            "404 no " + secret + " here",
		"a page":                  "200 <html>" + reply,
		"a refusal's page":        "502 <html>" + reply,
		"a text":                  `200 "` + reply + `"`,
		"a list":                  `200 ["` + reply + `"]`,
		"half an object":          `200 {"id":"` + reply,
		"a text for a number":     `200 {"n":"` + reply + `"}`,
		"a number for a text":     `200 {"id":123456789012}`,
		"a number that is large":  `200 {"n":123456789012}`,
		"a text for a yes or no":  `200 {"inner":{"flag":"` + reply + `"}}`,
		"an object for a text":    `200 {"id":{"a":"` + reply + `"}}`,
		"a text for an amount":    `200 {"amount":"` + reply + `"}`,
		"an object for an amount": `200 {"amount":{"a":"` + reply + `"}}`,
		"a text for a time":       `200 {"at":"` + reply + `"}`,
		"an odd redirect":         "302 " + reply,
		"nothing":                 "lost",
		"no connection":           "dial",
	} {
		t.Run(name, func(t *testing.T) {
			s := play(step, step, step, step)
			if strings.HasPrefix(step, "404") {
				s.label = "text/plain"
			}
			s.head = http.Header{
				"X-Request-Id": {"for " + secret},
				"Location":     {"https://" + secret + ".evil.test/" + reply + "?" + query},
			}
			c := newClient(t, s)
			result, err := Send(t.Context(), c, &opKeyed, Call{Query: query, Body: thing{ID: body}}, Whole)
			if err == nil {
				_, err = Decode[answer](result)
			}
			failure(t, err)
			hides(t, err, secret, query, body, reply, "123456789012")
		})
	}
}

// Errors of net/http and of a caller's own transport may quote the URL and the
// headers.
func TestErrorsRedactTransportErrors(t *testing.T) {
	for name, cause := range map[string]error{
		"a URL error":   &url.Error{Op: "Put", URL: "https://api.acme.test/credits?private-query", Err: errors.New("failed with " + secret)},
		"any error":     errors.New("sent X-Api-Key: " + secret + " to ?private-query"),
		"a wrapped one": fmt.Errorf("recording %s: %w", secret, errLost),
	} {
		t.Run(name, func(t *testing.T) {
			rt := transportFunc(func(*http.Request) (*http.Response, error) { return nil, cause })
			_, err := do(t, newClient(t, rt), &opUnsafe, Call{Query: "private-query"})
			hides(t, err, secret, "private-query")
			if !errors.Is(err, cause) {
				t.Errorf("errors.Is does not find the cause of %v", err)
			}
		})
	}
}

func TestPrintedClientContainsNoKey(t *testing.T) {
	c := newClient(t, play())
	for _, v := range []any{c, *c, struct{ c *Client }{c}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, secret) {
				t.Errorf("%s of a %T shows the key: %s", verb, v, text)
			}
		}
	}
}
