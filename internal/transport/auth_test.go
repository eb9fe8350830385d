package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
)

// tokens is a source from a function.
type tokens func() (*oauth2.Token, error)

func (f tokens) Token() (*oauth2.Token, error) { return f() }

// plain is a source that is a bare string, with nothing that hides it.
type plain string

func (p plain) Token() (*oauth2.Token, error) { return &oauth2.Token{AccessToken: string(p)}, nil }

// A renewer's tokens get a number with each renewal.
type renewer struct {
	mu       sync.Mutex
	token    string
	renewals int
	err      error
}

func (r *renewer) Token() (*oauth2.Token, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &oauth2.Token{AccessToken: r.token}, nil
}

func (r *renewer) RenewToken(_ context.Context, stale string) (*oauth2.Token, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.renewals++
	if stale == r.token {
		r.token = fmt.Sprintf("planted-token-%d", r.renewals)
	}
	return &oauth2.Token{AccessToken: r.token}, r.err
}

func TestUnauthorizedRenewsTokenOncePerCall(t *testing.T) {
	for _, test := range []struct {
		name     string
		steps    []step
		status   int
		attempts int
	}{
		{"the new one is good", []step{status(401), status(200)}, 200, 2},
		{"the new one is refused", []step{status(401)}, 401, 2},
		{"refused again after a 503", []step{status(401), status(503), status(401)}, 401, 3},
		{"refused after lost attempts", []step{fails(errLost), status(401), status(200)}, 200, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				vendor, source := script(test.steps...), &renewer{token: "planted-old"}
				call := safe(t.Context())
				newClientWith(t, Bearer(source), vendor).Do(call)
				if call.Response.Status != test.status || call.Attempts != test.attempts || source.renewals != 1 {
					t.Errorf("status %d, %d attempts, %d renewals", call.Response.Status, call.Attempts, source.renewals)
				}
				last := vendor.seen[len(vendor.seen)-1].req.Header
				if got := last.Get("Authorization"); got != "Bearer planted-token-1" || call.Secret != "planted-token-1" {
					t.Errorf("sent %q last", got)
				}
				first := vendor.seen[0].req.Header
				if reflect.ValueOf(first).Pointer() == reflect.ValueOf(last).Pointer() || first.Get("Authorization") != "Bearer planted-old" {
					t.Error("the new token went into the first attempt's headers")
				}
			})
		})
	}
}

// A token that is refused on the last attempt must not be sent for ever.
func TestUnauthorizedOnLastAttemptRenewsTokenInNextCall(t *testing.T) {
	vendor, source := script(status(401), status(200)), &renewer{token: "planted-old"}
	client := newClientWith(t, Bearer(source), vendor, attempts(1))
	for _, want := range []int{401, 200, 200} {
		call := safe(t.Context())
		client.Do(call)
		checkCall(t, call, want, 1, call.Response.Outcome())
	}
	if got := vendor.seen[1].req.Header.Get("Authorization"); got != "Bearer planted-token-1" {
		t.Errorf("sent %q after the refusal", got)
	}
}

func TestUnauthorizedIsReturnedIfNotRenewable(t *testing.T) {
	for name, auth := range map[string]Auth{
		"key": StaticAuth(NewCredentials("X-Api-Key", apiKey, apiKey)), "static token": Bearer(credit.StaticToken("planted-token")),
	} {
		call := safe(t.Context())
		newClientWith(t, auth, script(status(401), status(200))).Do(call)
		if call.Response.Status != 401 || call.Attempts != 1 {
			t.Errorf("%s: status %d, %d attempts", name, call.Response.Status, call.Attempts)
		}
	}
}

func TestFailedRenewalKeepsResponse(t *testing.T) {
	source := &renewer{token: "planted-old", err: errOwn}
	call := safe(t.Context())
	newClientWith(t, Bearer(source), script(status(401))).Do(call)
	checkCall(t, call, 401, 1, credit.Rejected)
	if !errors.Is(call.Failure, errOwn) || strings.Contains(call.Failure.Error(), planted) {
		t.Error(call.Failure)
	}
}

func TestEachAttemptGetsToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		source := tokens(func() (*oauth2.Token, error) {
			n++
			return &oauth2.Token{AccessToken: fmt.Sprint("planted-", n)}, nil
		})
		vendor := script(status(503), status(200))
		newClientWith(t, Bearer(source), vendor).Do(safe(t.Context()))
		for i, s := range vendor.seen {
			if got := s.before.Header.Get("Authorization"); got != fmt.Sprint("Bearer planted-", i+1) {
				t.Errorf("attempt %d sent %q", i+1, got)
			}
		}
	})
}

func TestTokenErrorIsNotSentAndRedacted(t *testing.T) {
	retrieve := func(status int, code string) error {
		return &oauth2.RetrieveError{
			Response: &http.Response{StatusCode: status}, Body: []byte("planted body"),
			ErrorCode: code, ErrorDescription: "planted description", ErrorURI: "https://planted.example",
		}
	}
	for _, test := range []struct {
		name  string
		token *oauth2.Token
		err   error
		want  string
	}{
		{"plain error", nil, errOwn, "no token: an error of type *errors.errorString"},
		{"refused", nil, fmt.Errorf("planted: %w", retrieve(403, "invalid_grant")), "no token: the token endpoint returned HTTP 403 invalid_grant"},
		{"refused with an unknown code", nil, retrieve(500, "planted: "+apiKey), "no token: the token endpoint returned HTTP 500"},
		{"no code", nil, retrieve(502, ""), "no token: the token endpoint returned HTTP 502"},
		{"password", nil, retrieve(400, planted), "no token: the token endpoint returned HTTP 400"},
		{"text in a value", nil, leaky{planted, planted}, "no token: an error of type transport.leaky"},
		{"ended", nil, fmt.Errorf("planted: %w", context.Canceled), "no token: context canceled"},
		{"invalid configuration", nil, &credit.InvalidError{Field: "token", Reason: "is empty"}, "invalid token: is empty; nothing was sent"},
		{"nil token", nil, nil, "the token source returned no token"},
		{"empty token", &oauth2.Token{}, nil, "the token source returned no token"},
		{"token with a line break", &oauth2.Token{AccessToken: "planted\nX-Evil: 1"}, nil, errOddToken.Error()},
		{"type with a line break", &oauth2.Token{AccessToken: "planted", TokenType: "planted\r\n"}, nil, errOddToken.Error()},
	} {
		t.Run(test.name, func(t *testing.T) {
			vendor := script(status(200))
			call := safe(t.Context())
			newClientWith(t, Bearer(tokens(func() (*oauth2.Token, error) { return test.token, test.err })), vendor).Do(call)
			checkCall(t, call, 0, 0, credit.NotSent)
			if vendor.attempts() != 0 {
				t.Error("something was sent")
			}
			if _, ok := errors.AsType[*TokenError](call.Failure); !ok || test.err != nil && !errors.Is(call.Failure, test.err) {
				t.Errorf("%#v does not see its cause", call.Failure)
			}
			if _, ok := errors.AsType[*oauth2.RetrieveError](test.err); ok {
				if _, ok := errors.AsType[*oauth2.RetrieveError](call.Failure); !ok {
					t.Error("errors.As does not see the endpoint's refusal")
				}
			}
			checkPrints(t, call.Failure, test.want)
			checkPrints(t, struct{ err error }{call.Failure}, "")
		})
	}
}

func TestTokenErrorBetweenAttemptsKeepsOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		source := tokens(func() (*oauth2.Token, error) {
			if n++; n > 1 {
				return nil, errOwn
			}
			return &oauth2.Token{AccessToken: "planted-token"}, nil
		})
		call := safe(t.Context())
		newClientWith(t, Bearer(source), script(status(503))).Do(call)
		checkCall(t, call, 503, 1, credit.Unknown)
		if !errors.Is(call.Failure, errOwn) {
			t.Error(call.Failure)
		}
	})
}

// patient waits for a token until its context ends.
type patient struct{ plain }

func (patient) TokenContext(ctx context.Context) (*oauth2.Token, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestTokenWaitEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		call := safe(ctx)
		newClientWith(t, Bearer(patient{}), script(status(200))).Do(call)
		checkCall(t, call, 0, 0, credit.NotSent)
		if !errors.Is(call.Failure, context.DeadlineExceeded) {
			t.Error(call.Failure)
		}
	})
}

// A stuck source blocks until it is released, and counts how often it is called.
type stuck struct {
	release chan struct{}
	calls   atomic.Int32
}

func (s *stuck) Token() (*oauth2.Token, error) {
	s.calls.Add(1)
	<-s.release
	return &oauth2.Token{AccessToken: "planted-token"}, nil
}

func TestBlockingTokenSourceDoesNotOutlastContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &stuck{release: make(chan struct{})}
		vendor := script(status(200))
		client := newClientWith(t, Bearer(source), vendor)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		start := time.Now()
		var calls sync.WaitGroup
		for range 64 {
			calls.Go(func() {
				call := safe(ctx)
				client.Do(call)
				checkCall(t, call, 0, 0, credit.NotSent)
				if !errors.Is(call.Failure, context.DeadlineExceeded) {
					t.Error(call.Failure)
				}
			})
		}
		calls.Wait()
		if took := time.Since(start); took != 200*time.Millisecond || source.calls.Load() != 1 {
			t.Errorf("calls returned after %v, the source was called %d times", took, source.calls.Load())
		}
		// A call that comes while the source blocks gets its token.
		time.AfterFunc(time.Second, func() { close(source.release) })
		call := safe(t.Context())
		client.Do(call)
		checkCall(t, call, 200, 1, call.Outcome)
		if source.calls.Load() != 1 {
			t.Errorf("the source was called %d times", source.calls.Load())
		}
		call = safe(t.Context())
		client.Do(call)
		if source.calls.Load() != 2 {
			t.Error("the token of an earlier call was kept")
		}
	})
}

// catch returns what f panics with.
func catch(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}

func TestTokenSourcePanicReachesItsCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type custom struct{ text string }
		thrown := &custom{"planted"}
		panics, release := true, make(chan struct{})
		source := tokens(func() (*oauth2.Token, error) {
			if panics {
				<-release
				panic(thrown)
			}
			return &oauth2.Token{AccessToken: "planted-token"}, nil
		})
		client := newClientWith(t, Bearer(source), script(status(200)))
		var caught, failed atomic.Int32
		var calls sync.WaitGroup
		for range 64 {
			calls.Go(func() {
				call := safe(t.Context())
				switch value := catch(func() { client.Do(call) }); value {
				case thrown:
					caught.Add(1)
				case nil:
					failed.Add(1)
					checkCall(t, call, 0, 0, credit.NotSent)
					checkPrints(t, call.Failure, errFlightPanicked.Error())
				default:
					t.Errorf("panicked with %v", value)
				}
			})
		}
		synctest.Wait()
		close(release)
		calls.Wait()
		if caught.Load() != 1 || failed.Load() != 63 {
			t.Errorf("%d calls panicked and %d failed, want 1 and 63", caught.Load(), failed.Load())
		}
		panics = false
		call := safe(t.Context())
		client.Do(call)
		checkCall(t, call, 200, 1, call.Outcome)
	})
}

// The one who caused the panic may have gone.
func TestTokenSourcePanicWithoutCallerIsContained(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := tokens(func() (*oauth2.Token, error) {
			time.Sleep(time.Second)
			panic(planted)
		})
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		client := newClientWith(t, Bearer(source), script(status(200)))
		client.Do(safe(ctx))
		call := safe(t.Context())
		client.Do(call)
		checkPrints(t, call.Failure, errFlightPanicked.Error())
	})
}

func TestCredentialsAreNeverPrinted(t *testing.T) {
	cred := NewCredentials("X-Api-Key", apiKey, apiKey)
	for _, auth := range []Auth{StaticAuth(cred), Bearer(plain("planted-token")), Bearer(credit.StaticToken("planted-token"))} {
		c := newClientWith(t, auth, script(status(200)))
		checkPrints(t, auth, "")
		checkPrints(t, c, "")
		checkPrints(t, *c, "")
	}
	checkPrints(t, cred, "[redacted]")
	checkPrints(t, &cred, "[redacted]")
}

// checkPrints looks for planted secrets in every form of v, and compares the
// plain one with want, unless that is empty.
func checkPrints(t testing.TB, v any, want string) {
	t.Helper()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%t"} {
		if text := fmt.Sprintf(verb, v); strings.Contains(text, planted) {
			t.Errorf("%s of a %T shows %q", verb, v, text)
		}
	}
	if got := fmt.Sprint(v); want != "" && got != want {
		t.Errorf("prints %q, want %q", got, want)
	}
}

// All requests share the value of the credentials' header, so that a call
// allocates none. A new token gets a value of its own.
func TestRequestsShareTheCredentialsValue(t *testing.T) {
	token := "planted-1"
	source := tokens(func() (*oauth2.Token, error) { return &oauth2.Token{AccessToken: token}, nil })
	for _, test := range []struct {
		name string
		auth Auth
	}{
		{"static", StaticAuth(NewCredentials("Authorization", "Bearer planted-1", "planted-1"))},
		{"bearer", Bearer(source)},
	} {
		vendor := script(status(200))
		client := newClientWith(t, test.auth, vendor)
		for range 2 {
			client.Do(safe(t.Context()))
		}
		first, second := vendor.seen[0].req.Header["Authorization"], vendor.seen[1].req.Header["Authorization"]
		if len(first) != 1 || first[0] != "Bearer planted-1" || &first[0] != &second[0] || cap(first) != 1 {
			t.Errorf("%s: sent %v and %v, want one value for both", test.name, first, second)
		}
	}

	vendor := script(status(200))
	client := newClientWith(t, Bearer(source), vendor)
	client.Do(safe(t.Context()))
	token = "planted-2"
	client.Do(safe(t.Context()))
	if first, second := vendor.seen[0].req.Header.Get("Authorization"), vendor.seen[1].req.Header.Get("Authorization"); first != "Bearer planted-1" || second != "Bearer planted-2" {
		t.Errorf("sent %q and then %q", first, second)
	}
}
