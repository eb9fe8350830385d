package bench

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	official "github.com/Metronome-Industries/metronome-go/v2"
	"github.com/Metronome-Industries/metronome-go/v2/option"
	"github.com/google/uuid"

	stock "github.com/creditkit/creditkit/internal/bench/stock/metronome"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/metronome"
)

const (
	metronomeURL      = "https://api.metronome.com"
	metronomePath     = "/v2/contracts/credits/edit"
	metronomeCredit   = "5e7e82cf-ccb7-428c-a96f-a8e4f67af822"
	metronomeCustomer = "4c91c473-fc12-445a-9c38-40421d47023f"
	metronomeName     = "Trial credit, extended"
	metronomeNote     = "Extended once on the customer's request"
)

var (
	metronomeAnswer = []byte(`{"data":{"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e"}}`)
	metronomeItems  = [3]string{"a5edbd32-c744-48cb-9475-a9bca0e6fa39", "b5edbd32-c744-48cb-9475-a9bca0e6fa39", "c5edbd32-c744-48cb-9475-a9bca0e6fa39"}
	metronomeEnd    = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	metronomeAmount = credit.MustParseDecimal("1250.50")
)

var metronomeEdit = Work{
	Name:  "metronome",
	About: "metronome, an edit of three schedule items",
	URL:   metronomeURL,
	Contenders: []Contender{
		{Floor, func(t Target) (Call, error) {
			f := newFloor(t, "Authorization", "Bearer "+token)
			url := t.URL + metronomePath
			return func(ctx context.Context) error { return f.edit(ctx, url, floorEdit()) }, nil
		}},
		{Native, func(t Target) (Call, error) {
			c, err := metronome.New(token, ours(t)...)
			return func(ctx context.Context) error {
				items := make([]metronome.UpdateScheduleItem, 0, len(metronomeItems))
				for _, id := range metronomeItems {
					items = append(items, metronome.UpdateScheduleItem{ID: id, Amount: metronomeAmount, EndingBefore: metronomeEnd})
				}
				_, err := c.EditCredit(ctx, metronome.EditCreditRequest{
					CreditID:       metronomeCredit,
					CustomerID:     metronomeCustomer,
					AccessSchedule: &metronome.AccessSchedule{UpdateScheduleItems: items},
				})
				return err
			}, err
		}},
		{Stock, stockEdit},
		{Resty, func(t Target) (Call, error) {
			c := newResty(t, "Authorization", "Bearer "+token)
			return func(ctx context.Context) error {
				var out floorEdited
				return restyCall(ctx, c, http.MethodPost, metronomePath, floorEdit(), &out)
			}, nil
		}},
		{Official, officialEdit},
	},
}

// metronomeRename is an edit that the facade makes without a read.
var metronomeRename = Work{
	Name:  "metronome-rename",
	About: "metronome, a new name and description",
	URL:   metronomeURL,
	Contenders: []Contender{
		{Floor, func(t Target) (Call, error) {
			f := newFloor(t, "Authorization", "Bearer "+token)
			url := t.URL + metronomePath
			return func(ctx context.Context) error {
				return f.edit(ctx, url, floorEditRequest{
					CreditID: metronomeCredit, CustomerID: metronomeCustomer, Name: metronomeName, Description: metronomeNote,
				})
			}, nil
		}},
		{Native, func(t Target) (Call, error) {
			c, err := metronome.New(token, ours(t)...)
			return func(ctx context.Context) error {
				_, err := c.EditCredit(ctx, metronome.EditCreditRequest{
					CreditID: metronomeCredit, CustomerID: metronomeCustomer, Name: new(metronomeName), Description: new(metronomeNote),
				})
				return err
			}, err
		}},
		{Facade, func(t Target) (Call, error) {
			c, err := metronome.New(token, ours(t)...)
			u := c.Updater()
			return func(ctx context.Context) error {
				_, err := u.Update(ctx, credit.Ref{ID: metronomeCredit, Owner: metronomeCustomer},
					credit.Patch{Name: credit.Set(metronomeName), Note: credit.Set(metronomeNote)})
				return err
			}, err
		}},
	},
}

type floorEditRequest struct {
	CreditID       string         `json:"credit_id"`
	CustomerID     string         `json:"customer_id"`
	AccessSchedule *floorSchedule `json:"access_schedule,omitempty"`
	Name           string         `json:"name,omitempty"`
	Description    string         `json:"description,omitempty"`
}

type floorSchedule struct {
	UpdateScheduleItems []floorItem `json:"update_schedule_items"`
}

type floorItem struct {
	ID           string      `json:"id"`
	Amount       json.Number `json:"amount,omitempty"`
	EndingBefore *time.Time  `json:"ending_before,omitempty"`
	StartingAt   *time.Time  `json:"starting_at,omitempty"`
}

type floorEdited struct {
	Data struct {
		ID string `json:"id"`
	} `json:"data"`
}

func floorEdit() floorEditRequest {
	items := make([]floorItem, 0, len(metronomeItems))
	for _, id := range metronomeItems {
		items = append(items, floorItem{ID: id, Amount: "1250.50", EndingBefore: &metronomeEnd})
	}
	return floorEditRequest{CreditID: metronomeCredit, CustomerID: metronomeCustomer, AccessSchedule: &floorSchedule{items}}
}

func (f floor) edit(ctx context.Context, url string, in floorEditRequest) error {
	var out floorEdited
	if err := f.call(ctx, http.MethodPost, url, in, &out); err != nil {
		return err
	}
	if out.Data.ID == "" {
		return errWrong
	}
	return nil
}

func stockEdit(t Target) (Call, error) {
	c, err := stock.NewClientWithResponses(t.URL, stock.WithHTTPClient(doer(t)),
		stock.WithRequestEditorFn(authorized("Authorization", "Bearer "+token)))
	var ids [len(metronomeItems)]uuid.UUID
	for i, id := range metronomeItems {
		ids[i] = uuid.MustParse(id)
	}
	creditID, customerID := uuid.MustParse(metronomeCredit), uuid.MustParse(metronomeCustomer)
	return func(ctx context.Context) error {
		items := make([]stock.UpdateScheduleItem, 0, len(ids))
		for _, id := range ids {
			items = append(items, stock.UpdateScheduleItem{Id: id, Amount: new(float32(1250.5)), EndingBefore: &metronomeEnd})
		}
		resp, err := c.EditCreditWithResponse(ctx, nil, stock.EditCreditRequest{
			CreditId:       creditID,
			CustomerId:     customerID,
			AccessSchedule: &stock.AccessSchedule{UpdateScheduleItems: &items},
		})
		if err != nil {
			return err
		}
		if resp.JSON200 == nil {
			return missing(resp.HTTPResponse)
		}
		return nil
	}, err
}

func officialEdit(t Target) (Call, error) {
	opts := []option.RequestOption{option.WithBaseURL(t.URL), option.WithBearerToken(token)}
	if t.Transport != nil {
		opts = append(opts, option.WithHTTPClient(doer(t)))
	}
	c := official.NewClient(opts...)
	return func(ctx context.Context) error {
		items := make([]official.V2ContractEditCreditParamsAccessScheduleUpdateScheduleItem, 0, len(metronomeItems))
		for _, id := range metronomeItems {
			items = append(items, official.V2ContractEditCreditParamsAccessScheduleUpdateScheduleItem{
				ID: id, Amount: official.Float(1250.5), EndingBefore: official.Time(metronomeEnd),
			})
		}
		_, err := c.V2.Contracts.EditCredit(ctx, official.V2ContractEditCreditParams{
			CreditID:       metronomeCredit,
			CustomerID:     metronomeCustomer,
			AccessSchedule: official.V2ContractEditCreditParamsAccessSchedule{UpdateScheduleItems: items},
		})
		return err
	}, nil
}
