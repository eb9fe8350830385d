package proof

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/knox"
	"github.com/creditkit/creditkit/nexudus"
)

const goroutines = 64

// withFakeTokenEndpoint returns a context that sends token requests to the
// fake.
func withFakeTokenEndpoint(t *testing.T, fake *credittest.Server) context.Context {
	return context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: fake.Transport()})
}

// updateConcurrently updates each of the 64 credits in its own goroutine and
// returns the errors.
func updateConcurrently(t *testing.T, updater credit.Updater, refs []credit.Ref) []error {
	t.Helper()
	errs := make([]error, goroutines)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() { _, errs[i] = updater.Update(t.Context(), refs[i], notePatch(i)) })
	}
	group.Wait()
	return errs
}

func countFailures(errs []error) int {
	return len(slices.DeleteFunc(slices.Clone(errs), func(err error) bool { return err == nil }))
}

// grantTypes returns the grant types of the token requests, in order.
func grantTypes(t *testing.T, fake *credittest.Server) []string {
	t.Helper()
	var all []string
	for _, r := range fake.Requests() {
		if r.Token {
			form, err := url.ParseQuery(string(r.Body))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, form.Get("grant_type"))
		}
	}
	return all
}

func checkGrantTypes(t *testing.T, fake *credittest.Server, want ...string) {
	t.Helper()
	if got := grantTypes(t, fake); !slices.Equal(got, want) {
		t.Errorf("grant types %q, want %q", got, want)
	}
}

// Knox limits a client to 1,000 tokens a month.
func TestKnoxConcurrentCallsRequestOneToken(t *testing.T) {
	fake := credittest.NewKnox(t)
	refs := seedCopies(t, fake, goroutines)
	synctest.Test(t, func(t *testing.T) {
		credentials := knox.ClientCredentials{Domain: fake.URL, ClientID: "id", ClientSecret: token}
		client, err := knox.New("example.org", credentials.TokenSource(withFakeTokenEndpoint(t, fake)),
			credit.WithBaseURL(fake.URL), credit.WithTransport(fake.Transport()))
		if err != nil {
			t.Fatal(err)
		}
		const grant = "client_credentials"

		// A failed token request is shared as well.
		fake.Queue(credittest.Respond(503, "").After(time.Second).OnToken())
		if n := countFailures(updateConcurrently(t, client.Updater(), refs)); n != goroutines {
			t.Errorf("%d of %d failed without a token", n, goroutines)
		}
		checkGrantTypes(t, fake, grant)

		// All calls wait for one slow token request; later calls use the cached
		// token.
		fake.Reset()
		fake.Queue(credittest.Slow(time.Second).OnToken())
		for range 20 {
			if n := countFailures(updateConcurrently(t, client.Updater(), refs)); n > 0 {
				t.Errorf("%d of %d failed", n, goroutines)
			}
			time.Sleep(time.Hour)
		}
		checkGrantTypes(t, fake, grant)

		// A token is valid for 24 hours.
		time.Sleep(4 * time.Hour)
		fake.Queue(credittest.Slow(time.Second).OnToken())
		if n := countFailures(updateConcurrently(t, client.Updater(), refs)); n > 0 {
			t.Errorf("%d of %d failed", n, goroutines)
		}
		checkGrantTypes(t, fake, grant, grant)
		if issued, want := fake.TokensIssued(), 2; issued != want {
			t.Errorf("the fake issued %d tokens, want %d", issued, want)
		}
	})
}

// A refresh token of Nexudus can be used once: a second use would end the
// session.
func TestNexudusConcurrentCallsRefreshOnce(t *testing.T) {
	fake := credittest.NewNexudus(t)
	refs := seedCopies(t, fake, goroutines)
	synctest.Test(t, func(t *testing.T) {
		password := nexudus.Password{Email: "a@example.org", Password: token, BaseURL: fake.URL}
		client, err := nexudus.New(password.TokenSource(withFakeTokenEndpoint(t, fake)),
			credit.WithBaseURL(fake.URL), credit.WithTransport(fake.Transport()))
		if err != nil {
			t.Fatal(err)
		}
		updateAll := func() {
			t.Helper()
			fake.Queue(credittest.Slow(time.Second).OnToken())
			if n := countFailures(updateConcurrently(t, client.Updater(), refs)); n > 0 {
				t.Errorf("%d of %d failed", n, goroutines)
			}
		}
		updateAll()
		checkGrantTypes(t, fake, "password")

		// All calls get a 401 with the same token, for reads or for writes,
		// some of them after the token was refreshed.
		for i := range goroutines {
			fake.Queue(credittest.Respond(401, "").After(time.Duration(1+i%8) * time.Second).OnRead())
		}
		updateAll()
		checkGrantTypes(t, fake, "password", "refresh_token")
		for i := range goroutines {
			fake.Queue(credittest.Respond(401, "").After(time.Duration(1+i%8) * time.Second).OnWrite())
		}
		updateAll()
		checkGrantTypes(t, fake, "password", "refresh_token", "refresh_token")

		// A token is valid for seven days.
		time.Sleep(7 * 24 * time.Hour)
		updateAll()
		checkGrantTypes(t, fake, "password", "refresh_token", "refresh_token", "refresh_token")
		if issued, want := fake.TokensIssued(), 4; issued != want {
			t.Errorf("the fake issued %d tokens, want %d", issued, want)
		}
	})
}
