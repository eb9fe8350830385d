package nexudus_test

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
	"github.com/creditkit/creditkit/nexudus"
)

const (
	held = `{"Id":87654321,"CoworkerId":12,"BusinessId":34,"TotalCredit":50.00,"Description":"old","ValidFrom":null,"ExpireDate":"2026-12-31T00:00:00Z"}`

	readLine  = "GET /api/billing/coworkerbookingcredits/87654321 "
	writeLine = "PUT /api/billing/coworkerbookingcredits "
)

var (
	ref     = credit.Ref{ID: "87654321"}
	newYear = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	three   = credit.Patch{Total: credit.Set(credit.NewDecimal(3))}
)

// heldThree is held with the patch three.
var heldThree = strings.Replace(held, "50.00", "3", 1)

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
				`{"Id":87654321,"CoworkerId":12,"BusinessId":34,"TotalCredit":50.00,"Description":"new","ValidFrom":null,"ExpireDate":"2026-12-31T00:00:00Z"}`,
			},
			change{
				credit.Patch{Note: credit.Clear[string]()},
				`{"Id":87654321,"CoworkerId":12,"BusinessId":34,"TotalCredit":50.00,"Description":null,"ValidFrom":null,"ExpireDate":"2026-12-31T00:00:00Z"}`,
			},
		},
		credit.FieldTotal: {
			change{
				credit.Patch{Total: credit.Set(credit.MustParseDecimal("2.50"))},
				`{"Id":87654321,"CoworkerId":12,"BusinessId":34,"TotalCredit":2.50,"Description":"old","ValidFrom":null,"ExpireDate":"2026-12-31T00:00:00Z"}`,
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
				`{"Id":87654321,"CoworkerId":12,"BusinessId":34,"TotalCredit":50.00,"Description":"old","ValidFrom":"2027-01-01T00:00:00Z","ExpireDate":"2026-12-31T00:00:00Z"}`,
			},
			change{credit.Patch{StartsAt: credit.Clear[time.Time]()}, held},
		},
		credit.FieldExpiresAt: {
			change{
				credit.Patch{ExpiresAt: credit.Set(newYear)},
				`{"Id":87654321,"CoworkerId":12,"BusinessId":34,"TotalCredit":50.00,"Description":"old","ValidFrom":null,"ExpireDate":"2027-01-01T00:00:00Z"}`,
			},
			change{
				credit.Patch{ExpiresAt: credit.Clear[time.Time]()},
				`{"Id":87654321,"CoworkerId":12,"BusinessId":34,"TotalCredit":50.00,"Description":"old","ValidFrom":null,"ExpireDate":null}`,
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
			checkChange(t, test.set, credit.UnsupportedError{Vendor: "nexudus", Set: []credit.Field{field}})
		})
		t.Run("clear "+string(field), func(t *testing.T) {
			checkChange(t, test.clear, credit.UnsupportedError{Vendor: "nexudus", Clear: []credit.Field{field}})
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
	client, server := connect(t, scripttest.OK(held), scripttest.OK(updated))
	result, err := client.Updater().Update(t.Context(), ref, test.patch)
	if err != nil {
		t.Fatal(err)
	}
	checkArrived(t, server, readLine, writeLine+test.put)
	if string(result.Before.Raw) != held || result.After != nil || string(result.Raw) != updated {
		t.Errorf("before %s\nafter %v\nraw %s", result.Before.Raw, result.After, result.Raw)
	}
}

func TestUpdateWithUnsupportedFieldsIsRefusedWhole(t *testing.T) {
	client, server := connect(t)
	result, err := client.Updater().Update(t.Context(), ref, credit.Patch{
		Name:     credit.Set("n"),
		Note:     credit.Set("fine"),
		Total:    credit.Clear[credit.Decimal](),
		Balance:  credit.Set(credit.NewDecimal(1)),
		Priority: credit.Clear[credit.Decimal](),
	})
	want := credit.UnsupportedError{
		Vendor: "nexudus",
		Set:    []credit.Field{credit.FieldName, credit.FieldBalance},
		Clear:  []credit.Field{credit.FieldTotal, credit.FieldPriority},
	}
	if diff := cmp.Diff(want, *failed[*credit.UnsupportedError](t, result, err, credit.NotSent)); diff != "" {
		t.Error(diff)
	}
	checkArrived(t, server)
}

func TestUpdateWritesValuesAsTheyAre(t *testing.T) {
	const start, end = `{"Id":87654321,"CoworkerId":1,"BusinessId":1`, `}`
	in := func(zone int) *time.Location { return time.FixedZone("", zone*3600) }
	for _, test := range []struct {
		name  string
		patch credit.Patch
		want  string // between start and end
	}{
		{"zero", credit.Patch{Total: credit.Set(credit.NewDecimal(0))}, `,"TotalCredit":0`},
		{"a negative amount", credit.Patch{Total: credit.Set(credit.MustParseDecimal("-0.50"))}, `,"TotalCredit":-0.50`},
		{"20 digits and zeros", credit.Patch{Total: credit.Set(credit.MustParseDecimal("12345678901234567890.00"))}, `,"TotalCredit":12345678901234567890.00`},
		{"an empty note", credit.Patch{Note: credit.Set("")}, `,"TotalCredit":5,"Description":""`},
		{"a note with all sorts", credit.Patch{Note: credit.Set("<b> & \"q\" \\ / \n é \U0001F600")}, `,"TotalCredit":5,"Description":"<b> & \"q\" \\ / \n é 😀"`},
		{"a time in the east", credit.Patch{ExpiresAt: credit.Set(time.Date(2027, 1, 1, 0, 30, 1, 0, in(1)))}, `,"TotalCredit":5,"ExpireDate":"2026-12-31T23:30:01Z"`},
		{"a time in the west", credit.Patch{StartsAt: credit.Set(time.Date(2026, 12, 31, 23, 0, 0, 0, in(-5)))}, `,"TotalCredit":5,"ValidFrom":"2027-01-01T04:00:00Z"`},
		{"members that were missing", credit.Patch{Note: credit.Set("n"), StartsAt: credit.Set(newYear)}, `,"TotalCredit":5,"Description":"n","ValidFrom":"2027-01-01T00:00:00Z"`},
		{"clearing what is missing", credit.Patch{Note: credit.Clear[string](), ExpiresAt: credit.Clear[time.Time]()}, `,"TotalCredit":5,"Description":null,"ExpireDate":null`},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := start + test.want + end
			client, server := connect(t, scripttest.OK(start+`,"TotalCredit":5`+end), scripttest.OK(updated))
			if _, err := client.Updater().Update(t.Context(), ref, test.patch); err != nil {
				t.Fatal(err)
			}
			checkArrived(t, server, readLine, writeLine+want)
		})
	}
}

func TestUpdateRefusesValuesThatNexudusCannotHold(t *testing.T) {
	client, server := connect(t)
	result, err := client.Updater().Update(t.Context(), ref, credit.Patch{
		Note: credit.Set("fine"), StartsAt: credit.Set(newYear.Add(1)), ExpiresAt: credit.Set(newYear.Add(time.Second / 2)),
	})
	e := failed[*credit.InvalidError](t, result, err, credit.NotSent)
	if e.Vendor != "nexudus" || e.Field != "starts_at" || len(e.More) != 1 || e.More[0].Field != "expires_at" {
		t.Errorf("the error is %+v, want both times", e)
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
		{"zero", credit.Ref{ID: "0"}, nil, "id"},
		{"a negative id", credit.Ref{ID: "-1"}, nil, "id"},
		{"a plus", credit.Ref{ID: "+1"}, nil, "id"},
		{"a leading zero", credit.Ref{ID: "01"}, nil, "id"},
		{"a fraction", credit.Ref{ID: "1.0"}, nil, "id"},
		{"an exponent", credit.Ref{ID: "1e3"}, nil, "id"},
		{"an underscore", credit.Ref{ID: "1_0"}, nil, "id"},
		{"a space", credit.Ref{ID: " 1"}, nil, "id"},
		{"letters", credit.Ref{ID: "abc"}, nil, "id"},
		{"other digits", credit.Ref{ID: "١"}, nil, "id"},
		{"beyond 64 bits", credit.Ref{ID: "9223372036854775808"}, nil, "id"},
		{"a very long id", credit.Ref{ID: strings.Repeat("1", 10_000)}, nil, "id"},
		{"a path", credit.Ref{ID: "../1"}, nil, "id"},
		{"an owner", credit.Ref{ID: "1", Owner: "12"}, nil, "owner"},
		{"an idempotency key", ref, []credit.CallOption{credit.WithIdempotencyKey("k")}, "WithIdempotencyKey"},
		{"a nil option", ref, []credit.CallOption{nil}, "options"},
		{"an empty record", ref, []credit.CallOption{credit.WithRecord(nil)}, "WithRecord"},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t)
			result, err := client.Updater().Update(t.Context(), test.ref, three, test.options...)
			if e := failed[*credit.InvalidError](t, result, err, credit.NotSent); e.Vendor != "nexudus" || e.Field != test.field {
				t.Errorf("the error is %v, want nexudus' of %s", e, test.field)
			}
			if test.options == nil {
				_, err := client.Updater().(credit.Reader).Read(t.Context(), test.ref)
				failed[*credit.InvalidError](t, nil, err, credit.NotSent)
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

// 64 bits do not fit into a float.
func TestUpdateTakesTheLargestID(t *testing.T) {
	const id = "9223372036854775807"
	largest := strings.Replace(held, "87654321", id, 1)
	client, server := connect(t, scripttest.OK(largest), scripttest.OK(strings.Replace(updated, "87654321", id, 1)))
	if _, err := client.Updater().Update(t.Context(), credit.Ref{ID: id}, three); err != nil {
		t.Fatal(err)
	}
	checkArrived(t, server, "GET /api/billing/coworkerbookingcredits/"+id+" ", writeLine+strings.Replace(largest, "50.00", "3", 1))
}

func TestUpdaterOfAZeroClientRefuses(t *testing.T) {
	updater := new(nexudus.Client).Updater()
	for _, options := range [][]credit.CallOption{nil, {credit.WithRecord([]byte(held))}, {credit.WithDryRun()}} {
		result, err := updater.Update(t.Context(), ref, three, options...)
		failed[*credit.InvalidError](t, result, err, credit.NotSent)
	}
	if _, err := updater.(credit.Reader).Read(t.Context(), ref); credit.OutcomeOf(err) != credit.NotSent {
		t.Errorf("a read gives %v", err)
	}
}
