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

// refusedUpdates are those that are never sent.
func (p planted) refusedUpdates() {
	ctx, n := p.t.Context(), p.open(sending(said{status: 200, body: p.record}))
	everything := credit.Patch{
		Name: credit.Set(plant), Note: credit.Set(plant), Total: credit.Set(credit.NewDecimal(7)), Balance: credit.Set(credit.NewDecimal(7)),
		StartsAt: credit.Clear[time.Time](), Metadata: credit.Set(map[string]string{plant: plant}),
	}
	_, err := n.updater.Update(ctx, p.ref, everything)
	p.failed("an unsupported patch", err)
	_, err = n.updater.Update(ctx, p.ref, credit.Patch{})
	p.failed("an empty patch", err)
	_, err = n.updater.Update(ctx, credit.Ref{ID: plant + "\n", Owner: plant + "\n"}, p.patch())
	p.failed("an odd ref", err)
	_, err = n.updater.Update(ctx, p.ref, p.patch(), credit.WithIdempotencyKey(plant+"\n"))
	p.failed("an odd key", err)
	_, err = n.updater.Update(ctx, p.ref, p.garbledPatch())
	p.failed("an odd text", err)

	if n.updater.Support().ReplacesRecord {
		for _, record := range []string{plant, `["` + plant + `"]`, `{"id":"` + plant + `","Id":"` + plant + `"}`} {
			_, err = n.updater.Update(ctx, p.ref, p.patch(), credit.WithRecord(json.RawMessage(record)))
			p.failed("an odd record", err)
		}
	}
	if p.vendor.name != "metronome" {
		return
	}
	for name, items := range map[string]string{
		"two items":          `{"id":"a","x":"` + plant + `"},{"id":"b"}`,
		"no item":            ``,
		"an item without id": `{"name":"` + plant + `"}`,
	} {
		list := `{"data":[{"id":"` + p.ref.ID + `","name":"` + plant + `","access_schedule":{"schedule_items":[` + items + `]}}]}`
		_, err = p.open(sending(said{status: 200, body: []byte(list)})).updater.Update(ctx, p.ref, total(7))
		p.failed(name, err)
	}
}

// garbledPatch holds texts that are not UTF-8, where the vendor takes texts.
func (p planted) garbledPatch() credit.Patch {
	patch := p.patch()
	for _, o := range []*credit.Opt[string]{&patch.Name, &patch.Note} {
		if !o.IsZero() {
			*o = credit.Set(plant + "\xff")
		}
	}
	return patch
}

// unusableUpdates are made, and the vendor's record is another or is not shown.
func (p planted) unusableUpdates() {
	ctx := p.t.Context()
	n := p.open(sending(said{status: 200, body: p.record}))
	if v := p.vendor.name; v != "nexudus" && v != "metronome" { // whose answers show no record
		_, err := n.updater.Update(ctx, p.ref, p.vendor.edits[1].patch(8))
		p.failed("another value", err)
	}
	written := false
	updater := p.vendor.connect(p.t, p.fake, credit.WithLogger(p.logger(&p.log)), credit.WithTransport(roundTrip(func(req *http.Request) (*http.Response, error) {
		if written {
			return nil, errors.New("sent " + plant + " with " + token)
		}
		written = isWrite(req)
		return p.fake.Transport().RoundTrip(req)
	})), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}))
	_, err := updater.Update(ctx, p.ref, p.patch(), credit.WithVerify())
	p.failed("a read back", err)

	updater = p.vendor.connect(p.t, p.fake, credit.WithLogger(p.logger(&p.log)))
	result, err := updater.Update(ctx, p.ref, p.patch(), credit.WithVerify())
	if err != nil {
		p.t.Fatal(err)
	}
	p.result("an update", result)
	if result, err = updater.Update(ctx, p.ref, p.patch(), credit.WithDryRun()); err != nil {
		p.t.Fatal(err)
	}
	p.result("a dry run", result)
}

// arguments are refused by the constructors.
func (p planted) arguments() {
	for _, address := range []string{
		"https://user:" + plant + "@vendor.example", "https://vendor.example/?key=" + plant, "https://vendor.example/#" + plant,
		"http://" + plant + ".example", "https://vendor.example/%zz" + plant, plant,
	} {
		_, err := p.vendor.open(credit.WithBaseURL(address))
		p.failed("an odd address", err)
	}
	_, err := p.vendor.open(credit.WithUserAgent(plant + "\n"))
	p.failed("an odd user agent", err)
	switch bad := plant + "\n"; p.vendor.name {
	case "knox":
		_, err = knox.New(bad, credit.StaticToken(token))
		p.failed("an odd tenant", err)
		_, err = knox.New("acme", knox.ClientCredentials{Domain: "http://" + plant, ClientSecret: plant}.TokenSource(p.t.Context()))
	case "thoughtindustries":
		_, err = thoughtindustries.New(plant+"/", token)
		p.failed("an odd instance", err)
		_, err = thoughtindustries.New("acme", bad)
	case "nexudus":
		_, err = nexudus.New(nexudus.Password{Password: plant, TOTP: plant, ClientID: bad, BaseURL: "http://" + plant}.TokenSource(p.t.Context()))
	case "flexprice":
		_, err = flexprice.New(bad)
	case "metronome":
		_, err = metronome.New(bad)
	}
	p.failed("odd credentials", err)
}

// clients print, and what they are made of.
func (p planted) clients() {
	opts := []credit.Option{
		credit.WithBaseURL("https://vendor.example/v1"), credit.WithTransport(p.fake.Transport()),
		credit.WithLogger(p.logger(&p.log)), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 2}),
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
	p.prints(map[string]any{
		"a client": client, "a client's value": reflect.ValueOf(client).Elem().Interface(),
		"a struct of a client": struct{ c any }{client}, "an updater": updater,
		"an updater's value": reflect.ValueOf(updater).Elem().Interface(),
		"options":            opts, "a configuration": cfg, "a call's configuration": call, "what it supports": updater.Support(),
		"a static token": credit.StaticToken(token), "a struct of a static token": struct{ t oauth2.TokenSource }{credit.StaticToken(token)},
	})
}

func (p planted) prints(values map[string]any) {
	p.t.Helper()
	for what, v := range values {
		p.seen["values"]++
		p.printed(what, v, plant, token)
	}
}

type source struct {
	token *oauth2.Token
	err   error
}

func (s source) Token() (*oauth2.Token, error) { return s.token, s.err }

// with is the vendor with another token source; false where it takes none.
func (p planted) with(tokens oauth2.TokenSource) (planted, bool) {
	p.vendor.open = func(opts ...credit.Option) (interface{ Updater() credit.Updater }, error) {
		if p.vendor.name == "knox" {
			return knox.New("acme", tokens, opts...)
		}
		return nexudus.New(tokens, opts...)
	}
	return p, p.vendor.name == "knox" || p.vendor.name == "nexudus"
}

// sources fail to give tokens, or give some that are refused.
func (p planted) sources() {
	retrieve := &oauth2.RetrieveError{
		Response: &http.Response{Status: plant, StatusCode: 401, Header: http.Header{"X": {plant}}},
		Body:     []byte(plant), ErrorCode: plant, ErrorDescription: plant, ErrorURI: plant,
	}
	for _, s := range []source{
		{err: errors.New(plant)}, {err: retrieve}, {err: &url.Error{Op: "Post", URL: "https://h/?" + plant, Err: retrieve}}, {},
		{token: &oauth2.Token{AccessToken: plant + "\n"}}, {token: &oauth2.Token{AccessToken: "a", TokenType: plant + "\n"}},
	} {
		if other, ok := p.with(s); ok {
			other.all(p.t.Context(), "a token source", sending(said{status: 200, body: p.record}))
		}
	}
	const jsonType = "application/json"
	for name, a := range map[string]said{
		"a page": {401, "text/html", "", []byte("<html>" + plant)}, "a success's page": {200, "text/html", "", []byte("<html>" + plant)},
		"a refusal":  {400, jsonType, "", []byte(`{"error":"invalid_grant","error_description":"` + plant + `","x":"` + plant + `"}`)},
		"an echo":    {403, jsonType, "", []byte(`{"error":"` + plant + `"}`)},
		"no token":   {200, jsonType, "", []byte(`{"token_type":"` + plant + `"}`)},
		"half":       {200, jsonType, "", []byte(`{"access_token":"` + plant)},
		"a redirect": {302, "", "", nil}, "a crash": {500, "text/plain", "", []byte(plant)},
		"a token": {200, jsonType, "", []byte(`{"access_token":"` + plant + `-access","refresh_token":"` + plant + `-refresh","token_type":"Bearer","expires_in":3600}`)},
	} {
		p.endpoint("a token endpoint's "+name, sending(a))
	}
	p.endpoint("a token endpoint's loss", roundTrip(func(*http.Request) (*http.Response, error) {
		return nil, &url.Error{Op: "Post", URL: "https://h/?" + plant, Err: errors.New(plant)}
	}))
}

// endpoint has a source of the module ask a token endpoint, and the vendor
// refuse and repeat what it gets.
func (p planted) endpoint(what string, rt http.RoundTripper) {
	ctx := context.WithValue(p.t.Context(), oauth2.HTTPClient, &http.Client{Transport: rt})
	credentials := knox.ClientCredentials{Domain: "https://auth.example", ClientID: "id", ClientSecret: plant}
	password := nexudus.Password{Email: plant + "@h.example", Password: plant, TOTP: plant, ClientID: "id"}
	tokens := map[string]oauth2.TokenSource{"knox": credentials.TokenSource(ctx), "nexudus": password.TokenSource(ctx)}[p.vendor.name]
	other, ok := p.with(tokens)
	if !ok {
		return
	}
	echo := strings.ReplaceAll(`{"message":"no T","Message":"no T","trace":"T","code":"T"}`, "T", plant+"-access")
	for range 2 { // the second time with the source's state
		other.all(p.t.Context(), what, sending(said{401, "application/json", "for " + plant + "-access", []byte(echo)}))
		p.prints(map[string]any{
			"a source": tokens, "a struct of a source": struct{ t oauth2.TokenSource }{tokens}, "an open struct of a source": struct{ T oauth2.TokenSource }{tokens},
			"credentials": credentials, "credentials' address": &credentials, "a password": password, "a password's address": &password,
			"a list of credentials": []any{credentials, password},
		})
	}
}
