package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/journal"
)

func newAPI(t *testing.T, s *site) *api {
	return &api{
		secret: []byte(testSecret), catalogue: newCatalogue(t), storage: s.storage, wake: func() {},
		ready: s.storage.db.PingContext, log: slog.New(slog.DiscardHandler),
	}
}

// serve passes a signed request to the handler.
func serve(h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	signRequest(r, testSecret, time.Now(), []byte(body))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func (s *site) orderOf(product, id string) string {
	fake := s.fakes[newCatalogue(s.t).products[product].Vendor]
	text, _ := json.Marshal(order{id, product, fake.Ref.ID, fake.Ref.Owner})
	return string(text)
}

func TestInvalidRequestsChangeNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	valid := s.orderOf("training-50", "o-1")
	for _, test := range []struct {
		name string
		body string
		edit func(*http.Request)
		code int
		want string
	}{
		{"no timestamp", valid, func(r *http.Request) { r.Header.Del(timestampHeader) }, 401, "X-Timestamp: must be seconds since 1970"},
		{"no signature", valid, func(r *http.Request) { r.Header.Del(signatureHeader) }, 401, "X-Signature: must be sha256= and hexadecimal digits"},
		{"empty signature", valid, func(r *http.Request) { r.Header.Set(signatureHeader, "sha256=") }, 401, "X-Signature: is not the signature of this request"},
		{"other secret", valid, func(r *http.Request) { signRequest(r, "another secret", time.Now(), []byte(valid)) }, 401, "X-Signature: is not the signature of this request"},
		{"other body", valid, func(r *http.Request) { signRequest(r, testSecret, time.Now(), []byte("{}")) }, 401, "X-Signature: is not the signature of this request"},
		{"other query", valid, func(r *http.Request) { r.URL.RawQuery = "a=b" }, 401, "X-Signature: is not the signature of this request"},
		{"changed timestamp", valid, func(r *http.Request) { r.Header.Set(timestampHeader, "1") }, 401, "X-Signature: is not the signature of this request"},
		{"old", valid, func(r *http.Request) { signRequest(r, testSecret, time.Now().Add(-6*time.Minute), []byte(valid)) }, 401, "X-Timestamp: must be within 5m0s of this server's clock"},
		{"from the future", valid, func(r *http.Request) { signRequest(r, testSecret, time.Now().Add(6*time.Minute), []byte(valid)) }, 401, "X-Timestamp: must be within 5m0s of this server's clock"},
		{"oversized", strings.Repeat(" ", 5000), nil, 413, "body: must be at most 4 KiB"},
		{"no body", "", nil, 400, "body: must be a JSON object"},
		{"not JSON", "{", nil, 400, "body: is not JSON: the object does not end"},
		{"array", "[]", nil, 400, "body: must be a JSON object"},
		{"two objects", valid + "{}", nil, 400, "body: must be one JSON object"},
		{"not UTF-8", "{\"id\":\"\xff\"}", nil, 400, "body: is not UTF-8"},
		{"unknown member", `{"id":"o-1","amount":"5"}`, nil, 400, `"amount": is unknown or occurs twice`},
		{"member in another case", `{"ID":"o-1"}`, nil, 400, `"ID": is unknown or occurs twice`},
		{"member twice", `{"id":"o-1","id":"o-2"}`, nil, 400, `"id": is unknown or occurs twice`},
		{"number", `{"id":1}`, nil, 400, "id: must be a string"},
		{"no id", `{"product":"training-50","credit":"c"}`, nil, 400, `id: must be 1 to 100 letters, digits, ".", "_" and "-", and begin with a letter or a digit`},
		{"path as id", `{"id":"../o","product":"training-50","credit":"c"}`, nil, 400, `id: must be 1 to 100 letters, digits, ".", "_" and "-", and begin with a letter or a digit`},
		{"no product", `{"id":"o-1","credit":"c"}`, nil, 400, "product: is missing"},
		{"no credit", `{"id":"o-1","product":"training-50"}`, nil, 400, "credit: must be the id of a credit at the vendor"},
		{"unknown product", `{"id":"o-1","product":"x","credit":"c"}`, nil, 422, "product: is unknown"},
		{"owner missing", `{"id":"o-1","product":"training-50","credit":"c"}`, nil, 422, "thoughtindustries: invalid owner: is required to read; nothing was sent"},
		{"id that the vendor cannot have", `{"id":"o-1","product":"room-hours-8","credit":"c"}`, nil, 422, "nexudus: invalid id: must be a number above 0; nothing was sent"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/orders", strings.NewReader(test.body))
			signRequest(r, testSecret, time.Now(), []byte(test.body))
			if test.edit != nil {
				test.edit(r)
			}
			w := httptest.NewRecorder()
			newAPI(t, s).handler().ServeHTTP(w, r)
			var answer struct{ Error string }
			if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != test.code || answer.Error != test.want {
				t.Errorf("got %d %s, want %d %s", w.Code, w.Body, test.code, test.want)
			}
		})
	}
	if last, err := s.storage.lastOrders(t.Context(), 1); err != nil || len(last) > 0 || len(s.entries()) > 0 {
		t.Errorf("stored: %v, %v, %v", last, s.entries(), err)
	}
	for name, fake := range s.fakes {
		if n := len(fake.Requests()); n > 0 {
			t.Errorf("%s: %d requests", name, n)
		}
	}
}

func TestOrderIDStandsForOneOrder(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	h := newAPI(t, s).handler()
	first, other := s.orderOf("training-50", "o-1"), s.orderOf("training-autumn", "o-1")
	for i, test := range []struct {
		body string
		code int
	}{{first, http.StatusAccepted}, {first, http.StatusOK}, {other, http.StatusConflict}, {first, http.StatusOK}} {
		w := serve(h, "POST", "/orders", test.body)
		if w.Code != test.code {
			t.Errorf("request %d: got %d %s, want %d", i, w.Code, w.Body, test.code)
		}
		if test.code != http.StatusConflict && !strings.Contains(w.Body.String(), `"product":"training-50"`) {
			t.Errorf("request %d: %s", i, w.Body)
		}
	}
	if all := s.entries(); len(all) != 1 || all["o-1"].State != journal.StateQueued {
		t.Errorf("the journal has %v", all)
	}
}

// The catalogue may change after an order.
func TestRepeatedOrderNeedsNoProduct(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	a := newAPI(t, s)
	body := s.orderOf("training-50", "o-1")
	serve(a.handler(), "POST", "/orders", body)
	delete(a.catalogue.products, "training-50")
	if w := serve(a.handler(), "POST", "/orders", body); w.Code != http.StatusOK {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestSameOrderAtTheSameTimeIsStoredOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	h := newAPI(t, s).handler()
	var accepted, found atomic.Int32
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			switch w := serve(h, "POST", "/orders", s.orderOf("training-50", "o-1")); w.Code {
			case http.StatusAccepted:
				accepted.Add(1)
			case http.StatusOK:
				found.Add(1)
			default:
				t.Errorf("got %d %s", w.Code, w.Body)
			}
		})
	}
	all.Wait()
	if accepted.Load() != 1 || found.Load() != 19 {
		t.Errorf("accepted %d times and found %d times", accepted.Load(), found.Load())
	}
}

// An order without its job would never be made.
func TestOrderAndJobAreStoredTogether(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	_, err := journal.Enqueue(t.Context(), s.storage.journal, journal.Job{
		Key: "o-1", Vendor: "knox", Ref: credit.Ref{ID: "c"}, Patch: credit.Patch{Note: credit.Set("another program's")},
	})
	if err != nil {
		t.Fatal(err)
	}
	h := newAPI(t, s).handler()
	if w := serve(h, "POST", "/orders", s.orderOf("training-50", "o-1")); w.Code != http.StatusConflict {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if w := serve(h, "GET", "/orders/o-1", ""); w.Code != http.StatusNotFound {
		t.Errorf("the order is stored without its job: %d %s", w.Code, w.Body)
	}
}

func TestGetOrder(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	h := newAPI(t, s).handler()
	serve(h, "POST", "/orders", s.orderOf("plan-gold", "o-1"))
	w := serve(h, "GET", "/orders/o-1", "")
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK || got["state"] != "queued" || got["id"] != "o-1" {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	unsigned := httptest.NewRecorder()
	h.ServeHTTP(unsigned, httptest.NewRequest("GET", "/orders/o-1", nil))
	if unsigned.Code != http.StatusUnauthorized {
		t.Errorf("without a signature: %d", unsigned.Code)
	}
}

func TestHealthAndReadiness(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	a := newAPI(t, s)
	for _, test := range []struct {
		path  string
		ready error
		code  int
	}{
		{"/healthz", errors.New("stopping"), http.StatusOK},
		{"/readyz", nil, http.StatusOK},
		{"/readyz", errors.New("stopping"), http.StatusServiceUnavailable},
	} {
		a.ready = func(context.Context) error { return test.ready }
		w := httptest.NewRecorder()
		a.handler().ServeHTTP(w, httptest.NewRequest("GET", test.path, nil))
		if w.Code != test.code {
			t.Errorf("%s, %v: got %d", test.path, test.ready, w.Code)
		}
	}
}

// The client must not take a failure of the database for an order that is refused.
func TestBrokenDatabaseAsksToSendAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	h := newAPI(t, s).handler()
	s.storage.db.Close()
	w := serve(h, "POST", "/orders", s.orderOf("training-50", "o-1"))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "send it again") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// The values are from: printf '1700000000\nPOST\n/orders\n{}' | openssl dgst -sha256 -hmac key
func TestSignatureIsOpenSSLs(t *testing.T) {
	const want = "d5a340b459b7c30fe14112b33f0b1d7cd3e39eb110cb943a02a53576c20c5bec"
	r := httptest.NewRequest("POST", "/orders", bytes.NewReader(nil))
	signRequest(r, "key", time.Unix(1700000000, 0), []byte("{}"))
	if got := r.Header.Get(signatureHeader); got != signaturePrefix+want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The order of the README can be sent to the fakes.
func TestOrderOfReadmeIsValid(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "body='")
	body, _, _ := strings.Cut(rest, "'\n")
	if body != s.orderOf("campaign-autumn", "o-1") {
		t.Errorf("the README has %s\nand the fake %s", body, s.orderOf("campaign-autumn", "o-1"))
	}
}

func TestSettings(t *testing.T) {
	for _, test := range []struct {
		name   string
		args   []string
		secret string
		want   string
	}{
		{"no secret", nil, "", "ORDER_SECRET: must have at least 16 bytes; try: openssl rand -hex 32"},
		{"page for all", []string{"-people", "0.0.0.0:8081"}, testSecret, "-people: must be a loopback address, such as 127.0.0.1:8081: the page asks for no password"},
		{"page for all without a host", []string{"-people", ":8081"}, testSecret, "-people: must be a loopback address, such as 127.0.0.1:8081: the page asks for no password"},
		{"lease", []string{"-lease", "0s"}, testSecret, "-lease and -poll must be positive, and -grace must not be negative"},
		{"parallel", []string{"-parallel", "0"}, testSecret, "-parallel: must be at least 1"},
		{"limits", []string{"-limits", "nexudus=5"}, testSecret, `-limits: must be such as nexudus=118/58, got "nexudus=5"`},
		{"words", []string{"fake"}, testSecret, `unexpected argument "fake": this command takes flags only`},
	} {
		getenv := func(name string) string { return map[string]string{"ORDER_SECRET": test.secret}[name] }
		if _, err := parseSettings(test.args, getenv, io.Discard); err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
	s, err := parseSettings([]string{"-fake"}, func(string) string { return "" }, io.Discard)
	if err != nil || string(s.secret) != fakeSecret || s.database != "" {
		t.Errorf("-fake: %+v, %v", s, err)
	}
}
