package contract

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/knox"
	"github.com/creditkit/creditkit/metronome"
	"github.com/creditkit/creditkit/nexudus"
	"github.com/creditkit/creditkit/thoughtindustries"
)

// These tests validate the clients' requests and the fakes' responses against
// the specs.

// fakeTraffic is a fake vendor with a validator in front of it.
type fakeTraffic struct {
	*testing.T
	fake      *credittest.Server
	validator *validator
	// anonymous removes the credentials after validation.
	anonymous bool
}

func newFakeTraffic(t *testing.T, vendor string, fake *credittest.Server) *fakeTraffic {
	s := &fakeTraffic{T: t, fake: fake}
	s.validator = newValidator(t, vendor, roundTripFunc(func(req *http.Request) (*http.Response, error) {
		if s.anonymous {
			req = req.Clone(req.Context())
			req.Header.Del("Authorization")
			req.Header.Del("X-Api-Key")
		}
		return fake.Transport().RoundTrip(req)
	}))
	return s
}

func (s *fakeTraffic) clientOptions() []credit.Option {
	return []credit.Option{
		credit.WithBaseURL(s.fake.URL), credit.WithTransport(s.validator), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}),
	}
}

// checkError checks that err is of the kind.
func (s *fakeTraffic) checkError(what string, err error, kind credit.Kind) {
	s.Helper()
	if !errors.Is(err, kind) {
		s.Errorf("%s: %v, want %v", what, err, kind)
	}
}

// withRateLimit runs calls with a rate limit of one.
func (s *fakeTraffic) withRateLimit(calls func()) {
	s.fake.Limit(1, time.Hour)
	calls()
	s.fake.Limit(0, 0)
}

// withInvalidRequests runs calls whose requests violate the spec on purpose.
// Their responses are still validated.
func (s *fakeTraffic) withInvalidRequests(why string, calls func()) {
	s.validator.skipRequests = why
	calls()
	s.validator.skipRequests = ""
}

// withoutCredentials runs calls whose credentials are removed.
func (s *fakeTraffic) withoutCredentials(calls func()) {
	s.anonymous = true
	calls()
	s.anonymous = false
}

// updateEachField sets each field that the Updater can set, clears the fields
// that it can clear, sets them all, and reads.
func (s *fakeTraffic) updateEachField(updater credit.Updater, patch credit.Patch, opts ...credit.CallOption) {
	s.Helper()
	support := updater.Support()
	for field, one := range map[credit.Field]credit.Patch{
		credit.FieldName:      {Name: patch.Name},
		credit.FieldNote:      {Note: patch.Note},
		credit.FieldTotal:     {Total: patch.Total},
		credit.FieldBalance:   {Balance: patch.Balance},
		credit.FieldStartsAt:  {StartsAt: patch.StartsAt},
		credit.FieldExpiresAt: {ExpiresAt: patch.ExpiresAt},
		credit.FieldPriority:  {Priority: patch.Priority},
		credit.FieldMetadata:  {Metadata: patch.Metadata},
	} {
		if one.IsEmpty() == support.CanSet(field) {
			s.Fatalf("%s: in the patch: %t, supported: %t", field, !one.IsEmpty(), support.CanSet(field))
		}
		if !one.IsEmpty() {
			s.mustUpdate(updater, one, opts...)
		}
	}
	cleared := credit.Patch{}
	if support.CanClear(credit.FieldNote) {
		cleared.Note = credit.Clear[string]()
	}
	if support.CanClear(credit.FieldStartsAt) {
		cleared.StartsAt = credit.Clear[time.Time]()
	}
	if support.CanClear(credit.FieldExpiresAt) {
		cleared.ExpiresAt = credit.Clear[time.Time]()
	}
	if support.CanClear(credit.FieldPriority) {
		cleared.Priority = credit.Clear[credit.Decimal]()
	}
	if support.CanClear(credit.FieldMetadata) {
		cleared.Metadata = credit.Clear[map[string]string]()
	}
	if !cleared.IsEmpty() {
		s.mustUpdate(updater, cleared, opts...)
		s.mustUpdate(updater, cleared, opts...) // clearing twice
	}
	s.mustUpdate(updater, patch, opts...)
	mustSucceed[*credit.Record](s.T)(updater.(credit.Reader).Read(s.Context(), s.fake.Ref))
}

func (s *fakeTraffic) mustUpdate(updater credit.Updater, patch credit.Patch, opts ...credit.CallOption) {
	s.Helper()
	mustSucceed[*credit.Result](s.T)(updater.Update(s.Context(), s.fake.Ref, patch, opts...))
}

func TestKnoxTrafficMatchesSpec(t *testing.T) {
	s := newFakeTraffic(t, "knox", credittest.NewKnox(t))
	client := mustSucceed[*knox.Client](t)(knox.New("acme", credit.StaticToken("token"), s.clientOptions()...))
	ctx, id := t.Context(), s.fake.Ref.ID

	day := time.Date(2099, 5, 1, 0, 0, 0, 0, time.UTC)
	s.updateEachField(client.Updater(), credit.Patch{
		Note: credit.Set("note"), Total: credit.Set(credit.MustParseDecimal("0.01")),
		StartsAt: credit.Set(day), ExpiresAt: credit.Set(day.AddDate(1, 0, 0)),
	}, credit.WithVerify())

	missing := decodeExactly[knox.Credit](t, withMembers(sampleJSON(t, "knox", "Credit", requiredMembers), map[string]any{"id": "missing"}))
	_, err := client.GetCredit(ctx, "missing")
	s.checkError("reading a missing credit", err, credit.ErrNotFound)
	_, err = client.UpdateCredit(ctx, missing)
	s.checkError("a missing credit", err, credit.ErrNotFound)

	record := mustSucceed[*knox.Credit](t)(client.GetCredit(ctx, id))
	s.withoutCredentials(func() {
		_, err := client.GetCredit(ctx, id)
		s.checkError("reading without a token", err, credit.ErrUnauthorized)
		_, err = client.UpdateCredit(ctx, *record)
		s.checkError("updating without a token", err, credit.ErrUnauthorized)
	})
	s.withRateLimit(func() {
		mustSucceed[*knox.Credit](t)(client.GetCredit(ctx, id))
		_, err := client.GetCredit(ctx, id)
		s.checkError("reading over the rate limit", err, credit.ErrRateLimited)
		_, err = client.UpdateCredit(ctx, *record)
		s.checkError("updating over the rate limit", err, credit.ErrRateLimited)
	})
	s.withInvalidRequests("a quantity below the minimum", func() {
		less := *record
		less.Quantity = credit.MustParseDecimal("0.001")
		_, err := client.UpdateCredit(ctx, less)
		s.checkError("a quantity below the minimum", err, credit.ErrInvalid)
	})
	for _, which := range []memberSet{requiredMembers, allMembers} {
		sent := decodeExactly[knox.Credit](t, withMembers(sampleJSON(t, "knox", "Credit", which), map[string]any{"id": id, "sys_locked": true}))
		if which == requiredMembers {
			sent.SysLocked = nil
		}
		checkSame(t, "the record", sent, mustSucceed[*knox.Credit](t)(client.UpdateCredit(ctx, sent)))
	}
	_, err = client.UpdateCredit(ctx, *record)
	s.checkError("a locked credit", err, credit.ErrConflict)

	s.validator.checkExchanges(loadSpec(t, "knox"),
		"getCredit 200", "getCredit 401", "getCredit 404", "getCredit 429",
		"updateCredit 200", "updateCredit 400", "updateCredit 401", "updateCredit 404", "updateCredit 409", "updateCredit 429",
	)
}

func TestThoughtIndustriesTrafficMatchesSpec(t *testing.T) {
	s := newFakeTraffic(t, "thoughtindustries", credittest.NewThoughtIndustries(t))
	client := mustSucceed[*thoughtindustries.Client](t)(thoughtindustries.New("acme", "key", s.clientOptions()...))
	ctx, id, owner := t.Context(), s.fake.Ref.ID, s.fake.Ref.Owner
	const missing, account = "00000000-0000-4000-8000-0000000000aa", "5f1d3a77-90ab-4cde-8123-4567890abcde"

	s.updateEachField(client.Updater(), credit.Patch{
		Name: credit.Set("name"), Balance: credit.Set(credit.MustParseDecimal("9007199254740993")),
		ExpiresAt: credit.Set(time.Date(2099, 5, 1, 13, 30, 15, 250_000_000, time.FixedZone("", 3600))),
	}, credit.WithVerify())

	for _, which := range []memberSet{allMembers, requiredMembers} {
		req := decodeExactly[thoughtindustries.UpdateCreditBatchRequest](t, sampleJSON(t, "thoughtindustries", "UpdateCreditBatchRequest", which))
		mustSucceed[*thoughtindustries.CreditBatch](t)(client.UpdateCreditBatch(ctx, id, req))
		_, err := client.UpdateCreditBatch(ctx, missing, req)
		s.checkError("a missing batch", err, credit.ErrNotFound)
	}
	list := func(client *thoughtindustries.Client, owner, account string) (n int, err error) {
		for _, err := range client.ListCreditBatches(ctx, owner, account) {
			if err != nil {
				return n, err
			}
			n++
		}
		return n, nil
	}
	batch := normalize(t, s.fake.Record(id)).(map[string]any)
	for _, n := range []string{"b", "c"} { // two pages
		for i := range 20 {
			s.seedRecord(withMembers(batch, map[string]any{"id": missing[:len(missing)-3] + n + string(rune('a'+i/10)) + string(rune('0'+i%10)), "name": nil, "expiresOn": nil}))
		}
	}
	for _, account := range []string{"", account} {
		if n := mustSucceed[int](t)(list(client, owner, account)); n != 41 {
			t.Errorf("%d batches listed, want 41", n)
		}
	}
	name := "name"
	one := thoughtindustries.UpdateCreditBatchRequest{Name: &name}
	s.withoutCredentials(func() {
		_, err := list(client, owner, "")
		s.checkError("listing without a key", err, credit.ErrUnauthorized)
		_, err = client.UpdateCreditBatch(ctx, id, one)
		s.checkError("updating without a key", err, credit.ErrUnauthorized)
	})
	s.withRateLimit(func() {
		mustSucceed[*thoughtindustries.CreditBatch](t)(client.UpdateCreditBatch(ctx, id, one))
		_, err := list(client, owner, "")
		s.checkError("listing over the rate limit", err, credit.ErrRateLimited)
		_, err = client.UpdateCreditBatch(ctx, id, one)
		s.checkError("updating over the rate limit", err, credit.ErrRateLimited)
	})
	below := int64(-1)
	_, err := client.UpdateCreditBatch(ctx, id, thoughtindustries.UpdateCreditBatchRequest{CurrentBalance: &below})
	s.checkError("a balance below 0", err, credit.ErrInvalid)

	s.validator.checkExchanges(loadSpec(t, "thoughtindustries"),
		"listCreditBatches 200", "listCreditBatches 401", "listCreditBatches 429",
		"updateCreditBatch 200", "updateCreditBatch 401", "updateCreditBatch 422", "updateCreditBatch 429",
	)
}

func (s *fakeTraffic) seedRecord(record map[string]any) {
	s.Helper()
	if err := s.fake.Seed(encodeJSON(s.T, record)); err != nil {
		s.Fatal(err)
	}
}

func TestNexudusTrafficMatchesSpec(t *testing.T) {
	s := newFakeTraffic(t, "nexudus", credittest.NewNexudus(t))
	client := mustSucceed[*nexudus.Client](t)(nexudus.New(credit.StaticToken("token"), s.clientOptions()...))
	ctx := t.Context()
	const id, missing = 87654321, 12

	at := time.Date(2099, 5, 1, 13, 30, 15, 0, time.UTC)
	s.updateEachField(client.Updater(), credit.Patch{
		Note: credit.Set("note"), Total: credit.Set(credit.MustParseDecimal("12345678901234567890.10")),
		StartsAt: credit.Set(at), ExpiresAt: credit.Set(at.AddDate(1, 0, 0)),
	}, credit.WithVerify())
	// A tenant that does not use these members reads null and writes null.
	bare := normalize(t, s.fake.Record("87654321")).(map[string]any)
	doc := loadSpec(t, "nexudus").Components.Schemas["CoworkerBookingCredit"].Value
	for name, p := range doc.Properties {
		if p.Value.Nullable {
			bare[name] = nil
		}
	}
	s.seedRecord(bare)
	s.mustUpdate(client.Updater(), credit.Patch{Total: credit.Set(credit.MustParseDecimal("7"))})

	s.checkFind(client.Updater(), "1414", 1)
	s.checkFind(client.Updater(), "", 1)
	s.checkFind(client.Updater(), "12", 0)
	record := mustSucceed[*nexudus.CoworkerBookingCredit](t)(client.GetCoworkerBookingCredit(ctx, id))
	_, err := client.GetCoworkerBookingCredit(ctx, missing)
	s.checkError("reading a missing credit", err, credit.ErrNotFound)
	for _, which := range []memberSet{allMembers, requiredMembers} {
		body := withMembers(sampleJSON(t, "nexudus", "CoworkerBookingCreditUpdate", which), map[string]any{"Id": id})
		mustSucceed[*nexudus.UpdateResult](t)(client.UpdateCoworkerBookingCredit(ctx, decodeExactly[nexudus.CoworkerBookingCreditUpdate](t, body)))
		body["Id"] = missing
		_, err := client.UpdateCoworkerBookingCredit(ctx, decodeExactly[nexudus.CoworkerBookingCreditUpdate](t, body))
		s.checkError("a missing credit", err, credit.ErrNotFound)
	}
	s.withoutCredentials(func() {
		s.checkError("listing without a token", findError(ctx, client.Updater(), "1414"), credit.ErrUnauthorized)
		_, err := client.GetCoworkerBookingCredit(ctx, id)
		s.checkError("reading without a token", err, credit.ErrUnauthorized)
		_, err = client.UpdateCoworkerBookingCredit(ctx, record.Update())
		s.checkError("updating without a token", err, credit.ErrUnauthorized)
	})
	s.withRateLimit(func() {
		mustSucceed[*nexudus.UpdateResult](t)(client.UpdateCoworkerBookingCredit(ctx, record.Update()))
		_, err := client.GetCoworkerBookingCredit(ctx, id)
		s.checkError("reading over the rate limit", err, credit.ErrRateLimited)
		s.checkError("listing over the rate limit", findError(ctx, client.Updater(), "1414"), credit.ErrRateLimited)
		_, err = client.UpdateCoworkerBookingCredit(ctx, record.Update())
		s.checkError("updating over the rate limit", err, credit.ErrRateLimited)
	})
	s.withInvalidRequests("an invalid date", func() {
		update := record.Update()
		update.ValidFrom = decodeExactly[nexudus.CoworkerBookingCredit](t, map[string]any{"ValidFrom": "soon"}).ValidFrom
		_, err := client.UpdateCoworkerBookingCredit(ctx, update)
		s.checkError("an invalid date", err, credit.ErrInvalid)
	})

	s.validator.checkExchanges(loadSpec(t, "nexudus"),
		"listCoworkerBookingCredits 200", "listCoworkerBookingCredits 401", "listCoworkerBookingCredits 409",
		"getCoworkerBookingCredit 200", "getCoworkerBookingCredit 401", "getCoworkerBookingCredit 404", "getCoworkerBookingCredit 409",
		"updateCoworkerBookingCredit 200", "updateCoworkerBookingCredit 400", "updateCoworkerBookingCredit 401",
		"updateCoworkerBookingCredit 404", "updateCoworkerBookingCredit 409",
	)
}

func TestFlexpriceTrafficMatchesSpec(t *testing.T) {
	s := newFakeTraffic(t, "flexprice", credittest.NewFlexprice(t))
	client := mustSucceed[*flexprice.Client](t)(flexprice.New("key", s.clientOptions()...))
	ctx, id := t.Context(), s.fake.Ref.ID

	s.updateEachField(client.Updater(), credit.Patch{
		Name: credit.Set("name"), ExpiresAt: credit.Set(time.Date(2099, 5, 1, 13, 30, 15, 250_000, time.FixedZone("", -3600))),
		Metadata: credit.Set(map[string]string{"order": "B-18", "": "é"}),
	}, credit.WithVerify())

	const subscription, plan = "subs_01KQ3Z5T9M7X2W8V4N6B1C0SUB", "plan_01KQ3Z5T9M7X2W8V4N6B1C0PLA"
	s.checkFind(client.Updater(), subscription, 1)
	s.checkError("a missing subscription", findError(ctx, client.Updater(), "subs_missing"), credit.ErrNotFound)
	lists := func() []iter.Seq2[*flexprice.CreditGrant, error] {
		return []iter.Seq2[*flexprice.CreditGrant, error]{
			client.ListSubscriptionCreditGrants(ctx, subscription), client.ListPlanCreditGrants(ctx, plan), client.ListAddonCreditGrants(ctx, "addon_1"),
		}
	}
	for i, want := range []int{1, 1, 0} {
		if got := listAll(t, lists()[i]); len(got) != want {
			t.Errorf("list %d has %d grants, want %d", i, len(got), want)
		}
	}
	checkLists := func(name string, kind credit.Kind) {
		for _, list := range lists() {
			for _, err := range list {
				s.checkError(name, err, kind)
			}
		}
	}

	req := decodeExactly[flexprice.UpdateCreditGrantRequest](t, sampleJSON(t, "flexprice", "UpdateCreditGrantRequest", allMembers))
	for _, id := range []string{id, credittest.FlexpricePlanGrant} {
		mustSucceed[*flexprice.CreditGrant](t)(client.GetCreditGrant(ctx, id))
		mustSucceed[*flexprice.CreditGrant](t)(client.UpdateCreditGrant(ctx, id, req))
	}
	mustSucceed[*flexprice.CreditGrant](t)(client.UpdateCreditGrant(ctx, id, flexprice.UpdateCreditGrantRequest{}))
	longest := strings.Repeat("é", 255)
	mustSucceed[*flexprice.CreditGrant](t)(client.UpdateCreditGrant(ctx, id, flexprice.UpdateCreditGrantRequest{Name: &longest}))

	_, err := client.UpdateCreditGrant(ctx, credittest.FlexpricePlanGrant, req)
	s.checkError("the end date of an archived grant", err, credit.ErrInvalid)
	past := req
	past.EndDate = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	_, err = client.UpdateCreditGrant(ctx, id, past)
	s.checkError("an end date in the past", err, credit.ErrInvalid)
	for _, missing := range []string{"cg_missing", "a/b"} { // the router does not find the second
		_, err = client.GetCreditGrant(ctx, missing)
		s.checkError("reading a missing grant", err, credit.ErrNotFound)
		_, err = client.UpdateCreditGrant(ctx, missing, req)
		s.checkError("a missing grant", err, credit.ErrNotFound)
	}
	s.withoutCredentials(func() {
		checkLists("listing without a key", credit.ErrUnauthorized)
		_, err := client.GetCreditGrant(ctx, id)
		s.checkError("a read without a key", err, credit.ErrUnauthorized)
		_, err = client.UpdateCreditGrant(ctx, id, req)
		s.checkError("updating without a key", err, credit.ErrUnauthorized)
	})
	s.withRateLimit(func() {
		mustSucceed[*flexprice.CreditGrant](t)(client.GetCreditGrant(ctx, id))
		_, err := client.GetCreditGrant(ctx, id)
		s.checkError("reading over the rate limit", err, credit.ErrRateLimited)
		checkLists("listing over the rate limit", credit.ErrRateLimited)
		_, err = client.UpdateCreditGrant(ctx, id, req)
		s.checkError("updating over the rate limit", err, credit.ErrRateLimited)
	})
	// The client rejects the request that makes the server respond with a 500,
	// so the test sends it without the client.
	s.withInvalidRequests("a name of 256 characters", func() {
		s.sendRaw(ctx, http.MethodPut, "/creditgrants/"+id, `{"name":"`+strings.Repeat("a", 256)+`"}`, 500)
	})

	s.validator.checkExchanges(loadSpec(t, "flexprice"),
		"listSubscriptionCreditGrants 200", "listSubscriptionCreditGrants 401", "listSubscriptionCreditGrants 404", "listSubscriptionCreditGrants 429",
		"listPlanCreditGrants 200", "listPlanCreditGrants 401", "listPlanCreditGrants 429",
		"listAddonCreditGrants 200", "listAddonCreditGrants 401", "listAddonCreditGrants 429",
		"getCreditGrant 200", "getCreditGrant 401", "getCreditGrant 404", "getCreditGrant 429",
		"updateCreditGrant 200", "updateCreditGrant 400", "updateCreditGrant 401", "updateCreditGrant 404", "updateCreditGrant 429", "updateCreditGrant 500",
	)
}

// checkFind checks how many credits a Finder finds.
func (s *fakeTraffic) checkFind(u credit.Updater, owner string, want int) {
	s.Helper()
	if got := listAll(s.T, u.(credit.Finder).Find(s.Context(), credit.Query{Owner: owner})); len(got) != want {
		s.Errorf("%d credits of %q found, want %d", len(got), owner, want)
	}
}

// findError returns the first error of a Finder.
func findError(ctx context.Context, u credit.Updater, owner string) error {
	for _, err := range u.(credit.Finder).Find(ctx, credit.Query{Owner: owner}) {
		if err != nil {
			return err
		}
	}
	return nil
}

// sendRaw sends a request that no client would send.
func (s *fakeTraffic) sendRaw(ctx context.Context, method, path, body string, want int) {
	s.Helper()
	req, err := http.NewRequestWithContext(ctx, method, s.fake.URL+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Api-Key", "key")
	res, err := s.validator.RoundTrip(req)
	if err != nil {
		s.Fatal(err)
	}
	if res.StatusCode != want {
		s.Errorf("status %d, want %d", res.StatusCode, want)
	}
}

func TestMetronomeTrafficMatchesSpec(t *testing.T) {
	s := newFakeTraffic(t, "metronome", credittest.NewMetronome(t))
	client := mustSucceed[*metronome.Client](t)(metronome.New("token", s.clientOptions()...))
	ctx, id, owner := t.Context(), s.fake.Ref.ID, s.fake.Ref.Owner
	const missing, item = "00000000-0000-4000-8000-0000000000aa", "d5edbd32-c744-48cb-9475-a9bca0e6fa39"

	hour := time.Date(2099, 5, 1, 13, 0, 0, 0, time.UTC)
	s.mustUpdate(client.Updater(), credit.Patch{ExpiresAt: credit.Set(hour.AddDate(1, 0, 0))})
	s.updateEachField(client.Updater(), credit.Patch{
		Name: credit.Set("name"), Note: credit.Set("note"), Total: credit.Set(credit.MustParseDecimal("12345678901234567890.10")),
		StartsAt: credit.Set(hour), ExpiresAt: credit.Set(hour.AddDate(2, 0, 0)), Priority: credit.Set(credit.MustParseDecimal("0")),
	}, credit.WithVerify())

	ids := map[string]any{"credit_id": id, "customer_id": owner}
	schedule := map[string]any{"access_schedule": map[string]any{
		"add_schedule_items":    []any{map[string]any{"amount": 1.10, "starting_at": "2099-01-01T00:00:00Z", "ending_before": "2099-01-01T01:00:00Z"}},
		"update_schedule_items": []any{map[string]any{"id": item, "amount": 2.10, "starting_at": "2098-01-01T00:00:00Z", "ending_before": "2099-01-01T01:00:00Z"}},
		"remove_schedule_items": []any{},
	}}
	full := withMembers(withMembers(sampleJSON(t, "metronome", "EditCreditRequest", allMembers), ids), schedule)
	for _, body := range []map[string]any{
		full,
		withMembers(sampleJSON(t, "metronome", "EditCreditRequest", requiredMembers), ids),
		withMembers(sampleJSON(t, "metronome", "EditCreditRequest", nullMembers), ids),
		withMembers(ids, map[string]any{"access_schedule": map[string]any{"remove_schedule_items": []any{map[string]any{"id": item}}}}),
	} {
		mustSucceed[*metronome.EditCreditResponse](t)(client.EditCredit(ctx, decodeExactly[metronome.EditCreditRequest](t, body)))
		mustSucceed[*metronome.Credit](t)(client.GetCredit(ctx, owner, id))
	}
	edit := decodeExactly[metronome.EditCreditRequest](t, full)
	_, err := client.EditCredit(ctx, edit)
	s.checkError("a removed item", err, credit.ErrInvalid)
	edit.AccessSchedule = nil
	mustSucceed[*metronome.EditCreditResponse](t)(client.EditCredit(ctx, edit, credit.WithIdempotencyKey("key")))
	edit.CreditID = missing
	_, err = client.EditCredit(ctx, edit, credit.WithIdempotencyKey("key"))
	s.checkError("a used idempotency key", err, credit.ErrConflict)
	_, err = client.EditCredit(ctx, edit)
	s.checkError("a missing credit", err, credit.ErrNotFound)
	edit.CustomerID = missing
	_, err = client.EditCredit(ctx, edit)
	s.checkError("a missing customer", err, credit.ErrNotFound)

	record := normalize(t, s.fake.Record(id)).(map[string]any)
	for i := range 3 { // two pages
		s.seedRecord(withMembers(record, map[string]any{"id": missing[:len(missing)-1] + string(rune('1'+i)), "contract": map[string]any{"id": missing}}))
	}
	list := func(req metronome.ListCustomerCreditsRequest) (n int, err error) {
		for _, err := range client.ListCustomerCredits(ctx, req) {
			if err != nil {
				return n, err
			}
			n++
		}
		return n, nil
	}
	listed := decodeExactly[metronome.ListCustomerCreditsRequest](t, withMembers(sampleJSON(t, "metronome", "ListCustomerCreditsRequest", allMembers), ids))
	listed.IncludeContractCredits, listed.IncludeBalance, listed.NextPage, listed.CreditID = new(true), new(true), nil, nil
	listed.Limit = new(int64(2))
	if n := mustSucceed[int](t)(list(listed)); n != 4 {
		t.Errorf("%d credits listed, want 4", n)
	}
	if n := mustSucceed[int](t)(list(metronome.ListCustomerCreditsRequest{CustomerID: owner})); n != 1 {
		t.Errorf("%d credits listed without those of contracts, want 1", n)
	}
	unknownPage := listed
	unknownPage.NextPage = new("unknown")
	_, err = list(unknownPage)
	s.checkError("a missing page", err, credit.ErrInvalid)
	_, err = client.GetCredit(ctx, missing, id)
	s.checkError("listing the credits of a missing customer", err, credit.ErrNotFound)

	edit.CustomerID, edit.CreditID = owner, id
	s.withoutCredentials(func() {
		_, err := list(listed)
		s.checkError("listing without a token", err, credit.ErrUnauthorized)
		_, err = client.EditCredit(ctx, edit)
		s.checkError("updating without a token", err, credit.ErrUnauthorized)
	})
	s.withRateLimit(func() {
		mustSucceed[*metronome.EditCreditResponse](t)(client.EditCredit(ctx, edit))
		_, err := list(listed)
		s.checkError("listing over the rate limit", err, credit.ErrRateLimited)
		_, err = client.EditCredit(ctx, edit)
		s.checkError("updating over the rate limit", err, credit.ErrRateLimited)
	})

	s.validator.checkExchanges(loadSpec(t, "metronome"),
		"listCustomerCredits 200", "listCustomerCredits 400", "listCustomerCredits 401", "listCustomerCredits 404", "listCustomerCredits 429",
		"editCredit 200", "editCredit 400", "editCredit 401", "editCredit 404", "editCredit 409", "editCredit 429",
	)
}
