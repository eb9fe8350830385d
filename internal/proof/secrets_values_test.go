package proof

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/knox"
	"github.com/creditkit/creditkit/metronome"
	"github.com/creditkit/creditkit/nexudus"
	"github.com/creditkit/creditkit/thoughtindustries"
)

// checkInvalidUpdates makes updates that are never sent.
func (c secretCase) checkInvalidUpdates() {
	ctx, n := c.t.Context(), c.newNativeCalls(respondWithSecretHeaders(fakeResponse{status: 200, body: c.record}))
	everything := credit.Patch{
		Name: credit.Set(plantedSecret), Note: credit.Set(plantedSecret), Total: credit.Set(credit.NewDecimal(7)), Balance: credit.Set(credit.NewDecimal(7)),
		StartsAt: credit.Clear[time.Time](), Metadata: credit.Set(map[string]string{plantedSecret: plantedSecret}),
	}
	_, err := n.updater.Update(ctx, c.ref, everything)
	c.checkFailed("an unsupported patch", err)
	_, err = n.updater.Update(ctx, c.ref, credit.Patch{})
	c.checkFailed("an empty patch", err)
	_, err = n.updater.Update(ctx, credit.Ref{ID: plantedSecret + "\n", Owner: plantedSecret + "\n"}, c.plantedPatch())
	c.checkFailed("an invalid ref", err)
	_, err = n.updater.Update(ctx, c.ref, c.plantedPatch(), credit.WithIdempotencyKey(plantedSecret+"\n"))
	c.checkFailed("an invalid idempotency key", err)
	_, err = n.updater.Update(ctx, c.ref, c.invalidUTF8Patch())
	c.checkFailed("text that is not UTF-8", err)

	if n.updater.Support().ReplacesRecord {
		for _, record := range []string{plantedSecret, `["` + plantedSecret + `"]`, `{"id":"` + plantedSecret + `","Id":"` + plantedSecret + `"}`} {
			_, err = n.updater.Update(ctx, c.ref, c.plantedPatch(), credit.WithRecord(json.RawMessage(record)))
			c.checkFailed("an invalid record", err)
		}
	}
	if c.vendor.name != "metronome" {
		return
	}
	for _, test := range []struct {
		name  string
		items string
	}{
		{"two items", `{"id":"a","x":"` + plantedSecret + `"},{"id":"b"}`},
		{"no item", ``},
		{"an item without id", `{"name":"` + plantedSecret + `"}`},
	} {
		list := `{"data":[{"id":"` + c.ref.ID + `","name":"` + plantedSecret + `","access_schedule":{"schedule_items":[` + test.items + `]}}]}`
		_, err = c.newNativeCalls(respondWithSecretHeaders(fakeResponse{status: 200, body: []byte(list)})).updater.Update(ctx, c.ref, totalPatch(7))
		c.checkFailed(test.name, err)
	}
}

// invalidUTF8Patch returns a patch with texts that are not UTF-8, where the
// vendor accepts texts.
func (c secretCase) invalidUTF8Patch() credit.Patch {
	patch := c.plantedPatch()
	for _, o := range []*credit.Opt[string]{&patch.Name, &patch.Note} {
		if !o.IsZero() {
			*o = credit.Set(plantedSecret + "\xff")
		}
	}
	return patch
}

// checkAppliedErrors makes updates that succeed at the vendor and then return
// an error, and updates that succeed.
func (c secretCase) checkAppliedErrors() {
	ctx := c.t.Context()
	n := c.newNativeCalls(respondWithSecretHeaders(fakeResponse{status: 200, body: c.record}))
	if v := c.vendor.name; v != "nexudus" && v != "metronome" { // the response does not contain the record
		_, err := n.updater.Update(ctx, c.ref, c.vendor.edits[1].patch(8))
		c.checkFailed("a mismatch", err)
	}
	written := false
	updater := c.vendor.newFakeUpdater(c.t, c.fake, credit.WithLogger(c.newLogger(&c.log)), credit.WithTransport(roundTripFunc(func(req *http.Request) (*http.Response, error) {
		if written {
			return nil, errors.New("sent " + plantedSecret + " with " + token)
		}
		written = isWrite(req)
		return c.fake.Transport().RoundTrip(req)
	})), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}))
	_, err := updater.Update(ctx, c.ref, c.plantedPatch(), credit.WithVerify())
	c.checkFailed("a failed verification", err)

	updater = c.vendor.newFakeUpdater(c.t, c.fake, credit.WithLogger(c.newLogger(&c.log)))
	result, err := updater.Update(ctx, c.ref, c.plantedPatch(), credit.WithVerify())
	if err != nil {
		c.t.Fatal(err)
	}
	c.checkUpdateResult("an update", result)
	if result, err = updater.Update(ctx, c.ref, c.plantedPatch(), credit.WithDryRun()); err != nil {
		c.t.Fatal(err)
	}
	c.checkUpdateResult("a dry run", result)
}

// checkConstructors calls the constructors with invalid arguments.
func (c secretCase) checkConstructors() {
	for _, address := range []string{
		"https://user:" + plantedSecret + "@vendor.example", "https://vendor.example/?key=" + plantedSecret, "https://vendor.example/#" + plantedSecret,
		"http://" + plantedSecret + ".example", "https://vendor.example/%zz" + plantedSecret, plantedSecret,
	} {
		_, err := c.vendor.open(credit.WithBaseURL(address))
		c.checkFailed("an invalid base URL", err)
	}
	_, err := c.vendor.open(credit.WithUserAgent(plantedSecret + "\n"))
	c.checkFailed("an invalid user agent", err)
	switch bad := plantedSecret + "\n"; c.vendor.name {
	case "knox":
		_, err = knox.New(bad, credit.StaticToken(token))
		c.checkFailed("an invalid tenant", err)
		_, err = knox.New("acme", knox.ClientCredentials{Domain: "http://" + plantedSecret, ClientSecret: plantedSecret}.TokenSource(c.t.Context()))
	case "thoughtindustries":
		_, err = thoughtindustries.New(plantedSecret+"/", token)
		c.checkFailed("an invalid instance", err)
		_, err = thoughtindustries.New("acme", bad)
	case "nexudus":
		_, err = nexudus.New(nexudus.Password{Password: plantedSecret, TOTP: plantedSecret, ClientID: bad, BaseURL: "http://" + plantedSecret}.TokenSource(c.t.Context()))
	case "flexprice":
		_, err = flexprice.New(bad)
	case "metronome":
		_, err = metronome.New(bad)
	}
	c.checkFailed("invalid credentials", err)
}

// checkPrintedClients checks printed clients, options and configurations.
func (c secretCase) checkPrintedClients() {
	opts := []credit.Option{
		credit.WithBaseURL("https://vendor.example/v1"), credit.WithTransport(c.fake.Transport()),
		credit.WithLogger(c.newLogger(&c.log)), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 2, Quota: -1}),
	}
	client, err := c.vendor.open(opts...)
	if err != nil {
		c.t.Fatal(err)
	}
	cfg, err := credit.NewConfig(c.vendor.name, opts...)
	if err != nil {
		c.t.Fatal(err)
	}
	call, err := credit.NewCallConfig(c.vendor.name, credit.WithDryRun())
	if err != nil {
		c.t.Fatal(err)
	}
	updater := client.Updater()
	c.checkPrintedValues(map[string]any{
		"a client": client, "a client's value": reflect.ValueOf(client).Elem().Interface(),
		"a struct of a client": struct{ c any }{client}, "an updater": updater,
		"an updater's value": reflect.ValueOf(updater).Elem().Interface(),
		"options":            opts, "a configuration": cfg, "a call's configuration": call, "what it supports": updater.Support(),
		"a static token": credit.StaticToken(token), "a struct of a static token": struct{ t oauth2.TokenSource }{credit.StaticToken(token)},
	})
}

func (c secretCase) checkPrintedValues(values map[string]any) {
	c.t.Helper()
	for what, v := range values {
		c.counts["values"]++
		c.checkPrinted(what, v, plantedSecret, token)
	}
}

type fakeTokenSource struct {
	token *oauth2.Token
	err   error
}

func (s fakeTokenSource) Token() (*oauth2.Token, error) { return s.token, s.err }

// withTokenSource returns a copy with another token source, or false if the
// vendor does not use one.
func (c secretCase) withTokenSource(tokens oauth2.TokenSource) (secretCase, bool) {
	c.vendor.open = func(opts ...credit.Option) (interface{ Updater() credit.Updater }, error) {
		if c.vendor.name == "knox" {
			return knox.New("acme", tokens, opts...)
		}
		return nexudus.New(tokens, opts...)
	}
	return c, c.vendor.name == "knox" || c.vendor.name == "nexudus"
}

// checkTokenSources makes calls whose token source fails or returns an unusable
// token.
func (c secretCase) checkTokenSources() {
	retrieve := &oauth2.RetrieveError{
		Response: &http.Response{Status: plantedSecret, StatusCode: 401, Header: http.Header{"X": {plantedSecret}}},
		Body:     []byte(plantedSecret), ErrorCode: plantedSecret, ErrorDescription: plantedSecret, ErrorURI: plantedSecret,
	}
	for _, s := range []fakeTokenSource{
		{err: errors.New(plantedSecret)}, {err: retrieve}, {err: &url.Error{Op: "Post", URL: "https://h/?" + plantedSecret, Err: retrieve}}, {},
		{token: &oauth2.Token{AccessToken: plantedSecret + "\n"}}, {token: &oauth2.Token{AccessToken: "a", TokenType: plantedSecret + "\n"}},
	} {
		if other, ok := c.withTokenSource(s); ok {
			other.checkAllCalls(c.t.Context(), "a token source", respondWithSecretHeaders(fakeResponse{status: 200, body: c.record}))
		}
	}
	const jsonType = "application/json"
	for _, test := range []struct {
		name string
		a    fakeResponse
	}{
		{"a page", fakeResponse{401, "text/html", "", []byte("<html>" + plantedSecret)}}, {"a success's page", fakeResponse{200, "text/html", "", []byte("<html>" + plantedSecret)}},
		{"an error", fakeResponse{400, jsonType, "", []byte(`{"error":"invalid_grant","error_description":"` + plantedSecret + `","x":"` + plantedSecret + `"}`)}},
		{"an echo", fakeResponse{403, jsonType, "", []byte(`{"error":"` + plantedSecret + `"}`)}},
		{"no token", fakeResponse{200, jsonType, "", []byte(`{"token_type":"` + plantedSecret + `"}`)}},
		{"truncated JSON", fakeResponse{200, jsonType, "", []byte(`{"access_token":"` + plantedSecret)}},
		{"a redirect", fakeResponse{302, "", "", nil}}, {"a crash", fakeResponse{500, "text/plain", "", []byte(plantedSecret)}},
		{"a token", fakeResponse{200, jsonType, "", []byte(`{"access_token":"` + plantedSecret + `-access","refresh_token":"` + plantedSecret + `-refresh","token_type":"Bearer","expires_in":3600}`)}},
	} {
		c.checkTokenEndpoint("a token endpoint's "+test.name, respondWithSecretHeaders(test.a))
	}
	c.checkTokenEndpoint("a token endpoint's network error", roundTripFunc(func(*http.Request) (*http.Response, error) {
		return nil, &url.Error{Op: "Post", URL: "https://h/?" + plantedSecret, Err: errors.New(plantedSecret)}
	}))
}

// checkTokenEndpoint makes calls that request their token from rt. The vendor
// then rejects the token and echoes it.
func (c secretCase) checkTokenEndpoint(what string, rt http.RoundTripper) {
	ctx := context.WithValue(c.t.Context(), oauth2.HTTPClient, &http.Client{Transport: rt})
	credentials := knox.ClientCredentials{Domain: "https://auth.example", ClientID: "id", ClientSecret: plantedSecret}
	password := nexudus.Password{Email: plantedSecret + "@h.example", Password: plantedSecret, TOTP: plantedSecret, ClientID: "id"}
	tokens := map[string]oauth2.TokenSource{"knox": credentials.TokenSource(ctx), "nexudus": password.TokenSource(ctx)}[c.vendor.name]
	other, ok := c.withTokenSource(tokens)
	if !ok {
		return
	}
	echo := strings.ReplaceAll(`{"message":"no T","Message":"no T","trace":"T","code":"T"}`, "T", plantedSecret+"-access")
	for range 2 { // the second call uses the cached token
		other.checkAllCalls(c.t.Context(), what, respondWithSecretHeaders(fakeResponse{401, "application/json", "for " + plantedSecret + "-access", []byte(echo)}))
		c.checkPrintedValues(map[string]any{
			"a source": tokens, "a struct of a source": struct{ t oauth2.TokenSource }{tokens}, "an open struct of a source": struct{ T oauth2.TokenSource }{tokens},
			"credentials": credentials, "credentials' address": &credentials, "a password": password, "a password's address": &password,
			"a list of credentials": []any{credentials, password},
		})
	}
}
