package flexprice_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
)

// invalidFields are the fields of an InvalidError, in order.
func invalidFields(err error) []string {
	invalid, ok := errors.AsType[*credit.InvalidError](err)
	if !ok {
		return nil
	}
	fields := []string{invalid.Field}
	for _, more := range invalid.More {
		fields = append(fields, more.Field)
	}
	return fields
}

func TestUpdateRefusesBeforeAnyRequest(t *testing.T) {
	name := func(s string) credit.Patch { return credit.Patch{Name: credit.Set(s)} }
	metadata := func(m map[string]string) credit.Patch { return credit.Patch{Metadata: credit.Set(m)} }
	expires := func(at time.Time) credit.Patch { return credit.Patch{ExpiresAt: credit.Set(at)} }
	future := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name  string
		ref   credit.Ref
		patch credit.Patch
		opts  []credit.CallOption
		want  []string
	}{
		{"an id is required", credit.Ref{}, name("n"), nil, []string{"id"}},
		{"an id of dots is none", credit.Ref{ID: ".."}, name("n"), nil, []string{"id"}},
		{"a grant has no owner", credit.Ref{ID: "cg", Owner: "u"}, name("n"), nil, []string{"owner"}},
		{"there are no keys", ref, name("n"), []credit.CallOption{credit.WithIdempotencyKey("k")}, []string{"WithIdempotencyKey"}},
		{"no record is replaced", ref, name("n"), []credit.CallOption{credit.WithRecord([]byte(`{}`))}, []string{"WithRecord"}},
		{"no empty name", ref, name(""), nil, []string{"name"}},
		{"no name of 256 characters", ref, name(strings.Repeat("n", 256)), nil, []string{"name"}},
		{"no NUL in a name", ref, name("a\x00b"), nil, []string{"name"}},
		{"no name that is not UTF-8", ref, name("\xff"), nil, []string{"name"}},
		{"no NUL in a key", ref, metadata(map[string]string{"a\x00": "b"}), nil, []string{"metadata"}},
		{"no NUL in an entry", ref, metadata(map[string]string{"a": "\x00"}), nil, []string{"metadata"}},
		{"no nil map", ref, metadata(nil), nil, []string{"metadata"}},
		{"no end in the past", ref, expires(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)), nil, []string{"expires_at"}},
		{"no part of a microsecond", ref, expires(future.Add(1)), nil, []string{"expires_at"}},
		{"no unset time", ref, expires(time.Time{}), nil, []string{"expires_at"}},
		{"all that is wrong, at once", ref, credit.Patch{Name: credit.Set(""), ExpiresAt: credit.Set(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)), Metadata: credit.Set(map[string]string{"\x00": ""})}, nil, []string{"expires_at", "name", "metadata"}},
		{"valid fields are not named", ref, credit.Patch{Name: credit.Set("n"), ExpiresAt: credit.Set(future.Add(1))}, nil, []string{"expires_at"}},
		{"an end that is wrong, unread", ref, credit.Patch{Name: credit.Set(""), ExpiresAt: credit.Set(future)}, nil, []string{"name"}},
		{"no key, with a refused option", ref, expires(future), []credit.CallOption{credit.WithIdempotencyKey("k")}, []string{"WithIdempotencyKey"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t)
			calls := [][]credit.CallOption{test.opts}
			if test.opts == nil {
				calls = append(calls, []credit.CallOption{credit.WithDryRun()})
			}
			for _, opts := range calls {
				_, err := client.Updater().Update(t.Context(), test.ref, test.patch, opts...)
				if diff := cmp.Diff(test.want, invalidFields(err)); diff != "" || credit.OutcomeOf(err) != credit.NotSent {
					t.Errorf("%v\n%s", err, diff)
				}
			}
			if n := len(server.Requests()); n != 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// The server counts characters, not bytes.
func TestUpdateTakesANameOf255Characters(t *testing.T) {
	name := strings.Repeat("ä", 255)
	client, server := connect(t, shows(`,"name":"`+name+`"`))
	if _, err := client.Updater().Update(t.Context(), ref, credit.Patch{Name: credit.Set(name)}); err != nil {
		t.Fatal(err)
	}
	if body := server.Only(t).Body; body != `{"name":"`+name+`"}` {
		t.Errorf("sent %s", body)
	}
}

// On any other grant an end date does something else than end it.
func TestUpdateEndsSubscriptionsGrantsOnly(t *testing.T) {
	patch := credit.Patch{Name: credit.Set("Gold"), ExpiresAt: credit.Set(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))}
	for _, test := range []struct {
		name       string
		read, says string
	}{
		{"not a plan's", `,"scope":"PLAN","status":"published"`, "scope is PLAN"},
		{"not an add-on's", `,"scope":"ADDON","status":"published"`, "scope is ADDON"},
		{"not a new scope's", `,"scope":"subscription","status":"published"`, "another"},
		{"not without scope", `,"status":"published"`, "another scope or none"},
		{"not of a null", `,"scope":null,"status":"published"`, "another scope or none"},
		{"not an archived", `,"scope":"SUBSCRIPTION","status":"archived"`, "archived"},
		{"not a deleted", `,"scope":"SUBSCRIPTION","status":"deleted"`, "deleted"},
		{"not a plan's, gone", `,"scope":"PLAN","status":"archived"`, "scope is PLAN"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, opts := range [][]credit.CallOption{nil, {credit.WithDryRun()}, {credit.WithVerify()}} {
				client, server := connect(t, shows(test.read))
				_, err := client.Updater().Update(t.Context(), ref, patch, opts...)
				if diff := cmp.Diff([]string{"expires_at"}, invalidFields(err)); diff != "" || credit.OutcomeOf(err) != credit.NotSent || !strings.Contains(err.Error(), test.says) {
					t.Errorf("%v\n%s", err, diff)
				}
				if diff := cmp.Diff([]string{readRequest}, wire(server)); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// Archived or not, and of any scope: a name can be set.
func TestUpdateNamesAnyGrant(t *testing.T) {
	client, server := connect(t, shows(`,"scope":"PLAN","status":"archived"`))
	result, err := client.Updater().Update(t.Context(), ref, fieldPatches()["set name"], credit.WithDryRun())
	if err != nil || result.Before == nil {
		t.Errorf("%+v, %v; want what was read", result, err)
	}
	if diff := cmp.Diff([]string{readRequest}, wire(server)); diff != "" {
		t.Error(diff)
	}
}

// Nothing is written after a read that failed.
func TestUpdateThatCannotReadTheScopeIsNotSent(t *testing.T) {
	for _, test := range []struct {
		name string
		read scripttest.Response
		kind credit.Kind
	}{
		{"not found", scripttest.Status(404, `{"code":"not_found","message":"no"}`), credit.ErrNotFound},
		{"another grant", scripttest.OK(`{"id":"cg2","scope":"SUBSCRIPTION"}`), credit.ErrMalformed},
		{"no grant", scripttest.OK(`{}`), credit.ErrMalformed},
		{"two scopes", scripttest.OK(`{"id":"cg","scope":"PLAN","scope":"SUBSCRIPTION"}`), credit.ErrMalformed},
		{"half a grant", scripttest.OK(`{"id":"cg","scope":`), credit.ErrMalformed},
		{"a conflict", scripttest.Status(409, `{"code":"version_conflict"}`), credit.ErrConflict},
		{"a server error", scripttest.Status(500, `{"code":"database_error"}`), credit.ErrUnavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t, test.read)
			_, err := client.Updater().Update(t.Context(), ref, fieldPatches()["set expires_at"])
			if !errors.Is(err, test.kind) || credit.OutcomeOf(err) != credit.NotSent {
				t.Errorf("got %v, want %v with nothing sent", err, test.kind)
			}
			if diff := cmp.Diff([]string{readRequest}, wire(server)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
