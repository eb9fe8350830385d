package bench

import (
	"context"
	"encoding/json"
	"net/http"

	stock "github.com/creditkit/creditkit/internal/bench/stock/knox"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/knox"
)

const (
	knoxURL  = "https://certifications.api.rhythmsoftware.com"
	knoxID   = "credit:7f9c24e8-4a2b-4c1d-9e3f-5a6b7c8d9e0f"
	knoxPath = "/credits/acme/" + knoxID
)

var knoxQuantity = credit.MustParseDecimal("2.25")

// knoxRecord holds every member of the vendor's page and four that it does not
// have.
var knoxRecord = []byte(`{"activity_id":"act-5521","contact_id":"contact-3f2a","course_registration_id":"course-reg-88",` +
	`"custom_field_values":[{"boolean_value":true,"custom_field_id":"region__c","list_value":["north","east"],"numeric_value":12.50,"string_value":"north","region_code":7}],` +
	`"date":"2026-03-14","event_id":"event-77","event_registration_id":"event-reg-12","expiration_date":"2028-03-14","id":"` + knoxID + `",` +
	`"notes":"Ethics and law, second half of the course","number":1042,"origin":"course registration","quantity":2.25,` +
	`"quantity_available":1.75,"quantity_used":0.75,"self_reported":false,"status":"verified","sys_bulk_load_at":"2026-03-13T22:10:00.000Z",` +
	`"sys_bulk_load_id":"bulk-2026-03","sys_bulk_load_pk":"acme:bulk-2026-03","sys_bulk_load_record_no":17,"sys_bulk_load_source_file":"credits-2026-03.csv",` +
	`"sys_calculated_field_error":"none","sys_calculated_field_errors":[{"error":"division by zero","field":"ratio__c"}],` +
	`"sys_configuration_snapshot_id":"snapshot-9","sys_created_at":"2026-03-14T09:30:00.123Z","sys_created_by_id":"user-1","sys_deleted_by_id":"user-3",` +
	`"sys_directive":"recalculate","sys_external_id":"ext-000123","sys_has_files_in_s3":true,"sys_last_bulk_data_operation_id":"op-44",` +
	`"sys_last_bulk_data_operation_sys_version":"3","sys_last_modified_at":"2026-03-15T10:00:00Z","sys_last_modified_by_id":"user-2",` +
	`"sys_last_security_context":{"roles":["admin"],"score":1.10},"sys_locked":false,"sys_snapshot_base_version":1,"sys_version":3,"type_id":"ce-hours",` +
	`"usages":[{"application_id":"app-1","quantity":0.75,"applied_by":"import"}],` +
	`"x_accreditation":{"hours":12345678901234567890,"rate":1.10,"note":null},"x_audit":["created","reviewed","verified"],"x_rank":1.10,"x_source":"import of March 2026"}`)

var knoxReplace = Work{
	Name:  "knox",
	About: "knox, a record of 45 members replaced, with the record in the answer (the floor loses unknown members, and so does resty)",
	URL:   knoxURL,
	Contenders: []Contender{
		{Floor, func(t Target) (Call, error) {
			f := newFloor(t, "Authorization", "Bearer "+token)
			url := t.URL + knoxPath
			var record floorCredit
			err := json.Unmarshal(knoxRecord, &record)
			return func(ctx context.Context) error {
				next := record
				next.Quantity = "2.25"
				var out floorCredit
				if err := f.call(ctx, http.MethodPut, url, next, &out); err != nil {
					return err
				}
				if out.ID != knoxID {
					return errWrong
				}
				return nil
			}, err
		}},
		{Native, func(t Target) (Call, error) {
			c, err := knox.New("acme", tokens(), ours(t)...)
			if err != nil {
				return nil, err
			}
			var record knox.Credit
			err = json.Unmarshal(knoxRecord, &record)
			return func(ctx context.Context) error {
				next := record
				next.Quantity = knoxQuantity
				_, err := c.UpdateCredit(ctx, next)
				return err
			}, err
		}},
		{Facade, func(t Target) (Call, error) {
			c, err := knox.New("acme", tokens(), ours(t)...)
			u := c.Updater()
			return func(ctx context.Context) error {
				_, err := u.Update(ctx, credit.Ref{ID: knoxID}, credit.Patch{Total: credit.Set(knoxQuantity)}, credit.WithRecord(knoxRecord))
				return err
			}, err
		}},
		{Stock, func(t Target) (Call, error) {
			c, err := stock.NewClientWithResponses(t.URL, stock.WithHTTPClient(doer(t)), stock.WithRequestEditorFn(authorized("Authorization", "Bearer "+token)))
			if err != nil {
				return nil, err
			}
			var record stock.Credit
			err = json.Unmarshal(knoxRecord, &record)
			return func(ctx context.Context) error {
				next := record
				next.Quantity = 2.25
				resp, err := c.UpdateCreditWithResponse(ctx, "acme", knoxID, next)
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
			var record floorCredit
			err := json.Unmarshal(knoxRecord, &record)
			return func(ctx context.Context) error {
				next := record
				next.Quantity = "2.25"
				var out floorCredit
				return restyCall(ctx, c, http.MethodPut, knoxPath, next, &out)
			}, err
		}},
	},
}

var knoxChange = Work{
	Name:  "knox-change",
	About: "knox, the same record read, changed and written back",
	URL:   knoxURL,
	Contenders: []Contender{
		{Floor, func(t Target) (Call, error) {
			f := newFloor(t, "Authorization", "Bearer "+token)
			url := t.URL + knoxPath
			return func(ctx context.Context) error {
				var record, out floorCredit
				if err := f.call(ctx, http.MethodGet, url, nil, &record); err != nil {
					return err
				}
				record.Quantity = "2.25"
				if err := f.call(ctx, http.MethodPut, url, record, &out); err != nil {
					return err
				}
				if out.ID != knoxID {
					return errWrong
				}
				return nil
			}, nil
		}},
		{Native, func(t Target) (Call, error) {
			c, err := knox.New("acme", tokens(), ours(t)...)
			return func(ctx context.Context) error {
				record, err := c.GetCredit(ctx, knoxID)
				if err != nil {
					return err
				}
				record.Quantity = knoxQuantity
				_, err = c.UpdateCredit(ctx, *record)
				return err
			}, err
		}},
		{Facade, func(t Target) (Call, error) {
			c, err := knox.New("acme", tokens(), ours(t)...)
			u := c.Updater()
			return func(ctx context.Context) error {
				_, err := u.Update(ctx, credit.Ref{ID: knoxID}, credit.Patch{Total: credit.Set(knoxQuantity)})
				return err
			}, err
		}},
		{Stock, func(t Target) (Call, error) {
			c, err := stock.NewClientWithResponses(t.URL, stock.WithHTTPClient(doer(t)), stock.WithRequestEditorFn(authorized("Authorization", "Bearer "+token)))
			return func(ctx context.Context) error {
				read, err := c.GetCreditWithResponse(ctx, "acme", knoxID, nil)
				if err != nil {
					return err
				}
				if read.JSON200 == nil {
					return missing(read.HTTPResponse)
				}
				read.JSON200.Quantity = 2.25
				resp, err := c.UpdateCreditWithResponse(ctx, "acme", knoxID, *read.JSON200)
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
				var record, out floorCredit
				if err := restyCall(ctx, c, http.MethodGet, knoxPath, nil, &record); err != nil {
					return err
				}
				record.Quantity = "2.25"
				return restyCall(ctx, c, http.MethodPut, knoxPath, record, &out)
			}, nil
		}},
	},
}

// The record by itself. Native calls the record's own method; ViaJSON reaches the
// same method through encoding/json, which scans the text once more.
var knoxDecode = Work{
	Name:  "knox-decode",
	About: "decoding a knox record, against plain encoding/json (which loses unknown members)",
	Contenders: []Contender{
		alone(Floor, func() error { return json.Unmarshal(knoxRecord, new(floorCredit)) }),
		alone(Native, func() error { return new(knox.Credit).UnmarshalJSON(knoxRecord) }),
		alone(ViaJSON, func() error { return json.Unmarshal(knoxRecord, new(knox.Credit)) }),
		alone(Stock, func() error { return json.Unmarshal(knoxRecord, new(stock.Credit)) }),
	},
}

var knoxEncode = Work{
	Name:  "knox-encode",
	About: "encoding a knox record, against plain encoding/json (which loses unknown members)",
	Contenders: []Contender{
		encoding(Floor, func(r *floorCredit) ([]byte, error) { return json.Marshal(r) }),
		encoding(Native, func(r *knox.Credit) ([]byte, error) { return r.MarshalJSON() }),
		encoding(ViaJSON, func(r *knox.Credit) ([]byte, error) { return json.Marshal(r) }),
		encoding(Stock, func(r *stock.Credit) ([]byte, error) { return json.Marshal(r) }),
	},
}

func alone(name string, do func() error) Contender {
	return Contender{name, func(Target) (Call, error) {
		return func(context.Context) error { return do() }, nil
	}}
}

func encoding[T any](name string, encode func(*T) ([]byte, error)) Contender {
	return Contender{name, func(Target) (Call, error) {
		var record T
		err := json.Unmarshal(knoxRecord, &record)
		return func(context.Context) error {
			_, err := encode(&record)
			return err
		}, err
	}}
}

// floorCredit holds optional members as pointers: in a record that goes back
// whole, a false or an empty text must not get lost.
type floorCredit struct {
	ActivityID                         string            `json:"activity_id"`
	ContactID                          string            `json:"contact_id"`
	CourseRegistrationID               string            `json:"course_registration_id"`
	CustomFieldValues                  []floorFieldValue `json:"custom_field_values,omitempty"`
	Date                               string            `json:"date"`
	EventID                            string            `json:"event_id"`
	EventRegistrationID                string            `json:"event_registration_id"`
	ExpirationDate                     *string           `json:"expiration_date,omitempty"`
	ID                                 string            `json:"id"`
	Notes                              *string           `json:"notes,omitempty"`
	Number                             json.Number       `json:"number,omitempty"`
	Origin                             string            `json:"origin"`
	Quantity                           json.Number       `json:"quantity"`
	QuantityAvailable                  json.Number       `json:"quantity_available,omitempty"`
	QuantityUsed                       json.Number       `json:"quantity_used,omitempty"`
	SelfReported                       *bool             `json:"self_reported,omitempty"`
	Status                             *string           `json:"status,omitempty"`
	SysBulkLoadAt                      *string           `json:"sys_bulk_load_at,omitempty"`
	SysBulkLoadID                      *string           `json:"sys_bulk_load_id,omitempty"`
	SysBulkLoadPK                      *string           `json:"sys_bulk_load_pk,omitempty"`
	SysBulkLoadRecordNo                json.Number       `json:"sys_bulk_load_record_no,omitempty"`
	SysBulkLoadSourceFile              *string           `json:"sys_bulk_load_source_file,omitempty"`
	SysCalculatedFieldError            *string           `json:"sys_calculated_field_error,omitempty"`
	SysCalculatedFieldErrors           []floorFieldError `json:"sys_calculated_field_errors,omitempty"`
	SysConfigurationSnapshotID         *string           `json:"sys_configuration_snapshot_id,omitempty"`
	SysCreatedAt                       string            `json:"sys_created_at"`
	SysCreatedByID                     string            `json:"sys_created_by_id"`
	SysDeletedByID                     *string           `json:"sys_deleted_by_id,omitempty"`
	SysDirective                       *string           `json:"sys_directive,omitempty"`
	SysExternalID                      *string           `json:"sys_external_id,omitempty"`
	SysHasFilesInS3                    *bool             `json:"sys_has_files_in_s3,omitempty"`
	SysLastBulkDataOperationID         *string           `json:"sys_last_bulk_data_operation_id,omitempty"`
	SysLastBulkDataOperationSysVersion *string           `json:"sys_last_bulk_data_operation_sys_version,omitempty"`
	SysLastModifiedAt                  string            `json:"sys_last_modified_at"`
	SysLastModifiedByID                string            `json:"sys_last_modified_by_id"`
	SysLastSecurityContext             json.RawMessage   `json:"sys_last_security_context,omitempty"`
	SysLocked                          *bool             `json:"sys_locked,omitempty"`
	SysSnapshotBaseVersion             json.Number       `json:"sys_snapshot_base_version,omitempty"`
	SysVersion                         json.Number       `json:"sys_version,omitempty"`
	TypeID                             string            `json:"type_id"`
	Usages                             []floorUsage      `json:"usages,omitempty"`
}

type floorFieldValue struct {
	BooleanValue  *bool             `json:"boolean_value,omitempty"`
	CustomFieldID *string           `json:"custom_field_id,omitempty"`
	FileURLValue  *string           `json:"file_url_value,omitempty"`
	ListValue     []string          `json:"list_value,omitempty"`
	NumericValue  json.Number       `json:"numeric_value,omitempty"`
	StringValue   *string           `json:"string_value,omitempty"`
	TableValue    []json.RawMessage `json:"table_value,omitempty"`
}

type floorFieldError struct {
	Error *string `json:"error,omitempty"`
	Field *string `json:"field,omitempty"`
}

type floorUsage struct {
	ApplicationID string      `json:"application_id"`
	Quantity      json.Number `json:"quantity"`
}
