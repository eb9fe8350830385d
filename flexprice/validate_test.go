package flexprice_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/flexprice"
)

func TestUpdateCreditGrantRefusesBeforeSending(t *testing.T) {
	named := func(name string) flexprice.UpdateCreditGrantRequest {
		return flexprice.UpdateCreditGrantRequest{Name: &name}
	}
	tagged := func(key, value string) flexprice.UpdateCreditGrantRequest {
		return flexprice.UpdateCreditGrantRequest{Metadata: map[string]string{"a": "b", key: value}}
	}
	for _, test := range []struct {
		name string
		id   string
		req  flexprice.UpdateCreditGrantRequest
		opts []credit.CallOption
		want string // the fields, in order
	}{
		{name: "no id", id: "", want: "id"},
		{name: "a dot as an id", id: ".", want: "id"},
		{name: "two dots as an id", id: "..", want: "id"},
		{name: "a NUL in the id", id: "a\x00", want: "id"},
		{name: "an id that is not UTF-8", id: "a\xff", want: "id"},
		{name: "an empty name", id: "cg", req: named(""), want: "name"},
		{name: "a name of 256 letters", id: "cg", req: named(strings.Repeat("a", 256)), want: "name"},
		{name: "a name of 256 two-byte runes", id: "cg", req: named(strings.Repeat("ä", 256)), want: "name"},
		{name: "a NUL in the name", id: "cg", req: named("a\x00b"), want: "name"},
		{name: "a name that is not UTF-8", id: "cg", req: named("a\xff"), want: "name"},
		{name: "a NUL in a key", id: "cg", req: tagged("k\x00", "v"), want: "metadata"},
		{name: "a NUL in a value", id: "cg", req: tagged("k", "\x00"), want: "metadata"},
		{name: "a value that is not UTF-8", id: "cg", req: tagged("k", "\xff"), want: "metadata.k"},
		{name: "a name and metadata", id: "cg", req: flexprice.UpdateCreditGrantRequest{Name: new(""), Metadata: map[string]string{"\x00": ""}}, want: "name metadata"},
		{name: "an end date in the year 10000", id: "cg", req: flexprice.UpdateCreditGrantRequest{EndDate: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, want: "end_date"},
		{name: "an idempotency key", id: "cg", opts: []credit.CallOption{credit.WithIdempotencyKey("k")}, want: "WithIdempotencyKey"},
		{name: "a dry run", id: "cg", opts: []credit.CallOption{credit.WithDryRun()}, want: "options"},
		{name: "a verification", id: "cg", opts: []credit.CallOption{credit.WithVerify()}, want: "options"},
		{name: "a nil option", id: "cg", opts: []credit.CallOption{nil}, want: "options"},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t)
			got, err := client.UpdateCreditGrant(t.Context(), test.id, test.req, test.opts...)
			checkRefused(t, got, err, test.want)
			if n := len(server.Requests()); n != 0 {
				t.Errorf("%d requests, want none", n)
			}
		})
	}
}

func TestGetCreditGrantRefusesBeforeSending(t *testing.T) {
	for _, id := range []string{"", ".", "..", "a\n"} {
		client, server := connect(t)
		got, err := client.GetCreditGrant(t.Context(), id)
		checkRefused(t, got, err, "id")
		if n := len(server.Requests()); n != 0 {
			t.Errorf("%d requests, want none", n)
		}
	}
}

func checkRefused(t *testing.T, grant *flexprice.CreditGrant, err error, want string) {
	t.Helper()
	invalid, ok := errors.AsType[*credit.InvalidError](err)
	if !ok || grant != nil {
		t.Fatalf("got %v, %v; want an InvalidError", grant, err)
	}
	fields := []string{invalid.Field}
	for _, f := range invalid.More {
		fields = append(fields, f.Field)
	}
	if got := strings.Join(fields, " "); got != want || invalid.Vendor != "flexprice" {
		t.Errorf("%s refused %s, want flexprice and %s", invalid.Vendor, got, want)
	}
	if o := credit.OutcomeOf(err); o != credit.NotSent || !errors.Is(err, credit.ErrInvalid) {
		t.Errorf("outcome %v of %v, want not sent and invalid", o, err)
	}
}
