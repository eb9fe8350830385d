package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/creditkit/creditkit/credit"
)

// A validator is a RoundTripper that validates every request and every response
// against a vendor's spec, and reports each violation.
type validator struct {
	errorf  func(format string, args ...any)
	next    http.RoundTripper
	router  routers.Router
	options openapi3filter.Options
	// skipResponses is the reason to skip the validation of responses, if not
	// empty. skipRequests is the same for requests.
	skipResponses, skipRequests string

	mu        sync.Mutex
	exchanges map[string]bool // "operation status"
}

// undocumentedMembers are members of the fakes' records that no vendor page
// documents. The fakes have them to test that updates keep them. Those of
// Nexudus are commands, which a read was seen to return as null.
var undocumentedMembers = map[string]map[string][]string{
	"thoughtindustries": {"CreditBatch": {"externalReference"}},
	"metronome":         {"Credit": {"ledger_digits"}},
	"nexudus": {"CoworkerBookingCreditRow": {"LedgerReference"}, "CoworkerBookingCredit": {
		"AddedElegiblePasses", "AddedElegibleProducts", "AddedElegibleResourceTypes", "AddedElegibleTariffs", "AddedEventCategories",
		"AddedCoworkerBookingCreditUses", "LedgerReference", "RemovedCoworkerBookingCreditUses",
		"RemovedElegiblePasses", "RemovedElegibleProducts", "RemovedElegibleResourceTypes", "RemovedElegibleTariffs", "RemovedEventCategories",
	}},
}

// newValidator returns a validator of the traffic to a vendor, on any host.
func newValidator(t *testing.T, vendor string, next http.RoundTripper) *validator {
	t.Helper()
	v := &validator{
		errorf: t.Errorf,
		next:   next,
		router: newRouter(t, vendor),
		options: openapi3filter.Options{
			MultiError:          true,
			SkipSettingDefaults: true,
			AuthenticationFunc:  authenticate,
			SchemaValidationOptions: []openapi3.SchemaValidationOption{
				openapi3.WithStringFormatValidators(map[string]openapi3.StringFormatValidator{
					"uuid":            openapi3.NewRegexpFormatValidator(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`),
					"decimal":         openapi3.NewRegexpFormatValidator(`^-?[0-9]+(\.[0-9]+)?$`),
					"date-time":       openapi3.NewRegexpFormatValidator(openapi3.FormatOfStringDateTime),
					"date-time-local": openapi3.NewCallbackValidator(validateLocalTime),
				}),
			},
		},
		exchanges: map[string]bool{},
	}
	v.options.WithCustomSchemaErrorFunc(func(err *openapi3.SchemaError) string {
		return fmt.Sprintf("%s: %s", strings.Join(err.JSONPointer(), "/"), err.Reason)
	})
	return v
}

var routerCache = map[string]routers.Router{}

// newRouter returns a router for a vendor's operations. It is cached.
func newRouter(t *testing.T, vendor string) routers.Router {
	t.Helper()
	if router := routerCache[vendor]; router != nil {
		return router
	}
	doc := loadSpec(t, vendor)
	closeSchemas(doc, undocumentedMembers[vendor])
	if vendor == "nexudus" { // an update sends back all members of the record
		update := doc.Components.Schemas["CoworkerBookingCreditUpdate"].Value
		for name, p := range doc.Components.Schemas["CoworkerBookingCredit"].Value.Properties {
			if update.Properties[name] == nil {
				update.Properties[name] = p
			}
		}
	}
	path, err := doc.Servers.BasePath()
	if err != nil {
		t.Fatal(err)
	}
	doc.Servers = openapi3.Servers{{URL: path}}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	routerCache[vendor] = router
	return router
}

// closeSchemas makes schemas reject members that they do not list, except those
// in undocumentedMembers, so that a misspelt member is found.
func closeSchemas(doc *openapi3.T, extra map[string][]string) {
	for name, ref := range doc.Components.Schemas {
		schema := ref.Value
		if !schema.Type.Is("object") || schema.AdditionalProperties.Schema != nil {
			continue
		}
		for _, member := range extra[name] {
			schema.Properties[member] = openapi3.NewSchemaRef("", &openapi3.Schema{Nullable: true})
		}
		schema.AdditionalProperties.Has = new(false)
	}
}

func validateLocalTime(text string) error {
	at, err := credit.ParseLocalTime(text)
	if err == nil && !at.IsSet() {
		err = errors.New("time is empty")
	}
	return err
}

// authenticate checks for the credential of a security scheme.
func authenticate(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	header := in.RequestValidationInput.Request.Header
	scheme := in.SecurityScheme
	switch {
	case scheme.Type == "apiKey" && scheme.In == "header":
		if header.Get(scheme.Name) == "" {
			return fmt.Errorf("%s: header %s is missing", in.SecuritySchemeName, scheme.Name)
		}
		if header.Get("Authorization") != "" {
			return fmt.Errorf("%s: unexpected Authorization header", in.SecuritySchemeName)
		}
	case scheme.Type == "http" && scheme.Scheme == "bearer", scheme.Type == "oauth2":
		if word, token, _ := strings.Cut(header.Get("Authorization"), " "); word != "Bearer" || token == "" {
			return fmt.Errorf("%s: bearer token is missing", in.SecuritySchemeName)
		}
	default:
		return fmt.Errorf("%s: unsupported security scheme %s", in.SecuritySchemeName, scheme.Type)
	}
	return nil
}

func (v *validator) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := readBody(req.Body)
	if err != nil {
		return nil, err
	}
	forwarded, validated := req.Clone(req.Context()), req.Clone(req.Context())
	if req.Body != nil {
		forwarded.Body = io.NopCloser(bytes.NewReader(body))
		validated.Body = io.NopCloser(bytes.NewReader(body))
	}
	at := req.Method + " " + req.URL.Path
	route, params, err := v.router.FindRoute(validated)
	if err != nil {
		v.errorf("%s: %v", at, err)
		return v.next.RoundTrip(forwarded)
	}
	at = route.Operation.OperationID
	input := &openapi3filter.RequestValidationInput{Request: validated, PathParams: params, Route: route, Options: &v.options}
	if err := errors.Join(openapi3filter.ValidateRequest(req.Context(), input), findUndeclared(route.Operation, req, body)); err != nil && v.skipRequests == "" {
		v.errorf("%s: invalid request: %v\n%s", at, err, body)
	}
	res, err := v.next.RoundTrip(forwarded)
	if err != nil {
		return nil, err
	}
	respBody, readErr := readBody(res.Body)
	res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(respBody), errorReader{readErr}))
	v.recordExchange(at, res.StatusCode)
	if readErr == nil && v.skipResponses == "" {
		v.validateResponse(input, res, respBody)
	}
	return res, nil
}

func (v *validator) validateResponse(input *openapi3filter.RequestValidationInput, res *http.Response, respBody []byte) {
	at := input.Route.Operation.OperationID
	if input.Route.Operation.Responses.Status(res.StatusCode) == nil {
		v.errorf("%s: status %d is not in the spec", at, res.StatusCode)
	}
	output := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: res.StatusCode, Header: res.Header,
		Body: io.NopCloser(bytes.NewReader(respBody)), Options: &v.options,
	}
	if err := openapi3filter.ValidateResponse(input.Request.Context(), output); err != nil {
		v.errorf("%s: invalid response with status %d: %v\n%s", at, res.StatusCode, err, respBody)
	}
}

// findUndeclared returns an error for a part of the request that the operation
// does not declare. kin-openapi does not look for it.
func findUndeclared(op *openapi3.Operation, req *http.Request, body []byte) error {
	if op.RequestBody == nil && len(body) > 0 {
		return errors.New("unexpected body")
	}
	for name := range req.URL.Query() {
		if op.Parameters.GetByInAndName("query", name) == nil {
			return fmt.Errorf("unexpected query parameter %s", name)
		}
	}
	if req.Header.Get("Idempotency-Key") != "" && op.Parameters.GetByInAndName("header", "Idempotency-Key") == nil {
		return errors.New("unexpected Idempotency-Key header")
	}
	return nil
}

func (v *validator) recordExchange(operation string, status int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.exchanges[fmt.Sprintf("%s %d", operation, status)] = true
}

// checkExchanges checks that exactly these exchanges happened, and that they
// include a 200 of every operation of the spec.
func (v *validator) checkExchanges(doc *openapi3.T, exchanges ...string) {
	for _, path := range doc.Paths.Map() {
		for _, op := range path.Operations() {
			if !slices.Contains(exchanges, op.OperationID+" 200") {
				v.errorf("%s: operation was not called", op.OperationID)
			}
		}
	}
	for _, e := range exchanges {
		if !v.exchanges[e] {
			v.errorf("%s: exchange did not happen", e)
		}
	}
	for e := range v.exchanges {
		if !slices.Contains(exchanges, e) {
			v.errorf("%s: unexpected exchange", e)
		}
	}
}

func readBody(body io.ReadCloser) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	defer body.Close()
	return io.ReadAll(body)
}

// errorReader returns err, or io.EOF if it is nil.
type errorReader struct{ err error }

func (f errorReader) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}

// The validator must detect violations. Otherwise the other tests prove
// nothing.
func TestValidatorFindsViolations(t *testing.T) {
	const host = "http://vendor.example"
	for _, test := range []struct {
		name                       string
		vendor, method, path, body string
		header                     map[string]string
		status                     int
		response                   string
		right                      bool
	}{
		{"valid", "flexprice", "PUT", "/v1/creditgrants/g", `{"name":"n"}`, nil, 200, `{"id":"g"}`, true},
		{"unknown path", "flexprice", "PUT", "/v1/grants/g", `{"name":"n"}`, nil, 200, `{"id":"g"}`, false},
		{"wrong method", "flexprice", "POST", "/v1/creditgrants/g", `{"name":"n"}`, nil, 200, `{"id":"g"}`, false},
		{"an unknown member", "flexprice", "PUT", "/v1/creditgrants/g", `{"nome":"n"}`, nil, 200, `{"id":"g"}`, false},
		{"an empty name", "flexprice", "PUT", "/v1/creditgrants/g", `{"name":""}`, nil, 200, `{"id":"g"}`, false},
		{"a null", "flexprice", "PUT", "/v1/creditgrants/g", `{"name":null}`, nil, 200, `{"id":"g"}`, false},
		{"a time without zone", "flexprice", "PUT", "/v1/creditgrants/g", `{"end_date":"2027-01-01T00:00:00"}`, nil, 200, `{"id":"g"}`, false},
		{"a missing key", "flexprice", "PUT", "/v1/creditgrants/g", `{"name":"n"}`, map[string]string{"X-Api-Key": ""}, 200, `{"id":"g"}`, false},
		{"an unexpected body", "flexprice", "GET", "/v1/creditgrants/g", `{}`, nil, 200, `{"id":"g"}`, false},
		{"an unexpected query", "flexprice", "PUT", "/v1/creditgrants/g?dry=1", `{"name":"n"}`, nil, 200, `{"id":"g"}`, false},
		{"a missing body", "flexprice", "PUT", "/v1/creditgrants/g", ``, nil, 200, `{"id":"g"}`, false},
		{"a wrong response type", "flexprice", "PUT", "/v1/creditgrants/g", `{"name":"n"}`, nil, 200, `{"id":7}`, false},
		{"an unknown response member", "flexprice", "PUT", "/v1/creditgrants/g", `{"name":"n"}`, nil, 200, `{"name_of_grant":""}`, false},
		{"a number for a string", "flexprice", "PUT", "/v1/creditgrants/g", `{"name":"n"}`, nil, 200, `{"credits":7}`, false},
		{"an undocumented status", "flexprice", "PUT", "/v1/creditgrants/g", `{"name":"n"}`, nil, 418, `{}`, false},
		{"a missing required member", "metronome", "POST", "/v2/contracts/credits/edit", `{"credit_id":"00000000-0000-4000-8000-000000000001"}`, nil, 401, `{"message":"no"}`, false},
		{"a malformed id", "metronome", "POST", "/v2/contracts/credits/edit", `{"credit_id":"c","customer_id":"00000000-0000-4000-8000-000000000001"}`, nil, 401, `{"message":"no"}`, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			found := 0
			v := newValidator(t, test.vendor, roundTripFunc(func(*http.Request) (*http.Response, error) {
				return &http.Response{
					StatusCode: test.status, Header: http.Header{"Content-Type": {"application/json"}},
					Body: io.NopCloser(strings.NewReader(test.response)),
				}, nil
			}))
			v.errorf = func(string, ...any) { found++ }
			req, err := http.NewRequestWithContext(t.Context(), test.method, host+test.path, strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			switch test.vendor {
			case "flexprice":
				req.Header.Set("X-Api-Key", "key")
			default:
				req.Header.Set("Authorization", "Bearer token")
			}
			for name, value := range test.header {
				req.Header.Set(name, value)
			}
			if _, err := v.RoundTrip(req); err != nil {
				t.Fatal(err)
			}
			if (found == 0) != test.right {
				t.Errorf("found %d violations", found)
			}
		})
	}
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
