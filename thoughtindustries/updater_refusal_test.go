package thoughtindustries_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
)

// invalidFields are the fields of an InvalidError, in order.
func invalidFields(err error) []string {
	invalid, ok := errors.AsType[*credit.InvalidError](err)
	if !ok {
		return nil
	}
	fields := []string{invalid.Field}
	for _, more := range invalid.More {
		fields = append(fields, more.Field)
	}
	return fields
}

func TestUpdateRefusesBeforeAnyRequest(t *testing.T) {
	name := fieldPatches()["set name"]
	balance := func(text string) credit.Patch {
		return credit.Patch{Balance: credit.Set(credit.MustParseDecimal(text))}
	}
	at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name  string
		ref   credit.Ref
		patch credit.Patch
		opts  []credit.CallOption
		want  []string
	}{
		{"an id is required", credit.Ref{}, name, nil, []string{"id"}},
		{"an id of dots is none", credit.Ref{ID: ".."}, name, nil, []string{"id"}},
		{"an owner of dots is none", credit.Ref{ID: "b", Owner: "."}, name, nil, []string{"owner"}},
		{"to read takes an owner", ref, name, []credit.CallOption{credit.WithVerify()}, []string{"owner"}},
		{"there are no keys", ref, name, []credit.CallOption{credit.WithIdempotencyKey("k")}, []string{"WithIdempotencyKey"}},
		{"no record is replaced", ref, name, []credit.CallOption{credit.WithRecord([]byte(`{}`))}, []string{"WithRecord"}},
		{"no fraction of a credit", ref, balance("12.5"), nil, []string{"balance"}},
		{"a tiny fraction", ref, balance("1e-400"), nil, []string{"balance"}},
		{"no more than 64 bits", ref, balance("9223372036854775808"), nil, []string{"balance"}},
		{"no less than 64 bits", ref, balance("-9223372036854775809"), nil, []string{"balance"}},
		{"no exponent beyond them", ref, balance("1e400"), nil, []string{"balance"}},
		{"no unset amount", ref, credit.Patch{Balance: credit.Set(credit.Decimal{})}, nil, []string{"balance"}},
		{"no unset time", ref, credit.Patch{ExpiresAt: credit.Set(time.Time{})}, nil, []string{"expires_at"}},
		{"no part of a millisecond", ref, credit.Patch{ExpiresAt: credit.Set(at.Add(1500 * time.Microsecond))}, nil, []string{"expires_at"}},
		{"no nanosecond", ref, credit.Patch{ExpiresAt: credit.Set(at.Add(1))}, nil, []string{"expires_at"}},
		{"no text that is not UTF-8", ref, credit.Patch{Name: credit.Set("\xff")}, nil, []string{"name"}},
		{"all that is wrong at once", ref, credit.Patch{Balance: credit.Set(credit.MustParseDecimal("0.1")), ExpiresAt: credit.Set(at.Add(1))}, nil, []string{"balance", "expires_at"}},
		{"valid fields are not named", ref, credit.Patch{Name: credit.Set("n"), Balance: credit.Set(credit.MustParseDecimal("0.1"))}, nil, []string{"balance"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t)
			calls := [][]credit.CallOption{test.opts}
			if test.opts == nil {
				calls = append(calls, []credit.CallOption{credit.WithDryRun()})
			}
			for _, opts := range calls {
				_, err := client.Updater().Update(t.Context(), test.ref, test.patch, opts...)
				if diff := cmp.Diff(test.want, invalidFields(err)); diff != "" || credit.OutcomeOf(err) != credit.NotSent {
					t.Errorf("%v\n%s", err, diff)
				}
			}
			if n := len(server.Requests()); n != 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// A balance is whole by its value, however it is written.
func TestUpdateSendsWholeBalancesAsIntegers(t *testing.T) {
	for text, want := range map[string]string{
		"12.0":                   "12",
		"1.2e1":                  "12",
		"-0":                     "0",
		"9223372036854775807":    "9223372036854775807",
		"-9223372036854775808.0": "-9223372036854775808",
	} {
		client, server := connect(t, shows(`,"currentBalance":`+text))
		_, err := client.Updater().Update(t.Context(), ref, credit.Patch{Balance: credit.Set(credit.MustParseDecimal(text))})
		if body := server.Only(t).Body; err != nil || body != `{"currentBalance":`+want+`}` {
			t.Errorf("%s: sent %s, %v", text, body, err)
		}
	}
}

// Nothing is written after a dry run's read has failed.
func TestDryRunReportsAMissingBatch(t *testing.T) {
	client, server := connect(t, lists())
	_, err := client.Updater().Update(t.Context(), credit.Ref{ID: "b", Owner: "u"}, fieldPatches()["set name"], credit.WithDryRun())
	if !errors.Is(err, credit.ErrNotFound) || credit.OutcomeOf(err) != credit.NotSent || len(server.Requests()) != 1 {
		t.Errorf("%v after %d requests, want not found", err, len(server.Requests()))
	}
}

func TestUpdaterReads(t *testing.T) {
	client, _ := connect(t, lists(held(`,"name":""`)))
	reader, ok := client.Updater().(credit.Reader)
	if !ok {
		t.Fatal("the Updater does not implement Reader")
	}
	if _, err := reader.Read(t.Context(), ref); cmp.Diff([]string{"owner"}, invalidFields(err)) != "" {
		t.Errorf("without an owner: %v", err)
	}
	record, err := reader.Read(t.Context(), credit.Ref{ID: "b", Owner: "u"})
	if err != nil {
		t.Fatal(err)
	}
	want := &credit.Record{
		ID: "b", Owner: "u",
		Values: credit.Values{
			Name:      credit.Clear[string](),
			Total:     credit.Set(credit.NewDecimal(500)),
			Balance:   credit.Clear[credit.Decimal](),
			ExpiresAt: credit.Set(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)),
		},
		Raw: []byte(held(`,"name":""`)),
	}
	if diff := cmp.Diff(want, record, records); diff != "" {
		t.Error(diff)
	}
}

// An update does not read: only its own request goes out.
func TestUpdateWithAnOwnerReadsNothing(t *testing.T) {
	client, server := connect(t, scripttest.Response{Status: 204})
	if _, err := client.Updater().Update(t.Context(), credit.Ref{ID: "b", Owner: "u"}, fieldPatches()["set name"]); err != nil {
		t.Fatal(err)
	}
	server.Only(t)
}
