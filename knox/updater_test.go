package knox_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
	"github.com/creditkit/creditkit/knox"
)

const (
	held = `{"id":"cr-1","contact_id":"con-1","quantity":1.10,"date":"2026-01-01","notes":"old","expiration_date":"2026-12-31"}`

	readLine  = "GET /credits/acme.org/cr-1?consistentRead=true "
	writeLine = "PUT /credits/acme.org/cr-1 "
)

var (
	ref     = credit.Ref{ID: "cr-1"}
	newYear = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	three   = credit.Patch{Total: credit.Set(credit.NewDecimal(3))}
)

// heldThree is held with the patch three.
var heldThree = strings.Replace(held, "1.10", "3", 1)

// arrived lists what a server was sent, a line per request.
func arrived(server *scripttest.Server) []string {
	lines := []string{}
	for _, r := range server.Requests() {
		lines = append(lines, r.Method+" "+r.Path+" "+r.Body)
	}
	return lines
}

func checkArrived(t *testing.T, server *scripttest.Server, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), arrived(server)); diff != "" {
		t.Errorf("the requests (-want +got):\n%s", diff)
	}
}

// failed checks that err is of one type and outcome.
func failed[E error](t *testing.T, result *credit.Result, err error, outcome credit.Outcome) E {
	t.Helper()
	e, ok := errors.AsType[E](err)
	if !ok || result != nil {
		t.Fatalf("the update gives %v, %v (%T), want a %T alone", result, err, err, e)
	}
	if got := credit.OutcomeOf(err); got != outcome {
		t.Errorf("the outcome of %v is %v, want %v", err, got, outcome)
	}
	return e
}

// change is a patch of one field and what is written with it, or nothing where
// the vendor cannot do it.
type change struct {
	patch credit.Patch
	put   string
}

func TestUpdateOfEveryField(t *testing.T) {
	fields := map[credit.Field]struct{ set, clear change }{
		credit.FieldName: {
			change{credit.Patch{Name: credit.Set("n")}, ""},
			change{credit.Patch{Name: credit.Clear[string]()}, ""},
		},
		credit.FieldNote: {
			change{
				credit.Patch{Note: credit.Set("new")},
				`{"id":"cr-1","contact_id":"con-1","quantity":1.10,"date":"2026-01-01","notes":"new","expiration_date":"2026-12-31"}`,
			},
			change{
				credit.Patch{Note: credit.Clear[string]()},
				`{"id":"cr-1","contact_id":"con-1","quantity":1.10,"date":"2026-01-01","expiration_date":"2026-12-31"}`,
			},
		},
		credit.FieldTotal: {
			change{
				credit.Patch{Total: credit.Set(credit.MustParseDecimal("2.50"))},
				`{"id":"cr-1","contact_id":"con-1","quantity":2.50,"date":"2026-01-01","notes":"old","expiration_date":"2026-12-31"}`,
			},
			change{credit.Patch{Total: credit.Clear[credit.Decimal]()}, ""},
		},
		credit.FieldBalance: {
			change{credit.Patch{Balance: credit.Set(credit.NewDecimal(1))}, ""},
			change{credit.Patch{Balance: credit.Clear[credit.Decimal]()}, ""},
		},
		credit.FieldStartsAt: {
			change{
				credit.Patch{StartsAt: credit.Set(newYear)},
				`{"id":"cr-1","contact_id":"con-1","quantity":1.10,"date":"2027-01-01","notes":"old","expiration_date":"2026-12-31"}`,
			},
			change{credit.Patch{StartsAt: credit.Clear[time.Time]()}, ""},
		},
		credit.FieldExpiresAt: {
			change{
				credit.Patch{ExpiresAt: credit.Set(newYear)},
				`{"id":"cr-1","contact_id":"con-1","quantity":1.10,"date":"2026-01-01","notes":"old","expiration_date":"2027-01-01"}`,
			},
			change{
				credit.Patch{ExpiresAt: credit.Clear[time.Time]()},
				`{"id":"cr-1","contact_id":"con-1","quantity":1.10,"date":"2026-01-01","notes":"old"}`,
			},
		},
		credit.FieldPriority: {
			change{credit.Patch{Priority: credit.Set(credit.NewDecimal(1))}, ""},
			change{credit.Patch{Priority: credit.Clear[credit.Decimal]()}, ""},
		},
		credit.FieldMetadata: {
			change{credit.Patch{Metadata: credit.Set(map[string]string{"k": "v"})}, ""},
			change{credit.Patch{Metadata: credit.Clear[map[string]string]()}, ""},
		},
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(credit.Fields())), slices.Sorted(maps.Keys(fields))); diff != "" {
		t.Fatalf("the fields (-of a patch +of this test):\n%s", diff)
	}
	for field, test := range fields {
		t.Run("set "+string(field), func(t *testing.T) {
			checkChange(t, test.set, credit.UnsupportedError{Vendor: "knox", Set: []credit.Field{field}})
		})
		t.Run("clear "+string(field), func(t *testing.T) {
			checkChange(t, test.clear, credit.UnsupportedError{Vendor: "knox", Clear: []credit.Field{field}})
		})
	}
}

func checkChange(t *testing.T, test change, refusal credit.UnsupportedError) {
	t.Helper()
	if test.put == "" {
		client, server := connect(t)
		result, err := client.Updater().Update(t.Context(), ref, test.patch)
		if diff := cmp.Diff(refusal, *failed[*credit.UnsupportedError](t, result, err, credit.NotSent)); diff != "" {
			t.Error(diff)
		}
		checkArrived(t, server)
		return
	}
	client, server := connect(t, scripttest.OK(held), scripttest.OK(test.put))
	result, err := client.Updater().Update(t.Context(), ref, test.patch)
	if err != nil {
		t.Fatal(err)
	}
	checkArrived(t, server, readLine, writeLine+test.put)
	if string(result.Before.Raw) != held || string(result.After.Raw) != test.put || string(result.Raw) != test.put {
		t.Errorf("before %s\nafter %s\nraw %s", result.Before.Raw, result.After.Raw, result.Raw)
	}
}

func TestUpdateWithUnsupportedFieldsIsRefusedWhole(t *testing.T) {
	client, server := connect(t)
	result, err := client.Updater().Update(t.Context(), ref, credit.Patch{
		Name:     credit.Set("n"),
		Note:     credit.Set("fine"),
		Total:    credit.Clear[credit.Decimal](),
		Balance:  credit.Set(credit.NewDecimal(1)),
		StartsAt: credit.Clear[time.Time](),
	})
	want := credit.UnsupportedError{
		Vendor: "knox",
		Set:    []credit.Field{credit.FieldName, credit.FieldBalance},
		Clear:  []credit.Field{credit.FieldTotal, credit.FieldStartsAt},
	}
	if diff := cmp.Diff(want, *failed[*credit.UnsupportedError](t, result, err, credit.NotSent)); diff != "" {
		t.Error(diff)
	}
	checkArrived(t, server)
}

func TestUpdateWritesValuesAsTheyAre(t *testing.T) {
	const start, end = `{"id":"cr-1","contact_id":"c"`, `}`
	in := func(zone int) *time.Location { return time.FixedZone("", zone*3600) }
	for _, test := range []struct {
		name  string
		patch credit.Patch
		want  string // between start and end
	}{
		{"the least quantity", credit.Patch{Total: credit.Set(credit.MustParseDecimal("0.01"))}, `,"quantity":0.01`},
		{"an exponent", credit.Patch{Total: credit.Set(credit.MustParseDecimal("1E-2"))}, `,"quantity":1E-2`},
		{"20 digits and zeros", credit.Patch{Total: credit.Set(credit.MustParseDecimal("12345678901234567890.00"))}, `,"quantity":12345678901234567890.00`},
		{"an empty note", credit.Patch{Note: credit.Set("")}, `,"quantity":5,"notes":""`},
		{"a note with all sorts", credit.Patch{Note: credit.Set("<b> & \"q\" \\ / \n é \U0001F600")}, `,"quantity":5,"notes":"<b> & \"q\" \\ / \n é 😀"`},
		{"midnight UTC, east", credit.Patch{ExpiresAt: credit.Set(time.Date(2027, 1, 1, 1, 0, 0, 0, in(1)))}, `,"quantity":5,"expiration_date":"2027-01-01"`},
		{"midnight UTC, west", credit.Patch{StartsAt: credit.Set(time.Date(2026, 12, 31, 19, 0, 0, 0, in(-5)))}, `,"quantity":5,"date":"2027-01-01"`},
		{"a leap day", credit.Patch{StartsAt: credit.Set(time.Date(2028, 2, 29, 0, 0, 0, 0, time.UTC))}, `,"quantity":5,"date":"2028-02-29"`},
		{"members that were missing", credit.Patch{Note: credit.Set("n"), StartsAt: credit.Set(newYear), ExpiresAt: credit.Set(newYear.AddDate(1, 0, 0))}, `,"quantity":5,"notes":"n","date":"2027-01-01","expiration_date":"2028-01-01"`},
		{"clearing what is missing", credit.Patch{Note: credit.Clear[string](), ExpiresAt: credit.Clear[time.Time]()}, `,"quantity":5`},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := start + test.want + end
			client, server := connect(t, scripttest.OK(start+`,"quantity":5`+end), scripttest.OK(want))
			if _, err := client.Updater().Update(t.Context(), ref, test.patch); err != nil {
				t.Fatal(err)
			}
			checkArrived(t, server, readLine, writeLine+want)
		})
	}
}

func TestUpdateRefusesValuesThatKnoxCannotHold(t *testing.T) {
	for _, test := range []struct {
		name  string
		patch credit.Patch
		field credit.Field
	}{
		{"a quantity below 0.01", credit.Patch{Total: credit.Set(credit.MustParseDecimal("0.009"))}, credit.FieldTotal},
		{"almost 0.01", credit.Patch{Total: credit.Set(credit.MustParseDecimal("0.0099999999999999999999"))}, credit.FieldTotal},
		{"zero", credit.Patch{Total: credit.Set(credit.NewDecimal(0))}, credit.FieldTotal},
		{"a negative quantity", credit.Patch{Total: credit.Set(credit.NewDecimal(-5))}, credit.FieldTotal},
		{"an unset quantity", credit.Patch{Total: credit.Set(credit.Decimal{})}, credit.FieldTotal},
		{"a second past", credit.Patch{StartsAt: credit.Set(newYear.Add(time.Second))}, credit.FieldStartsAt},
		{"a nanosecond before", credit.Patch{ExpiresAt: credit.Set(newYear.Add(-1))}, credit.FieldExpiresAt},
		{"midnight elsewhere", credit.Patch{ExpiresAt: credit.Set(time.Date(2027, 1, 1, 0, 0, 0, 0, time.FixedZone("", 3600)))}, credit.FieldExpiresAt},
		{"an unset time", credit.Patch{StartsAt: credit.Set(time.Time{})}, credit.FieldStartsAt},
		{"the year 10000", credit.Patch{StartsAt: credit.Set(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))}, credit.FieldStartsAt},
		{"a note not in UTF-8", credit.Patch{Note: credit.Set("a\xff")}, credit.FieldNote},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t)
			result, err := client.Updater().Update(t.Context(), ref, test.patch)
			e := failed[*credit.InvalidError](t, result, err, credit.NotSent)
			if e.Vendor != "knox" || e.Field != string(test.field) || len(e.More) != 0 {
				t.Errorf("the error is %v, want knox's of %s alone", e, test.field)
			}
			checkArrived(t, server)
		})
	}
}

func TestUpdateNamesEveryWrongValue(t *testing.T) {
	client, server := connect(t)
	result, err := client.Updater().Update(t.Context(), ref, credit.Patch{
		Total: credit.Set(credit.NewDecimal(0)), StartsAt: credit.Set(newYear.Add(1)), ExpiresAt: credit.Set(newYear.Add(2)),
	})
	e := failed[*credit.InvalidError](t, result, err, credit.NotSent)
	if e.Field != "total" || len(e.More) != 2 || e.More[0].Field != "starts_at" || e.More[1].Field != "expires_at" {
		t.Errorf("the error is %+v, want all three fields", e)
	}
	checkArrived(t, server)
}

func TestUpdateRefusesCallsThatCannotBeMade(t *testing.T) {
	for _, test := range []struct {
		name    string
		ref     credit.Ref
		options []credit.CallOption
		field   string
	}{
		{"no id", credit.Ref{}, nil, "id"},
		{"a dot", credit.Ref{ID: "."}, nil, "id"},
		{"two dots", credit.Ref{ID: ".."}, nil, "id"},
		{"a control", credit.Ref{ID: "a\nb"}, nil, "id"},
		{"an owner", credit.Ref{ID: "cr-1", Owner: "con-1"}, nil, "owner"},
		{"an idempotency key", ref, []credit.CallOption{credit.WithIdempotencyKey("k")}, "WithIdempotencyKey"},
		{"a nil option", ref, []credit.CallOption{nil}, "options"},
		{"an empty record", ref, []credit.CallOption{credit.WithRecord(nil)}, "WithRecord"},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t)
			result, err := client.Updater().Update(t.Context(), test.ref, three, test.options...)
			if e := failed[*credit.InvalidError](t, result, err, credit.NotSent); e.Vendor != "knox" || e.Field != test.field {
				t.Errorf("the error is %v, want knox's of %s", e, test.field)
			}
			checkArrived(t, server)
		})
	}
	client, server := connect(t)
	if _, err := client.Updater().Update(t.Context(), ref, credit.Patch{}); !errors.Is(err, credit.ErrEmptyPatch) {
		t.Errorf("an empty patch gives %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.Updater().Update(ctx, ref, three); !errors.Is(err, context.Canceled) || credit.OutcomeOf(err) != credit.NotSent {
		t.Errorf("an ended context gives %v", err)
	}
	checkArrived(t, server)
}

// An id is one segment of the path, and is compared without changes.
func TestUpdateEscapesTheID(t *testing.T) {
	const odd = `{"id":"a/b|c: %é","contact_id":"c","quantity":1}`
	client, server := connect(t, scripttest.OK(odd), scripttest.OK(odd))
	if _, err := client.Updater().Update(t.Context(), credit.Ref{ID: "a/b|c: %é"}, credit.Patch{Total: credit.Set(credit.NewDecimal(1))}); err != nil {
		t.Fatal(err)
	}
	checkArrived(t, server, "GET /credits/acme.org/a%2Fb%7Cc:%20%25%C3%A9?consistentRead=true ", "PUT /credits/acme.org/a%2Fb%7Cc:%20%25%C3%A9 "+odd)
}

func TestUpdaterOfAZeroClientRefuses(t *testing.T) {
	updater := new(knox.Client).Updater()
	for _, options := range [][]credit.CallOption{nil, {credit.WithRecord([]byte(held))}, {credit.WithDryRun()}} {
		result, err := updater.Update(t.Context(), ref, three, options...)
		failed[*credit.InvalidError](t, result, err, credit.NotSent)
	}
	if _, err := updater.(credit.Reader).Read(t.Context(), ref); credit.OutcomeOf(err) != credit.NotSent {
		t.Errorf("a read gives %v", err)
	}
}
