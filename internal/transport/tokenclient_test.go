package transport

import (
	"context"
	"net/http"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

func tokenClient(t *testing.T, given *http.Client, header http.Header) *http.Client {
	t.Helper()
	ctx := t.Context()
	if given != nil {
		ctx = context.WithValue(ctx, oauth2.HTTPClient, given)
	}
	client, ok := TokenClient(ctx, header).Value(oauth2.HTTPClient).(*http.Client)
	if !ok || client == given {
		t.Fatalf("the client is %v, want one of its own", client)
	}
	return client
}

func post(t *testing.T, client *http.Client) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://vendor.example/token", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp
}

func TestTokenRequestsUseTheSharedConnections(t *testing.T) {
	var none *http.Client
	for name, ctx := range map[string]context.Context{
		"no client":    t.Context(),
		"a nil client": context.WithValue(t.Context(), oauth2.HTTPClient, none),
		"no context":   nil,
	} {
		client := TokenClient(ctx, nil).Value(oauth2.HTTPClient).(*http.Client)
		if next := client.Transport.(tokenTransport).next; next != sharedTransport() {
			t.Errorf("%s: requests go through %v", name, next)
		}
	}
}

func TestTokenRequestsUseTheCallersClientAndLeaveItAlone(t *testing.T) {
	vendor := script(status(200))
	given := &http.Client{Transport: vendor, Timeout: time.Minute}
	client := tokenClient(t, given, http.Header{"client_id": {"c"}})
	post(t, client)
	if vendor.attempts() != 1 || client.Timeout != time.Minute {
		t.Errorf("%d requests, timeout %v", vendor.attempts(), client.Timeout)
	}
	if given.Transport != http.RoundTripper(vendor) || given.CheckRedirect != nil {
		t.Errorf("the caller's client was changed: %+v", given)
	}
	if next := tokenClient(t, &http.Client{}, nil).Transport.(tokenTransport).next; next != http.DefaultTransport {
		t.Errorf("a client without a transport goes through %v", next)
	}
}

func TestTokenRequestsFollowNoRedirect(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		vendor := script(status(code, "Location", "https://elsewhere.example/"), status(200))
		client := tokenClient(t, &http.Client{
			Transport:     vendor,
			CheckRedirect: func(*http.Request, []*http.Request) error { return nil },
		}, nil)
		if resp := post(t, client); resp.StatusCode != code || vendor.attempts() != 1 {
			t.Errorf("%d: status %d after %d requests, want it returned", code, resp.StatusCode, vendor.attempts())
		}
	}
}

func TestTokenRequestsCarryTheHeadersAsTheyAreSpelled(t *testing.T) {
	vendor := script(status(200))
	header := http.Header{"client_id": {"c"}, "Accept": {"application/json"}}
	client := tokenClient(t, &http.Client{Transport: vendor}, header)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://vendor.example/token", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "text/plain")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	sent := vendor.seen[0].before.Header
	if got := sent["client_id"]; len(got) != 1 || got[0] != "c" || sent.Get("Accept") != "application/json" || sent.Get("Content-Type") != "text/plain" {
		t.Errorf("sent %v", sent)
	}
	if len(req.Header) != 1 {
		t.Errorf("the request was changed: %v", req.Header)
	}
}
