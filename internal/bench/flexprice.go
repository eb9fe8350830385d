package bench

import (
	"context"
	"net/http"
	"time"

	stock "github.com/creditkit/creditkit/internal/bench/stock/flexprice"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/flexprice"
)

const (
	grantID   = "cg_01HZX5Y8K9M2N3P4Q5R6S7T8V9"
	grantName = "Quarterly bonus"
	grantPath = "/creditgrants/" + grantID
)

var flexpriceAnswer = []byte(`{"id":"` + grantID + `","name":"` + grantName + `","scope":"SUBSCRIPTION",` +
	`"plan_id":"plan_01HZX5Y8K9M2N3P4Q5R6S7T8V0","subscription_id":"subs_01HZX5Y8K9M2N3P4Q5R6S7T8V1","addon_id":"addon_01HZX5Y8K9",` +
	`"credits":"1000.50","conversion_rate":"1.25","topup_conversion_rate":"1.10","cadence":"RECURRING","period":"MONTHLY","period_count":3,` +
	`"expiration_type":"DURATION","expiration_duration":90,"expiration_duration_unit":"DAYS","priority":3,` +
	`"start_date":"2026-01-01T00:00:00Z","end_date":"2027-01-01T00:00:00Z","credit_grant_anchor":"2026-01-01T00:00:00Z",` +
	`"metadata":{"source":"quickstart","team":"billing","ticket":"OPS-1042"},"environment_id":"env_01HZX5Y8K9","tenant_id":"tenant_01HZX5Y8K9",` +
	`"status":"published","created_at":"2026-01-01T08:30:00.123456Z","updated_at":"2026-11-21T10:15:00.654321Z","created_by":"user_01","updated_by":"user_02"}`)

func grantMetadata() map[string]string {
	return map[string]string{"source": "quickstart", "team": "billing", "ticket": "OPS-1042"}
}

var flexpriceUpdate = Work{
	Name:  "flexprice",
	About: "flexprice, a new name and metadata, answered by the full grant",
	URL:   flexprice.RegionUS,
	Contenders: []Contender{
		{Floor, func(t Target) (Call, error) {
			f := newFloor(t, "X-Api-Key", token)
			url := t.URL + grantPath
			return func(ctx context.Context) error {
				var out floorGrant
				in := floorGrantUpdate{Name: grantName, Metadata: grantMetadata()}
				if err := f.call(ctx, http.MethodPut, url, in, &out); err != nil {
					return err
				}
				if out.ID != grantID {
					return errWrong
				}
				return nil
			}, nil
		}},
		{Native, func(t Target) (Call, error) {
			c, err := flexprice.New(token, ours(t)...)
			return func(ctx context.Context) error {
				_, err := c.UpdateCreditGrant(ctx, grantID, flexprice.UpdateCreditGrantRequest{Name: new(grantName), Metadata: grantMetadata()})
				return err
			}, err
		}},
		{Facade, func(t Target) (Call, error) {
			c, err := flexprice.New(token, ours(t)...)
			u := c.Updater()
			return func(ctx context.Context) error {
				_, err := u.Update(ctx, credit.Ref{ID: grantID}, credit.Patch{Name: credit.Set(grantName), Metadata: credit.Set(grantMetadata())})
				return err
			}, err
		}},
		{Stock, func(t Target) (Call, error) {
			c, err := stock.NewClientWithResponses(t.URL, stock.WithHTTPClient(doer(t)), stock.WithRequestEditorFn(authorized("X-Api-Key", token)))
			return func(ctx context.Context) error {
				resp, err := c.UpdateCreditGrantWithResponse(ctx, grantID, stock.UpdateCreditGrantRequest{Name: new(grantName), Metadata: new(grantMetadata())})
				if err != nil {
					return err
				}
				if resp.JSON200 == nil {
					return missing(resp.HTTPResponse)
				}
				return nil
			}, err
		}},
		{Resty, func(t Target) (Call, error) {
			c := newResty(t, "X-Api-Key", token)
			return func(ctx context.Context) error {
				var out floorGrant
				return restyCall(ctx, c, http.MethodPut, grantPath, floorGrantUpdate{Name: grantName, Metadata: grantMetadata()}, &out)
			}, nil
		}},
	},
}

type floorGrantUpdate struct {
	Name     string            `json:"name,omitempty"`
	Metadata map[string]string `json:"metadata,omitempty"`
}

type floorGrant struct {
	ID                     string            `json:"id"`
	Name                   string            `json:"name"`
	Scope                  string            `json:"scope"`
	PlanID                 string            `json:"plan_id"`
	SubscriptionID         string            `json:"subscription_id"`
	AddonID                string            `json:"addon_id"`
	Credits                string            `json:"credits"`
	ConversionRate         string            `json:"conversion_rate"`
	TopupConversionRate    string            `json:"topup_conversion_rate"`
	Cadence                string            `json:"cadence"`
	Period                 string            `json:"period"`
	PeriodCount            int64             `json:"period_count"`
	ExpirationType         string            `json:"expiration_type"`
	ExpirationDuration     int64             `json:"expiration_duration"`
	ExpirationDurationUnit string            `json:"expiration_duration_unit"`
	Priority               int64             `json:"priority"`
	StartDate              time.Time         `json:"start_date"`
	EndDate                time.Time         `json:"end_date"`
	CreditGrantAnchor      time.Time         `json:"credit_grant_anchor"`
	Metadata               map[string]string `json:"metadata"`
	EnvironmentID          string            `json:"environment_id"`
	TenantID               string            `json:"tenant_id"`
	Status                 string            `json:"status"`
	CreatedAt              time.Time         `json:"created_at"`
	UpdatedAt              time.Time         `json:"updated_at"`
	CreatedBy              string            `json:"created_by"`
	UpdatedBy              string            `json:"updated_by"`
}
