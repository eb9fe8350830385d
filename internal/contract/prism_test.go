package contract

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
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

func (m *prism) clientOptions() []credit.Option {
	return []credit.Option{credit.WithBaseURL(m.url), credit.WithTransport(m), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1})}
}

func (m *prism) RoundTrip(req *http.Request) (*http.Response, error) {
	if m.prefer != 0 {
		req = req.Clone(req.Context())
		req.Header.Set("Prefer", "code="+strconv.Itoa(m.prefer))
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if wrong := res.Header.Get("Sl-Violations"); wrong != "" {
		m.Errorf("%s %s: Prism found violations: %s", req.Method, req.URL.Path, wrong)
	}
	if res.Header.Get("Content-Type") == "application/problem+json" {
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		m.Errorf("%s %s: Prism rejected the request: %s", req.Method, req.URL.Path, body)
		res.Body = io.NopCloser(strings.NewReader(string(body)))
	}
	return res, nil
}

// checkError checks that a call fails with an error of the kind if Prism
// responds with the status.
func (m *prism) checkError(status int, kind credit.Kind, call func() error) {
	m.Helper()
	m.prefer = status
	err := call()
	m.prefer = 0
	e, ok := errors.AsType[*credit.Error](err)
	if !ok || e.StatusCode != status || !errors.Is(err, kind) {
		m.Errorf("status %d: error %v, want %v", status, err, kind)
	}
}

func TestPrismAcceptsClients(t *testing.T) {
	for vendor, test := range map[string]func(context.Context, *prism){
		"knox": testKnoxPrism, "thoughtindustries": testThoughtIndustriesPrism, "nexudus": testNexudusPrism, "flexprice": testFlexpricePrism, "metronome": testMetronomePrism,
	} {
		t.Run(vendor, func(t *testing.T) {
			t.Parallel()
			test(t.Context(), startPrism(t, vendor))
		})
	}
}

// Prism must detect violations. Otherwise the other tests prove nothing.
func TestPrismFindsViolations(t *testing.T) {
	t.Parallel()
	m := startPrism(t, "flexprice")
	for name, c := range map[string]struct {
		key, body string
		status    int
	}{
		"valid":              {"key", `{"name":"n"}`, 200},
		"no key":             {"", `{"name":"n"}`, 401},
		"a number as a name": {"key", `{"name":7}`, 400},
		"an empty name":      {"key", `{"name":""}`, 400},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, m.url+"/creditgrants/g", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if c.key != "" {
			req.Header.Set("X-Api-Key", c.key)
		}
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != c.status {
			t.Errorf("%s: status %d, want %d", name, res.StatusCode, c.status)
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

func testKnoxPrism(ctx context.Context, m *prism) {
	want := exampleJSON(m.T, "knox", "/credits/{tenantId}/{id}", "PUT")
	id := want["id"].(string)
	client := mustSucceed[*knox.Client](m.T)(knox.New("acme", credit.StaticToken("token"), m.clientOptions()...))

	record := mustSucceed[*knox.Credit](m.T)(client.GetCredit(ctx, id))
	checkSame(m.T, "GetCredit", want, record)
	record.Quantity, record.Notes = credit.MustParseDecimal("2.25"), nil
	checkSame(m.T, "UpdateCredit", want, mustSucceed[*knox.Credit](m.T)(client.UpdateCredit(ctx, *record)))
	whole := decodeExactly[knox.Credit](m.T, withMembers(sampleJSON(m.T, "knox", "Credit", allMembers), map[string]any{"id": id}))
	mustSucceed[*knox.Credit](m.T)(client.UpdateCredit(ctx, whole))

	// Prism responds with the notes of the example.
	result, err := client.Updater().Update(ctx, credit.Ref{ID: id}, credit.Patch{Note: credit.Set("Ethics"), Total: credit.Set(credit.MustParseDecimal("2.5"))})
	mustSucceed[*credit.Result](m.T)(result, err)

	update := func() error { _, err := client.UpdateCredit(ctx, *record); return err }
	for status, kind := range map[int]credit.Kind{
		400: credit.ErrInvalid, 401: credit.ErrUnauthorized, 403: credit.ErrForbidden, 404: credit.ErrNotFound,
		409: credit.ErrConflict, 429: credit.ErrRateLimited, 500: credit.ErrUnavailable,
	} {
		m.checkError(status, kind, update)
	}
}

func testThoughtIndustriesPrism(ctx context.Context, m *prism) {
	const id = "00000000-0000-0000-0000-000000000000"
	client := mustSucceed[*thoughtindustries.Client](m.T)(thoughtindustries.New("acme", "key", m.clientOptions()...))

	// As on the vendor's page.
	req := thoughtindustries.UpdateCreditBatchRequest{
		Name: new("string"), ExpiresOn: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), CurrentBalance: new(int64(0)),
	}
	want := exampleJSON(m.T, "thoughtindustries", "/incoming/v2/clients/creditBatches/{id}", "PUT")
	batch := mustSucceed[*thoughtindustries.CreditBatch](m.T)(client.UpdateCreditBatch(ctx, id, req))
	checkSame(m.T, "UpdateCreditBatch", want["data"].(map[string]any)["UpdateCreditBatch"], batch)
	mustSucceed[*thoughtindustries.CreditBatch](m.T)(client.UpdateCreditBatch(ctx, id, thoughtindustries.UpdateCreditBatchRequest{}))
	n := 0
	for _, err := range client.ListCreditBatches(ctx, id, id) {
		if n++; err != nil {
			m.Fatal(err)
		}
	}
	if n != 1 {
		m.Errorf("%d batches listed, want 1", n)
	}
	mustSucceed[*credit.Result](m.T)(client.Updater().Update(ctx, credit.Ref{ID: id, Owner: id}, credit.Patch{Balance: credit.Set(credit.NewDecimal(0))}))

	m.prefer = 204
	if batch := mustSucceed[*thoughtindustries.CreditBatch](m.T)(client.UpdateCreditBatch(ctx, id, req)); batch.ID != id {
		m.Errorf("a 204: %v", batch)
	}
	for status, kind := range map[int]credit.Kind{
		400: credit.ErrInvalid, 401: credit.ErrUnauthorized, 403: credit.ErrForbidden, 404: credit.ErrNotFound, 409: credit.ErrConflict,
		422: credit.ErrInvalid, 429: credit.ErrRateLimited, 500: credit.ErrUnavailable, 502: credit.ErrUnavailable, 503: credit.ErrUnavailable,
	} {
		m.checkError(status, kind, func() error { _, err := client.UpdateCreditBatch(ctx, id, req); return err })
	}
}

func testNexudusPrism(ctx context.Context, m *prism) {
	const id, path = 87654321, "/api/billing/coworkerbookingcredits"
	client := mustSucceed[*nexudus.Client](m.T)(nexudus.New(credit.StaticToken("token"), m.clientOptions()...))

	record := mustSucceed[*nexudus.CoworkerBookingCredit](m.T)(client.GetCoworkerBookingCredit(ctx, id))
	if record.Description.MustGet() != "Welcome credit" || record.RemainingCredit.MustGet().String() != "60.25" || !record.ExpireDate.IsNull() {
		m.Errorf("GetCoworkerBookingCredit: %+v", record)
	}
	update := record.Update()
	update.TotalCredit = credit.MustParseDecimal("75.50")
	got := mustSucceed[*nexudus.UpdateResult](m.T)(client.UpdateCoworkerBookingCredit(ctx, update))
	want := exampleJSON(m.T, "nexudus", path, "PUT")
	checkSame(m.T, "UpdateCoworkerBookingCredit", want, addFalseFlags(m.T, want, got))
	full := withMembers(sampleJSON(m.T, "nexudus", "CoworkerBookingCreditUpdate", allMembers), map[string]any{"Id": id})
	mustSucceed[*nexudus.UpdateResult](m.T)(client.UpdateCoworkerBookingCredit(ctx, decodeExactly[nexudus.CoworkerBookingCreditUpdate](m.T, full)))
	mustSucceed[*credit.Result](m.T)(client.Updater().Update(ctx, credit.Ref{ID: strconv.Itoa(id)}, credit.Patch{
		Note: credit.Clear[string](), ExpiresAt: credit.Set(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)), StartsAt: credit.Clear[time.Time](),
	}))

	send := func() error { _, err := client.UpdateCoworkerBookingCredit(ctx, update); return err }
	for status, kind := range map[int]credit.Kind{
		400: credit.ErrInvalid, 401: credit.ErrUnauthorized, 404: credit.ErrNotFound, 409: credit.ErrRateLimited, 500: credit.ErrUnavailable,
	} {
		m.checkError(status, kind, send)
	}
}

func testFlexpricePrism(ctx context.Context, m *prism) {
	want := exampleJSON(m.T, "flexprice", "/creditgrants/{id}", "PUT")
	id := want["id"].(string)
	client := mustSucceed[*flexprice.Client](m.T)(flexprice.New("key", m.clientOptions()...))

	checkSame(m.T, "GetCreditGrant", want, mustSucceed[*flexprice.CreditGrant](m.T)(client.GetCreditGrant(ctx, id)))
	for _, req := range []flexprice.UpdateCreditGrantRequest{
		{Name: new("Welcome"), Metadata: map[string]string{"order": "A-17"}, EndDate: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)},
		{Metadata: map[string]string{}},
		{},
	} {
		checkSame(m.T, "UpdateCreditGrant", want, mustSucceed[*flexprice.CreditGrant](m.T)(client.UpdateCreditGrant(ctx, id, req)))
	}
	mustSucceed[*credit.Result](m.T)(client.Updater().Update(ctx, credit.Ref{ID: id}, credit.Patch{
		Name: credit.Set("Welcome"), Metadata: credit.Set(map[string]string{"order": "A-17"}), ExpiresAt: credit.Set(time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)),
	}))

	update := func() error {
		_, err := client.UpdateCreditGrant(ctx, id, flexprice.UpdateCreditGrantRequest{Name: new("n")})
		return err
	}
	for status, kind := range map[int]credit.Kind{
		400: credit.ErrInvalid, 401: credit.ErrUnauthorized, 404: credit.ErrNotFound, 409: credit.ErrConflict,
	} {
		m.checkError(status, kind, update)
	}
}

func testMetronomePrism(ctx context.Context, m *prism) {
	const id, owner = "5e7e82cf-ccb7-428c-a96f-a8e4f67af822", "4c91c473-fc12-445a-9c38-40421d47023f"
	client := mustSucceed[*metronome.Client](m.T)(metronome.New("token", m.clientOptions()...))

	// As on the vendor's page.
	edit := metronome.EditCreditRequest{
		CreditID: id, CustomerID: owner,
		AccessSchedule: &metronome.AccessSchedule{UpdateScheduleItems: []metronome.UpdateScheduleItem{
			{ID: "d5edbd32-c744-48cb-9475-a9bca0e6fa39", EndingBefore: time.Date(2025, 3, 12, 0, 0, 0, 0, time.UTC)},
		}},
	}
	want := exampleJSON(m.T, "metronome", "/v2/contracts/credits/edit", "POST")
	checkSame(m.T, "EditCredit", want, mustSucceed[*metronome.EditCreditResponse](m.T)(client.EditCredit(ctx, edit)))
	for _, which := range []memberSet{allMembers, requiredMembers, nullMembers} {
		mustSucceed[*metronome.EditCreditResponse](m.T)(client.EditCredit(ctx, decodeExactly[metronome.EditCreditRequest](m.T, sampleJSON(m.T, "metronome", "EditCreditRequest", which))))
	}
	list := exampleJSON(m.T, "metronome", "/v1/contracts/customerCredits/list", "POST")
	found := mustSucceed[*metronome.Credit](m.T)(client.GetCredit(ctx, owner, id))
	checkSame(m.T, "GetCredit", list["data"].([]any)[0], found)
	mustSucceed[*credit.Result](m.T)(client.Updater().Update(ctx, credit.Ref{ID: id, Owner: owner}, credit.Patch{
		Name: credit.Set("Trial"), Total: credit.Set(credit.MustParseDecimal("12.50")), Priority: credit.Clear[credit.Decimal](),
	}))

	send := func() error { _, err := client.EditCredit(ctx, edit); return err }
	m.checkError(400, credit.ErrNotFound, send) // the example is an unknown customer
	for status, kind := range map[int]credit.Kind{
		401: credit.ErrUnauthorized, 403: credit.ErrForbidden, 404: credit.ErrNotFound, 409: credit.ErrConflict, 429: credit.ErrRateLimited,
	} {
		m.checkError(status, kind, send)
	}
}
