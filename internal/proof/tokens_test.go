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

const together = 64

// throughFake is a context whose token requests go to the fake, too.
func throughFake(t *testing.T, fake *credittest.Server) context.Context {
	return context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: fake.Transport()})
}

// rush updates each of 64 credits in a goroutine of its own and returns their
// errors.
func rush(t *testing.T, updater credit.Updater, refs []credit.Ref) []error {
	t.Helper()
	errs := make([]error, together)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() { _, errs[i] = updater.Update(t.Context(), refs[i], note(i)) })
	}
	group.Wait()
	return errs
}

func failures(errs []error) int {
	return len(slices.DeleteFunc(slices.Clone(errs), func(err error) bool { return err == nil }))
}

// grants are the grant types of the requests for tokens, in order.
func grants(t *testing.T, fake *credittest.Server) []string {
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

func checkGrants(t *testing.T, fake *credittest.Server, want ...string) {
	t.Helper()
	if got := grants(t, fake); !slices.Equal(got, want) {
		t.Errorf("tokens were asked for by %q, want %q", got, want)
	}
}

// Each of knox's tokens is one of 1,000 a month.
func TestKnoxMintsOnceForAll(t *testing.T) {
	fake := credittest.NewKnox(t)
	refs := copies(t, fake, together)
	synctest.Test(t, func(t *testing.T) {
		credentials := knox.ClientCredentials{Domain: fake.URL, ClientID: "id", ClientSecret: token}
		client, err := knox.New("example.org", credentials.TokenSource(throughFake(t, fake)),
			credit.WithBaseURL(fake.URL), credit.WithTransport(fake.Transport()))
		if err != nil {
			t.Fatal(err)
		}
		const grant = "client_credentials"

		// An endpoint that is down is asked once as well.
		fake.Queue(credittest.Respond(503, "").After(time.Second).OnToken())
		if n := failures(rush(t, client.Updater(), refs)); n != together {
			t.Errorf("%d of %d failed without a token", n, together)
		}
		checkGrants(t, fake, grant)

		// All arrive while the endpoint takes its time, and again later.
		fake.Reset()
		fake.Queue(credittest.Slow(time.Second).OnToken())
		for range 20 {
			if n := failures(rush(t, client.Updater(), refs)); n > 0 {
				t.Errorf("%d of %d failed", n, together)
			}
			time.Sleep(time.Hour)
		}
		checkGrants(t, fake, grant)

		// A token lives for 24 hours.
		time.Sleep(4 * time.Hour)
		fake.Queue(credittest.Slow(time.Second).OnToken())
		if n := failures(rush(t, client.Updater(), refs)); n > 0 {
			t.Errorf("%d of %d failed", n, together)
		}
		checkGrants(t, fake, grant, grant)
		if minted := fake.TokensIssued(); minted != 2 {
			t.Errorf("%d tokens were minted", minted)
		}
	})
}

// A refresh token of nexudus is good once: a second use would end the session.
func TestNexudusRefreshesOnceForAll(t *testing.T) {
	fake := credittest.NewNexudus(t)
	refs := copies(t, fake, together)
	synctest.Test(t, func(t *testing.T) {
		password := nexudus.Password{Email: "a@example.org", Password: token, BaseURL: fake.URL}
		client, err := nexudus.New(password.TokenSource(throughFake(t, fake)),
			credit.WithBaseURL(fake.URL), credit.WithTransport(fake.Transport()))
		if err != nil {
			t.Fatal(err)
		}
		rushes := func() {
			t.Helper()
			fake.Queue(credittest.Slow(time.Second).OnToken())
			if n := failures(rush(t, client.Updater(), refs)); n > 0 {
				t.Errorf("%d of %d failed", n, together)
			}
		}
		rushes()
		checkGrants(t, fake, "password")

		// All hold the same token when it is refused, for reads or for writes;
		// some hear of it when it has been replaced already.
		for i := range together {
			fake.Queue(credittest.Respond(401, "").After(time.Duration(1+i%8) * time.Second).OnRead())
		}
		rushes()
		checkGrants(t, fake, "password", "refresh_token")
		for i := range together {
			fake.Queue(credittest.Respond(401, "").After(time.Duration(1+i%8) * time.Second).OnWrite())
		}
		rushes()
		checkGrants(t, fake, "password", "refresh_token", "refresh_token")

		// A token lives for seven days.
		time.Sleep(7 * 24 * time.Hour)
		rushes()
		checkGrants(t, fake, "password", "refresh_token", "refresh_token", "refresh_token")
		if minted := fake.TokensIssued(); minted != 4 {
			t.Errorf("%d tokens were minted", minted)
		}
	})
}
