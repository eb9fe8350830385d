package credit_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

func named(name string) *credit.Record {
	return &credit.Record{ID: "7", Values: credit.Values{Name: credit.Set(name)}}
}

func TestResolveReadsAndCompares(t *testing.T) {
	for _, test := range []struct {
		name        string
		before, now *credit.Record
		want        credit.Resolution
	}{
		{"as the patch wants it", named("old"), named("gold"), credit.Resolution{Verdict: credit.AsAsked}},
		{"as the patch wants it, before unknown", nil, named("gold"), credit.Resolution{Verdict: credit.AsAsked}},
		{"as before", named("old"), named("old"), credit.Resolution{
			Verdict: credit.AsBefore, Fields: []credit.FieldMismatch{{Field: "name", Want: `"gold"`, Got: `"old"`}},
		}},
		{"as before, before unknown", nil, named("old"), credit.Resolution{
			Verdict: credit.Neither, Fields: []credit.FieldMismatch{{Field: "name", Want: `"gold"`, Got: `"old"`}},
		}},
		{"changed by another writer", named("old"), named("silver"), credit.Resolution{
			Verdict: credit.Neither, Fields: []credit.FieldMismatch{{Field: "name", Want: `"gold"`, Got: `"silver"`}},
		}},
		{"not returned", &credit.Record{ID: "7"}, &credit.Record{ID: "7"}, credit.Resolution{
			Verdict: credit.Neither, Fields: []credit.FieldMismatch{{Field: "name", Want: `"gold"`, Got: "unknown"}},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := &reader{stub: answering(nil), record: test.now}
			got, err := credit.Resolve(t.Context(), credit.NewUpdater(d), seven, gold, test.before)
			if err != nil {
				t.Fatal(err)
			}
			if got.Now != test.now || len(d.reads) != 1 || d.reads[0] != seven || len(d.calls) > 0 {
				t.Errorf("%d reads, %d updates, and the record is %v", len(d.reads), len(d.calls), got.Now)
			}
			got.Now = nil
			if diff := cmp.Diff(&test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestResolveReturnsErrorOfRead(t *testing.T) {
	failed := &credit.Error{Vendor: "acme", Op: "Read", Kind: credit.ErrForbidden, Outcome: credit.NotSent, StatusCode: 403}
	for _, test := range []struct {
		name string
		read error
		want error
	}{
		{"refused", failed, failed},
		{"neither record nor error", nil, credit.ErrMalformed},
	} {
		t.Run(test.name, func(t *testing.T) {
			u := credit.NewUpdater(&reader{stub: answering(nil), err: test.read})
			for _, u := range []credit.Updater{u, foreign{u, &reader{err: test.read}}} {
				got, err := credit.Resolve(t.Context(), u, seven, gold, nil)
				if !errors.Is(err, test.want) || credit.OutcomeOf(err) != credit.NotSent || got != nil {
					t.Errorf("%T: got %v and %v", u, got, err)
				}
			}
		})
	}
}

// foreign is an Updater that NewUpdater did not make.
type foreign struct {
	credit.Updater
	credit.Reader
}

func TestResolveRefusesArguments(t *testing.T) {
	names := &stub{support: credit.Support{Fields: map[credit.Field]credit.Ability{credit.FieldName: {Set: true}}}}
	var none context.Context
	invalid := func(err error, vendor, field string) bool {
		e, ok := errors.AsType[*credit.InvalidError](err)
		return ok && e.Vendor == vendor && e.Field == field && len(e.More) == 0
	}
	other := named("old")
	other.ID = "8"
	for _, test := range []struct {
		name    string
		updater func(d *reader) credit.Updater // nil: that of NewUpdater
		ctx     context.Context
		ref     credit.Ref
		patch   credit.Patch
		before  *credit.Record
		want    func(err error) bool
	}{
		{
			name: "no updater", updater: func(*reader) credit.Updater { return nil }, ctx: t.Context(), ref: seven, patch: gold,
			want: func(err error) bool { return invalid(err, "", "updater") },
		},
		{
			name: "an updater of a nil driver", updater: func(*reader) credit.Updater { return credit.NewUpdater(nil) }, ctx: t.Context(), ref: seven, patch: gold,
			want: func(err error) bool { return invalid(err, "", "updater") },
		},
		{
			name: "an updater that cannot read", updater: func(d *reader) credit.Updater { return credit.NewUpdater(d.stub) }, ctx: t.Context(), ref: seven, patch: gold,
			want: func(err error) bool { return invalid(err, "acme", "updater") },
		},
		{
			name: "an empty patch", ctx: t.Context(), ref: seven,
			want: func(err error) bool { return errors.Is(err, credit.ErrEmptyPatch) },
		},
		{
			name: "unsupported fields", ctx: t.Context(), ref: seven, patch: credit.Patch{Name: credit.Clear[string](), Total: amount("1")},
			want: func(err error) bool {
				return err.Error() == "acme: cannot set total, nor clear name; nothing was sent" && errors.Is(err, errors.ErrUnsupported)
			},
		},
		{
			name: "unsupported fields of a foreign updater", updater: func(d *reader) credit.Updater { return foreign{credit.NewUpdater(d), d} },
			ctx: t.Context(), ref: seven, patch: credit.Patch{Total: amount("1")},
			want: func(err error) bool {
				return err.Error() == "credit: cannot set total; nothing was sent" && errors.Is(err, errors.ErrUnsupported)
			},
		},
		{
			name: "a nil context", ctx: none, ref: seven, patch: gold,
			want: func(err error) bool { return invalid(err, "acme", "ctx") },
		},
		{
			name: "an empty id", ctx: t.Context(), patch: gold,
			want: func(err error) bool { return invalid(err, "acme", "id") },
		},
		{
			name: "an owner", ctx: t.Context(), ref: credit.Ref{ID: "7", Owner: "x"}, patch: gold,
			want: func(err error) bool { return invalid(err, "acme", "owner") },
		},
		{
			name: "a value that cannot be sent", ctx: t.Context(), ref: seven, patch: credit.Patch{Name: credit.Set("a\xff")},
			want: func(err error) bool { return invalid(err, "acme", "name") },
		},
		{
			name: "the record of another credit", ctx: t.Context(), ref: seven, patch: gold, before: other,
			want: func(err error) bool { return invalid(err, "acme", "before") },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := &reader{stub: names, record: named("gold")}
			u := credit.NewUpdater(d)
			if test.updater != nil {
				u = test.updater(d)
			}
			got, err := credit.Resolve(test.ctx, u, test.ref, test.patch, test.before)
			if err == nil || !test.want(err) || credit.OutcomeOf(err) != credit.NotSent || got != nil || len(d.reads) > 0 {
				t.Errorf("%d reads, got %v and %v", len(d.reads), got, err)
			}
		})
	}
}
