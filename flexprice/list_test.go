package flexprice_test

import (
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/internal/scripttest"
)

// collect returns the ids of a list, and the error that ended it.
func collect(t *testing.T, list iter.Seq2[*flexprice.CreditGrant, error]) (ids []string, end error) {
	t.Helper()
	for grant, err := range list {
		switch {
		case end != nil:
			t.Errorf("the list goes on after %v", end)
		case err != nil:
			end = err
		default:
			ids = append(ids, grant.ID)
		}
	}
	return ids, end
}

func TestListsAreReadFromTheirOwnersAddress(t *testing.T) {
	for _, test := range []struct {
		path   string
		answer string
		list   func(c *flexprice.Client) iter.Seq2[*flexprice.CreditGrant, error]
	}{
		{"/v1/subscriptions/o%2F1", `{"id":"o/1","plan_id":"p","credit_grants":[{"id":"a","subscription_id":"o/1"},{"id":"b","subscription_id":"o/1"}]}`,
			func(c *flexprice.Client) iter.Seq2[*flexprice.CreditGrant, error] {
				return c.ListSubscriptionCreditGrants(t.Context(), "o/1")
			}},
		{"/v1/plans/o%2F1/creditgrants", `{"items":[{"id":"a"},{"id":"b"}],"pagination":{"total":2,"limit":0,"offset":0}}`,
			func(c *flexprice.Client) iter.Seq2[*flexprice.CreditGrant, error] {
				return c.ListPlanCreditGrants(t.Context(), "o/1")
			}},
		{"/v1/addons/o%2F1/creditgrants", `{"items":[{"id":"a"},{"id":"b"}],"pagination":{"total":2,"limit":0,"offset":0}}`,
			func(c *flexprice.Client) iter.Seq2[*flexprice.CreditGrant, error] {
				return c.ListAddonCreditGrants(t.Context(), "o/1")
			}},
	} {
		t.Run(test.path, func(t *testing.T) {
			client, server := connect(t, scripttest.OK(test.answer))
			ids, err := collect(t, test.list(client))
			if err != nil || strings.Join(ids, " ") != "a b" {
				t.Errorf("got %v, %v", ids, err)
			}
			if sent := server.Only(t); sent.Method != "GET" || sent.Path != test.path {
				t.Errorf("sent %s %s", sent.Method, sent.Path)
			}
		})
	}
}

// An answer that is not surely the whole list is never an empty or a shorter one.
func TestListsRefuseWhatIsNotSurelyTheList(t *testing.T) {
	subscription := func(c *flexprice.Client) iter.Seq2[*flexprice.CreditGrant, error] {
		return c.ListSubscriptionCreditGrants(t.Context(), "s")
	}
	plan := func(c *flexprice.Client) iter.Seq2[*flexprice.CreditGrant, error] {
		return c.ListPlanCreditGrants(t.Context(), "p")
	}
	for _, test := range []struct {
		name, answer string
		list         func(c *flexprice.Client) iter.Seq2[*flexprice.CreditGrant, error]
	}{
		{"an object that is not the subscription", `{}`, subscription},
		{"another subscription", `{"id":"t","credit_grants":[]}`, subscription},
		{"a grant of another subscription", `{"id":"s","credit_grants":[{"id":"a","subscription_id":"t"}]}`, subscription},
		{"a grant without an id", `{"id":"s","credit_grants":[{"subscription_id":"s"}]}`, subscription},
		{"a null grant", `{"id":"s","credit_grants":[null]}`, subscription},
		{"an object that is not a list", `{}`, plan},
		{"null items", `{"items":null,"pagination":{"total":0}}`, plan},
		{"an item without an id", `{"items":[{}],"pagination":{"total":1}}`, plan},
		{"a part of the list", `{"items":[{"id":"a"}],"pagination":{"total":2}}`, plan},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, _ := connect(t, scripttest.OK(test.answer))
			if ids, err := collect(t, test.list(client)); len(ids) > 0 || !errors.Is(err, credit.ErrMalformed) {
				t.Errorf("got %v, %v", ids, err)
			}
		})
	}
}

// The server omits the member if a subscription has no grants.
func TestASubscriptionWithoutGrantsHasAnEmptyList(t *testing.T) {
	client, _ := connect(t, scripttest.OK(`{"id":"s","plan_id":"p"}`))
	if ids, err := collect(t, client.ListSubscriptionCreditGrants(t.Context(), "s")); len(ids) > 0 || err != nil {
		t.Errorf("got %v, %v", ids, err)
	}
}

func TestFindHasTheJSONOfEachGrant(t *testing.T) {
	const grant = `{ "id":"a", "subscription_id":"s", "name":"n", "more":1.10 }`
	client, _ := connect(t, scripttest.OK(`{"id":"s","credit_grants":[`+grant+`]}`))
	n := 0
	for record, err := range client.Updater().(credit.Finder).Find(t.Context(), credit.Query{Owner: "s"}) {
		if n++; err != nil || record.ID != "a" || record.Owner != "" || string(record.Raw) != grant {
			t.Errorf("got %+v, %v", record, err)
		}
	}
	if n != 1 {
		t.Errorf("%d pairs, want 1", n)
	}
}
