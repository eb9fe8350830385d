package openapi_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// The parameters that the vendors' pages name, by operation: where they are sent,
// and their names.
var pageParameters = map[string]map[string][]string{
	"knox":              {"updateCredit": {"path tenantId", "path id"}},
	"thoughtindustries": {"updateCreditBatch": {"path id"}},
	"flexprice":         {"updateCreditGrant": {"path id"}},
}

// The members of answers that have no x-source of their own: the x-source of the
// schema, the response or the operation is theirs. A new member is listed here only
// after that source was read again.
var inheritedSources = map[string]map[string]string{
	"thoughtindustries": {
		"AnswerError":             "message",
		"CreditBatchPage":         "clientId creditAccountId creditBatches pageInfo",
		"ListCreditBatchesAnswer": "data",
		"ListCreditBatchesData":   "APICreditBatchesByClientAndCreditAccount",
		"PageInfo":                "cursor hasMore perPage total",
		"RateLimitFailure":        "error message retryAfter",
	},
	"nexudus": {
		"CoworkerBookingCredit": `
			AppliesToCharges BusinessCurrencyCode BusinessId BusinessName
			CaneBeUsedForBookings CaneBeUsedForEvents CoworkerContractUniqueId
			CoworkerId CoworkerProductUniqueId CreatedOn Description ElegiblePasses
			ElegibleProducts ElegibleResourceTypes ElegibleTariffs EventCategories
			ExpireDate Id IsNew IsUniversalCredit RemainingCredit SystemId
			TariffBookingCreditId TariffBookingCreditName TotalCredit UniqueId UpdatedBy
			UpdatedOn UseCreditPrice ValidFrom`,
		"CoworkerBookingCreditPage": `
			CurrentOrderField CurrentPage CurrentPageSize CurrentSortDirection FirstItem
			HasNextPage HasPreviousPage LastItem Records TotalItems TotalPages`,
		"CoworkerBookingCreditRow": `
			AppliesToCharges BusinessCurrencyCode BusinessId BusinessName
			CaneBeUsedForBookings CaneBeUsedForEvents CoworkerContractUniqueId
			CoworkerId CoworkerProductUniqueId CreatedOn Description ExpireDate Id
			IsNew IsUniversalCredit RemainingCredit SystemId TariffBookingCreditId
			TariffBookingCreditName TotalCredit UniqueId UpdatedBy UpdatedOn
			UseCreditPrice ValidFrom`,
		"ServerFailure": "Message Status WasSuccessful",
	},
	"flexprice": {
		"AuthFailure":              "error",
		"CreditGrantList":          "items pagination",
		"FailureAnswer":            "code details error http_status_code message success",
		"Pagination":               "limit offset total",
		"SubscriptionCreditGrants": "credit_grants id",
	},
	"metronome": {
		"Credit": `
			access_schedule applicable_contract_ids applicable_product_ids
			applicable_product_tags balance contract custom_fields description
			hierarchy_configuration id ledger name netsuite_sales_order_id priority
			product rate_type recurring_credit_id rolled_over_from
			salesforce_opportunity_id specifiers subscription_config type uniqueness_key`,
		"CreditContract":     "id",
		"CreditProduct":      "id name",
		"CreditSchedule":     "credit_type schedule_items",
		"CreditScheduleItem": "amount ending_before id starting_at",
		"CreditSpecifier": `
			exclude presentation_group_values pricing_group_values product_id
			product_tags`,
		"CreditType":         "id name",
		"CustomerCreditPage": "data next_page",
		"Error":              "code message",
	},
}

const sourcePrefix = "beyond the page: "

// TestEveryMemberHasASource fails for a member, parameter or response header that
// is on no page of the vendor and has no x-source. A made-up member would compile,
// and a vendor that ignores unknown members would answer it with a success.
func TestEveryMemberHasASource(t *testing.T) {
	eachVendor(t, func(t *testing.T, vendor string, doc *openapi3.T) {
		for _, problem := range findUnsourced(vendor, doc) {
			t.Error(problem)
		}
	})
}

// The check itself: each change to a spec makes exactly one failure, which names
// the vendor, the schema and the member.
func TestMemberWithoutSourceIsReported(t *testing.T) {
	for _, test := range []struct {
		name   string
		vendor string
		change func(doc *openapi3.T)
		want   string
	}{
		{"made-up member of a request", "flexprice", func(doc *openapi3.T) {
			doc.Components.Schemas["UpdateCreditGrantRequest"].Value.WithProperty("priority", openapi3.NewInt64Schema())
		}, "flexprice: schema UpdateCreditGrantRequest: member priority has no source"},
		{"made-up member of an answer", "thoughtindustries", func(doc *openapi3.T) {
			doc.Components.Schemas["CreditBatch"].Value.WithProperty("priority", openapi3.NewInt64Schema())
		}, "thoughtindustries: schema CreditBatch: member priority has no source"},
		{"member of a list's items", "metronome", func(doc *openapi3.T) {
			ref, _, err := find(doc, "EditCreditRequest.access_schedule.add_schedule_items")
			if err != nil {
				t.Fatal(err)
			}
			direct(ref.Value.Items).Value.WithProperty("note", openapi3.NewStringSchema())
		}, "metronome: schema AddScheduleItem: member note has no source"},
		{"member of a request whose operation has an x-source", "metronome", func(doc *openapi3.T) {
			doc.Components.Schemas["ListCustomerCreditsRequest"].Value.WithProperty("note", openapi3.NewStringSchema())
		}, "metronome: schema ListCustomerCreditsRequest: member note has no source"},
		{"member of an answer whose schema has an x-source", "flexprice", func(doc *openapi3.T) {
			doc.Components.Schemas["FailureAnswer"].Value.WithProperty("hint", openapi3.NewStringSchema())
		}, "flexprice: schema FailureAnswer: member hint has no source"},
		{"member of an answer whose operation has an x-source", "metronome", func(doc *openapi3.T) {
			doc.Components.Schemas["Credit"].Value.WithProperty("note", openapi3.NewStringSchema())
		}, "metronome: schema Credit: member note has no source"},
		{"made-up parameter", "flexprice", func(doc *openapi3.T) {
			doc.Paths.Value("/creditgrants/{id}").Put.AddParameter(openapi3.NewQueryParameter("force").WithSchema(openapi3.NewBoolSchema()))
		}, "flexprice: operation updateCreditGrant: query parameter force has no source"},
		{"x-source that names no source", "flexprice", func(doc *openapi3.T) {
			doc.Components.Schemas["UpdateCreditGrantRequest"].Value.Properties["end_date"].Value.Extensions["x-source"] = sourcePrefix
		}, `flexprice: schema UpdateCreditGrantRequest: member end_date: x-source "beyond the page: "`},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc := load(t, test.vendor)
			test.change(doc)
			if got := findUnsourced(test.vendor, doc); len(got) != 1 || !strings.Contains(got[0], test.want) {
				t.Errorf("got %q, want one failure with %q", got, test.want)
			}
		})
	}
}

// A member that the spec no longer has does not stay in the table.
func TestInheritedSourcesNameMembersOfTheSpecs(t *testing.T) {
	for vendor, schemas := range inheritedSources {
		doc := load(t, vendor)
		for name, members := range schemas {
			ref := doc.Components.Schemas[name]
			for _, member := range strings.Fields(members) {
				if ref == nil || ref.Value.Properties[member] == nil {
					t.Errorf("%s: schema %s has no member %s", vendor, name, member)
				}
			}
		}
	}
}

// findUnsourced describes each member, parameter and response header of a spec that
// has no source. The x-source of an operation, a response or a schema counts for the
// members of an answer inside it that are in inheritedSources; each member of a request
// needs its own.
func findUnsourced(vendor string, doc *openapi3.T) []string {
	f := &sourceFinder{vendor: vendor, listed: pageMembers(vendor, doc), visited: map[string]bool{}, problems: map[string]bool{}}
	for _, op := range operations(doc) {
		f.operation(op)
	}
	return slices.Sorted(maps.Keys(f.problems))
}

// pageMembers returns the members of the pages table as schema.member.
func pageMembers(vendor string, doc *openapi3.T) map[string]bool {
	listed := map[string]bool{}
	for schema, table := range pages[vendor] {
		for line := range strings.Lines(strings.TrimSpace(table)) {
			path := strings.TrimSuffix(strings.Fields(line)[0], "*")
			owner, member := schema, path
			if i := strings.LastIndexByte(path, '.'); i >= 0 {
				ref, _, err := find(doc, schema+"."+path[:i])
				if err != nil {
					continue // TestNothingOfThePagesIsLost reports it
				}
				owner, member = schemaName(ref), path[i+1:]
			}
			listed[owner+"."+member] = true
		}
	}
	return listed
}

// schemaName returns the name of the schema that a member or a list's items have.
func schemaName(ref *openapi3.SchemaRef) string {
	ref = direct(ref)
	if ref.Ref == "" && ref.Value.Items != nil {
		return schemaName(ref.Value.Items)
	}
	return strings.TrimPrefix(ref.Ref, "#/components/schemas/")
}

type sourceFinder struct {
	vendor   string
	listed   map[string]bool
	visited  map[string]bool
	problems map[string]bool
}

func (f *sourceFinder) operation(op operation) {
	at := fmt.Sprintf("%s: operation %s", f.vendor, op.OperationID)
	covered := f.hasSource(at, op.Extensions)
	for _, ref := range op.Parameters {
		p := ref.Value
		name := fmt.Sprintf("%s parameter %s", p.In, p.Name)
		listed := slices.Contains(pageParameters[f.vendor][op.OperationID], p.In+" "+p.Name)
		if !f.hasSource(at+": "+name, p.Extensions) && !listed && !covered {
			f.report(at, name, "pageParameters in openapi/sources_test.go")
		}
	}
	if op.RequestBody != nil {
		f.content(op.RequestBody.Value.Content, false)
	}
	for status, ref := range op.Responses.Map() {
		r := ref.Value
		covered := f.hasSource(at+": response "+status, r.Extensions) || covered
		for name, header := range r.Headers {
			if !f.hasSource(at+": header "+name, header.Value.Extensions) && !covered {
				f.report(at+": response "+status, "header "+name, "")
			}
		}
		f.content(r.Content, covered)
	}
}

func (f *sourceFinder) content(content openapi3.Content, covered bool) {
	for _, m := range content {
		f.schema("", m.Schema, covered)
	}
}

// schema reports the members without a source of a schema and of those that it uses.
func (f *sourceFinder) schema(name string, ref *openapi3.SchemaRef, covered bool) {
	if ref == nil {
		return
	}
	if ref.Ref != "" {
		name = strings.TrimPrefix(ref.Ref, "#/components/schemas/")
		key := fmt.Sprint(name, covered)
		if f.visited[key] {
			return
		}
		f.visited[key] = true
	}
	at := fmt.Sprintf("%s: schema %s", f.vendor, name)
	s := ref.Value
	request := s.Extensions["x-request"] == true
	if ref.Ref != "" && f.hasSource(at, s.Extensions) && !request { // others are a member's own
		covered = true
	}
	for member, p := range s.Properties {
		// Beside a $ref nothing counts: the extensions are those of the other schema.
		own := p.Ref == "" && f.hasSource(at+": member "+member, p.Value.Extensions)
		if !own && !f.listed[name+"."+member] && !(covered && inheritsSource(f.vendor, name, member)) {
			table := "the vendor's table in openapi/pages_test.go"
			if !request {
				table += ", if the x-source around it does, to inheritedSources in openapi/sources_test.go"
			}
			f.report(at, "member "+member, table)
		}
		f.schema(name, p, covered || own && !request)
	}
	for _, part := range s.AllOf {
		f.schema(name, part, covered)
	}
	f.schema(name, s.Items, covered)
	f.schema(name, s.AdditionalProperties.Schema, covered)
}

func inheritsSource(vendor, schema, member string) bool {
	return slices.Contains(strings.Fields(inheritedSources[vendor][schema]), member)
}

// hasSource reports whether extensions have an x-source, and reports one that names
// no source.
func (f *sourceFinder) hasSource(at string, extensions map[string]any) bool {
	value, ok := extensions["x-source"]
	if !ok {
		return false
	}
	text, _ := value.(string)
	if source, ok := strings.CutPrefix(text, sourcePrefix); !ok || strings.TrimSpace(source) == "" {
		f.problems[fmt.Sprintf("%s: x-source %q must be %q and the source", at, value, sourcePrefix)] = true
	}
	return true
}

func (f *sourceFinder) report(at, what, table string) {
	text := fmt.Sprintf("%s: %s has no source: ", at, what)
	if table != "" {
		text += "if the vendor's page on the update names it, add it to " + table + "; otherwise "
	}
	f.problems[text+fmt.Sprintf("give it x-source: %q in openapi/%s.yaml", sourcePrefix+"<where it is documented>", f.vendor)] = true
}
