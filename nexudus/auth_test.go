package nexudus_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
	"github.com/creditkit/creditkit/nexudus"
)

const secret = "pa55w0rd-98765"

func password() nexudus.Password {
	return nexudus.Password{Email: "admin@example.com", Password: secret, ClientID: "worker-1"}
}

// A space is the token endpoint and the API, without a network. It takes only
// the newest access token, and only the newest refresh token.
type space struct {
	mu    sync.Mutex
	forms []url.Values
	ids   []string // the client_id headers of the token requests
	calls []string // the access tokens of the calls

	token   func(n int, form url.Values) *http.Response // nil: the next tokens; may answer nil for the same
	api     func(n int) *http.Response                  // nil: success
	refuses string                                      // an access token that the API does not take
}

func (v *space) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Path != "/api/token" {
		return v.call(req.Method, strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")), nil
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	v.forms = append(v.forms, form)
	v.ids = append(v.ids, strings.Join(req.Header["client_id"], ","))
	n := len(v.forms)
	v.mu.Unlock()
	if v.token != nil {
		if answer := v.token(n, form); answer != nil {
			return answer, nil
		}
	}
	return gives(n), nil
}

func (v *space) call(method, token string) *http.Response {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.calls = append(v.calls, token)
	switch {
	case v.api != nil:
		return v.api(len(v.calls))
	case token == v.refuses:
		return says(401, ``)
	case method == http.MethodGet:
		return says(200, record)
	}
	return yes()
}

// grants lists the grant types of the token requests.
func (v *space) grants() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var types []string
	for _, form := range v.forms {
		types = append(types, form.Get("grant_type"))
	}
	return strings.Join(types, " ")
}

func says(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// gives is the page's answer to a sign-in, with numbers in the tokens.
func gives(n int) *http.Response {
	return says(200, fmt.Sprintf(`{"access_token":"at-%d-0123456789","token_type":"bearer","expires_in":604799,"refresh_token":"rt-%d-0123456789"}`, n, n))
}

func (v *space) source(ctx context.Context, p nexudus.Password) oauth2.TokenSource {
	return p.TokenSource(context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: v}))
}

func (v *space) client(t *testing.T, p nexudus.Password) *nexudus.Client {
	t.Helper()
	client, err := nexudus.New(v.source(t.Context(), p), credit.WithTransport(v))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func update(t *testing.T, client *nexudus.Client) error {
	t.Helper()
	_, err := client.UpdateCoworkerBookingCredit(t.Context(), leastUpdate(nil))
	return err
}

// The first request signs in, the second refreshes; what they are to hold is
// written by hand from the vendor's pages.
func TestSignInAndRefreshAreForms(t *testing.T) {
	tokens := func(n int) scripttest.Response {
		return scripttest.OK(fmt.Sprintf(`{"access_token":"at-%d-0123456789","token_type":"bearer","expires_in":604799,"refresh_token":"rt-%d+/="}`, n, n))
	}
	server := scripttest.NewServer(t, tokens(1), scripttest.Status(401, ``), tokens(2), scripttest.OK(updated))
	p := password()
	p.Password, p.TOTP, p.BaseURL = "a&b=c d+e/ü", "012345", server.URL
	client, err := nexudus.New(p.TokenSource(t.Context()), credit.WithBaseURL(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests before a token was needed", n)
	}
	if err := update(t, client); err != nil {
		t.Fatal(err)
	}
	requests := server.Requests()
	if len(requests) != 4 {
		t.Fatalf("%d requests, want 4", len(requests))
	}
	for i, want := range map[int]string{
		0: "client_id=worker-1&grant_type=password&password=a%26b%3Dc+d%2Be%2F%C3%BC&totp=012345&username=admin%40example.com",
		2: "client_id=worker-1&grant_type=refresh_token&refresh_token=rt-1%2B%2F%3D",
	} {
		sent := requests[i]
		if sent.Method != "POST" || sent.Path != "/api/token" || sent.Body != want {
			t.Errorf("sent %s %s\n%s\nwant POST /api/token\n%s", sent.Method, sent.Path, sent.Body, want)
		}
		for name, want := range map[string]string{
			"Content-Type": "application/x-www-form-urlencoded", "client_id": "worker-1", "Accept": "application/json", "Authorization": "",
		} {
			if got := sent.Header.Get(name); got != want {
				t.Errorf("request %d: header %s is %q, want %q", i+1, name, got, want)
			}
		}
	}
	for i, want := range map[int]string{1: "Bearer at-1-0123456789", 3: "Bearer at-2-0123456789"} {
		if got := requests[i].Header.Get("Authorization"); got != want || requests[i].Header.Get("client_id") != "" || requests[i].Body != least {
			t.Errorf("call %d carried %q, want %q", i, got, want)
		}
	}
}

func TestSignInWithoutASecondFactorSendsNone(t *testing.T) {
	v := &space{}
	if err := update(t, v.client(t, password())); err != nil {
		t.Fatal(err)
	}
	want := url.Values{"client_id": {"worker-1"}, "grant_type": {"password"}, "username": {"admin@example.com"}, "password": {secret}}
	if diff := cmp.Diff([]url.Values{want}, v.forms); diff != "" {
		t.Error(diff)
	}
}

// Nexudus means two things by a 401, and a token heals one of them.
func TestRefusedTokenIsRefreshedOncePerCall(t *testing.T) {
	v := &space{api: func(int) *http.Response { return says(401, ``) }}
	client := v.client(t, password())
	for call := 1; call <= 3; call++ {
		err := update(t, client)
		e, ok := errors.AsType[*credit.Error](err)
		if !ok || e.Kind != credit.ErrUnauthorized || e.Outcome != credit.Rejected || e.Attempts != 2 {
			t.Errorf("call %d: %v, want unauthorized after 2 attempts", call, err)
		}
		if len(v.calls) != 2*call || len(v.forms) != 1+call {
			t.Errorf("%d calls: %d requests to the API and %d for tokens, want %d and %d", call, len(v.calls), len(v.forms), 2*call, 1+call)
		}
	}
	if got := v.grants(); got != "password refresh_token refresh_token refresh_token" {
		t.Errorf("requested tokens by %s", got)
	}
}

func TestRefreshTokenRotates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &space{}
		client := v.client(t, password())
		for range 4 {
			if err := update(t, client); err != nil {
				t.Fatal(err)
			}
			time.Sleep(604799*time.Second - time.Minute)
		}
		var refreshed []string
		for i, form := range v.forms {
			refreshed = append(refreshed, form.Get("refresh_token"))
			if v.ids[i] != "worker-1" || form.Get("client_id") != "worker-1" {
				t.Errorf("request %d is of the client %q, by its header %q", i+1, form.Get("client_id"), v.ids[i])
			}
		}
		if diff := cmp.Diff([]string{"", "rt-1-0123456789", "rt-2-0123456789", "rt-3-0123456789"}, refreshed); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"at-1-0123456789", "at-2-0123456789", "at-3-0123456789", "at-4-0123456789"}, v.calls); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTokenIsRefreshedAMinuteBeforeItExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &space{}
		client := v.client(t, password())
		for _, step := range []struct {
			wait time.Duration
			want int
		}{{0, 1}, {604799*time.Second - time.Minute - 1, 1}, {1, 2}, {time.Hour, 2}} {
			time.Sleep(step.wait)
			if err := update(t, client); err != nil {
				t.Fatal(err)
			}
			if len(v.forms) != step.want {
				t.Errorf("%d token requests after %v more, want %d", len(v.forms), step.wait, step.want)
			}
		}
	})
}

// Some servers leave out a refresh token that has not changed.
func TestRefreshTokenThatIsNotAnsweredStays(t *testing.T) {
	v := &space{refuses: "at-1-0123456789", token: func(n int, _ url.Values) *http.Response {
		if n == 2 {
			return says(200, `{"access_token":"at-2-0123456789","token_type":"bearer"}`)
		}
		return nil
	}}
	client := v.client(t, password())
	for _, refused := range []string{"at-1-0123456789", "at-2-0123456789"} {
		v.refuses = refused
		if err := update(t, client); err != nil {
			t.Fatal(err)
		}
	}
	if got := v.grants(); got != "password refresh_token refresh_token" || v.forms[2].Get("refresh_token") != "rt-1-0123456789" {
		t.Errorf("requested by %s, last with %v", got, v.forms[2])
	}
}

func TestManyRefusedCallsCauseOneRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		v := &space{refuses: "at-1-0123456789"}
		v.token = func(n int, _ url.Values) *http.Response {
			if n == 2 {
				<-hold
			}
			return nil
		}
		client := v.client(t, password())
		var done sync.WaitGroup
		for range 64 { // reads, since updates of one credit do not wait for a token together
			done.Go(func() {
				if _, err := client.GetCoworkerBookingCredit(t.Context(), 87654321); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait() // all were refused, and wait for the refresh
		close(hold)
		done.Wait()
		if got := v.grants(); got != "password refresh_token" || len(v.calls) != 128 {
			t.Errorf("requested tokens by %s for %d calls, want one sign-in and one refresh for 128", got, len(v.calls))
		}
	})
}

func TestRefusedRefreshSignsInAgain(t *testing.T) {
	for name, refusal := range map[string]*http.Response{
		"400": says(400, `{"error":"invalid_grant"}`),
		"401": says(401, ``),
	} {
		t.Run(name, func(t *testing.T) {
			v := &space{refuses: "at-1-0123456789", token: func(n int, _ url.Values) *http.Response {
				if n == 2 {
					return refusal
				}
				return nil
			}}
			if err := update(t, v.client(t, password())); err != nil {
				t.Fatal(err)
			}
			if got := v.grants(); got != "password refresh_token password" {
				t.Errorf("requested tokens by %s", got)
			}
			if got := v.calls[len(v.calls)-1]; got != "at-3-0123456789" {
				t.Errorf("the last call carried %s", got)
			}
		})
	}
}

// Without a refresh token there is nothing else to do.
func TestSessionWithoutARefreshTokenSignsInAgain(t *testing.T) {
	v := &space{refuses: "at-1-0123456789", token: func(n int, _ url.Values) *http.Response {
		return says(200, fmt.Sprintf(`{"access_token":"at-%d-0123456789","token_type":"bearer"}`, n))
	}}
	if err := update(t, v.client(t, password())); err != nil {
		t.Fatal(err)
	}
	if got := v.grants(); got != "password password" {
		t.Errorf("requested tokens by %s", got)
	}
}

// The code was good for one sign-in, and refused codes lock users out.
func TestUsedUpCodeIsNotSentAgain(t *testing.T) {
	for _, test := range []struct {
		name   string
		token  func(n int, form url.Values) *http.Response
		grants string
		cause  credit.Kind // of the token that did not come
	}{
		{
			"after a refused refresh",
			func(n int, _ url.Values) *http.Response {
				if n > 1 {
					return says(400, `{"error":"invalid_grant"}`)
				}
				return nil
			},
			"password refresh_token", credit.ErrUnauthorized,
		},
		{
			"without a refresh token",
			func(int, url.Values) *http.Response {
				return says(200, `{"access_token":"at-1-0123456789","token_type":"bearer","expires_in":604799}`)
			},
			"password", credit.ErrInvalid,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := &space{refuses: "at-1-0123456789", token: test.token}
				p := password()
				p.TOTP = "012345"
				client := v.client(t, p)
				err := update(t, client)
				if !errors.Is(err, credit.ErrUnauthorized) || credit.OutcomeOf(err) != credit.Rejected {
					t.Errorf("error %v, want the API's 401", err)
				}
				if got := v.grants(); got != test.grants {
					t.Errorf("requested tokens by %s, want %s", got, test.grants)
				}
				time.Sleep(8 * 24 * time.Hour) // the token has expired by now
				err = update(t, client)
				if e, ok := errors.AsType[*credit.Error](err); !ok || e.Kind != test.cause || e.Outcome != credit.NotSent || len(v.calls) != 1 {
					t.Errorf("error %v after %d calls, want %v and not sent", err, len(v.calls), test.cause)
				}
				if strings.Count(v.grants(), "password") != 1 {
					t.Errorf("requested tokens by %s, want one sign-in", v.grants())
				}
			})
		})
	}
}

// A failing endpoint has not refused the refresh token.
func TestFailedRefreshDoesNotSignIn(t *testing.T) {
	v := &space{refuses: "at-1-0123456789", token: func(n int, _ url.Values) *http.Response {
		if n > 1 {
			return says(503, ``)
		}
		return nil
	}}
	client := v.client(t, password())
	for range 2 {
		err := update(t, client)
		if !errors.Is(err, credit.ErrUnauthorized) || credit.OutcomeOf(err) != credit.Rejected {
			t.Errorf("error %v, want the API's 401", err)
		}
	}
	if got := v.grants(); got != "password refresh_token refresh_token" {
		t.Errorf("requested tokens by %s", got)
	}
}

func TestClientIDIsMadeUpOncePerSource(t *testing.T) {
	p := password()
	p.ClientID = ""
	var ids []string
	for range 2 {
		v := &space{api: func(int) *http.Response { return says(401, ``) }}
		_ = update(t, v.client(t, p)) // signs in and refreshes
		if len(v.ids) != 2 || v.ids[0] != v.ids[1] || v.forms[0].Get("client_id") != v.ids[0] || v.forms[1].Get("client_id") != v.ids[0] {
			t.Errorf("one source goes by %q in headers and %v", v.ids, v.forms)
		}
		ids = append(ids, v.ids[0])
	}
	if len(ids[0]) < 20 || ids[0] == ids[1] || ids[0] == p.Email {
		t.Errorf("two sources go by %q, want two unique ids", ids)
	}
}
