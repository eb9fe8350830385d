package metronome_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/metronome"
)

func TestEditCreditRefusesBeforeSending(t *testing.T) {
	at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	valid := func(change func(*metronome.EditCreditRequest)) metronome.EditCreditRequest {
		r := metronome.EditCreditRequest{CreditID: "c", CustomerID: "u", AccessSchedule: &metronome.AccessSchedule{}}
		change(&r)
		return r
	}
	for _, test := range []struct {
		name string
		req  metronome.EditCreditRequest
		want string // the fields, in order
	}{
		{"nothing set", metronome.EditCreditRequest{}, "credit_id customer_id"},
		{"a dot as an id", valid(func(r *metronome.EditCreditRequest) { r.CreditID = ".." }), "credit_id"},
		{"a control character", valid(func(r *metronome.EditCreditRequest) { r.CustomerID = "a\x00" }), "customer_id"},
		{"an added item unset", valid(func(r *metronome.EditCreditRequest) {
			r.AccessSchedule.AddScheduleItems = make([]metronome.AddScheduleItem, 1)
		}), "access_schedule.add_schedule_items[0].amount access_schedule.add_schedule_items[0].starting_at access_schedule.add_schedule_items[0].ending_before"},
		{"the second item's start", valid(func(r *metronome.EditCreditRequest) {
			r.AccessSchedule.AddScheduleItems = []metronome.AddScheduleItem{{Amount: credit.NewDecimal(0), StartingAt: at, EndingBefore: at}, {Amount: credit.NewDecimal(0), EndingBefore: at}}
		}), "access_schedule.add_schedule_items[1].starting_at"},
		{"an updated item's id", valid(func(r *metronome.EditCreditRequest) {
			r.AccessSchedule.UpdateScheduleItems = make([]metronome.UpdateScheduleItem, 1)
		}), "access_schedule.update_schedule_items[0].id"},
		{"a removed item's id", valid(func(r *metronome.EditCreditRequest) {
			r.AccessSchedule.RemoveScheduleItems = make([]metronome.RemoveScheduleItem, 1)
		}), "access_schedule.remove_schedule_items[0].id"},
		{"a hierarchy unset", valid(func(r *metronome.EditCreditRequest) { r.HierarchyConfiguration = &metronome.HierarchyConfiguration{} }), "hierarchy_configuration.child_access.type"},
		{"contracts without ids", valid(func(r *metronome.EditCreditRequest) {
			r.HierarchyConfiguration = &metronome.HierarchyConfiguration{ChildAccess: metronome.ChildAccess{Type: metronome.ChildAccessTypeContractIDs}}
		}), "hierarchy_configuration.child_access.contract_ids"},
		{"contracts without ids, in lower case", valid(func(r *metronome.EditCreditRequest) {
			r.HierarchyConfiguration = &metronome.HierarchyConfiguration{ChildAccess: metronome.ChildAccess{Type: "contract_ids", ContractIDs: []string{}}}
		}), "hierarchy_configuration.child_access.contract_ids"},
		{"a nil list as a value", valid(func(r *metronome.EditCreditRequest) { r.ApplicableProductTags = metronome.Value[[]string](nil) }), "applicable_product_tags"},
		{"an unset priority", valid(func(r *metronome.EditCreditRequest) { r.Priority = metronome.Value(credit.Decimal{}) }), "priority"},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t)
			_, err := client.EditCredit(t.Context(), test.req)
			invalid, ok := errors.AsType[*credit.InvalidError](err)
			if !ok {
				t.Fatalf("got %v, want an InvalidError", err)
			}
			fields := []string{invalid.Field}
			for _, f := range invalid.More {
				fields = append(fields, f.Field)
			}
			if got := strings.Join(fields, " "); got != test.want {
				t.Errorf("refused %s, want %s", got, test.want)
			}
			if n := len(server.Requests()); n != 0 || credit.OutcomeOf(err) != credit.NotSent {
				t.Errorf("%d requests, outcome %v; want none, not sent", n, credit.OutcomeOf(err))
			}
		})
	}
}

func TestListCustomerCreditsRefusesBeforeSending(t *testing.T) {
	for name, req := range map[string]metronome.ListCustomerCreditsRequest{
		"no customer":     {},
		"a limit of 26":   {CustomerID: "u", Limit: new(int64(26))},
		"a limit of 0":    {CustomerID: "u", Limit: new(int64(0))},
		"an empty credit": {CustomerID: "u", CreditID: new("")},
	} {
		client, server := connect(t)
		for _, err := range client.ListCustomerCredits(t.Context(), req) {
			if !errors.Is(err, credit.ErrInvalid) || len(server.Requests()) != 0 {
				t.Errorf("%s: %v after %d requests", name, err, len(server.Requests()))
			}
		}
	}
}
