package nexudus_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/credit/drivertest"
	"github.com/creditkit/creditkit/nexudus"
)

func TestConformance(t *testing.T) {
	at := time.Date(2026, 5, 1, 13, 30, 15, 0, time.UTC)
	drivertest.Run(t, func(t *testing.T) drivertest.Harness {
		const token = "conformance-token"
		fake := credittest.NewNexudus(t)
		client, err := nexudus.New(credit.StaticToken(token), credit.WithBaseURL(fake.URL), credit.WithTransport(fake.Transport()))
		if err != nil {
			t.Fatal(err)
		}
		return drivertest.Harness{
			Updater: client.Updater(),
			Backend: fake,
			Ref:     fake.Ref,
			Missing: credit.Ref{ID: "12"},
			Patch: credit.Patch{
				Note:      credit.Set("planted note <&> \"\\\u2028"),
				Total:     credit.Set(credit.MustParseDecimal("12345678901234567890.10")),
				StartsAt:  credit.Set(at),
				ExpiresAt: credit.Set(at.AddDate(3, 0, 0)),
			},
			FieldPaths: map[credit.Field]drivertest.FieldPath{
				credit.FieldNote:      {Record: "Description"},
				credit.FieldTotal:     {Record: "TotalCredit"},
				credit.FieldStartsAt:  {Record: "ValidFrom"},
				credit.FieldExpiresAt: {Record: "ExpireDate"},
			},
			Commands: []string{
				"AddedElegiblePasses", "RemovedElegiblePasses", "AddedElegibleProducts", "RemovedElegibleProducts",
				"AddedElegibleResourceTypes", "RemovedElegibleResourceTypes", "AddedElegibleTariffs",
				"RemovedElegibleTariffs", "AddedEventCategories", "RemovedEventCategories",
				"AddedCoworkerBookingCreditUses", "RemovedCoworkerBookingCreditUses",
			},
			Computed: []string{"UpdatedOn"},
			Invalid: map[string]credit.Patch{
				"a start that is finer than a second": {StartsAt: credit.Set(at.Add(time.Millisecond))},
				"an end that is finer than a second":  {ExpiresAt: credit.Set(at.Add(time.Nanosecond))},
			},
			Refusals: map[string]credittest.Fault{
				"a 200 that was not successful": credittest.Respond(200, `{"Status":200,"Message":"no","Value":null,"Errors":null,"WasSuccessful":false}`),
				"a 400 that names the members":  credittest.Respond(400, `{"Message":"TotalCredit: is not valid","Errors":[{"AttemptedValue":1,"Message":"is not valid","PropertyName":"TotalCredit"}],"WasSuccessful":false}`),
				"a throttle":                    credittest.Throttled(),
			},
			Unclear: map[string]credittest.Fault{
				"a 200 with a Status of 500":        credittest.Respond(200, `{"Status":500,"Message":"Ooops!","Value":null,"WasSuccessful":false}`),
				"a 200 that was successful without": credittest.Respond(200, `{"Status":200,"Message":"yes","Value":null,"WasSuccessful":true}`),
			},
			Secrets: []string{token},
			Repeats: true,
			Lists:   listsOf(fake),
		}
	})
}

// listsOf describes the lists of a coworker's credits.
func listsOf(fake *credittest.Server) *drivertest.Lists {
	record := string(fake.Record(fake.Ref.ID))
	return &drivertest.Lists{
		Owner: "1414", Other: "1415", PageSize: 100,
		Plant: func(owner string, i int) (credit.Ref, json.RawMessage) {
			id := strconv.Itoa(1_000_000 + i)
			planted := strings.NewReplacer(fake.Ref.ID, id, `"CoworkerId":1414`, `"CoworkerId":`+owner, "Welcome", "Welcome "+id).Replace(record)
			return credit.Ref{ID: id}, json.RawMessage(planted)
		},
		Endless: `{"Records":[{"Id":7,"CoworkerId":1414}],"HasNextPage":true,"TotalPages":9}`,
	}
}
