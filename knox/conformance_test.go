package knox_test

import (
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/credit/drivertest"
	"github.com/creditkit/creditkit/knox"
)

func TestConformance(t *testing.T) {
	day := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	drivertest.Run(t, func(t *testing.T) drivertest.Harness {
		const token = "conformance-token"
		fake := credittest.NewKnox(t)
		client, err := knox.New("acme", credit.StaticToken(token), credit.WithBaseURL(fake.URL), credit.WithTransport(fake.Transport()))
		if err != nil {
			t.Fatal(err)
		}
		return drivertest.Harness{
			Updater: client.Updater(),
			Backend: fake,
			Ref:     fake.Ref,
			Missing: credit.Ref{ID: "credit:missing|2026"},
			Patch: credit.Patch{
				Note:      credit.Set("planted note <&> \"\\\u2028"),
				Total:     credit.Set(credit.MustParseDecimal("12345678901234567890.10")),
				StartsAt:  credit.Set(day),
				ExpiresAt: credit.Set(day.AddDate(3, 0, 0)),
			},
			FieldPaths: map[credit.Field]drivertest.FieldPath{
				credit.FieldNote:      {Record: "notes"},
				credit.FieldTotal:     {Record: "quantity"},
				credit.FieldStartsAt:  {Record: "date"},
				credit.FieldExpiresAt: {Record: "expiration_date"},
			},
			Invalid: map[string]credit.Patch{
				"a total below 0.01":            {Total: credit.Set(credit.MustParseDecimal("0.009"))},
				"a total of 0":                  {Total: credit.Set(credit.MustParseDecimal("0"))},
				"a start that is not midnight":  {StartsAt: credit.Set(day.Add(time.Hour))},
				"an end that is not midnight":   {ExpiresAt: credit.Set(day.Add(time.Nanosecond))},
				"midnight of another time zone": {ExpiresAt: credit.Set(time.Date(2028, 1, 1, 0, 0, 0, 0, time.FixedZone("", 3600)))},
			},
			Secrets: []string{token},
			Repeats: true,
		}
	})
}
