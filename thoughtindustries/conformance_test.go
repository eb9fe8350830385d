package thoughtindustries_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/credit/drivertest"
	"github.com/creditkit/creditkit/thoughtindustries"
)

func TestConformance(t *testing.T) {
	at := time.Date(2028, 5, 1, 13, 30, 15, 250_000_000, time.UTC)
	drivertest.Run(t, func(t *testing.T) drivertest.Harness {
		const key = "conformance-key"
		fake := credittest.NewThoughtIndustries(t)
		client, err := thoughtindustries.New("acme", key, credit.WithBaseURL(fake.URL), credit.WithTransport(fake.Transport()))
		if err != nil {
			t.Fatal(err)
		}
		return drivertest.Harness{
			Updater: client.Updater(),
			Backend: fake,
			Ref:     fake.Ref,
			Missing: credit.Ref{ID: "00000000-0000-4000-8000-000000000001", Owner: fake.Ref.Owner},
			Patch: credit.Patch{
				Name:      credit.Set("planted name <&> \"\\\u2028"),
				Balance:   credit.Set(credit.MustParseDecimal("9007199254740993")),
				ExpiresAt: credit.Set(at),
			},
			FieldPaths: map[credit.Field]drivertest.FieldPath{
				credit.FieldName:      {Record: "name"},
				credit.FieldBalance:   {Record: "currentBalance"},
				credit.FieldExpiresAt: {Record: "expiresOn"},
			},
			Computed: []string{"updatedAt"},
			Invalid: map[string]credit.Patch{
				"a fraction of a credit":                 {Balance: credit.Set(credit.MustParseDecimal("1.5"))},
				"a balance beyond 64 bits":               {Balance: credit.Set(credit.MustParseDecimal("9223372036854775808"))},
				"an end that is finer than the vendor's": {ExpiresAt: credit.Set(at.Add(time.Microsecond))},
			},
			Refusals: map[string]credittest.Fault{
				"a 200 with errors":    credittest.Respond(200, `{"errors":[{"message":"Credit batch not found"}]}`),
				"a 200 with a code":    credittest.Respond(200, `{"errors":[{"message":"no","extensions":{"code":"FORBIDDEN"}}]}`),
				"a 200 with errors in": credittest.Respond(200, `{"data":{"UpdateCreditBatch":{"errors":[{"message":"name is invalid"}]}}}`),
			},
			Unclear: map[string]credittest.Fault{
				"a 200 with a failure":           credittest.Respond(200, `{"errors":[{"message":"Internal server error"}],"data":null}`),
				"a 200 with errors and a batch":  credittest.Respond(200, `{"data":{"UpdateCreditBatch":{"id":"`+fake.Ref.ID+`"}},"errors":[{"message":"name is invalid"}]}`),
				"a 200 with errors and no words": credittest.Respond(200, `{"errors":[{}]}`),
			},
			NoContent: true,
			Secrets:   []string{key},
			Repeats:   true,
			Lists:     listsOf(fake),
		}
	})
}

// listsOf describes the lists of a client's batches.
func listsOf(fake *credittest.Server) *drivertest.Lists {
	const other = "77777777-0000-4000-8000-000000000000"
	record := string(fake.Record(fake.Ref.ID))
	return &drivertest.Lists{
		Owner: fake.Ref.Owner, Other: other, PageSize: 25,
		Plant: func(owner string, i int) (credit.Ref, json.RawMessage) {
			id := fmt.Sprintf("00000000-0000-4000-9000-%012d", i)
			planted := strings.NewReplacer(fake.Ref.ID, id, fake.Ref.Owner, owner, "Spring", fmt.Sprintf("Spring %d", i)).Replace(record)
			return credit.Ref{ID: id, Owner: owner}, json.RawMessage(planted)
		},
		Endless: `{"data":{"APICreditBatchesByClientAndCreditAccount":{"creditBatches":[{"id":"` + fake.Ref.ID + `"}],"pageInfo":{"hasMore":true,"cursor":"again"}}}}`,
	}
}
