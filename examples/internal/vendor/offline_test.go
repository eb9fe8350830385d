package vendor_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// failingTransport is a network that is down.
type failingTransport struct{}

func (failingTransport) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("no network")
}

// captureTokenRequests returns a context whose token requests fail and are sent
// to the channel.
func captureTokenRequests(ctx context.Context, requests chan<- *http.Request) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: capturingTransport(requests)})
}

type capturingTransport chan<- *http.Request

func (c capturingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	c <- req
	return nil, io.ErrUnexpectedEOF
}

func TestOfflineReturnsValidationErrors(t *testing.T) {
	half := credit.Set(credit.MustParseDecimal("0.5"))
	for _, c := range []struct {
		name, vendor string
		ref          credit.Ref
		patch        credit.Patch
		refused      bool
	}{
		{"valid patch", "knox", credit.Ref{ID: "1"}, credit.Patch{Note: credit.Set("x")}, false},
		{"valid patch", "thoughtindustries", credit.Ref{ID: "1"}, credit.Patch{Name: credit.Set("x")}, false},
		{"valid patch", "nexudus", credit.Ref{ID: "1"}, credit.Patch{Note: credit.Set("x")}, false},
		{"valid patch", "flexprice", credit.Ref{ID: "1"}, credit.Patch{Name: credit.Set("x")}, false},
		{"valid patch", "metronome", credit.Ref{ID: "1", Owner: "2"}, credit.Patch{Name: credit.Set("x")}, false},
		{"empty patch", "flexprice", credit.Ref{ID: "1"}, credit.Patch{}, true},
		{"unsupported field", "nexudus", credit.Ref{ID: "1"}, credit.Patch{Name: credit.Set("x")}, true},
		{"missing owner", "metronome", credit.Ref{ID: "1"}, credit.Patch{Name: credit.Set("x")}, true},
		{"invalid value", "thoughtindustries", credit.Ref{ID: "1"}, credit.Patch{Balance: half}, true},
	} {
		updater, err := vendor.Offline(c.vendor)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		_, err = updater.Update(ctx, c.ref, c.patch)
		cancel()
		if err == nil || vendor.Refused(err) != c.refused {
			t.Errorf("%s at %s: refused is %v, want %v: %v", c.name, c.vendor, !c.refused, c.refused, err)
		}
		if errors.Is(err, vendor.ErrOffline) == c.refused {
			t.Errorf("%s at %s: ErrOffline is wrong in %v", c.name, c.vendor, err)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{context.Canceled, false},
		{&credit.InvalidError{Field: "total"}, true},
		{&credit.UnsupportedError{}, true},
		{&credit.AmbiguousError{}, true},
		{&credit.MalformedReadError{}, true},
		{credit.ErrEmptyPatch, true},
		{fmt.Errorf("row 7: %w", &credit.UnsupportedError{}), true},
		{&credit.MismatchError{}, false},
		{&credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected}, false},
		{&credit.Error{Kind: credit.ErrUnavailable, Err: &credit.InvalidError{Field: "TOTP"}}, false},
	} {
		if got := vendor.Refused(c.err); got != c.want {
			t.Errorf("%T (%v): %v", c.err, c.err, got)
		}
	}
}
