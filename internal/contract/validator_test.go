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

// A watch is a RoundTripper that holds every request and every answer against
// a vendor's spec, and tells the test of each difference.
type watch struct {
	errorf  func(format string, args ...any)
	next    http.RoundTripper
	router  routers.Router
	options openapi3filter.Options
	// wrongAnswers says why the answers are not looked at, if they are not;
	// wrongRequests the same of the requests.
	wrongAnswers, wrongRequests string

	mu   sync.Mutex
	seen map[string]bool // "operation status"
}

// unlisted are the members that the fakes' records have and no page of the
// vendor names, put there to see that they survive, and the commands that a
// read of nexudus was seen to show as null.
var unlisted = map[string]map[string][]string{
	"thoughtindustries": {"CreditBatch": {"externalReference"}},
	"metronome":         {"Credit": {"ledger_digits"}},
	"nexudus": {"CoworkerBookingCredit": {
		"AddedElegiblePasses", "AddedElegibleProducts", "AddedElegibleResourceTypes", "AddedElegibleTariffs", "AddedEventCategories",
		"AddedCoworkerBookingCreditUses", "LedgerReference", "RemovedCoworkerBookingCreditUses",
		"RemovedElegiblePasses", "RemovedElegibleProducts", "RemovedElegibleResourceTypes", "RemovedElegibleTariffs", "RemovedEventCategories",
	}},
}

// newWatch makes a watch over the traffic to a vendor, whatever the host.
func newWatch(t *testing.T, vendor string, next http.RoundTripper) *watch {
	t.Helper()
	w := &watch{
		errorf: t.Errorf,
		next:   next,
		router: routerOf(t, vendor),
		options: openapi3filter.Options{
			MultiError:          true,
			SkipSettingDefaults: true,
			AuthenticationFunc:  authenticate,
			SchemaValidationOptions: []openapi3.SchemaValidationOption{
				openapi3.WithStringFormatValidators(map[string]openapi3.StringFormatValidator{
					"uuid":            openapi3.NewRegexpFormatValidator(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`),
					"decimal":         openapi3.NewRegexpFormatValidator(`^-?[0-9]+(\.[0-9]+)?$`),
					"date-time":       openapi3.NewRegexpFormatValidator(openapi3.FormatOfStringDateTime),
					"date-time-local": openapi3.NewCallbackValidator(localTime),
				}),
			},
		},
		seen: map[string]bool{},
	}
	w.options.WithCustomSchemaErrorFunc(func(err *openapi3.SchemaError) string {
		return fmt.Sprintf("%s: %s", strings.Join(err.JSONPointer(), "/"), err.Reason)
	})
	return w
}

var routersOf = map[string]routers.Router{}

// routerOf knows a vendor's operations.
func routerOf(t *testing.T, vendor string) routers.Router {
	t.Helper()
	if router := routersOf[vendor]; router != nil {
		return router
	}
	doc := load(t, vendor)
	closeSchemas(doc, unlisted[vendor])
	if vendor == "nexudus" { // a record goes back whole
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
	routersOf[vendor] = router
	return router
}

// closeSchemas takes no member that a schema does not list, apart from those
// given, so that a member by a wrong name is found.
func closeSchemas(doc *openapi3.T, unlisted map[string][]string) {
	for name, ref := range doc.Components.Schemas {
		schema := ref.Value
		if !schema.Type.Is("object") || schema.AdditionalProperties.Schema != nil {
			continue
		}
		for _, member := range unlisted[name] {
			schema.Properties[member] = openapi3.NewSchemaRef("", &openapi3.Schema{Nullable: true})
		}
		schema.AdditionalProperties.Has = new(false)
	}
}

func localTime(text string) error {
	at, err := credit.ParseLocalTime(text)
	if err == nil && !at.IsSet() {
		err = errors.New("is empty")
	}
	return err
}

// authenticate looks for the credential of a security scheme.
func authenticate(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	header := in.RequestValidationInput.Request.Header
	scheme := in.SecurityScheme
	switch {
	case scheme.Type == "apiKey" && scheme.In == "header":
		if header.Get(scheme.Name) == "" {
			return fmt.Errorf("%s: no header %s", in.SecuritySchemeName, scheme.Name)
		}
		if header.Get("Authorization") != "" {
			return fmt.Errorf("%s: an Authorization beside the key", in.SecuritySchemeName)
		}
	case scheme.Type == "http" && scheme.Scheme == "bearer", scheme.Type == "oauth2":
		if word, token, _ := strings.Cut(header.Get("Authorization"), " "); word != "Bearer" || token == "" {
			return fmt.Errorf("%s: no bearer token", in.SecuritySchemeName)
		}
	default:
		return fmt.Errorf("%s: a scheme that nobody checks: %s", in.SecuritySchemeName, scheme.Type)
	}
	return nil
}

func (w *watch) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := drain(req.Body)
	if err != nil {
		return nil, err
	}
	forwarded, looked := req.Clone(req.Context()), req.Clone(req.Context())
	if req.Body != nil {
		forwarded.Body = io.NopCloser(bytes.NewReader(body))
		looked.Body = io.NopCloser(bytes.NewReader(body))
	}
	at := req.Method + " " + req.URL.Path
	route, params, err := w.router.FindRoute(looked)
	if err != nil {
		w.errorf("%s: %v", at, err)
		return w.next.RoundTrip(forwarded)
	}
	at = route.Operation.OperationID
	input := &openapi3filter.RequestValidationInput{Request: looked, PathParams: params, Route: route, Options: &w.options}
	if err := errors.Join(openapi3filter.ValidateRequest(req.Context(), input), unasked(route.Operation, req, body)); err != nil && w.wrongRequests == "" {
		w.errorf("%s: the request: %v\n%s", at, err, body)
	}
	res, err := w.next.RoundTrip(forwarded)
	if err != nil {
		return nil, err
	}
	answer, broken := drain(res.Body)
	res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(answer), failing{broken}))
	w.note(at, res.StatusCode)
	if broken == nil && w.wrongAnswers == "" {
		w.checkAnswer(input, res, answer)
	}
	return res, nil
}

func (w *watch) checkAnswer(input *openapi3filter.RequestValidationInput, res *http.Response, answer []byte) {
	at := input.Route.Operation.OperationID
	if input.Route.Operation.Responses.Status(res.StatusCode) == nil {
		w.errorf("%s: an answer with the status %d, which the spec does not have", at, res.StatusCode)
	}
	output := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: res.StatusCode, Header: res.Header,
		Body: io.NopCloser(bytes.NewReader(answer)), Options: &w.options,
	}
	if err := openapi3filter.ValidateResponse(input.Request.Context(), output); err != nil {
		w.errorf("%s: the answer with the status %d: %v\n%s", at, res.StatusCode, err, answer)
	}
}

// unasked finds what a request holds although its operation does not have it,
// which the library does not look for.
func unasked(op *openapi3.Operation, req *http.Request, body []byte) error {
	if op.RequestBody == nil && len(body) > 0 {
		return errors.New("has a body")
	}
	for name := range req.URL.Query() {
		if op.Parameters.GetByInAndName("query", name) == nil {
			return fmt.Errorf("has the query parameter %s", name)
		}
	}
	if req.Header.Get("Idempotency-Key") != "" && op.Parameters.GetByInAndName("header", "Idempotency-Key") == nil {
		return errors.New("has an Idempotency-Key")
	}
	return nil
}

func (w *watch) note(operation string, status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[fmt.Sprintf("%s %d", operation, status)] = true
}

// saw wants these exchanges, and no others, to have been looked at, and with
// them each operation of the spec.
func (w *watch) saw(doc *openapi3.T, exchanges ...string) {
	for _, path := range doc.Paths.Map() {
		for _, op := range path.Operations() {
			if !slices.Contains(exchanges, op.OperationID+" 200") {
				w.errorf("%s: is not tried", op.OperationID)
			}
		}
	}
	for _, e := range exchanges {
		if !w.seen[e] {
			w.errorf("%s: never happened", e)
		}
	}
	for e := range w.seen {
		if !slices.Contains(exchanges, e) {
			w.errorf("%s: happened, and is not expected", e)
		}
	}
}

func drain(body io.ReadCloser) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	defer body.Close()
	return io.ReadAll(body)
}

// failing ends a body as it ended when it was read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}

// The watch itself finds what is wrong, or its silence says nothing.
func TestTheWatchSees(t *testing.T) {
	const host = "http://vendor.example"
	for name, exchange := range map[string]struct {
		vendor, method, path, body string
		header                     map[string]string
		status                     int
		answer                     string
		right                      bool
	}{
		"nothing wrong":         {"flexprice", "PUT", "/v1/creditgrants/g", `{"name":"n"}`, nil, 200, `{"id":"g"}`, true},
		"another path":          {"flexprice", "PUT", "/v1/grants/g", `{"name":"n"}`, nil, 200, `{"id":"g"}`, false},
		"another method":        {"flexprice", "POST", "/v1/creditgrants/g", `{"name":"n"}`, nil, 200, `{"id":"g"}`, false},
		"an unknown member":     {"flexprice", "PUT", "/v1/creditgrants/g", `{"nome":"n"}`, nil, 200, `{"id":"g"}`, false},
		"an empty name":         {"flexprice", "PUT", "/v1/creditgrants/g", `{"name":""}`, nil, 200, `{"id":"g"}`, false},
		"a null":                {"flexprice", "PUT", "/v1/creditgrants/g", `{"name":null}`, nil, 200, `{"id":"g"}`, false},
		"a time without zone":   {"flexprice", "PUT", "/v1/creditgrants/g", `{"end_date":"2027-01-01T00:00:00"}`, nil, 200, `{"id":"g"}`, false},
		"no key":                {"flexprice", "PUT", "/v1/creditgrants/g", `{"name":"n"}`, map[string]string{"X-Api-Key": ""}, 200, `{"id":"g"}`, false},
		"a body":                {"flexprice", "GET", "/v1/creditgrants/g", `{}`, nil, 200, `{"id":"g"}`, false},
		"a query":               {"flexprice", "PUT", "/v1/creditgrants/g?dry=1", `{"name":"n"}`, nil, 200, `{"id":"g"}`, false},
		"no body":               {"flexprice", "PUT", "/v1/creditgrants/g", ``, nil, 200, `{"id":"g"}`, false},
		"a wrong answer":        {"flexprice", "PUT", "/v1/creditgrants/g", `{"name":"n"}`, nil, 200, `{"id":7}`, false},
		"an unknown answer":     {"flexprice", "PUT", "/v1/creditgrants/g", `{"name":"n"}`, nil, 200, `{"name_of_grant":""}`, false},
		"a number for a text":   {"flexprice", "PUT", "/v1/creditgrants/g", `{"name":"n"}`, nil, 200, `{"credits":7}`, false},
		"a status of no page":   {"flexprice", "PUT", "/v1/creditgrants/g", `{"name":"n"}`, nil, 418, `{}`, false},
		"a required one absent": {"metronome", "POST", "/v2/contracts/credits/edit", `{"credit_id":"00000000-0000-4000-8000-000000000001"}`, nil, 401, `{"message":"no"}`, false},
		"an id of another form": {"metronome", "POST", "/v2/contracts/credits/edit", `{"credit_id":"c","customer_id":"00000000-0000-4000-8000-000000000001"}`, nil, 401, `{"message":"no"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			found := 0
			w := newWatch(t, exchange.vendor, roundTripper(func(*http.Request) (*http.Response, error) {
				return &http.Response{
					StatusCode: exchange.status, Header: http.Header{"Content-Type": {"application/json"}},
					Body: io.NopCloser(strings.NewReader(exchange.answer)),
				}, nil
			}))
			w.errorf = func(string, ...any) { found++ }
			req, err := http.NewRequestWithContext(t.Context(), exchange.method, host+exchange.path, strings.NewReader(exchange.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			switch exchange.vendor {
			case "flexprice":
				req.Header.Set("X-Api-Key", "key")
			default:
				req.Header.Set("Authorization", "Bearer token")
			}
			for name, value := range exchange.header {
				req.Header.Set(name, value)
			}
			if _, err := w.RoundTrip(req); err != nil {
				t.Fatal(err)
			}
			if (found == 0) != exchange.right {
				t.Errorf("found %d faults", found)
			}
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
