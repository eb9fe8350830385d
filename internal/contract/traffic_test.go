package contract

import (
	"context"
	"errors"
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

// The tests here hold what the clients send to the fakes, and what the fakes
// answer, against the specs.

// A stage is a fake vendor behind a watch.
type stage struct {
	*testing.T
	fake  *credittest.Server
	watch *watch
	// anonymous takes the credentials away behind the watch.
	anonymous bool
}

func newStage(t *testing.T, vendor string, fake *credittest.Server) *stage {
	s := &stage{T: t, fake: fake}
	s.watch = newWatch(t, vendor, roundTripper(func(req *http.Request) (*http.Response, error) {
		if s.anonymous {
			req = req.Clone(req.Context())
			req.Header.Del("Authorization")
			req.Header.Del("X-Api-Key")
		}
		return fake.Transport().RoundTrip(req)
	}))
	return s
}

func (s *stage) options() []credit.Option {
	return []credit.Option{
		credit.WithBaseURL(s.fake.URL), credit.WithTransport(s.watch), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}),
	}
}

// refused wants an error of a kind.
func (s *stage) refused(what string, err error, kind credit.Kind) {
	s.Helper()
	if !errors.Is(err, kind) {
		s.Errorf("%s: %v, want %v", what, err, kind)
	}
}

// throttled runs calls of which the fake takes the first.
func (s *stage) throttled(calls func()) {
	s.fake.Limit(1, time.Hour)
	calls()
	s.fake.Limit(0, 0)
}

// wrong runs calls whose requests break the spec on purpose; the answers are
// looked at.
func (s *stage) wrong(why string, calls func()) {
	s.watch.wrongRequests = why
	calls()
	s.watch.wrongRequests = ""
}

// unknown runs calls without credentials.
func (s *stage) unknown(calls func()) {
	s.anonymous = true
	calls()
	s.anonymous = false
}

// each sets every field that an Updater can set by itself, and clears every
// one that it can clear, and reads.
func (s *stage) each(updater credit.Updater, patch credit.Patch, opts ...credit.CallOption) {
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
			s.Fatalf("%s: in the patch %t, can be set %t", field, !one.IsEmpty(), support.CanSet(field))
		}
		if !one.IsEmpty() {
			s.update(updater, one, opts...)
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
		s.update(updater, cleared, opts...)
		s.update(updater, cleared, opts...) // what is cleared already
	}
	s.update(updater, patch, opts...)
	must[*credit.Record](s.T)(updater.(credit.Reader).Read(s.Context(), s.fake.Ref))
}

func (s *stage) update(updater credit.Updater, patch credit.Patch, opts ...credit.CallOption) {
	s.Helper()
	must[*credit.Result](s.T)(updater.Update(s.Context(), s.fake.Ref, patch, opts...))
}

func TestKnoxTraffic(t *testing.T) {
	s := newStage(t, "knox", credittest.NewKnox(t))
	client := must[*knox.Client](t)(knox.New("acme", credit.StaticToken("token"), s.options()...))
	ctx, id := t.Context(), s.fake.Ref.ID

	day := time.Date(2099, 5, 1, 0, 0, 0, 0, time.UTC)
	s.each(client.Updater(), credit.Patch{
		Note: credit.Set("note"), Total: credit.Set(credit.MustParseDecimal("0.01")),
		StartsAt: credit.Set(day), ExpiresAt: credit.Set(day.AddDate(1, 0, 0)),
	}, credit.WithVerify())

	missing := as[knox.Credit](t, with(sample(t, "knox", "Credit", required), map[string]any{"id": "missing"}))
	_, err := client.GetCredit(ctx, "missing")
	s.refused("a read of a credit that is not there", err, credit.ErrNotFound)
	_, err = client.UpdateCredit(ctx, missing)
	s.refused("a credit that is not there", err, credit.ErrNotFound)

	record := must[*knox.Credit](t)(client.GetCredit(ctx, id))
	s.unknown(func() {
		_, err := client.GetCredit(ctx, id)
		s.refused("a read without a token", err, credit.ErrUnauthorized)
		_, err = client.UpdateCredit(ctx, *record)
		s.refused("without a token", err, credit.ErrUnauthorized)
	})
	s.throttled(func() {
		must[*knox.Credit](t)(client.GetCredit(ctx, id))
		_, err := client.GetCredit(ctx, id)
		s.refused("a read too many", err, credit.ErrRateLimited)
		_, err = client.UpdateCredit(ctx, *record)
		s.refused("one call too many", err, credit.ErrRateLimited)
	})
	s.wrong("a quantity below the minimum", func() {
		less := *record
		less.Quantity = credit.MustParseDecimal("0.001")
		_, err := client.UpdateCredit(ctx, less)
		s.refused("a quantity below the minimum", err, credit.ErrInvalid)
	})
	for _, which := range []members{required, all} {
		sent := as[knox.Credit](t, with(sample(t, "knox", "Credit", which), map[string]any{"id": id, "sys_locked": true}))
		if which == required {
			sent.SysLocked = nil
		}
		same(t, "the record", sent, must[*knox.Credit](t)(client.UpdateCredit(ctx, sent)))
	}
	_, err = client.UpdateCredit(ctx, *record)
	s.refused("a locked credit", err, credit.ErrConflict)

	s.watch.saw(load(t, "knox"),
		"getCredit 200", "getCredit 401", "getCredit 404", "getCredit 429",
		"updateCredit 200", "updateCredit 400", "updateCredit 401", "updateCredit 404", "updateCredit 409", "updateCredit 429",
	)
}

func TestThoughtIndustriesTraffic(t *testing.T) {
	s := newStage(t, "thoughtindustries", credittest.NewThoughtIndustries(t))
	client := must[*thoughtindustries.Client](t)(thoughtindustries.New("acme", "key", s.options()...))
	ctx, id, owner := t.Context(), s.fake.Ref.ID, s.fake.Ref.Owner
	const missing, account = "00000000-0000-4000-8000-0000000000aa", "5f1d3a77-90ab-4cde-8123-4567890abcde"

	s.each(client.Updater(), credit.Patch{
		Name: credit.Set("name"), Balance: credit.Set(credit.MustParseDecimal("9007199254740993")),
		ExpiresAt: credit.Set(time.Date(2099, 5, 1, 13, 30, 15, 250_000_000, time.FixedZone("", 3600))),
	}, credit.WithVerify())

	for _, which := range []members{all, required} {
		req := as[thoughtindustries.UpdateCreditBatchRequest](t, sample(t, "thoughtindustries", "UpdateCreditBatchRequest", which))
		must[*thoughtindustries.CreditBatch](t)(client.UpdateCreditBatch(ctx, id, req))
		_, err := client.UpdateCreditBatch(ctx, missing, req)
		s.refused("a batch that is not there", err, credit.ErrNotFound)
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
	batch := plain(t, s.fake.Record(id)).(map[string]any)
	for _, n := range []string{"b", "c"} { // two pages
		for i := range 20 {
			s.seed(with(batch, map[string]any{"id": missing[:len(missing)-3] + n + string(rune('a'+i/10)) + string(rune('0'+i%10)), "name": nil, "expiresOn": nil}))
		}
	}
	for _, account := range []string{"", account} {
		if n := must[int](t)(list(client, owner, account)); n != 41 {
			t.Errorf("%d batches are listed", n)
		}
	}
	name := "name"
	one := thoughtindustries.UpdateCreditBatchRequest{Name: &name}
	s.unknown(func() {
		_, err := list(client, owner, "")
		s.refused("a list without a key", err, credit.ErrUnauthorized)
		_, err = client.UpdateCreditBatch(ctx, id, one)
		s.refused("without a key", err, credit.ErrUnauthorized)
	})
	s.throttled(func() {
		must[*thoughtindustries.CreditBatch](t)(client.UpdateCreditBatch(ctx, id, one))
		_, err := list(client, owner, "")
		s.refused("one list too many", err, credit.ErrRateLimited)
		_, err = client.UpdateCreditBatch(ctx, id, one)
		s.refused("one call too many", err, credit.ErrRateLimited)
	})
	below := int64(-1)
	_, err := client.UpdateCreditBatch(ctx, id, thoughtindustries.UpdateCreditBatchRequest{CurrentBalance: &below})
	s.refused("a balance below 0", err, credit.ErrInvalid)

	s.watch.saw(load(t, "thoughtindustries"),
		"listCreditBatches 200", "listCreditBatches 401", "listCreditBatches 429",
		"updateCreditBatch 200", "updateCreditBatch 401", "updateCreditBatch 422", "updateCreditBatch 429",
	)
}

func (s *stage) seed(record map[string]any) {
	s.Helper()
	if err := s.fake.Seed(encode(s.T, record)); err != nil {
		s.Fatal(err)
	}
}

func TestNexudusTraffic(t *testing.T) {
	s := newStage(t, "nexudus", credittest.NewNexudus(t))
	client := must[*nexudus.Client](t)(nexudus.New(credit.StaticToken("token"), s.options()...))
	ctx := t.Context()
	const id, missing = 87654321, 12

	at := time.Date(2099, 5, 1, 13, 30, 15, 0, time.UTC)
	s.each(client.Updater(), credit.Patch{
		Note: credit.Set("note"), Total: credit.Set(credit.MustParseDecimal("12345678901234567890.10")),
		StartsAt: credit.Set(at), ExpiresAt: credit.Set(at.AddDate(1, 0, 0)),
	}, credit.WithVerify())
	// What a tenant without any of it has is null, and goes back as null.
	bare := plain(t, s.fake.Record("87654321")).(map[string]any)
	doc := load(t, "nexudus").Components.Schemas["CoworkerBookingCredit"].Value
	for name, p := range doc.Properties {
		if p.Value.Nullable {
			bare[name] = nil
		}
	}
	s.seed(bare)
	s.update(client.Updater(), credit.Patch{Total: credit.Set(credit.MustParseDecimal("7"))})

	record := must[*nexudus.CoworkerBookingCredit](t)(client.GetCoworkerBookingCredit(ctx, id))
	_, err := client.GetCoworkerBookingCredit(ctx, missing)
	s.refused("a read of a credit that is not there", err, credit.ErrNotFound)
	for _, which := range []members{all, required} {
		body := with(sample(t, "nexudus", "CoworkerBookingCreditUpdate", which), map[string]any{"Id": id})
		must[*nexudus.UpdateResult](t)(client.UpdateCoworkerBookingCredit(ctx, as[nexudus.CoworkerBookingCreditUpdate](t, body)))
		body["Id"] = missing
		_, err := client.UpdateCoworkerBookingCredit(ctx, as[nexudus.CoworkerBookingCreditUpdate](t, body))
		s.refused("a credit that is not there", err, credit.ErrNotFound)
	}
	s.unknown(func() {
		_, err := client.GetCoworkerBookingCredit(ctx, id)
		s.refused("a read without a token", err, credit.ErrUnauthorized)
		_, err = client.UpdateCoworkerBookingCredit(ctx, record.Update())
		s.refused("without a token", err, credit.ErrUnauthorized)
	})
	s.throttled(func() {
		must[*nexudus.UpdateResult](t)(client.UpdateCoworkerBookingCredit(ctx, record.Update()))
		_, err := client.GetCoworkerBookingCredit(ctx, id)
		s.refused("a read too many", err, credit.ErrRateLimited)
		_, err = client.UpdateCoworkerBookingCredit(ctx, record.Update())
		s.refused("one call too many", err, credit.ErrRateLimited)
	})
	s.wrong("a date that is none", func() {
		update := record.Update()
		update.ValidFrom = as[nexudus.CoworkerBookingCredit](t, map[string]any{"ValidFrom": "soon"}).ValidFrom
		_, err := client.UpdateCoworkerBookingCredit(ctx, update)
		s.refused("a date that is none", err, credit.ErrInvalid)
	})

	s.watch.saw(load(t, "nexudus"),
		"getCoworkerBookingCredit 200", "getCoworkerBookingCredit 401", "getCoworkerBookingCredit 404", "getCoworkerBookingCredit 409",
		"updateCoworkerBookingCredit 200", "updateCoworkerBookingCredit 400", "updateCoworkerBookingCredit 401",
		"updateCoworkerBookingCredit 404", "updateCoworkerBookingCredit 409",
	)
}

func TestFlexpriceTraffic(t *testing.T) {
	s := newStage(t, "flexprice", credittest.NewFlexprice(t))
	client := must[*flexprice.Client](t)(flexprice.New("key", s.options()...))
	ctx, id := t.Context(), s.fake.Ref.ID

	s.each(client.Updater(), credit.Patch{
		Name: credit.Set("name"), ExpiresAt: credit.Set(time.Date(2099, 5, 1, 13, 30, 15, 250_000, time.FixedZone("", -3600))),
		Metadata: credit.Set(map[string]string{"order": "B-18", "": "é"}),
	}, credit.WithVerify())

	req := as[flexprice.UpdateCreditGrantRequest](t, sample(t, "flexprice", "UpdateCreditGrantRequest", all))
	for _, id := range []string{id, credittest.FlexpricePlanGrant} {
		must[*flexprice.CreditGrant](t)(client.GetCreditGrant(ctx, id))
		must[*flexprice.CreditGrant](t)(client.UpdateCreditGrant(ctx, id, req))
	}
	must[*flexprice.CreditGrant](t)(client.UpdateCreditGrant(ctx, id, flexprice.UpdateCreditGrantRequest{}))
	longest := strings.Repeat("é", 255)
	must[*flexprice.CreditGrant](t)(client.UpdateCreditGrant(ctx, id, flexprice.UpdateCreditGrantRequest{Name: &longest}))

	_, err := client.UpdateCreditGrant(ctx, credittest.FlexpricePlanGrant, req)
	s.refused("an end of an archived grant", err, credit.ErrInvalid)
	past := req
	past.EndDate = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	_, err = client.UpdateCreditGrant(ctx, id, past)
	s.refused("an end in the past", err, credit.ErrInvalid)
	for _, missing := range []string{"cg_missing", "a/b"} { // the second is not found by the router
		_, err = client.GetCreditGrant(ctx, missing)
		s.refused("a read of a grant that is not there", err, credit.ErrNotFound)
		_, err = client.UpdateCreditGrant(ctx, missing, req)
		s.refused("a grant that is not there", err, credit.ErrNotFound)
	}
	s.unknown(func() {
		_, err := client.GetCreditGrant(ctx, id)
		s.refused("a read without a key", err, credit.ErrUnauthorized)
		_, err = client.UpdateCreditGrant(ctx, id, req)
		s.refused("without a key", err, credit.ErrUnauthorized)
	})
	s.throttled(func() {
		must[*flexprice.CreditGrant](t)(client.GetCreditGrant(ctx, id))
		_, err := client.GetCreditGrant(ctx, id)
		s.refused("a read too many", err, credit.ErrRateLimited)
		_, err = client.UpdateCreditGrant(ctx, id, req)
		s.refused("one call too many", err, credit.ErrRateLimited)
	})
	// The client refuses what makes the server answer with a 500, so that it
	// takes a request of another program to see one.
	s.wrong("a name of 256 characters", func() {
		s.raw(ctx, http.MethodPut, "/creditgrants/"+id, `{"name":"`+strings.Repeat("a", 256)+`"}`, 500)
	})

	s.watch.saw(load(t, "flexprice"),
		"getCreditGrant 200", "getCreditGrant 401", "getCreditGrant 404", "getCreditGrant 429",
		"updateCreditGrant 200", "updateCreditGrant 400", "updateCreditGrant 401", "updateCreditGrant 404", "updateCreditGrant 429", "updateCreditGrant 500",
	)
}

// raw sends a request that no client sends.
func (s *stage) raw(ctx context.Context, method, path, body string, want int) {
	s.Helper()
	req, err := http.NewRequestWithContext(ctx, method, s.fake.URL+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Api-Key", "key")
	res, err := s.watch.RoundTrip(req)
	if err != nil {
		s.Fatal(err)
	}
	if res.StatusCode != want {
		s.Errorf("status %d, want %d", res.StatusCode, want)
	}
}

func TestMetronomeTraffic(t *testing.T) {
	s := newStage(t, "metronome", credittest.NewMetronome(t))
	client := must[*metronome.Client](t)(metronome.New("token", s.options()...))
	ctx, id, owner := t.Context(), s.fake.Ref.ID, s.fake.Ref.Owner
	const missing, item = "00000000-0000-4000-8000-0000000000aa", "d5edbd32-c744-48cb-9475-a9bca0e6fa39"

	hour := time.Date(2099, 5, 1, 13, 0, 0, 0, time.UTC)
	s.update(client.Updater(), credit.Patch{ExpiresAt: credit.Set(hour.AddDate(1, 0, 0))})
	s.each(client.Updater(), credit.Patch{
		Name: credit.Set("name"), Note: credit.Set("note"), Total: credit.Set(credit.MustParseDecimal("12345678901234567890.10")),
		StartsAt: credit.Set(hour), ExpiresAt: credit.Set(hour.AddDate(2, 0, 0)), Priority: credit.Set(credit.MustParseDecimal("0")),
	}, credit.WithVerify())

	ids := map[string]any{"credit_id": id, "customer_id": owner}
	schedule := map[string]any{"access_schedule": map[string]any{
		"add_schedule_items":    []any{map[string]any{"amount": 1.10, "starting_at": "2099-01-01T00:00:00Z", "ending_before": "2099-01-01T01:00:00Z"}},
		"update_schedule_items": []any{map[string]any{"id": item, "amount": 2.10, "starting_at": "2098-01-01T00:00:00Z", "ending_before": "2099-01-01T01:00:00Z"}},
		"remove_schedule_items": []any{},
	}}
	full := with(with(sample(t, "metronome", "EditCreditRequest", all), ids), schedule)
	for _, body := range []map[string]any{
		full,
		with(sample(t, "metronome", "EditCreditRequest", required), ids),
		with(sample(t, "metronome", "EditCreditRequest", nulls), ids),
		with(ids, map[string]any{"access_schedule": map[string]any{"remove_schedule_items": []any{map[string]any{"id": item}}}}),
	} {
		must[*metronome.EditCreditResponse](t)(client.EditCredit(ctx, as[metronome.EditCreditRequest](t, body)))
		must[*metronome.Credit](t)(client.GetCredit(ctx, owner, id))
	}
	edit := as[metronome.EditCreditRequest](t, full)
	_, err := client.EditCredit(ctx, edit)
	s.refused("an item that is gone", err, credit.ErrInvalid)
	edit.AccessSchedule = nil
	must[*metronome.EditCreditResponse](t)(client.EditCredit(ctx, edit, credit.WithIdempotencyKey("key")))
	edit.CreditID = missing
	_, err = client.EditCredit(ctx, edit, credit.WithIdempotencyKey("key"))
	s.refused("a key that was used", err, credit.ErrConflict)
	_, err = client.EditCredit(ctx, edit)
	s.refused("a credit that is not there", err, credit.ErrNotFound)
	edit.CustomerID = missing
	_, err = client.EditCredit(ctx, edit)
	s.refused("a customer who is not there", err, credit.ErrNotFound)

	record := plain(t, s.fake.Record(id)).(map[string]any)
	for i := range 3 { // two pages
		s.seed(with(record, map[string]any{"id": missing[:len(missing)-1] + string(rune('1'+i)), "contract": map[string]any{"id": missing}}))
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
	listed := as[metronome.ListCustomerCreditsRequest](t, with(sample(t, "metronome", "ListCustomerCreditsRequest", all), ids))
	listed.IncludeContractCredits, listed.IncludeBalance, listed.NextPage, listed.CreditID = new(true), new(true), nil, nil
	listed.Limit = new(int64(2))
	if n := must[int](t)(list(listed)); n != 4 {
		t.Errorf("%d credits are listed", n)
	}
	if n := must[int](t)(list(metronome.ListCustomerCreditsRequest{CustomerID: owner})); n != 1 {
		t.Errorf("%d credits are listed without those of contracts", n)
	}
	nowhere := listed
	nowhere.NextPage = new("nowhere")
	_, err = list(nowhere)
	s.refused("a page that is not there", err, credit.ErrInvalid)
	_, err = client.GetCredit(ctx, missing, id)
	s.refused("a list of a customer who is not there", err, credit.ErrNotFound)

	edit.CustomerID, edit.CreditID = owner, id
	s.unknown(func() {
		_, err := list(listed)
		s.refused("a list without a token", err, credit.ErrUnauthorized)
		_, err = client.EditCredit(ctx, edit)
		s.refused("without a token", err, credit.ErrUnauthorized)
	})
	s.throttled(func() {
		must[*metronome.EditCreditResponse](t)(client.EditCredit(ctx, edit))
		_, err := list(listed)
		s.refused("one list too many", err, credit.ErrRateLimited)
		_, err = client.EditCredit(ctx, edit)
		s.refused("one call too many", err, credit.ErrRateLimited)
	})

	s.watch.saw(load(t, "metronome"),
		"listCustomerCredits 200", "listCustomerCredits 400", "listCustomerCredits 401", "listCustomerCredits 404", "listCustomerCredits 429",
		"editCredit 200", "editCredit 400", "editCredit 401", "editCredit 404", "editCredit 409", "editCredit 429",
	)
}
