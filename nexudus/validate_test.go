package nexudus_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/nexudus"
)

func TestUpdateRefusesBeforeSending(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*nexudus.CoworkerBookingCreditUpdate)
		want   string // the fields, in order
	}{
		{"nothing set", func(u *nexudus.CoworkerBookingCreditUpdate) { *u = nexudus.CoworkerBookingCreditUpdate{} }, "Id CoworkerId BusinessId TotalCredit"},
		{"Id", func(u *nexudus.CoworkerBookingCreditUpdate) { u.ID = 0 }, "Id"},
		{"a negative Id", func(u *nexudus.CoworkerBookingCreditUpdate) { u.ID = -1 }, "Id"},
		{"CoworkerId", func(u *nexudus.CoworkerBookingCreditUpdate) { u.CoworkerID = 0 }, "CoworkerId"},
		{"BusinessId", func(u *nexudus.CoworkerBookingCreditUpdate) { u.BusinessID = 0 }, "BusinessId"},
		{"TotalCredit", func(u *nexudus.CoworkerBookingCreditUpdate) { u.TotalCredit = credit.Decimal{} }, "TotalCredit"},
		{"a text that is not UTF-8", func(u *nexudus.CoworkerBookingCreditUpdate) { u.Description = nexudus.Value("a\xff") }, "Description"},
		{"a date that is none", func(u *nexudus.CoworkerBookingCreditUpdate) {
			u.ExpireDate = nexudus.Value(credit.LocalDate(2027, 2, 30))
		}, "ExpireDate"},
		{"values that are unset", func(u *nexudus.CoworkerBookingCreditUpdate) {
			u.RemainingCredit, u.ElegiblePasses, u.EventCategories = nexudus.Value(credit.Decimal{}), nexudus.Value([]int64(nil)), nexudus.Value([]int64(nil))
			u.ValidFrom, u.ExpireDate = nexudus.Value(credit.LocalTime{}), nexudus.Value(credit.LocalTime{})
		}, "RemainingCredit ValidFrom ExpireDate ElegiblePasses EventCategories"},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t)
			_, err := client.UpdateCoworkerBookingCredit(t.Context(), leastUpdate(test.change))
			if got := refused(t, err); got != test.want {
				t.Errorf("refused %s, want %s", got, test.want)
			}
			if n := len(server.Requests()); n != 0 || credit.OutcomeOf(err) != credit.NotSent {
				t.Errorf("%d requests, outcome %v; want none, not sent", n, credit.OutcomeOf(err))
			}
		})
	}
}

// refused lists the fields of an InvalidError of nexudus.
func refused(t *testing.T, err error) string {
	t.Helper()
	invalid, ok := errors.AsType[*credit.InvalidError](err)
	if !ok || invalid.Vendor != "nexudus" {
		t.Fatalf("got %v, want an InvalidError of nexudus", err)
	}
	fields := []string{invalid.Field}
	for _, f := range invalid.More {
		fields = append(fields, f.Field)
	}
	return strings.Join(fields, " ")
}

func TestGetRefusesBeforeSending(t *testing.T) {
	client, server := connect(t)
	for _, id := range []int64{0, -7} {
		if _, err := client.GetCoworkerBookingCredit(t.Context(), id); refused(t, err) != "Id" || len(server.Requests()) != 0 {
			t.Errorf("%d: %v after %d requests", id, err, len(server.Requests()))
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
		{"a record", credit.WithRecord([]byte(record)), "options"},
		{"nil", nil, "options"},
	} {
		client, server := connect(t)
		if _, err := client.UpdateCoworkerBookingCredit(t.Context(), leastUpdate(nil), test.option); refused(t, err) != test.want || len(server.Requests()) != 0 {
			t.Errorf("%s: %v after %d requests", test.name, err, len(server.Requests()))
		}
		if _, err := client.GetCoworkerBookingCredit(t.Context(), 1, test.option); refused(t, err) != test.want || len(server.Requests()) != 0 {
			t.Errorf("%s of a read: %v after %d requests", test.name, err, len(server.Requests()))
		}
	}
}

func TestClientThatNewDidNotMakeIsRefused(t *testing.T) {
	_, err := new(nexudus.Client).UpdateCoworkerBookingCredit(t.Context(), leastUpdate(nil))
	if _, ok := errors.AsType[*credit.InvalidError](err); !ok {
		t.Errorf("got %v, want an InvalidError", err)
	}
}
