package bench

import (
	"context"
	"encoding/json"
	"net/http"

	stock "github.com/creditkit/creditkit/internal/bench/stock/nexudus"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/nexudus"
)

const (
	nexudusURL  = "https://spaces.nexudus.com"
	nexudusPath = "/api/billing/coworkerbookingcredits"
	nexudusID   = 87654321
)

var nexudusTotal = credit.MustParseDecimal("120.50")

var nexudusAnswer = []byte(`{"Status":200,"Message":"CoworkerBookingCredit was successfully updated.","Value":{"Id":87654321},"OpenInDialog":false,` +
	`"OpenInWindow":false,"RedirectURL":null,"JavaScript":null,"UpdatedOn":"2026-01-15T10:30:00Z","UpdatedBy":"admin@example.com","Errors":null,"WasSuccessful":true}`)

var nexudusRecord = []byte(`{"CoworkerId":1414,"BusinessId":22,"BusinessName":"Hub and Co","BusinessCurrencyCode":"GBP","Description":"Welcome credit",` +
	`"TariffBookingCreditId":null,"TariffBookingCreditName":null,"ElegibleResourceTypes":[31,32],"AddedElegibleResourceTypes":null,` +
	`"RemovedElegibleResourceTypes":null,"ElegibleProducts":[],"AddedElegibleProducts":null,"RemovedElegibleProducts":null,"ElegibleTariffs":[501],` +
	`"AddedElegibleTariffs":null,"RemovedElegibleTariffs":null,"RemainingCredit":60.25,"TotalCredit":100.50,"ValidFrom":"2026-01-01T00:00:00Z",` +
	`"ExpireDate":"2027-01-01T00:00:00Z","CaneBeUsedForBookings":true,"CaneBeUsedForEvents":false,"EventCategories":[],"AddedEventCategories":null,` +
	`"RemovedEventCategories":null,"IsUniversalCredit":false,"CoworkerProductUniqueId":null,"UseCreditPrice":true,` +
	`"CoworkerContractUniqueId":"5b8a7a0e-4d0c-43f4-9b1d-2c7d2f2d8a11","ElegiblePasses":[7],"AddedElegiblePasses":null,"RemovedElegiblePasses":null,` +
	`"AppliesToCharges":true,"Id":87654321,"UniqueId":"0f6e6c0a-2f0f-4a1e-8d28-0f3f1e7f6a55","CreatedOn":"2025-12-20T09:15:00Z",` +
	`"UpdatedOn":"2026-01-15T10:30:00Z","UpdatedBy":"admin@example.com","IsNew":false,"SystemId":null,"ToStringText":"Welcome credit",` +
	`"LocalizationDetails":null,"CustomFields":{"Data":null}}`)

var nexudusChange = Work{
	Name:  "nexudus",
	About: "nexudus, a record read, changed and written back",
	URL:   nexudusURL,
	Contenders: []Contender{
		{Floor, func(t Target) (Call, error) {
			f := newFloor(t, "Authorization", "Bearer "+token)
			return func(ctx context.Context) error {
				var record floorBookingCredit
				if err := f.call(ctx, http.MethodGet, t.URL+nexudusPath+"/87654321", nil, &record); err != nil {
					return err
				}
				record.TotalCredit = "120.50"
				var out floorUpdated
				if err := f.call(ctx, http.MethodPut, t.URL+nexudusPath, record, &out); err != nil {
					return err
				}
				if !out.WasSuccessful || out.Value.ID != nexudusID {
					return errWrong
				}
				return nil
			}, nil
		}},
		{Native, func(t Target) (Call, error) {
			c, err := nexudus.New(tokens(), ours(t)...)
			return func(ctx context.Context) error {
				record, err := c.GetCoworkerBookingCredit(ctx, nexudusID)
				if err != nil {
					return err
				}
				update := record.Update()
				update.TotalCredit = nexudusTotal
				_, err = c.UpdateCoworkerBookingCredit(ctx, update)
				return err
			}, err
		}},
		{Facade, func(t Target) (Call, error) {
			c, err := nexudus.New(tokens(), ours(t)...)
			u := c.Updater()
			return func(ctx context.Context) error {
				_, err := u.Update(ctx, credit.Ref{ID: "87654321"}, credit.Patch{Total: credit.Set(nexudusTotal)})
				return err
			}, err
		}},
		{Stock, func(t Target) (Call, error) {
			c, err := stock.NewClientWithResponses(t.URL, stock.WithHTTPClient(doer(t)), stock.WithRequestEditorFn(authorized("Authorization", "Bearer "+token)))
			return func(ctx context.Context) error { return stockChange(ctx, c) }, err
		}},
		{Resty, func(t Target) (Call, error) {
			c := newResty(t, "Authorization", "Bearer "+token)
			return func(ctx context.Context) error {
				var record floorBookingCredit
				if err := restyCall(ctx, c, http.MethodGet, nexudusPath+"/87654321", nil, &record); err != nil {
					return err
				}
				record.TotalCredit = "120.50"
				var out floorUpdated
				return restyCall(ctx, c, http.MethodPut, nexudusPath, record, &out)
			}, nil
		}},
	},
}

func stockChange(ctx context.Context, c *stock.ClientWithResponses) error {
	read, err := c.GetCoworkerBookingCreditWithResponse(ctx, nexudusID)
	if err != nil {
		return err
	}
	r := read.JSON200
	if r == nil {
		return missing(read.HTTPResponse)
	}
	resp, err := c.UpdateCoworkerBookingCreditWithResponse(ctx, stock.CoworkerBookingCreditUpdate{
		Id:                       *r.Id,
		CoworkerId:               *r.CoworkerId,
		BusinessId:               *r.BusinessId,
		TotalCredit:              120.5,
		RemainingCredit:          r.RemainingCredit,
		Description:              r.Description,
		ValidFrom:                r.ValidFrom,
		ExpireDate:               r.ExpireDate,
		CaneBeUsedForBookings:    r.CaneBeUsedForBookings,
		CaneBeUsedForEvents:      r.CaneBeUsedForEvents,
		IsUniversalCredit:        r.IsUniversalCredit,
		UseCreditPrice:           r.UseCreditPrice,
		AppliesToCharges:         r.AppliesToCharges,
		CoworkerContractUniqueId: r.CoworkerContractUniqueId,
		ElegiblePasses:           r.ElegiblePasses,
		ElegibleProducts:         r.ElegibleProducts,
		ElegibleResourceTypes:    r.ElegibleResourceTypes,
		ElegibleTariffs:          r.ElegibleTariffs,
		EventCategories:          r.EventCategories,
	})
	if err != nil {
		return err
	}
	if resp.JSON200 == nil {
		return missing(resp.HTTPResponse)
	}
	return nil
}

// floorBookingCredit holds the members that can be written. Most of them are
// always sent, because what is left out is cleared.
type floorBookingCredit struct {
	ID                       int64       `json:"Id"`
	CoworkerID               int64       `json:"CoworkerId"`
	BusinessID               int64       `json:"BusinessId"`
	TotalCredit              json.Number `json:"TotalCredit"`
	RemainingCredit          json.Number `json:"RemainingCredit,omitempty"`
	Description              *string     `json:"Description,omitempty"`
	ValidFrom                *string     `json:"ValidFrom,omitempty"`
	ExpireDate               *string     `json:"ExpireDate,omitempty"`
	CaneBeUsedForBookings    bool        `json:"CaneBeUsedForBookings"`
	CaneBeUsedForEvents      bool        `json:"CaneBeUsedForEvents"`
	IsUniversalCredit        bool        `json:"IsUniversalCredit"`
	UseCreditPrice           bool        `json:"UseCreditPrice"`
	AppliesToCharges         bool        `json:"AppliesToCharges"`
	CoworkerContractUniqueID *string     `json:"CoworkerContractUniqueId,omitempty"`
	ElegiblePasses           []int64     `json:"ElegiblePasses"`
	ElegibleProducts         []int64     `json:"ElegibleProducts"`
	ElegibleResourceTypes    []int64     `json:"ElegibleResourceTypes"`
	ElegibleTariffs          []int64     `json:"ElegibleTariffs"`
	EventCategories          []int64     `json:"EventCategories"`
}

type floorUpdated struct {
	WasSuccessful bool
	Message       string
	Value         struct {
		ID int64 `json:"Id"`
	}
}
