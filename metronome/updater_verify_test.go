package metronome_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
)

func TestUpdateVerifies(t *testing.T) {
	patch := credit.Patch{
		Note:     credit.Set(""),
		Total:    credit.Set(credit.MustParseDecimal("1000.0")),
		Priority: credit.Clear[credit.Decimal](),
	}
	for _, test := range []struct {
		name  string
		after scripttest.Response
		want  []credit.FieldMismatch // nil: as in the patch
	}{
		{"what is there, as set", list(`{"id":"c","priority":null,"access_schedule":{"schedule_items":[` + oneItem + `]}}`), nil},
		{"what is another", list(held(secondItem)), []credit.FieldMismatch{
			{Field: credit.FieldNote, Want: "", Got: `"by hand"`},
			{Field: credit.FieldTotal, Want: "1000.0", Got: "1"},
			{Field: credit.FieldPriority, Want: "", Got: "10"},
		}},
		{"items that came in between", list(`{"id":"c","access_schedule":{"schedule_items":[` + oneItem + `,` + secondItem + `]}}`), []credit.FieldMismatch{
			{Field: credit.FieldTotal, Want: "1000.0", Got: "unknown"},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answers := []scripttest.Response{list(held(oneItem)), scripttest.OK(edited), test.after}
				if test.want != nil { // it is looked for once more, after a second
					answers = append(answers, test.after)
				}
				server := scripttest.NewTransport(t, answers...)
				start := time.Now()
				result, err := play(t, server).Updater().Update(t.Context(), ref, patch, credit.WithVerify())
				lines := wire(server)
				if len(lines) != len(answers) || lines[0] != readRequest || lines[2] != readRequest || lines[len(lines)-1] != readRequest {
					t.Errorf("sent %q; want a read, an edit and a read for each look", lines)
				}
				if waited := time.Since(start); waited != time.Duration(len(answers)-3)*time.Second {
					t.Errorf("waited %v", waited)
				}
				if test.want == nil {
					if err != nil || result.After == nil || result.NotReturned != nil {
						t.Errorf("got %+v, %v; want what was read", result, err)
					}
					return
				}
				mismatch, ok := errors.AsType[*credit.MismatchError](err)
				if !ok || credit.OutcomeOf(err) != credit.Applied || mismatch.Result == nil || mismatch.Result.After == nil {
					t.Fatalf("got %v, want a MismatchError with the result", err)
				}
				if diff := cmp.Diff(test.want, mismatch.Fields); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestUpdateVerifiesOnceMoreBeforeItReportsAMismatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := scripttest.NewTransport(t, scripttest.OK(edited), list(held(oneItem)), list(strings.Replace(held(oneItem), "Trial", "Gold", 1)))
		result, err := play(t, server).Updater().Update(t.Context(), ref, fieldPatches()["set name"], credit.WithVerify())
		if err != nil || len(server.Requests()) != 3 {
			t.Errorf("got %+v, %v after %d requests", result, err, len(server.Requests()))
		}
	})
}

// That the change was made is not in doubt.
func TestUpdateThatCannotBeReadBackIsApplied(t *testing.T) {
	for name, after := range map[string]scripttest.Response{
		"forbidden": scripttest.Status(403, `{"message":"no"}`),
		"gone":      list(),
		"malformed": scripttest.OK(`[]`),
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := connect(t, scripttest.OK(edited), after)
			_, err := client.Updater().Update(t.Context(), ref, fieldPatches()["set name"], credit.WithVerify())
			unverified, ok := errors.AsType[*credit.UnverifiedError](err)
			if !ok || credit.OutcomeOf(err) != credit.Applied || unverified.Result == nil || unverified.Result.Attempts != 1 {
				t.Errorf("got %v, want an UnverifiedError with the result, applied", err)
			}
		})
	}
}

// The vendor writes a UUID in its own case.
func TestUpdaterReads(t *testing.T) {
	client, server := connect(t, list(`{"id":"other"}`, held(oneItem, secondItem)))
	reader, ok := client.Updater().(credit.Reader)
	if !ok {
		t.Fatal("the Updater does not implement Reader")
	}
	record, err := reader.Read(t.Context(), credit.Ref{ID: "C", Owner: "u"})
	if err != nil {
		t.Fatal(err)
	}
	want := &credit.Record{
		ID: "C", Owner: "u",
		Values: credit.Values{
			Name:     credit.Set("Trial"),
			Note:     credit.Set("by hand"),
			Balance:  credit.Set(credit.MustParseDecimal("750.50")),
			Priority: credit.Set(credit.NewDecimal(10)),
		},
		Raw: []byte(held(oneItem, secondItem)),
	}
	if diff := cmp.Diff(want, record, opts); diff != "" {
		t.Error(diff)
	}
	if len(server.Requests()) != 1 {
		t.Errorf("sent %q", wire(server))
	}
}
