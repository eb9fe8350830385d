package knox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
	"github.com/creditkit/creditkit/knox"
)

const token = "jwt-0123456789"

// least is the smallest record that the vendor's page allows.
const least = `{"activity_id":"","contact_id":"con-1","course_registration_id":"","date":"2019-08-24",` +
	`"event_id":"","event_registration_id":"","id":"cr-1","origin":"legacy system","quantity":0.01,` +
	`"sys_created_at":"2019-08-24T14:15:22Z","sys_created_by_id":"u-1",` +
	`"sys_last_modified_at":"2019-08-24T14:15:22Z","sys_last_modified_by_id":"u-2","type_id":"t-1"}`

// leastRecord is least, changed.
func leastRecord(change func(*knox.Credit)) knox.Credit {
	r := knox.Credit{
		ID:                  "cr-1",
		ContactID:           "con-1",
		TypeID:              "t-1",
		Origin:              knox.CreditOriginLegacySystem,
		Date:                "2019-08-24",
		Quantity:            credit.MustParseDecimal("0.01"),
		SysCreatedAt:        "2019-08-24T14:15:22Z",
		SysCreatedByID:      "u-1",
		SysLastModifiedAt:   "2019-08-24T14:15:22Z",
		SysLastModifiedByID: "u-2",
	}
	if change != nil {
		change(&r)
	}
	return r
}

// connect returns a client of a scripted server that does not wait long
// between attempts.
func connect(t *testing.T, answers ...scripttest.Response) (*knox.Client, *scripttest.Server) {
	t.Helper()
	return connectTenant(t, "acme.org", answers...)
}

func connectTenant(t *testing.T, tenant string, answers ...scripttest.Response) (*knox.Client, *scripttest.Server) {
	t.Helper()
	server := scripttest.NewServer(t, answers...)
	client, err := knox.New(tenant, credit.StaticToken(token), credit.WithBaseURL(server.URL),
		credit.WithRetry(credit.RetryPolicy{MinWait: time.Millisecond, MaxWait: 5 * time.Millisecond}))
	if err != nil {
		t.Fatal(err)
	}
	return client, server
}

// play returns a client of a script without a network, with the usual waits.
func play(t *testing.T, answers ...scripttest.Response) (*knox.Client, *scripttest.Server) {
	t.Helper()
	server := scripttest.NewTransport(t, answers...)
	client, err := knox.New("acme.org", credit.StaticToken(token), credit.WithTransport(server))
	if err != nil {
		t.Fatal(err)
	}
	return client, server
}

// The page's sample with every member that the page lists, in the order in
// which the generator writes them.
const everyMember = `{"activity_id":"a","contact_id":"b","course_registration_id":"c",` +
	`"custom_field_values":[{"boolean_value":true,"custom_field_id":"field__c","file_url_value":"d","list_value":["e","f"],` +
	`"numeric_value":0,"string_value":"g","table_value":[{},{"row":1.10}]}],` +
	`"date":"2019-08-24","event_id":"h","event_registration_id":"i","expiration_date":"2029-08-24","id":"j","notes":"k",` +
	`"number":12345678901234567890,"origin":"certification activity","quantity":0.01,"quantity_available":1.10,"quantity_used":0.00,` +
	`"self_reported":true,"status":"under review","sys_bulk_load_at":"2019-08-24T14:15:22.000Z","sys_bulk_load_id":"l","sys_bulk_load_pk":"m",` +
	`"sys_bulk_load_record_no":7,"sys_bulk_load_source_file":"n","sys_calculated_field_error":"o",` +
	`"sys_calculated_field_errors":[{"error":"p","field":"q"}],"sys_configuration_snapshot_id":"r",` +
	`"sys_created_at":"2019-08-24T14:15:22Z","sys_created_by_id":"s","sys_deleted_by_id":"t","sys_directive":"u","sys_external_id":"v",` +
	`"sys_has_files_in_s3":true,"sys_last_bulk_data_operation_id":"w","sys_last_bulk_data_operation_sys_version":"3",` +
	`"sys_last_modified_at":"2020-02-29T00:00:00Z","sys_last_modified_by_id":"x","sys_last_security_context":{"roles":["y"],"level":1.0},` +
	`"sys_locked":true,"sys_snapshot_base_version":1,"sys_version":4,"type_id":"z","usages":[{"application_id":"aa","quantity":0}]}`

func everyMemberRecord() knox.Credit {
	return knox.Credit{
		ActivityID:           "a",
		ContactID:            "b",
		CourseRegistrationID: "c",
		CustomFieldValues: []knox.CustomFieldValue{{
			CustomFieldID: new("field__c"),
			BooleanValue:  new(true),
			FileURLValue:  new("d"),
			ListValue:     []string{"e", "f"},
			NumericValue:  credit.NewDecimal(0),
			StringValue:   new("g"),
			TableValue:    []json.RawMessage{[]byte(`{}`), []byte(`{"row":1.10}`)},
		}},
		Date:                               "2019-08-24",
		EventID:                            "h",
		EventRegistrationID:                "i",
		ExpirationDate:                     new("2029-08-24"),
		ID:                                 "j",
		Notes:                              new("k"),
		Number:                             credit.MustParseDecimal("12345678901234567890"),
		Origin:                             knox.CreditOriginCertificationActivity,
		Quantity:                           credit.MustParseDecimal("0.01"),
		QuantityAvailable:                  credit.MustParseDecimal("1.10"),
		QuantityUsed:                       credit.MustParseDecimal("0.00"),
		SelfReported:                       new(true),
		Status:                             new(knox.CreditStatusUnderReview),
		SysBulkLoadAt:                      new("2019-08-24T14:15:22.000Z"),
		SysBulkLoadID:                      new("l"),
		SysBulkLoadPK:                      new("m"),
		SysBulkLoadRecordNo:                credit.NewDecimal(7),
		SysBulkLoadSourceFile:              new("n"),
		SysCalculatedFieldError:            new("o"),
		SysCalculatedFieldErrors:           []knox.CalculatedFieldError{{Error: new("p"), Field: new("q")}},
		SysConfigurationSnapshotID:         new("r"),
		SysCreatedAt:                       "2019-08-24T14:15:22Z",
		SysCreatedByID:                     "s",
		SysDeletedByID:                     new("t"),
		SysDirective:                       new("u"),
		SysExternalID:                      new("v"),
		SysHasFilesInS3:                    new(true),
		SysLastBulkDataOperationID:         new("w"),
		SysLastBulkDataOperationSysVersion: new("3"),
		SysLastModifiedAt:                  "2020-02-29T00:00:00Z",
		SysLastModifiedByID:                "x",
		SysLastSecurityContext:             []byte(`{"roles":["y"],"level":1.0}`),
		SysLocked:                          new(true),
		SysSnapshotBaseVersion:             credit.NewDecimal(1),
		SysVersion:                         credit.NewDecimal(4),
		TypeID:                             "z",
		Usages:                             []knox.CreditUsage{{ApplicationID: "aa", Quantity: credit.NewDecimal(0)}},
	}
}

func TestUpdateCreditSendsEveryMemberOfThePage(t *testing.T) {
	client, server := connect(t, scripttest.OK(everyMember))
	got, err := client.UpdateCredit(t.Context(), everyMemberRecord())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(everyMemberRecord(), *got); diff != "" {
		t.Errorf("the answer decodes as (-want +got)\n%s", diff)
	}
	sent := server.Only(t)
	if sent.Method != "PUT" || sent.Path != "/credits/acme.org/j" {
		t.Errorf("sent %s %s, want PUT /credits/acme.org/j", sent.Method, sent.Path)
	}
	if diff := cmp.Diff(everyMember, sent.Body); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]string{
		"Authorization":   "Bearer " + token,
		"Accept":          "application/json",
		"Content-Type":    "application/json",
		"User-Agent":      "creditkit/" + credit.Version,
		"Idempotency-Key": "",
		"If-Match":        "",
	} {
		if got := sent.Header.Get(name); got != want {
			t.Errorf("header %s is %q, want %q", name, got, want)
		}
	}
}

// Zero, false and empty are values; nil is left out.
func TestUpdateCreditOnTheWire(t *testing.T) {
	const optional = `"id":"cr-1",` // where the optional members of a case stand
	for _, test := range []struct {
		name   string
		change func(*knox.Credit)
		// what stands in place of a part of least
		old, new string
	}{
		{name: "only what is required"},
		{
			"empty texts",
			func(r *knox.Credit) { r.Notes = new("") },
			optional, optional + `"notes":"",`,
		},
		{
			"an empty expiration",
			func(r *knox.Credit) { r.ExpirationDate = new("") },
			optional, `"expiration_date":"",` + optional,
		},
		{
			"a zero number",
			func(r *knox.Credit) { r.Number = credit.NewDecimal(0) },
			optional, optional + `"number":0,`,
		},
		{
			"zero amounts",
			func(r *knox.Credit) {
				r.Quantity = credit.NewDecimal(0)
				r.QuantityAvailable = credit.NewDecimal(0)
				r.QuantityUsed = credit.NewDecimal(0)
			},
			`"quantity":0.01`, `"quantity":0,"quantity_available":0,"quantity_used":0`,
		},
		{
			"the digits of an amount",
			func(r *knox.Credit) { r.Quantity = credit.MustParseDecimal("12345678901234567890.10") },
			`"quantity":0.01`, `"quantity":12345678901234567890.10`,
		},
		{
			"flags that are off",
			func(r *knox.Credit) {
				r.SelfReported, r.SysHasFilesInS3, r.SysLocked = new(false), new(false), new(false)
			},
			`"sys_created_at":"2019-08-24T14:15:22Z","sys_created_by_id":"u-1","sys_last_modified_at":"2019-08-24T14:15:22Z","sys_last_modified_by_id":"u-2",`,
			`"self_reported":false,"sys_created_at":"2019-08-24T14:15:22Z","sys_created_by_id":"u-1","sys_has_files_in_s3":false,` +
				`"sys_last_modified_at":"2019-08-24T14:15:22Z","sys_last_modified_by_id":"u-2","sys_locked":false,`,
		},
		{
			"no usages",
			func(r *knox.Credit) { r.Usages = []knox.CreditUsage{} },
			`"type_id":"t-1"`, `"type_id":"t-1","usages":[]`,
		},
		{
			"no custom fields",
			func(r *knox.Credit) { r.CustomFieldValues = []knox.CustomFieldValue{} },
			`"date"`, `"custom_field_values":[],"date"`,
		},
		{
			"an empty item",
			func(r *knox.Credit) { r.CustomFieldValues = []knox.CustomFieldValue{{}} },
			`"date"`, `"custom_field_values":[{}],"date"`,
		},
		{
			"an item's zero values",
			func(r *knox.Credit) {
				r.CustomFieldValues = []knox.CustomFieldValue{{
					BooleanValue: new(false), ListValue: []string{}, NumericValue: credit.NewDecimal(0), StringValue: new(""), TableValue: []json.RawMessage{},
				}}
			},
			`"date"`, `"custom_field_values":[{"boolean_value":false,"list_value":[],"numeric_value":0,"string_value":"","table_value":[]}],"date"`,
		},
		{
			"values that the page does not list",
			func(r *knox.Credit) { r.Origin, r.Status = "gift", new(knox.CreditStatus("lost")) },
			`"origin":"legacy system","quantity":0.01`, `"origin":"gift","quantity":0.01,"status":"lost"`,
		},
		{
			"members of the caller's own",
			func(r *knox.Credit) {
				r.AdditionalProperties = map[string]json.RawMessage{"b": []byte("null"), "a": []byte(`{"n":1.10}`)}
			},
			`"type_id":"t-1"`, `"type_id":"t-1","a":{"n":1.10},"b":null`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t, scripttest.OK(least))
			if _, err := client.UpdateCredit(t.Context(), leastRecord(test.change)); err != nil {
				t.Fatal(err)
			}
			want := strings.Replace(least, test.old, test.new, 1)
			if diff := cmp.Diff(want, server.Only(t).Body); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What the SDK has no name for, or could not write as it came, goes back as it
// came.
func TestReadChangeWriteKeepsAllThatWasNotChanged(t *testing.T) {
	const read = `{"id":"cr-1","tenant_flag":null,"zz":{"b":1.10,"a":[12345678901234567890,null,1E400,-0.0]},"A":1,"a":2,
		"origin":"legacy system","type_id":"t-1","contact_id":"con-1",
		"event_id":"","event_registration_id":"","activity_id":"","course_registration_id":"",
		"date":"2019-08-24","expiration_date":"31.12.2029","notes":"old","quantity":1.10,"number":12345678901234567890,
		"usages":[{"quantity":0.50,"application_id":"app-1","at":null,"n":2.0}],
		"custom_field_values":[{"custom_field_id":"f__c","table_value":[{"n":1.10,"x":null}],"money_value":12345678901234567890,"none":null}],
		"sys_calculated_field_errors":[{"field":"f","error":"e","count":1.0}],
		"sys_created_at":"2019-08-24T14:15:22Z","sys_created_by_id":"u-1",
		"sys_last_modified_at":"2019-08-24T14:15:22.123456789+02:00","sys_last_modified_by_id":"u-2",
		"sys_last_security_context":{"claims":{"http://rhythmsoftware.com/tenant_id":"acme","n":1.00,"none":null}},"sys_version":3.0}`
	const want = `{"activity_id":"","contact_id":"con-1","course_registration_id":"",` +
		`"custom_field_values":[{"custom_field_id":"f__c","table_value":[{"n":1.10,"x":null}],"money_value":12345678901234567890,"none":null}],` +
		`"date":"2019-08-24","event_id":"","event_registration_id":"","expiration_date":"31.12.2029","id":"cr-1","notes":"new",` +
		`"number":12345678901234567890,"origin":"legacy system","quantity":1.10,` +
		`"sys_calculated_field_errors":[{"error":"e","field":"f","count":1.0}],` +
		`"sys_created_at":"2019-08-24T14:15:22Z","sys_created_by_id":"u-1",` +
		`"sys_last_modified_at":"2019-08-24T14:15:22.123456789+02:00","sys_last_modified_by_id":"u-2",` +
		`"sys_last_security_context":{"claims":{"http://rhythmsoftware.com/tenant_id":"acme","n":1.00,"none":null}},"sys_version":3.0,` +
		`"type_id":"t-1","usages":[{"application_id":"app-1","quantity":0.50,"at":null,"n":2.0}],` +
		`"A":1,"a":2,"tenant_flag":null,"zz":{"b":1.10,"a":[12345678901234567890,null,1E400,-0.0]}}`
	client, server := connect(t, scripttest.OK(read), scripttest.OK(want))
	record, err := client.GetCredit(t.Context(), "cr-1")
	if err != nil {
		t.Fatal(err)
	}
	record.Notes = new("new")
	if _, err := client.UpdateCredit(t.Context(), *record); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, server.Requests()[1].Body); diff != "" {
		t.Error(diff)
	}
}

// As the package comment has it: of a member that Credit knows, null is not
// kept.
func TestNullInAKnownMemberIsLeftOutOrEmpty(t *testing.T) {
	client, server := connect(t, scripttest.OK(strings.NewReplacer(
		`"event_id":""`, `"event_id":null`, `"id":"cr-1"`, `"id":"cr-1","notes":null,"number":null,"usages":null,"self_reported":null`).Replace(least)), scripttest.OK(least))
	record, err := client.GetCredit(t.Context(), "cr-1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.UpdateCredit(t.Context(), *record); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(least, server.Requests()[1].Body); diff != "" {
		t.Error(diff)
	}
}

func TestGetCreditReadsWhatWasWrittenLast(t *testing.T) {
	client, server := connect(t, scripttest.OK(everyMember))
	got, err := client.GetCredit(t.Context(), "j")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(everyMemberRecord(), *got); diff != "" {
		t.Error(diff)
	}
	sent := server.Only(t)
	if sent.Method != "GET" || sent.Path != "/credits/acme.org/j?consistentRead=true" || sent.Body != "" {
		t.Errorf("sent %s %s with %q", sent.Method, sent.Path, sent.Body)
	}
	for name, want := range map[string]string{"Authorization": "Bearer " + token, "Accept": "application/json", "Content-Type": ""} {
		if got := sent.Header.Get(name); got != want {
			t.Errorf("header %s is %q, want %q", name, got, want)
		}
	}
}

// Ids and tenants hold characters that mean something in a URL.
func TestTenantAndIDAreOneSegmentEach(t *testing.T) {
	for _, test := range []struct{ tenant, id, path string }{
		{"acme", "cr-1", "/credits/acme/cr-1"},
		{"www.acme.example.org", "1.2", "/credits/www.acme.example.org/1.2"},
		{"acme", "01|certs:7-a", "/credits/acme/01%7Ccerts:7-a"},
		{"a/b", "../x", "/credits/a%2Fb/..%2Fx"},
		{"ä ?", "a%2Fb#c?d=e&f", "/credits/%C3%A4%20%3F/a%252Fb%23c%3Fd=e&f"},
		{"{id}", "{tenantId}", "/credits/%7Bid%7D/%7BtenantId%7D"},
		{"...", ".a.", "/credits/.../.a."},
	} {
		id, err := json.Marshal(test.id)
		if err != nil {
			t.Fatal(err)
		}
		answer := strings.Replace(least, `"cr-1"`, string(id), 1)
		client, server := connectTenant(t, test.tenant, scripttest.OK(answer), scripttest.OK(answer))
		if _, err := client.UpdateCredit(t.Context(), leastRecord(func(r *knox.Credit) { r.ID = test.id })); err != nil {
			t.Errorf("%s of %s: %v", test.id, test.tenant, err)
			continue
		}
		if _, err := client.GetCredit(t.Context(), test.id); err != nil {
			t.Errorf("%s of %s: %v", test.id, test.tenant, err)
			continue
		}
		for i, want := range []string{test.path, test.path + "?consistentRead=true"} {
			if got := server.Requests()[i].Path; got != want {
				t.Errorf("%s of %s went to %s, want %s", test.id, test.tenant, got, want)
			}
		}
	}
}

func TestUpdateCreditIsSentAgainAsItWas(t *testing.T) {
	client, server := connect(t, scripttest.Response{Lost: true}, scripttest.Status(408, ""), scripttest.Status(502, ""), scripttest.OK(least))
	var info credit.CallInfo
	if _, err := client.UpdateCredit(t.Context(), leastRecord(nil), credit.WithInfo(&info)); err != nil {
		t.Fatal(err)
	}
	for i, r := range server.Requests() {
		if r.Method != "PUT" || r.Body != least || r.Header.Get("Authorization") != "Bearer "+token {
			t.Errorf("attempt %d sent %s with %s", i+1, r.Method, r.Body)
		}
	}
	if info.Attempts != 4 || info.StatusCode != 200 {
		t.Errorf("%+v, want 4 attempts and a 200", info)
	}
}

// A full replacement without a response may have been applied.
func TestUpdateCreditThatIsLostForGoodIsUnknown(t *testing.T) {
	lost := scripttest.Response{Lost: true}
	client, _ := connect(t, lost, lost, lost, lost)
	_, err := client.UpdateCredit(t.Context(), leastRecord(nil))
	e, ok := errors.AsType[*credit.Error](err)
	if !ok || e.Outcome != credit.Unknown || e.Kind != credit.ErrUnavailable || e.Attempts != 4 || e.StatusCode != 0 {
		t.Errorf("error %+v", err)
	}
}

// After an attempt with an unknown outcome, a later refusal does not make it known.
func TestUpdateCreditThatWasLostBeforeARefusalIsUnknown(t *testing.T) {
	client, _ := connect(t, scripttest.Response{Lost: true}, scripttest.Status(409, ""))
	_, err := client.UpdateCredit(t.Context(), leastRecord(nil))
	if !errors.Is(err, credit.ErrConflict) || credit.OutcomeOf(err) != credit.Unknown {
		t.Errorf("error %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	tokens := credit.StaticToken(token)
	for _, test := range []struct {
		name  string
		make  func() (*knox.Client, error)
		field string
	}{
		{"an empty tenant", func() (*knox.Client, error) { return knox.New("", tokens) }, "tenant"},
		{"a tenant of dots", func() (*knox.Client, error) { return knox.New("..", tokens) }, "tenant"},
		{"a tenant in Latin-1", func() (*knox.Client, error) { return knox.New("\xe4", tokens) }, "tenant"},
		{"a tenant of lines", func() (*knox.Client, error) { return knox.New("a\nb", tokens) }, "tenant"},
		{"no tokens", func() (*knox.Client, error) { return knox.New("acme", nil) }, "tokens"},
		{"plain http", func() (*knox.Client, error) {
			return knox.New("acme", tokens, credit.WithBaseURL("http://example.com"))
		}, "WithBaseURL"},
		{"a nil option", func() (*knox.Client, error) { return knox.New("acme", tokens, nil) }, "options"},
		{"an empty address", func() (*knox.Client, error) { return knox.New("acme", tokens, credit.WithBaseURL("")) }, "WithBaseURL"},
	} {
		client, err := test.make()
		invalid, ok := errors.AsType[*credit.InvalidError](err)
		if client != nil || !ok || invalid.Vendor != "knox" || invalid.Field != test.field {
			t.Errorf("%s gives %v, %v; want an InvalidError of knox's %s", test.name, client, err, test.field)
		}
	}
}

func TestEndedContextSendsNothing(t *testing.T) {
	client, server := connect(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := client.UpdateCredit(ctx, leastRecord(nil))
	if !errors.Is(err, context.Canceled) || credit.OutcomeOf(err) != credit.NotSent || len(server.Requests()) != 0 {
		t.Errorf("error %v after %d requests", err, len(server.Requests()))
	}
}

func TestClientShowsNoSecret(t *testing.T) {
	client, _ := connect(t)
	for _, v := range []any{client, *client, []any{client}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, token) {
				t.Errorf("%s shows %s", verb, text)
			}
		}
	}
}
