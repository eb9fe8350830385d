package bench

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/google/uuid"

	stock "github.com/creditkit/creditkit/internal/bench/stock/thoughtindustries"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/thoughtindustries"
)

const (
	batchURL     = "https://acme.thoughtindustries.com"
	batchID      = "3b1f8a52-6c0d-4e7a-9f25-8d4c1a7e6b90"
	batchPath    = "/incoming/v2/clients/creditBatches/" + batchID
	batchName    = "Spring training"
	batchBalance = 420
)

var (
	batchEnd       = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	batchRemaining = credit.MustParseDecimal("420")
)

var batchAnswer = []byte(`{"data":{"UpdateCreditBatch":{"id":"` + batchID + `","name":"` + batchName + `","expiresOn":"2027-01-01T00:00:00.000Z",` +
	`"startingBalance":500,"currentBalance":420,"clientId":"5d0c7e1a-2b3f-4c6d-8e9a-0f1b2c3d4e5f","status":"active",` +
	`"createdAt":"2026-01-01T08:30:00.123Z","updatedAt":"2026-11-21T10:15:00.654Z","creditAccountId":"8f2e4d6c-1a3b-4c5d-9e7f-6a5b4c3d2e1f",` +
	`"allocatedCredits":80}}}`)

var batchUpdate = Work{
	Name:  "thoughtindustries",
	About: "Thought Industries, three fields of a batch, answered by the batch",
	URL:   batchURL,
	Contenders: []Contender{
		{Floor, func(t Target) (Call, error) {
			f := newFloor(t, "Authorization", "Bearer "+token)
			url := t.URL + batchPath
			return func(ctx context.Context) error {
				var out floorBatchUpdated
				if err := f.call(ctx, http.MethodPut, url, newFloorBatchUpdate(), &out); err != nil {
					return err
				}
				return out.check()
			}, nil
		}},
		{Native, func(t Target) (Call, error) {
			c, err := thoughtindustries.New("acme", token, ours(t)...)
			return func(ctx context.Context) error {
				_, err := c.UpdateCreditBatch(ctx, batchID, thoughtindustries.UpdateCreditBatchRequest{
					Name: new(batchName), CurrentBalance: new(int64(batchBalance)), ExpiresOn: batchEnd,
				})
				return err
			}, err
		}},
		{Facade, func(t Target) (Call, error) {
			c, err := thoughtindustries.New("acme", token, ours(t)...)
			u := c.Updater()
			return func(ctx context.Context) error {
				_, err := u.Update(ctx, credit.Ref{ID: batchID}, credit.Patch{
					Name: credit.Set(batchName), Balance: credit.Set(batchRemaining), ExpiresAt: credit.Set(batchEnd),
				})
				return err
			}, err
		}},
		{Stock, func(t Target) (Call, error) {
			c, err := stock.NewClientWithResponses(t.URL, stock.WithHTTPClient(doer(t)), stock.WithRequestEditorFn(authorized("Authorization", "Bearer "+token)))
			id := uuid.MustParse(batchID)
			return func(ctx context.Context) error {
				resp, err := c.UpdateCreditBatchWithResponse(ctx, id, stock.UpdateCreditBatchRequest{
					Name: new(batchName), CurrentBalance: new(int64(batchBalance)), ExpiresOn: &batchEnd,
				})
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
			c := newResty(t, "Authorization", "Bearer "+token)
			return func(ctx context.Context) error {
				var out floorBatchUpdated
				if err := restyCall(ctx, c, http.MethodPut, batchPath, newFloorBatchUpdate(), &out); err != nil {
					return err
				}
				return out.check()
			}, nil
		}},
	},
}

type floorBatchUpdate struct {
	Name           string     `json:"name,omitempty"`
	ExpiresOn      *time.Time `json:"expiresOn,omitempty"`
	CurrentBalance *int64     `json:"currentBalance,omitempty"`
}

func newFloorBatchUpdate() floorBatchUpdate {
	return floorBatchUpdate{Name: batchName, ExpiresOn: &batchEnd, CurrentBalance: new(int64(batchBalance))}
}

// floorBatchUpdated is the answer. A 200 with entries in errors is a failure.
type floorBatchUpdated struct {
	Data struct {
		UpdateCreditBatch floorBatch `json:"UpdateCreditBatch"`
	} `json:"data"`
	Errors []struct {
		Message string `json:"message"`
	} `json:"errors"`
}

func (u floorBatchUpdated) check() error {
	if len(u.Errors) > 0 || u.Data.UpdateCreditBatch.ID != batchID {
		return errWrong
	}
	return nil
}

type floorBatch struct {
	ID               string      `json:"id"`
	Name             string      `json:"name"`
	ExpiresOn        time.Time   `json:"expiresOn"`
	StartingBalance  json.Number `json:"startingBalance"`
	CurrentBalance   json.Number `json:"currentBalance"`
	ClientID         string      `json:"clientId"`
	Status           string      `json:"status"`
	CreatedAt        time.Time   `json:"createdAt"`
	UpdatedAt        time.Time   `json:"updatedAt"`
	CreditAccountID  string      `json:"creditAccountId"`
	AllocatedCredits json.Number `json:"allocatedCredits"`
}
