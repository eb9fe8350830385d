package contract

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/knox"
	"github.com/creditkit/creditkit/metronome"
	"github.com/creditkit/creditkit/nexudus"
	"github.com/creditkit/creditkit/thoughtindustries"
)

// These tests run the clients against Prism, a mock server. It reads the specs
// independently, rejects requests that violate them, and responds with their
// examples.

// prismFile is installed by npm ci.
const prismFile = "node_modules/@stoplight/prism-cli/dist/index.js"

// A prism is a Prism server with one vendor's spec.
type prism struct {
	*testing.T
	url string
	// prefer is the status that Prism responds with. 0 means Prism chooses.
	prefer int
}

// startPrism starts Prism and kills it at the end of the test.
func startPrism(t *testing.T, vendor string) *prism {
	t.Helper()
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(prismFile)
	}
	switch {
	case err != nil && os.Getenv("CREDITKIT_PRISM") == "required":
		t.Fatalf("Prism is required, but not installed: %v; run npm ci in internal/contract", err)
	case err != nil:
		t.Skipf("Prism is not installed: %v; run npm ci in internal/contract", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Second)
	cmd := exec.CommandContext(ctx, node, prismFile, "mock", "--errors", "--host", "127.0.0.1", "--port", "0", "--multiprocess=false",
		filepath.Join("..", "..", "openapi", vendor+".yaml"))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel() // kills the process
		_ = cmd.Wait()
	})
	return &prism{T: t, url: readAddress(t, out)}
}

// readAddress returns the address that Prism prints. It keeps reading, so that
// Prism never blocks.
func readAddress(t *testing.T, out io.Reader) string {
	t.Helper()
	lines := bufio.NewScanner(out)
	var printed strings.Builder
	for lines.Scan() {
		fmt.Fprintln(&printed, lines.Text())
		if _, url, found := strings.Cut(lines.Text(), "Prism is listening on "); found {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return strings.TrimSpace(url)
		}
	}
	t.Fatalf("Prism did not start:\n%s", printed.String())
	return ""
}

func (p *prism) clientOptions() []credit.Option {
	return []credit.Option{credit.WithBaseURL(p.url), credit.WithTransport(p), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1})}
}

func (p *prism) RoundTrip(req *http.Request) (*http.Response, error) {
	if p.prefer != 0 {
		req = req.Clone(req.Context())
		req.Header.Set("Prefer", "code="+strconv.Itoa(p.prefer))
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if wrong := res.Header.Get("Sl-Violations"); wrong != "" {
		p.Errorf("%s %s: Prism found violations: %s", req.Method, req.URL.Path, wrong)
	}
	if res.Header.Get("Content-Type") == "application/problem+json" {
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		p.Errorf("%s %s: Prism rejected the request: %s", req.Method, req.URL.Path, body)
		res.Body = io.NopCloser(strings.NewReader(string(body)))
	}
	return res, nil
}

// An expectedError is the kind of error that a status leads to.
type expectedError struct {
	status int
	kind   credit.Kind
}

// checkError checks that a call fails with an error of the kind if Prism
// responds with the status.
func (p *prism) checkError(status int, kind credit.Kind, call func() error) {
	p.Helper()
	p.prefer = status
	err := call()
	p.prefer = 0
	e, ok := errors.AsType[*credit.Error](err)
	if !ok || e.StatusCode != status || !errors.Is(err, kind) {
		p.Errorf("status %d: error %v, want %v", status, err, kind)
	}
}

func TestPrismAcceptsClients(t *testing.T) {
	for _, tt := range []struct {
		vendor string
		test   func(context.Context, *prism)
	}{
		{"knox", testKnoxPrism}, {"thoughtindustries", testThoughtIndustriesPrism}, {"nexudus", testNexudusPrism}, {"flexprice", testFlexpricePrism}, {"metronome", testMetronomePrism},
	} {
		t.Run(tt.vendor, func(t *testing.T) {
			t.Parallel()
			tt.test(t.Context(), startPrism(t, tt.vendor))
		})
	}
}

// Prism must detect violations. Otherwise the other tests prove nothing.
func TestPrismFindsViolations(t *testing.T) {
	t.Parallel()
	p := startPrism(t, "flexprice")
	for _, test := range []struct {
		name      string
		key, body string
		status    int
	}{
		{"valid", "key", `{"name":"n"}`, 200},
		{"no key", "", `{"name":"n"}`, 401},
		{"a number as a name", "key", `{"name":7}`, 400},
		{"an empty name", "key", `{"name":""}`, 400},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, p.url+"/creditgrants/g", strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if test.key != "" {
			req.Header.Set("X-Api-Key", test.key)
		}
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != test.status {
			t.Errorf("%s: status %d, want %d", test.name, res.StatusCode, test.status)
		}
	}
}

// exampleJSON returns the spec's example of a 200. Decoding and encoding it
// must not change it.
func exampleJSON(t *testing.T, vendor, path, method string) map[string]any {
	t.Helper()
	media := loadSpec(t, vendor).Paths.Value(path).GetOperation(method).Responses.Value("200").Value.Content["application/json"]
	value := media.Example
	for _, e := range media.Examples {
		value = e.Value.Value
	}
	return normalize(t, value).(map[string]any)
}

func testKnoxPrism(ctx context.Context, p *prism) {
	want := exampleJSON(p.T, "knox", "/credits/{tenantId}/{id}", "PUT")
	id := want["id"].(string)
	client := mustSucceed[*knox.Client](p.T)(knox.New("acme", credit.StaticToken("token"), p.clientOptions()...))

	record := mustSucceed[*knox.Credit](p.T)(client.GetCredit(ctx, id))
	checkSame(p.T, "GetCredit", want, record)
	record.Quantity, record.Notes = credit.MustParseDecimal("2.25"), nil
	checkSame(p.T, "UpdateCredit", want, mustSucceed[*knox.Credit](p.T)(client.UpdateCredit(ctx, *record)))
	whole := decodeExactly[knox.Credit](p.T, withMembers(sampleJSON(p.T, "knox", "Credit", allMembers), map[string]any{"id": id}))
	mustSucceed[*knox.Credit](p.T)(client.UpdateCredit(ctx, whole))

	// Prism responds with the notes of the example.
	result, err := client.Updater().Update(ctx, credit.Ref{ID: id}, credit.Patch{Note: credit.Set("Ethics"), Total: credit.Set(credit.MustParseDecimal("2.5"))})
	mustSucceed[*credit.Result](p.T)(result, err)

	update := func() error { _, err := client.UpdateCredit(ctx, *record); return err }
	for _, test := range []expectedError{
		{400, credit.ErrInvalid}, {401, credit.ErrUnauthorized}, {403, credit.ErrForbidden}, {404, credit.ErrNotFound},
		{409, credit.ErrConflict}, {429, credit.ErrRateLimited}, {500, credit.ErrUnavailable},
	} {
		p.checkError(test.status, test.kind, update)
	}
}

func testThoughtIndustriesPrism(ctx context.Context, p *prism) {
	const id = "00000000-0000-0000-0000-000000000000"
	client := mustSucceed[*thoughtindustries.Client](p.T)(thoughtindustries.New("acme", "key", p.clientOptions()...))

	// As on the vendor's page.
	req := thoughtindustries.UpdateCreditBatchRequest{
		Name: new("string"), ExpiresOn: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), CurrentBalance: new(int64(0)),
	}
	want := exampleJSON(p.T, "thoughtindustries", "/incoming/v2/clients/creditBatches/{id}", "PUT")
	batch := mustSucceed[*thoughtindustries.CreditBatch](p.T)(client.UpdateCreditBatch(ctx, id, req))
	checkSame(p.T, "UpdateCreditBatch", want["data"].(map[string]any)["UpdateCreditBatch"], batch)
	mustSucceed[*thoughtindustries.CreditBatch](p.T)(client.UpdateCreditBatch(ctx, id, thoughtindustries.UpdateCreditBatchRequest{}))
	n := 0
	for _, err := range client.ListCreditBatches(ctx, id, id) {
		if n++; err != nil {
			p.Fatal(err)
		}
	}
	if n != 1 {
		p.Errorf("%d batches listed, want 1", n)
	}
	mustSucceed[*credit.Result](p.T)(client.Updater().Update(ctx, credit.Ref{ID: id, Owner: id}, credit.Patch{Balance: credit.Set(credit.NewDecimal(0))}))

	p.prefer = 204
	if batch := mustSucceed[*thoughtindustries.CreditBatch](p.T)(client.UpdateCreditBatch(ctx, id, req)); batch.ID != id {
		p.Errorf("a 204: %v", batch)
	}
	for _, test := range []expectedError{
		{400, credit.ErrInvalid}, {401, credit.ErrUnauthorized}, {403, credit.ErrForbidden}, {404, credit.ErrNotFound}, {409, credit.ErrConflict},
		{422, credit.ErrInvalid}, {429, credit.ErrRateLimited}, {500, credit.ErrUnavailable}, {502, credit.ErrUnavailable}, {503, credit.ErrUnavailable},
	} {
		p.checkError(test.status, test.kind, func() error { _, err := client.UpdateCreditBatch(ctx, id, req); return err })
	}
}

func testNexudusPrism(ctx context.Context, p *prism) {
	const id, path = 87654321, "/api/billing/coworkerbookingcredits"
	client := mustSucceed[*nexudus.Client](p.T)(nexudus.New(credit.StaticToken("token"), p.clientOptions()...))

	record := mustSucceed[*nexudus.CoworkerBookingCredit](p.T)(client.GetCoworkerBookingCredit(ctx, id))
	if record.Description.MustGet() != "Welcome credit" || record.RemainingCredit.MustGet().String() != "60.25" || !record.ExpireDate.IsNull() {
		p.Errorf("GetCoworkerBookingCredit: %+v", record)
	}
	rows := listAll(p.T, client.ListCoworkerBookingCredits(ctx, 1414))
	if len(rows) != 1 || rows[0].ID != id || rows[0].Description != "Welcome credit" {
		p.Errorf("ListCoworkerBookingCredits: %+v", rows)
	}
	update := record.Update()
	update.TotalCredit = credit.MustParseDecimal("75.50")
	got := mustSucceed[*nexudus.UpdateResult](p.T)(client.UpdateCoworkerBookingCredit(ctx, update))
	want := exampleJSON(p.T, "nexudus", path, "PUT")
	checkSame(p.T, "UpdateCoworkerBookingCredit", want, addFalseFlags(p.T, want, got))
	full := withMembers(sampleJSON(p.T, "nexudus", "CoworkerBookingCreditUpdate", allMembers), map[string]any{"Id": id})
	mustSucceed[*nexudus.UpdateResult](p.T)(client.UpdateCoworkerBookingCredit(ctx, decodeExactly[nexudus.CoworkerBookingCreditUpdate](p.T, full)))
	mustSucceed[*credit.Result](p.T)(client.Updater().Update(ctx, credit.Ref{ID: strconv.Itoa(id)}, credit.Patch{
		Note: credit.Clear[string](), ExpiresAt: credit.Set(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)), StartsAt: credit.Clear[time.Time](),
	}))

	send := func() error { _, err := client.UpdateCoworkerBookingCredit(ctx, update); return err }
	for _, test := range []expectedError{
		{400, credit.ErrInvalid}, {401, credit.ErrUnauthorized}, {404, credit.ErrNotFound}, {409, credit.ErrRateLimited}, {500, credit.ErrUnavailable},
	} {
		p.checkError(test.status, test.kind, send)
	}
}

func testFlexpricePrism(ctx context.Context, p *prism) {
	want := exampleJSON(p.T, "flexprice", "/creditgrants/{id}", "PUT")
	id := want["id"].(string)
	client := mustSucceed[*flexprice.Client](p.T)(flexprice.New("key", p.clientOptions()...))

	checkSame(p.T, "GetCreditGrant", want, mustSucceed[*flexprice.CreditGrant](p.T)(client.GetCreditGrant(ctx, id)))
	const subscription = "subs_01KQ3Z5T9M7X2W8V4N6B1C0SUB" // of the example
	for i, list := range []iter.Seq2[*flexprice.CreditGrant, error]{
		client.ListSubscriptionCreditGrants(ctx, subscription), client.ListPlanCreditGrants(ctx, "p"), client.ListAddonCreditGrants(ctx, "a"),
	} {
		if grants := listAll(p.T, list); len(grants) != 1 || grants[0].ID != id {
			p.Errorf("list %d: %+v", i, grants)
		}
	}
	for _, req := range []flexprice.UpdateCreditGrantRequest{
		{Name: new("Welcome"), Metadata: map[string]string{"order": "A-17"}, EndDate: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)},
		{Metadata: map[string]string{}},
		{},
	} {
		checkSame(p.T, "UpdateCreditGrant", want, mustSucceed[*flexprice.CreditGrant](p.T)(client.UpdateCreditGrant(ctx, id, req)))
	}
	mustSucceed[*credit.Result](p.T)(client.Updater().Update(ctx, credit.Ref{ID: id}, credit.Patch{
		Name: credit.Set("Welcome"), Metadata: credit.Set(map[string]string{"order": "A-17"}), ExpiresAt: credit.Set(time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)),
	}))

	update := func() error {
		_, err := client.UpdateCreditGrant(ctx, id, flexprice.UpdateCreditGrantRequest{Name: new("n")})
		return err
	}
	for _, test := range []expectedError{
		{400, credit.ErrInvalid}, {401, credit.ErrUnauthorized}, {404, credit.ErrNotFound}, {409, credit.ErrConflict},
	} {
		p.checkError(test.status, test.kind, update)
	}
}

func testMetronomePrism(ctx context.Context, p *prism) {
	const id, owner = "5e7e82cf-ccb7-428c-a96f-a8e4f67af822", "4c91c473-fc12-445a-9c38-40421d47023f"
	client := mustSucceed[*metronome.Client](p.T)(metronome.New("token", p.clientOptions()...))

	// As on the vendor's page.
	edit := metronome.EditCreditRequest{
		CreditID: id, CustomerID: owner,
		AccessSchedule: &metronome.AccessSchedule{UpdateScheduleItems: []metronome.UpdateScheduleItem{
			{ID: "d5edbd32-c744-48cb-9475-a9bca0e6fa39", EndingBefore: time.Date(2025, 3, 12, 0, 0, 0, 0, time.UTC)},
		}},
	}
	want := exampleJSON(p.T, "metronome", "/v2/contracts/credits/edit", "POST")
	checkSame(p.T, "EditCredit", want, mustSucceed[*metronome.EditCreditResponse](p.T)(client.EditCredit(ctx, edit)))
	for _, which := range []memberSet{allMembers, requiredMembers, nullMembers} {
		mustSucceed[*metronome.EditCreditResponse](p.T)(client.EditCredit(ctx, decodeExactly[metronome.EditCreditRequest](p.T, sampleJSON(p.T, "metronome", "EditCreditRequest", which))))
	}
	list := exampleJSON(p.T, "metronome", "/v1/contracts/customerCredits/list", "POST")
	found := mustSucceed[*metronome.Credit](p.T)(client.GetCredit(ctx, owner, id))
	checkSame(p.T, "GetCredit", list["data"].([]any)[0], found)
	mustSucceed[*credit.Result](p.T)(client.Updater().Update(ctx, credit.Ref{ID: id, Owner: owner}, credit.Patch{
		Name: credit.Set("Trial"), Total: credit.Set(credit.MustParseDecimal("12.50")), Priority: credit.Clear[credit.Decimal](),
	}))

	send := func() error { _, err := client.EditCredit(ctx, edit); return err }
	p.checkError(400, credit.ErrNotFound, send) // the example is an unknown customer
	for _, test := range []expectedError{
		{401, credit.ErrUnauthorized}, {403, credit.ErrForbidden}, {404, credit.ErrNotFound}, {409, credit.ErrConflict}, {429, credit.ErrRateLimited},
	} {
		p.checkError(test.status, test.kind, send)
	}
}
