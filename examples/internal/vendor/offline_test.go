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

// unreachable is a network that is down.
type unreachable struct{}

func (unreachable) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("no network")
}

// tokenRequests catches the requests for tokens, and lets them fail.
func tokenRequests(ctx context.Context, requests chan<- *http.Request) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: caught(requests)})
}

type caught chan<- *http.Request

func (c caught) RoundTrip(req *http.Request) (*http.Response, error) {
	c <- req
	return nil, io.ErrUnexpectedEOF
}

func TestOfflineFindsTheRefusals(t *testing.T) {
	half := credit.Set(credit.MustParseDecimal("0.5"))
	for _, c := range []struct {
		what, vendor string
		ref          credit.Ref
		patch        credit.Patch
		refused      bool
	}{
		{"a change", "knox", credit.Ref{ID: "1"}, credit.Patch{Note: credit.Set("x")}, false},
		{"a change", "thoughtindustries", credit.Ref{ID: "1"}, credit.Patch{Name: credit.Set("x")}, false},
		{"a change", "nexudus", credit.Ref{ID: "1"}, credit.Patch{Note: credit.Set("x")}, false},
		{"a change", "flexprice", credit.Ref{ID: "1"}, credit.Patch{Name: credit.Set("x")}, false},
		{"a change", "metronome", credit.Ref{ID: "1", Owner: "2"}, credit.Patch{Name: credit.Set("x")}, false},
		{"nothing", "flexprice", credit.Ref{ID: "1"}, credit.Patch{}, true},
		{"a field it has not", "nexudus", credit.Ref{ID: "1"}, credit.Patch{Name: credit.Set("x")}, true},
		{"no owner", "metronome", credit.Ref{ID: "1"}, credit.Patch{Name: credit.Set("x")}, true},
		{"a value it cannot hold", "thoughtindustries", credit.Ref{ID: "1"}, credit.Patch{Balance: half}, true},
	} {
		updater, err := vendor.Offline(c.vendor)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		_, err = updater.Update(ctx, c.ref, c.patch)
		cancel()
		if err == nil || vendor.Refused(err) != c.refused {
			t.Errorf("%s at %s: refused is %v, want %v: %v", c.what, c.vendor, !c.refused, c.refused, err)
		}
		if errors.Is(err, vendor.ErrOffline) == c.refused {
			t.Errorf("%s at %s went to the network: %v", c.what, c.vendor, err)
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
