package main

import (
	"context"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/journal"
)

// pageOrders is how many orders the page shows.
const pageOrders = 100

// A page shows the orders to people, and lets them settle doubts. Who can reach it may
// use it: it listens on the loopback interface only.
type page struct {
	storage  *storage
	updaters map[string]credit.Updater
	retry    func(key string) // is called after a decision to send a change again
	log      *slog.Logger
}

//go:embed page.html style.css
var pageFiles embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"label": label,
	"time":  func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") },
}).ParseFS(pageFiles, "page.html"))

// label returns the state of an order in plain words.
func label(e *journal.Entry) string {
	switch {
	case e.State == journal.StateInDoubt:
		return "in doubt"
	case e.State == journal.StateRunning:
		return "being made"
	case e.State == journal.StateQueued:
		return "waiting"
	case e.Outcome == credit.Applied:
		return "made"
	}
	return "not made"
}

func (p *page) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.showOrders)
	mux.HandleFunc("GET /orders/{id}", p.showOrder)
	mux.HandleFunc("POST /orders/{id}/settle", p.settle)
	mux.Handle("GET /style.css", http.FileServerFS(pageFiles))
	sameOrigin := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Another site's name can lead to the loopback interface.
		if !isLoopback(r.Host) {
			http.Error(w, "This page is at localhost only.", http.StatusForbidden)
			return
		}
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "same-origin")
		w.Header().Set("Cache-Control", "no-store")
		sameOrigin.ServeHTTP(w, r)
	})
}

// isLoopback reports whether an address, with or without a port, is of this machine.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (p *page) showOrders(w http.ResponseWriter, r *http.Request) {
	var doubts []*journal.Entry
	for entry, err := range journal.Doubts(r.Context(), p.storage.journal) {
		if err != nil {
			p.broken(w, err)
			return
		}
		doubts = append(doubts, entry)
	}
	last, err := p.storage.lastOrders(r.Context(), pageOrders)
	if err != nil {
		p.broken(w, err)
		return
	}
	p.render(w, http.StatusOK, "orders", map[string]any{"Doubts": doubts, "Last": last})
}

// A view is what the page of one order shows.
type view struct {
	status
	Found   *credit.Resolution // of a doubt: what a look at the credit showed, nil if it was not read
	ReadErr error
	Fields  []fieldView
	Problem error // with a decision
	Actor   string
	Reason  string
}

// A fieldView is a field that an order sets, with the values of the credit.
type fieldView struct {
	Name                  credit.Field
	Wanted, Before, Found string
}

func (p *page) showOrder(w http.ResponseWriter, r *http.Request) {
	p.showView(w, r, http.StatusOK, view{})
}

// showView shows an order, and for a doubt what the credit is now.
func (p *page) showView(w http.ResponseWriter, r *http.Request, code int, v view) {
	var err error
	v.status, err = p.storage.order(r.Context(), r.PathValue("id"))
	if errors.Is(err, errNoOrder) {
		http.NotFound(w, r)
		return
	}
	if err != nil {
		p.broken(w, err)
		return
	}
	if v.Entry.State == journal.StateInDoubt {
		before := beforeChange(v.Entry)
		v.Found, v.ReadErr = p.look(r.Context(), v.Entry, before)
		v.Fields = compareFields(v.Entry.Target, before, v.Found)
	}
	p.render(w, code, "order", v)
}

// look reads the credit of a doubt and compares it with the change.
func (p *page) look(ctx context.Context, e *journal.Entry, before *credit.Record) (*credit.Resolution, error) {
	updater := p.updaters[e.Job.Vendor]
	if updater == nil {
		return nil, errors.New("the vendor is not in the catalogue")
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return credit.Resolve(ctx, updater, e.Job.Ref, e.Target, before)
}

// beforeChange returns what is known about the credit before the change, or nil.
func beforeChange(e *journal.Entry) *credit.Record {
	if e.Before != nil {
		return e.Before
	}
	return e.Expect
}

// compareFields returns the fields of a change with the credit's values before it and
// now, as far as they are known.
func compareFields(target credit.Patch, before *credit.Record, found *credit.Resolution) []fieldView {
	var was, now credit.Patch
	if before != nil {
		was = credit.Patch(before.Values)
	}
	if found != nil {
		now = credit.Patch(found.Now.Values)
	}
	var views []fieldView
	for field, op := range target.All() {
		views = append(views, fieldView{field, op.String(), was.Op(field).String(), now.Op(field).String()})
	}
	return views
}

// decisions are the values of the form's buttons.
var decisions = map[string]credit.Outcome{
	"applied":  credit.Applied,
	"not-made": credit.Rejected,
	"again":    credit.NotSent,
}

func (p *page) settle(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "The form did not arrive.", http.StatusBadRequest)
		return
	}
	key, actor, reason := r.PathValue("id"), r.PostForm.Get("actor"), r.PostForm.Get("reason")
	outcome := decisions[r.PostForm.Get("decision")]
	if err := journal.Settle(r.Context(), p.storage.journal, key, outcome, actor, reason); err != nil {
		p.showView(w, r, http.StatusUnprocessableEntity, view{Problem: err, Actor: actor, Reason: reason})
		return
	}
	p.log.Info("doubt settled", "order", key, "outcome", outcome, "actor", actor, "reason", reason)
	p.retry(key) // also for the credit's later orders, which have waited
	http.Redirect(w, r, "/orders/"+url.PathEscape(key), http.StatusSeeOther)
}

func (p *page) broken(w http.ResponseWriter, err error) {
	p.log.Error("page failed", "error", err)
	http.Error(w, "The database did not answer. Try again.", http.StatusServiceUnavailable)
}

func (p *page) render(w http.ResponseWriter, code int, name string, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	if err := templates.ExecuteTemplate(w, name, data); err != nil {
		p.log.Warn("page not sent", "page", name, "error", err)
	}
}
