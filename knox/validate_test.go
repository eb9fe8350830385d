package knox_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/knox"
)

func TestUpdateCreditRefusesBeforeSending(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*knox.Credit)
		want   string // the fields, in order
	}{
		{
			"nothing set",
			func(r *knox.Credit) { *r = knox.Credit{} },
			"id contact_id type_id origin date quantity sys_created_at sys_created_by_id sys_last_modified_at sys_last_modified_by_id",
		},
		{"id", func(r *knox.Credit) { r.ID = "" }, "id"},
		{"an id that climbs", func(r *knox.Credit) { r.ID = ".." }, "id"},
		{"an id with a control character", func(r *knox.Credit) { r.ID = "a\x00" }, "id"},
		{"an id that is not UTF-8", func(r *knox.Credit) { r.ID = "a\xff" }, "id"},
		{"contact_id", func(r *knox.Credit) { r.ContactID = "" }, "contact_id"},
		{"type_id", func(r *knox.Credit) { r.TypeID = "" }, "type_id"},
		{"origin", func(r *knox.Credit) { r.Origin = "" }, "origin"},
		{"date", func(r *knox.Credit) { r.Date = "" }, "date"},
		{"quantity", func(r *knox.Credit) { r.Quantity = credit.Decimal{} }, "quantity"},
		{"sys_created_at", func(r *knox.Credit) { r.SysCreatedAt = "" }, "sys_created_at"},
		{"sys_created_by_id", func(r *knox.Credit) { r.SysCreatedByID = "" }, "sys_created_by_id"},
		{"sys_last_modified_at", func(r *knox.Credit) { r.SysLastModifiedAt = "" }, "sys_last_modified_at"},
		{"sys_last_modified_by_id", func(r *knox.Credit) { r.SysLastModifiedByID = "" }, "sys_last_modified_by_id"},
		{"a usage", func(r *knox.Credit) { r.Usages = make([]knox.CreditUsage, 1) }, "usages[0].application_id usages[0].quantity"},
		{
			"the second usage's amount",
			func(r *knox.Credit) {
				r.Usages = []knox.CreditUsage{{ApplicationID: "a", Quantity: credit.NewDecimal(0)}, {ApplicationID: "b"}}
			},
			"usages[1].quantity",
		},
		{"a text that is not UTF-8", func(r *knox.Credit) { r.Notes = new("a\xff") }, "notes"},
		{
			"a member twice",
			func(r *knox.Credit) {
				r.AdditionalProperties = map[string]json.RawMessage{"quantity": []byte("9")}
			},
			"body",
		},
		{
			"a member that is not JSON",
			func(r *knox.Credit) { r.AdditionalProperties = map[string]json.RawMessage{"a": []byte("{")} },
			"body",
		},
		{
			"a context that is not JSON",
			func(r *knox.Credit) { r.SysLastSecurityContext = []byte("{") },
			"sys_last_security_context",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t)
			_, err := client.UpdateCredit(t.Context(), leastRecord(test.change))
			if got := refused(t, err); got != test.want {
				t.Errorf("refused %s, want %s", got, test.want)
			}
			if n := len(server.Requests()); n != 0 || credit.OutcomeOf(err) != credit.NotSent {
				t.Errorf("%d requests, outcome %v; want none, not sent", n, credit.OutcomeOf(err))
			}
		})
	}
}

// refused lists the fields of an InvalidError of knox.
func refused(t *testing.T, err error) string {
	t.Helper()
	invalid, ok := errors.AsType[*credit.InvalidError](err)
	if !ok || invalid.Vendor != "knox" {
		t.Fatalf("got %v, want an InvalidError of knox", err)
	}
	fields := []string{invalid.Field}
	for _, f := range invalid.More {
		fields = append(fields, f.Field)
	}
	return strings.Join(fields, " ")
}

func TestGetCreditRefusesBeforeSending(t *testing.T) {
	client, server := connect(t)
	for _, id := range []string{"", ".", "..", "a\nb", "\xff"} {
		if _, err := client.GetCredit(t.Context(), id); refused(t, err) != "id" || len(server.Requests()) != 0 {
			t.Errorf("%q: %v after %d requests", id, err, len(server.Requests()))
		}
	}
}

func TestOptionsWithoutAUseAreRefused(t *testing.T) {
	for _, test := range []struct {
		name   string
		option credit.CallOption
		want   string
	}{
		{"a key", credit.WithIdempotencyKey("key-1"), "WithIdempotencyKey"},
		{"a dry run", credit.WithDryRun(), "options"},
		{"verify", credit.WithVerify(), "options"},
		{"a record", credit.WithRecord([]byte(least)), "options"},
		{"nil", nil, "options"},
	} {
		client, server := connect(t)
		if _, err := client.UpdateCredit(t.Context(), leastRecord(nil), test.option); refused(t, err) != test.want || len(server.Requests()) != 0 {
			t.Errorf("%s: %v after %d requests", test.name, err, len(server.Requests()))
		}
		if _, err := client.GetCredit(t.Context(), "cr-1", test.option); refused(t, err) != test.want || len(server.Requests()) != 0 {
			t.Errorf("%s of a read: %v after %d requests", test.name, err, len(server.Requests()))
		}
	}
}

func TestClientThatNewDidNotMakeIsRefused(t *testing.T) {
	_, err := new(knox.Client).UpdateCredit(t.Context(), leastRecord(nil))
	if _, ok := errors.AsType[*credit.InvalidError](err); !ok {
		t.Errorf("got %v, want an InvalidError", err)
	}
}
