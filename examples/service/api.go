package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// maxBody is the largest body of a request in bytes. An order has a few hundred.
const maxBody = 4 << 10

// An api takes orders from the programs that know the secret.
type api struct {
	secret    []byte
	catalogue *catalogue
	storage   *storage
	wake      func() // is called when there is a new job
	ready     func(context.Context) error
	log       *slog.Logger
}

func (a *api) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", a.signed(a.postOrder))
	mux.HandleFunc("GET /orders/{id}", a.signed(a.getOrder))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		a.write(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := a.ready(r.Context()); err != nil {
			a.fail(w, http.StatusServiceUnavailable, err)
			return
		}
		a.write(w, http.StatusOK, map[string]string{"status": "ready"})
	})
	return mux
}

// signed passes requests with a valid signature on, with their bodies.
func (a *api) signed(next func(http.ResponseWriter, *http.Request, []byte)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			a.fail(w, http.StatusRequestEntityTooLarge, errors.New("body: must be at most 4 KiB"))
			return
		}
		if err != nil {
			a.fail(w, http.StatusBadRequest, errors.New("body: did not arrive"))
			return
		}
		if err := verify(a.secret, r, body, time.Now()); err != nil {
			a.fail(w, http.StatusUnauthorized, err)
			return
		}
		next(w, r, body)
	}
}

// postOrder stores an order and its job. An order that is stored already, with the same
// members, returns its status; the catalogue may have changed since.
func (a *api) postOrder(w http.ResponseWriter, r *http.Request, body []byte) {
	o, err := decodeOrder(body)
	if err != nil {
		a.fail(w, http.StatusBadRequest, err)
		return
	}
	stored, err := a.storage.order(r.Context(), o.ID)
	switch {
	case err == nil && stored.order != o:
		a.fail(w, http.StatusConflict, errOtherOrder)
	case err == nil:
		a.write(w, http.StatusOK, stored)
	case errors.Is(err, errNoOrder):
		a.addOrder(w, r, o)
	default:
		a.broken(w, err)
	}
}

func (a *api) addOrder(w http.ResponseWriter, r *http.Request, o order) {
	job, err := a.catalogue.job(r.Context(), o)
	if err != nil {
		a.fail(w, http.StatusUnprocessableEntity, err)
		return
	}
	added, err := a.storage.addOrder(r.Context(), o, job)
	if errors.Is(err, errOtherOrder) {
		a.fail(w, http.StatusConflict, err)
		return
	}
	var stored status
	if err == nil {
		stored, err = a.storage.order(r.Context(), o.ID)
	}
	if err != nil {
		a.broken(w, err)
		return
	}
	code := http.StatusOK // another request with the order was faster
	if added {
		code = http.StatusAccepted
		a.log.Info("order stored", "order", o.ID, "product", o.Product, "vendor", job.Vendor)
		a.wake()
	}
	a.write(w, code, stored)
}

func (a *api) getOrder(w http.ResponseWriter, r *http.Request, _ []byte) {
	found, err := a.storage.order(r.Context(), r.PathValue("id"))
	switch {
	case errors.Is(err, errNoOrder):
		a.fail(w, http.StatusNotFound, err)
	case err != nil:
		a.broken(w, err)
	default:
		a.write(w, http.StatusOK, found)
	}
}

// broken answers a request that the database failed. The order may be stored, so the
// caller must send it again.
func (a *api) broken(w http.ResponseWriter, err error) {
	a.log.Error("request failed", "error", err)
	w.Header().Set("Retry-After", "5")
	a.fail(w, http.StatusServiceUnavailable, errors.New("the order may not be stored: send it again"))
}

func (a *api) fail(w http.ResponseWriter, code int, err error) {
	a.write(w, code, map[string]string{"error": err.Error()})
}

func (a *api) write(w http.ResponseWriter, code int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	if err := json.NewEncoder(w).Encode(value); err != nil {
		a.log.Warn("response not sent", "error", err)
	}
}
