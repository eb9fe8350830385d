package metronome_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/credit/drivertest"
	"github.com/creditkit/creditkit/metronome"
)

func TestConformance(t *testing.T) {
	const item, change = "access_schedule/schedule_items/0/", "access_schedule/update_schedule_items/0/"
	hour := time.Date(2026, 5, 1, 13, 0, 0, 0, time.UTC)
	drivertest.Run(t, func(t *testing.T) drivertest.Harness {
		const token = "conformance-token"
		fake := credittest.NewMetronome(t)
		client, err := metronome.New(token, credit.WithBaseURL(fake.URL), credit.WithTransport(fake.Transport()))
		if err != nil {
			t.Fatal(err)
		}
		return drivertest.Harness{
			Updater: client.Updater(),
			Backend: fake,
			Ref:     fake.Ref,
			Missing: credit.Ref{ID: "00000000-0000-4000-8000-000000000001", Owner: fake.Ref.Owner},
			Patch: credit.Patch{
				Name:      credit.Set("planted name <&> é"),
				Note:      credit.Set("planted note \"\\\u2028"),
				Total:     credit.Set(credit.MustParseDecimal("12345678901234567890.10")),
				StartsAt:  credit.Set(hour),
				ExpiresAt: credit.Set(hour.AddDate(2, 0, 0)),
				Priority:  credit.Set(credit.MustParseDecimal("0")),
			},
			FieldPaths: map[credit.Field]drivertest.FieldPath{
				credit.FieldName:      {Record: "name"},
				credit.FieldNote:      {Record: "description"},
				credit.FieldTotal:     {Record: item + "amount", Write: change + "amount"},
				credit.FieldStartsAt:  {Record: item + "starting_at", Write: change + "starting_at"},
				credit.FieldExpiresAt: {Record: item + "ending_before", Write: change + "ending_before"},
				credit.FieldPriority:  {Record: "priority"},
			},
			Always: []string{"credit_id", "customer_id", change + "id"},
			Invalid: map[string]credit.Patch{
				"a start that is not on the hour": {StartsAt: credit.Set(hour.Add(30 * time.Minute))},
				"an end that is not on the hour":  {ExpiresAt: credit.Set(hour.Add(time.Nanosecond))},
			},
			Unnamed: true,
			Secrets: []string{token},
			Repeats: true,
			Lists:   listsOf(fake),
		}
	})
}

// listsOf describes the lists of a customer's credits.
func listsOf(fake *credittest.Server) *drivertest.Lists {
	const other = "77777777-0000-4000-8000-000000000000"
	record := string(fake.Record(fake.Ref.ID))
	return &drivertest.Lists{
		Owner: fake.Ref.Owner, Other: other, PageSize: 25,
		Plant: func(owner string, i int) (credit.Ref, json.RawMessage) {
			id := fmt.Sprintf("00000000-0000-4000-9000-%012d", i)
			planted := strings.NewReplacer(fake.Ref.ID, id, fake.Ref.Owner, owner, "Trial", fmt.Sprintf("Trial %d", i)).Replace(record)
			return credit.Ref{ID: id, Owner: owner}, json.RawMessage(planted)
		},
		Endless: `{"data":[{"id":"` + fake.Ref.ID + `"}],"next_page":"again"}`,
	}
}
