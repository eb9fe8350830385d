package openapi_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// The members that the vendors' pages on their updates name, with their types; *
// marks the required ones, null those that a page calls nullable. Members of a
// list's items stand behind a dot, too. "any" is free JSON: nexudus' page shows
// RedirectURL and JavaScript as null only, and does not say what an UpdateResult's
// Errors would hold. Each member of a request is listed or has an x-source of its own
// (sources_test.go): so ListCustomerCreditsRequest is here from metronome's page "List
// credits", and HierarchyConfiguration and SpecifierExclusion from its OpenAPI document.
var pages = map[string]map[string]string{
	"knox": {"Credit": `
		activity_id* string
		contact_id* string
		course_registration_id* string
		custom_field_values array
		custom_field_values.boolean_value boolean
		custom_field_values.custom_field_id string
		custom_field_values.file_url_value string
		custom_field_values.list_value array
		custom_field_values.numeric_value number
		custom_field_values.string_value string
		custom_field_values.table_value array
		date* string
		event_id* string
		event_registration_id* string
		expiration_date string
		id* string
		notes string
		number number
		origin* string
		quantity* number
		quantity_available number
		quantity_used number
		self_reported boolean
		status string
		sys_bulk_load_at string
		sys_bulk_load_id string
		sys_bulk_load_pk string
		sys_bulk_load_record_no number
		sys_bulk_load_source_file string
		sys_calculated_field_error string
		sys_calculated_field_errors array
		sys_calculated_field_errors.error string
		sys_calculated_field_errors.field string
		sys_configuration_snapshot_id string
		sys_created_at* string
		sys_created_by_id* string
		sys_deleted_by_id string
		sys_directive string
		sys_external_id string
		sys_has_files_in_s3 boolean
		sys_last_bulk_data_operation_id string
		sys_last_bulk_data_operation_sys_version string
		sys_last_modified_at* string
		sys_last_modified_by_id* string
		sys_last_security_context object
		sys_locked boolean
		sys_snapshot_base_version number
		sys_version number
		type_id* string
		usages array
		usages.application_id* string
		usages.quantity* number`},

	"thoughtindustries": {
		"UpdateCreditBatchRequest": `
		name string
		expiresOn string
		currentBalance integer`,
		"CreditBatch": `
		id string
		name string
		expiresOn string
		startingBalance number
		currentBalance number
		clientId string
		status string
		createdAt string
		updatedAt string
		creditAccountId string
		allocatedCredits number`,
		"UpdateCreditBatchAnswer": `
		data object
		data.UpdateCreditBatch object`,
	},

	"nexudus": {
		"CoworkerBookingCreditUpdate": `
		Id* integer
		CoworkerId* integer
		BusinessId* integer
		TotalCredit* number
		Description string
		ElegibleResourceTypes array
		AddedElegibleResourceTypes array
		RemovedElegibleResourceTypes array
		ElegibleProducts array
		AddedElegibleProducts array
		RemovedElegibleProducts array
		ElegibleTariffs array
		AddedElegibleTariffs array
		RemovedElegibleTariffs array
		ValidFrom string
		ExpireDate string
		CaneBeUsedForBookings boolean
		CaneBeUsedForEvents boolean
		EventCategories array
		AddedEventCategories array
		RemovedEventCategories array
		IsUniversalCredit boolean
		UseCreditPrice boolean
		CoworkerContractUniqueId string
		ElegiblePasses array
		AddedElegiblePasses array
		RemovedElegiblePasses array
		AppliesToCharges boolean`,
		"UpdateResult": `
		Status integer
		Message string
		Value object
		Value.Id integer
		OpenInDialog boolean
		OpenInWindow boolean
		RedirectURL any
		JavaScript any
		UpdatedOn string
		UpdatedBy string
		Errors any
		WasSuccessful boolean`,
		"ValidationFailure": `
		Message string
		Value any
		Errors array
		Errors.AttemptedValue any
		Errors.Message string
		Errors.PropertyName string
		WasSuccessful boolean`,
	},

	"flexprice": {
		"UpdateCreditGrantRequest": `
		metadata object
		name string`,
		"CreditGrant": `
		cadence string
		conversion_rate string
		created_at string
		created_by string
		credit_grant_anchor string
		credits string
		end_date string
		environment_id string
		expiration_duration integer
		expiration_duration_unit string
		expiration_type string
		id string
		metadata object
		name string
		period string
		period_count integer
		plan_id string
		priority integer
		scope string
		start_date string
		status string
		subscription_id string
		tenant_id string
		topup_conversion_rate string
		updated_at string
		updated_by string`,
		"ErrorResponse": `
		code string
		details object
		http_status_code integer
		message string`,
	},

	"metronome": {
		"EditCreditRequest": `
		credit_id* string
		customer_id* string
		access_schedule object
		access_schedule.add_schedule_items array
		access_schedule.add_schedule_items.amount* number
		access_schedule.add_schedule_items.ending_before* string
		access_schedule.add_schedule_items.starting_at* string
		access_schedule.remove_schedule_items array
		access_schedule.remove_schedule_items.id* string
		access_schedule.update_schedule_items array
		access_schedule.update_schedule_items.id* string
		access_schedule.update_schedule_items.amount number
		access_schedule.update_schedule_items.ending_before string
		access_schedule.update_schedule_items.starting_at string
		applicable_contract_ids array null
		applicable_product_ids array null
		applicable_product_tags array null
		priority number null
		product_id string
		specifiers array null
		specifiers.presentation_group_values object
		specifiers.pricing_group_values object
		specifiers.product_id string
		specifiers.product_tags array`,
		"ListCustomerCreditsRequest": `
		customer_id* string
		credit_id string
		covering_date string
		starting_at string
		effective_before string
		include_contract_credits boolean
		include_archived boolean
		include_ledgers boolean
		include_balance boolean
		limit integer
		next_page string`,
		"HierarchyConfiguration": `
		child_access* object
		child_access.type* string
		child_access.contract_ids array`,
		"SpecifierExclusion": `
		product_tags array`,
		"EditCreditResponse": `
		data* object
		data.id* string`,
	},
}

// The values that the pages list.
var pageEnums = map[string]map[string]string{
	"knox": {
		"Credit.origin": "certification activity|course registration|event registration|legacy system",
		"Credit.status": "archived|draft|rejected|submitted|under review|verified",
	},
	"thoughtindustries": {
		"CreditBatch.status": "active",
	},
	"flexprice": {
		"CreditGrant.cadence":                  "ONETIME|RECURRING",
		"CreditGrant.expiration_duration_unit": "DAY|WEEK|MONTH|YEAR",
		"CreditGrant.expiration_type":          "NEVER|DURATION|BILLING_CYCLE",
		"CreditGrant.period":                   "DAILY|WEEKLY|MONTHLY|ANNUAL|QUARTERLY|HALF_YEARLY",
		"CreditGrant.scope":                    "PLAN|SUBSCRIPTION",
		"CreditGrant.status":                   "published|deleted|archived",
		"ErrorResponse.code": "not_found|already_exists|version_conflict|validation_error|invalid_operation|permission_denied|" +
			"http_client_error|database_error|system_error|internal_error|service_unavailable",
	},
}

func TestNothingOfThePagesIsLost(t *testing.T) {
	eachVendor(t, func(t *testing.T, vendor string, doc *openapi3.T) {
		if len(pages[vendor]) == 0 {
			t.Fatal("no table")
		}
		for schema, table := range pages[vendor] {
			for line := range strings.Lines(strings.TrimSpace(table)) {
				words := strings.Fields(line)
				path, required := strings.CutSuffix(words[0], "*")
				at := schema + "." + path
				ref, isRequired, err := find(doc, at)
				if err != nil {
					t.Error(err)
					continue
				}
				if isRequired != required {
					t.Errorf("%s: required %t, the page says %t", at, isRequired, required)
				}
				if got, want := kind(ref), words[1]; got != want {
					t.Errorf("%s: %s, the page says %s", at, got, want)
				}
				if vendor == "metronome" && ref.Value.Nullable != slices.Contains(words, "null") {
					t.Errorf("%s: nullable %t, the page says otherwise", at, ref.Value.Nullable)
				}
			}
		}
		for at, values := range pageEnums[vendor] {
			ref, _, err := find(doc, at)
			if err != nil {
				t.Error(err)
				continue
			}
			for value := range strings.SplitSeq(values, "|") {
				if !slices.Contains(direct(ref).Value.Enum, any(value)) {
					t.Errorf("%s: the page's value %s is missing", at, value)
				}
			}
		}
	})
}

// find walks to a member, through lists and references.
func find(doc *openapi3.T, at string) (ref *openapi3.SchemaRef, required bool, err error) {
	names := strings.Split(at, ".")
	ref = doc.Components.Schemas[names[0]]
	if ref == nil {
		return nil, false, fmt.Errorf("%s: no schema %s", at, names[0])
	}
	for _, name := range names[1:] {
		parent := direct(ref).Value
		if parent.Type.Is("array") {
			parent = direct(parent.Items).Value
		}
		if ref = parent.Properties[name]; ref == nil {
			return nil, false, fmt.Errorf("%s: no member %s", at, name)
		}
		required = slices.Contains(parent.Required, name)
	}
	return ref, required, nil
}

// direct looks through an allOf that only carries a description.
func direct(ref *openapi3.SchemaRef) *openapi3.SchemaRef {
	if len(ref.Value.AllOf) == 1 {
		return ref.Value.AllOf[0]
	}
	return ref
}

func kind(ref *openapi3.SchemaRef) string {
	types := direct(ref).Value.Type.Slice()
	if len(types) == 0 {
		return "any"
	}
	return types[0]
}
