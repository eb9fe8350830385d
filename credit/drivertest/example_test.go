package drivertest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/credit/drivertest"
)

// notes is a Driver of a vendor that keeps one credit in memory, and the Backend that
// shows the suite what the vendor received.
type notes struct {
	mu       sync.Mutex
	record   noteRecord
	requests []credittest.Request
}

type noteRecord struct {
	ID   string `json:"id"`
	Note string `json:"note"`
}

func (*notes) Vendor() string { return "notes" }

func (*notes) Support() credit.Support {
	return credit.Support{Fields: map[credit.Field]credit.Ability{credit.FieldNote: {Set: true, Clear: true}}}
}

func (n *notes) Apply(ctx context.Context, ref credit.Ref, patch credit.Patch, cfg credit.CallConfig) (*credit.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, &credit.Error{Vendor: "notes", Op: "Apply", Kind: credit.ErrUnavailable, Outcome: credit.NotSent, Err: err}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if ref.ID != n.record.ID {
		return nil, &credit.Error{Vendor: "notes", Op: "Apply", Kind: credit.ErrNotFound, Outcome: credit.NotSent}
	}
	note, _ := patch.Note.Get() // "" if it is cleared
	body, err := json.Marshal(map[string]string{"note": note})
	if err != nil {
		return nil, err
	}
	result := &credit.Result{Request: &credit.Request{Method: http.MethodPatch, Path: "/credits/" + url.PathEscape(ref.ID), Body: body}}
	if cfg.DryRun {
		return result, nil
	}
	n.record.Note = note
	n.requests = append(n.requests, credittest.Request{
		Method: result.Request.Method, Path: result.Request.Path, Body: body, Write: true, Applied: true,
	})
	result.Attempts = 1
	if cfg.Info != nil {
		*cfg.Info = credit.CallInfo{Attempts: 1}
	}
	result.After = &credit.Record{ID: ref.ID, Values: credit.Values{Note: credit.Set(note)}}
	return result, nil
}

func (n *notes) Requests() []credittest.Request {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]credittest.Request(nil), n.requests...)
}

func (n *notes) Record(string) json.RawMessage {
	n.mu.Lock()
	defer n.mu.Unlock()
	record, _ := json.Marshal(n.record) // two strings always encode
	return record
}

func notesHarness(*testing.T) drivertest.Harness {
	vendor := &notes{record: noteRecord{ID: "c-1", Note: "a note"}}
	return drivertest.Harness{
		Updater:    credit.NewUpdater(vendor),
		Backend:    vendor,
		Ref:        credit.Ref{ID: "c-1"},
		Missing:    credit.Ref{ID: "c-2"},
		Patch:      credit.Patch{Note: credit.Set("a note of the suite")},
		FieldPaths: map[credit.Field]drivertest.FieldPath{credit.FieldNote: {Record: "note"}},
	}
}

// The suite is one line in a driver's tests. Cases that need more of the Backend, such
// as faults, are skipped.
func ExampleRun() {
	_ = func(t *testing.T) { // func TestConformance(t *testing.T) {
		drivertest.Run(t, notesHarness)
	}
}

func TestExampleRun(t *testing.T) { drivertest.Run(t, notesHarness) }
