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
func (p secretCase) checkInvalidUpdates() {
	ctx, n := p.t.Context(), p.newNativeCalls(respondWithSecretHeaders(fakeResponse{status: 200, body: p.record}))
	everything := credit.Patch{
		Name: credit.Set(plantedSecret), Note: credit.Set(plantedSecret), Total: credit.Set(credit.NewDecimal(7)), Balance: credit.Set(credit.NewDecimal(7)),
		StartsAt: credit.Clear[time.Time](), Metadata: credit.Set(map[string]string{plantedSecret: plantedSecret}),
	}
	_, err := n.updater.Update(ctx, p.ref, everything)
	p.checkFailed("an unsupported patch", err)
	_, err = n.updater.Update(ctx, p.ref, credit.Patch{})
	p.checkFailed("an empty patch", err)
	_, err = n.updater.Update(ctx, credit.Ref{ID: plantedSecret + "\n", Owner: plantedSecret + "\n"}, p.plantedPatch())
	p.checkFailed("an invalid ref", err)
	_, err = n.updater.Update(ctx, p.ref, p.plantedPatch(), credit.WithIdempotencyKey(plantedSecret+"\n"))
	p.checkFailed("an invalid idempotency key", err)
	_, err = n.updater.Update(ctx, p.ref, p.invalidUTF8Patch())
	p.checkFailed("text that is not UTF-8", err)

	if n.updater.Support().Records {
		for _, record := range []string{plantedSecret, `["` + plantedSecret + `"]`, `{"id":"` + plantedSecret + `","Id":"` + plantedSecret + `"}`} {
			_, err = n.updater.Update(ctx, p.ref, p.plantedPatch(), credit.WithRecord(json.RawMessage(record)))
			p.checkFailed("an invalid record", err)
		}
	}
	if p.vendor.name != "metronome" {
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
		list := `{"data":[{"id":"` + p.ref.ID + `","name":"` + plantedSecret + `","access_schedule":{"schedule_items":[` + test.items + `]}}]}`
		_, err = p.newNativeCalls(respondWithSecretHeaders(fakeResponse{status: 200, body: []byte(list)})).updater.Update(ctx, p.ref, totalPatch(7))
		p.checkFailed(test.name, err)
	}
}

// invalidUTF8Patch returns a patch with texts that are not UTF-8, where the
// vendor accepts texts.
func (p secretCase) invalidUTF8Patch() credit.Patch {
	patch := p.plantedPatch()
	for _, o := range []*credit.Opt[string]{&patch.Name, &patch.Note} {
		if !o.IsZero() {
			*o = credit.Set(plantedSecret + "\xff")
		}
	}
	return patch
}

// checkAppliedErrors makes updates that succeed at the vendor and then return
// an error, and updates that succeed.
func (p secretCase) checkAppliedErrors() {
	ctx := p.t.Context()
	n := p.newNativeCalls(respondWithSecretHeaders(fakeResponse{status: 200, body: p.record}))
	if v := p.vendor.name; v != "nexudus" && v != "metronome" { // the response does not contain the record
		_, err := n.updater.Update(ctx, p.ref, p.vendor.edits[1].patch(8))
		p.checkFailed("a mismatch", err)
	}
	written := false
	updater := p.vendor.newFakeUpdater(p.t, p.fake, credit.WithLogger(p.newLogger(&p.log)), credit.WithTransport(roundTripFunc(func(req *http.Request) (*http.Response, error) {
		if written {
			return nil, errors.New("sent " + plantedSecret + " with " + token)
		}
		written = isWrite(req)
		return p.fake.Transport().RoundTrip(req)
	})), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}))
	_, err := updater.Update(ctx, p.ref, p.plantedPatch(), credit.WithVerify())
	p.checkFailed("a failed verification", err)

	updater = p.vendor.newFakeUpdater(p.t, p.fake, credit.WithLogger(p.newLogger(&p.log)))
	result, err := updater.Update(ctx, p.ref, p.plantedPatch(), credit.WithVerify())
	if err != nil {
		p.t.Fatal(err)
	}
	p.checkUpdateResult("an update", result)
	if result, err = updater.Update(ctx, p.ref, p.plantedPatch(), credit.WithDryRun()); err != nil {
		p.t.Fatal(err)
	}
	p.checkUpdateResult("a dry run", result)
}

// checkConstructors calls the constructors with invalid arguments.
func (p secretCase) checkConstructors() {
	for _, address := range []string{
		"https://user:" + plantedSecret + "@vendor.example", "https://vendor.example/?key=" + plantedSecret, "https://vendor.example/#" + plantedSecret,
		"http://" + plantedSecret + ".example", "https://vendor.example/%zz" + plantedSecret, plantedSecret,
	} {
		_, err := p.vendor.open(credit.WithBaseURL(address))
		p.checkFailed("an invalid base URL", err)
	}
	_, err := p.vendor.open(credit.WithUserAgent(plantedSecret + "\n"))
	p.checkFailed("an invalid user agent", err)
	switch bad := plantedSecret + "\n"; p.vendor.name {
	case "knox":
		_, err = knox.New(bad, credit.StaticToken(token))
		p.checkFailed("an invalid tenant", err)
		_, err = knox.New("acme", knox.ClientCredentials{Domain: "http://" + plantedSecret, ClientSecret: plantedSecret}.TokenSource(p.t.Context()))
	case "thoughtindustries":
		_, err = thoughtindustries.New(plantedSecret+"/", token)
		p.checkFailed("an invalid instance", err)
		_, err = thoughtindustries.New("acme", bad)
	case "nexudus":
		_, err = nexudus.New(nexudus.Password{Password: plantedSecret, TOTP: plantedSecret, ClientID: bad, BaseURL: "http://" + plantedSecret}.TokenSource(p.t.Context()))
	case "flexprice":
		_, err = flexprice.New(bad)
	case "metronome":
		_, err = metronome.New(bad)
	}
	p.checkFailed("invalid credentials", err)
}

// checkPrintedClients checks printed clients, options and configurations.
func (p secretCase) checkPrintedClients() {
	opts := []credit.Option{
		credit.WithBaseURL("https://vendor.example/v1"), credit.WithTransport(p.fake.Transport()),
		credit.WithLogger(p.newLogger(&p.log)), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 2}),
	}
	client, err := p.vendor.open(opts...)
	if err != nil {
		p.t.Fatal(err)
	}
	cfg, err := credit.NewConfig(p.vendor.name, opts...)
	if err != nil {
		p.t.Fatal(err)
	}
	call, err := credit.NewCallConfig(p.vendor.name, credit.WithDryRun())
	if err != nil {
		p.t.Fatal(err)
	}
	updater := client.Updater()
	p.checkPrintedValues(map[string]any{
		"a client": client, "a client's value": reflect.ValueOf(client).Elem().Interface(),
		"a struct of a client": struct{ c any }{client}, "an updater": updater,
		"an updater's value": reflect.ValueOf(updater).Elem().Interface(),
		"options":            opts, "a configuration": cfg, "a call's configuration": call, "what it supports": updater.Support(),
		"a static token": credit.StaticToken(token), "a struct of a static token": struct{ t oauth2.TokenSource }{credit.StaticToken(token)},
	})
}

func (p secretCase) checkPrintedValues(values map[string]any) {
	p.t.Helper()
	for what, v := range values {
		p.counts["values"]++
		p.checkPrinted(what, v, plantedSecret, token)
	}
}

type fakeTokenSource struct {
	token *oauth2.Token
	err   error
}

func (s fakeTokenSource) Token() (*oauth2.Token, error) { return s.token, s.err }

// withTokenSource returns a copy with another token source, or false if the
// vendor does not use one.
func (p secretCase) withTokenSource(tokens oauth2.TokenSource) (secretCase, bool) {
	p.vendor.open = func(opts ...credit.Option) (interface{ Updater() credit.Updater }, error) {
		if p.vendor.name == "knox" {
			return knox.New("acme", tokens, opts...)
		}
		return nexudus.New(tokens, opts...)
	}
	return p, p.vendor.name == "knox" || p.vendor.name == "nexudus"
}

// checkTokenSources makes calls whose token source fails or returns an unusable
// token.
func (p secretCase) checkTokenSources() {
	retrieve := &oauth2.RetrieveError{
		Response: &http.Response{Status: plantedSecret, StatusCode: 401, Header: http.Header{"X": {plantedSecret}}},
		Body:     []byte(plantedSecret), ErrorCode: plantedSecret, ErrorDescription: plantedSecret, ErrorURI: plantedSecret,
	}
	for _, s := range []fakeTokenSource{
		{err: errors.New(plantedSecret)}, {err: retrieve}, {err: &url.Error{Op: "Post", URL: "https://h/?" + plantedSecret, Err: retrieve}}, {},
		{token: &oauth2.Token{AccessToken: plantedSecret + "\n"}}, {token: &oauth2.Token{AccessToken: "a", TokenType: plantedSecret + "\n"}},
	} {
		if other, ok := p.withTokenSource(s); ok {
			other.checkAllCalls(p.t.Context(), "a token source", respondWithSecretHeaders(fakeResponse{status: 200, body: p.record}))
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
		p.checkTokenEndpoint("a token endpoint's "+test.name, respondWithSecretHeaders(test.a))
	}
	p.checkTokenEndpoint("a token endpoint's network error", roundTripFunc(func(*http.Request) (*http.Response, error) {
		return nil, &url.Error{Op: "Post", URL: "https://h/?" + plantedSecret, Err: errors.New(plantedSecret)}
	}))
}

// checkTokenEndpoint makes calls that request their token from rt. The vendor
// then rejects the token and echoes it.
func (p secretCase) checkTokenEndpoint(what string, rt http.RoundTripper) {
	ctx := context.WithValue(p.t.Context(), oauth2.HTTPClient, &http.Client{Transport: rt})
	credentials := knox.ClientCredentials{Domain: "https://auth.example", ClientID: "id", ClientSecret: plantedSecret}
	password := nexudus.Password{Email: plantedSecret + "@h.example", Password: plantedSecret, TOTP: plantedSecret, ClientID: "id"}
	tokens := map[string]oauth2.TokenSource{"knox": credentials.TokenSource(ctx), "nexudus": password.TokenSource(ctx)}[p.vendor.name]
	other, ok := p.withTokenSource(tokens)
	if !ok {
		return
	}
	echo := strings.ReplaceAll(`{"message":"no T","Message":"no T","trace":"T","code":"T"}`, "T", plantedSecret+"-access")
	for range 2 { // the second call uses the cached token
		other.checkAllCalls(p.t.Context(), what, respondWithSecretHeaders(fakeResponse{401, "application/json", "for " + plantedSecret + "-access", []byte(echo)}))
		p.checkPrintedValues(map[string]any{
			"a source": tokens, "a struct of a source": struct{ t oauth2.TokenSource }{tokens}, "an open struct of a source": struct{ T oauth2.TokenSource }{tokens},
			"credentials": credentials, "credentials' address": &credentials, "a password": password, "a password's address": &password,
			"a list of credentials": []any{credentials, password},
		})
	}
}
