package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/credit/journal"
	"github.com/creditkit/creditkit/examples/internal/browsertest"
)

// newPage serves the page of a site. The channel gets the orders to send again.
func newPage(t *testing.T, s *site) (address string, retried chan string) {
	retried = make(chan string, 10)
	p := &page{storage: s.storage, updaters: s.updaters, retry: func(key string) { retried <- key }, log: slog.New(slog.DiscardHandler)}
	server := httptest.NewServer(p.handler())
	t.Cleanup(server.Close)
	return server.URL, retried
}

// storeOrder stores an order, and runs it. The fault is that of the first request.
func (s *site) storeOrder(id string, runs int, fault credittest.Fault) {
	s.t.Helper()
	a := newAPI(s.t, s)
	if w := serve(a.handler(), "POST", "/orders", s.orderOf("training-50", id)); w.Code != http.StatusAccepted {
		s.t.Fatalf("got %d %s", w.Code, w.Body)
	}
	s.fakes["thoughtindustries"].Queue(fault.OnWrite())
	runner := journal.Runner{Store: s.storage.journal, Updater: s.updaters["thoughtindustries"]}
	for range runs {
		_, _ = runner.Run(s.t.Context(), s.entries()[id].Job) // the page shows the error
	}
}

// A person sees the doubt first, looks at the credit, and decides.
func TestPersonSettlesDoubtInBrowser(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	s.storeOrder("made", 1, credittest.Slow(0))
	s.storeOrder("lost", 2, credittest.LostBefore())
	address, retried := newPage(t, s)
	ctx := browsertest.New(t)

	browsertest.Run(ctx, t, chromedp.Navigate(address))
	contains(t, "title", browsertest.Run(ctx, t, chromedp.Title()), "Orders")
	contains(t, "doubts", browsertest.Run(ctx, t, chromedp.Text("#doubts")), "lost")
	orders := browsertest.Run(ctx, t, chromedp.Text("#orders"))
	contains(t, "orders", orders, "made")
	contains(t, "orders", orders, "in doubt")
	browsertest.Run(ctx, t, chromedp.Click("#doubts a", chromedp.NodeVisible))
	contains(t, "verdict", browsertest.Run(ctx, t, chromedp.Text("#verdict", chromedp.NodeVisible)), "The credit is as it was before the change.")
	contains(t, "fields", browsertest.Run(ctx, t, chromedp.Text("#settle table")), "balance\t740\t690\t690")

	// The browser asks for the name.
	browsertest.Run(ctx, t, chromedp.Click(`button[value="again"]`))
	contains(t, "field without a value", browsertest.Run(ctx, t, chromedp.Evaluate[string](`document.querySelector("input:invalid").name`)), "actor")

	browsertest.Run(ctx, t, chromedp.SendKeys(`input[name="actor"]`, "Ada"))
	browsertest.Run(ctx, t, chromedp.SendKeys(`input[name="reason"]`, "the balance is as before"))
	browsertest.Run(ctx, t, chromedp.Click(`button[value="again"]`))
	browsertest.Run(ctx, t, chromedp.WaitNotPresent("#settle"))
	after := browsertest.Run(ctx, t, chromedp.Text("main"))
	contains(t, "order afterwards", after, "waiting")
	contains(t, "order afterwards", after, "Ada")
	browsertest.Run(ctx, t, chromedp.Navigate(address))
	contains(t, "doubts afterwards", browsertest.Run(ctx, t, chromedp.Text("#doubts")), "No order is in doubt.")
	if e := s.entries()["lost"]; e.State != journal.StateQueued || e.SettledBy != "Ada" {
		t.Errorf("the order is %s, settled by %q", e.State, e.SettledBy)
	}
	if key := <-retried; key != "lost" {
		t.Errorf("sent again: %s", key)
	}
}

func contains(t *testing.T, name, got, want string) {
	t.Helper()
	if !strings.Contains(got, want) {
		t.Errorf("%s: %q is not in %q", name, want, got)
	}
}

func TestDecisions(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	address, _ := newPage(t, s)
	for _, test := range []struct {
		id, decision string
		fault        credittest.Fault
		verdict      string
		outcome      credit.Outcome
		state        journal.State
	}{
		{"o-1", "not-made", credittest.LostBefore(), "as it was before", credit.Rejected, journal.StateEnded},
		{"o-2", "again", credittest.LostBefore(), "as it was before", credit.NotSent, journal.StateQueued},
		{"o-3", "applied", credittest.LostAfter(), "shows the change", credit.Applied, journal.StateEnded},
	} {
		s.storeOrder(test.id, 1, test.fault)
		code, body := get(t, address+"/orders/"+test.id)
		if code != http.StatusOK || !strings.Contains(body, test.verdict) {
			t.Errorf("%s: got %d %s", test.id, code, body)
		}
		form := url.Values{"decision": {test.decision}, "actor": {"Ada"}, "reason": {"looked"}}
		if code := postForm(t, address+"/orders/"+test.id+"/settle", form, nil); code != http.StatusSeeOther {
			t.Errorf("%s: settled with %d", test.id, code)
		}
		if e := s.entries()[test.id]; e.State != test.state || e.Outcome != test.outcome || e.SettledBy != "Ada" {
			t.Errorf("%s: %s, %s, %q", test.id, e.State, e.Outcome, e.SettledBy)
		}
	}
}

func TestFormsThatDecideNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	s.storeOrder("o-1", 1, credittest.LostBefore())
	s.storeOrder("o-2", 0, credittest.LostBefore())
	address, retried := newPage(t, s)
	form := url.Values{"decision": {"applied"}, "actor": {"Ada"}, "reason": {"looked"}}
	without := func(name string) url.Values {
		f := url.Values{"decision": form["decision"], "actor": form["actor"], "reason": form["reason"]}
		f.Del(name)
		return f
	}
	for _, test := range []struct {
		name   string
		path   string
		form   url.Values
		header http.Header
		code   int
	}{
		{"no name", "/orders/o-1/settle", without("actor"), nil, http.StatusUnprocessableEntity},
		{"no reason", "/orders/o-1/settle", without("reason"), nil, http.StatusUnprocessableEntity},
		{"no decision", "/orders/o-1/settle", without("decision"), nil, http.StatusUnprocessableEntity},
		{"not in doubt", "/orders/o-2/settle", form, nil, http.StatusUnprocessableEntity},
		{"unknown order", "/orders/o-9/settle", form, nil, http.StatusNotFound},
		{"another site", "/orders/o-1/settle", form, http.Header{"Sec-Fetch-Site": {"cross-site"}}, http.StatusForbidden},
		{"another origin", "/orders/o-1/settle", form, http.Header{"Origin": {"https://example.org"}}, http.StatusForbidden},
	} {
		if code := postForm(t, address+test.path, test.form, test.header); code != test.code {
			t.Errorf("%s: got %d, want %d", test.name, code, test.code)
		}
	}
	if e := s.entries()["o-1"]; e.State != journal.StateInDoubt || len(retried) > 0 {
		t.Errorf("the order is %s, settled by %q", e.State, e.SettledBy)
	}
}

// A name of another site that leads to 127.0.0.1 makes its pages same-origin.
func TestPageIsAtLoopbackNamesOnly(t *testing.T) {
	t.Parallel()
	h := (&page{}).handler()
	for host, code := range map[string]int{
		"example.org": 403, "example.org:8081": 403, "10.0.0.1:8081": 403, "localhost.example.org": 403,
		"localhost:8081": 404, "127.0.0.1": 404, "[::1]:8081": 404,
	} {
		r := httptest.NewRequest("GET", "/nothing", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != code {
			t.Errorf("%s: got %d, want %d", host, w.Code, code)
		}
	}
}

// Texts of customers and vendors are not HTML, and the page runs no scripts.
func TestPageEscapesTexts(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	address, _ := newPage(t, s)
	job := journal.Job{Key: "o-1", Vendor: "knox", Ref: credit.Ref{ID: "<script>"}, Patch: credit.Patch{Note: credit.Set("n")}}
	if _, err := s.storage.addOrder(t.Context(), order{ID: "o-1", Product: "p", Credit: "<script>"}, job); err != nil {
		t.Fatal(err)
	}
	code, body := get(t, address+"/")
	if code != http.StatusOK || strings.Contains(body, "<script>") || !strings.Contains(body, "&lt;script&gt;") {
		t.Errorf("got %d %s", code, body)
	}
}

func get(t *testing.T, address string) (code int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") {
		t.Errorf("Content-Security-Policy is %q", csp)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func postForm(t *testing.T, address string, form url.Values, header http.Header) (code int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "POST", address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}
