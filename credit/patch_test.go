package credit_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

// A sample is what the guard below needs of a field's type. A Patch with a
// field of a further type needs a further sample.
type sample struct {
	set, other, bad, clear any
}

var samples = map[reflect.Type]sample{
	reflect.TypeFor[credit.Opt[string]](): {
		credit.Set("a"), credit.Set("b"), credit.Set("\xff"), credit.Clear[string](),
	},
	reflect.TypeFor[credit.Opt[credit.Decimal]](): {
		credit.Set(credit.NewDecimal(1)), credit.Set(credit.NewDecimal(2)), credit.Set(credit.Decimal{}), credit.Clear[credit.Decimal](),
	},
	reflect.TypeFor[credit.Opt[time.Time]](): {
		credit.Set(time.Unix(1, 0)), credit.Set(time.Unix(2, 0)), credit.Set(time.Time{}), credit.Clear[time.Time](),
	},
	reflect.TypeFor[credit.Opt[map[string]string]](): {
		credit.Set(map[string]string{"k": "a"}), credit.Set(map[string]string{"k": "b"}), credit.Set(map[string]string(nil)), credit.Clear[map[string]string](),
	},
}

func with[T credit.Patch | credit.Record](field string, value any) T {
	var t T
	reflect.ValueOf(&t).Elem().FieldByName(field).Set(reflect.ValueOf(value))
	return t
}

// A field that is missing in one of the facade's lists would be dropped silently.
func TestEachPatchFieldIsValidatedComparedAndReported(t *testing.T) {
	ref := credit.Ref{ID: "7"}
	patchType := reflect.TypeFor[credit.Patch]()
	if got, want := len(credit.Fields()), patchType.NumField(); got != want {
		t.Fatalf("Fields has %d fields, Patch %d", got, want)
	}
	for i, name := range credit.Fields() {
		field := patchType.Field(i)
		t.Run(field.Name, func(t *testing.T) {
			if snake(field.Name) != string(name) {
				t.Errorf("field is %s, want %s", name, field.Name)
			}
			if twin, ok := reflect.TypeFor[credit.Record]().FieldByName(field.Name); !ok || twin.Type != field.Type {
				t.Fatal("Record has no such field of the same type")
			}
			s, ok := samples[field.Type]
			if !ok {
				t.Fatalf("missing sample of %v", field.Type)
			}
			for op, patch := range map[string]credit.Patch{
				"set":   with[credit.Patch](field.Name, s.set),
				"clear": with[credit.Patch](field.Name, s.clear),
			} {
				if patch.IsEmpty() {
					t.Errorf("%s: the patch passes for empty", op)
				}

				_, err := credit.NewUpdater(&stub{}).Update(t.Context(), ref, patch)
				want := &credit.UnsupportedError{Vendor: "acme"}
				if op == "set" {
					want.Set = []credit.Field{name}
				} else {
					want.Clear = []credit.Field{name}
				}
				if diff := cmp.Diff(error(want), err); diff != "" {
					t.Errorf("%s: without support (-want +got):\n%s", op, diff)
				}

				before := with[credit.Record](field.Name, s.other)
				shown := &stub{support: everything(), answer: func() (*credit.Result, error) { return &credit.Result{Before: &before}, nil }}
				result, err := credit.NewUpdater(shown).Update(t.Context(), ref, patch)
				switch {
				case err != nil:
					t.Errorf("%s: %v", op, err)
				case len(result.Changes()) != 1 || result.Changes()[0].Field != name || result.Changes()[0].Before == result.Changes()[0].After:
					t.Errorf("%s: the changes are %v", op, result.Changes())
				}
				if len(shown.calls) != 1 {
					t.Fatalf("%s: the driver was called %d times", op, len(shown.calls))
				}
				if got := reflect.ValueOf(shown.calls[0].patch).FieldByName(field.Name); got.MethodByName("IsZero").Call(nil)[0].Bool() {
					t.Errorf("%s: the driver does not see the field", op)
				}

				for state, after := range map[string]credit.Record{
					"another value": with[credit.Record](field.Name, s.other),
					"not returned":  {},
				} {
					_, err = credit.NewUpdater(answering(&credit.Result{After: &after})).Update(t.Context(), ref, patch)
					mismatch, ok := errors.AsType[*credit.MismatchError](err)
					if !ok || len(mismatch.Fields) != 1 || mismatch.Fields[0].Field != name {
						t.Errorf("%s, %s after it: the error is %v", op, state, err)
					}
				}

				same := with[credit.Record](field.Name, map[string]any{"set": s.set, "clear": s.clear}[op])
				if _, err = credit.NewUpdater(answering(&credit.Result{After: &same})).Update(t.Context(), ref, patch); err != nil {
					t.Errorf("%s, with the requested value after it: %v", op, err)
				}
			}

			_, err := credit.NewUpdater(&stub{support: everything()}).Update(t.Context(), ref, with[credit.Patch](field.Name, s.bad))
			invalid, ok := errors.AsType[*credit.InvalidError](err)
			if !ok || invalid.Field != string(name) || len(invalid.More) > 0 {
				t.Errorf("a value that cannot be sent gives %v", err)
			}
		})
	}
}

func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && 'A' <= r && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// The constants are read from the source, because nothing else lists them.
func TestFieldsMatchFieldConstants(t *testing.T) {
	file, err := parser.ParseFile(gotoken.NewFileSet(), "patch.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	constants := map[credit.Field]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Field" {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			constants[credit.Field(value)] = spec.Names[0].Name
		}
		return true
	})
	want := map[credit.Field]string{}
	for i, field := range credit.Fields() {
		want[field] = "Field" + reflect.TypeFor[credit.Patch]().Field(i).Name
	}
	if diff := cmp.Diff(want, constants); diff != "" {
		t.Errorf("the constants (-want +got):\n%s", diff)
	}
}

func TestFieldsAreInPatchOrder(t *testing.T) {
	want := []credit.Field{"name", "note", "total", "balance", "starts_at", "expires_at", "priority", "metadata"}
	if diff := cmp.Diff(want, credit.Fields()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	credit.Fields()[0] = "mine"
	if credit.Fields()[0] != credit.FieldName {
		t.Error("a caller can change the list")
	}
}

func TestPatchIsEmptyOnlyWithoutSetAndClear(t *testing.T) {
	if !(credit.Patch{}).IsEmpty() {
		t.Error("the zero Patch is not empty")
	}
	for name, patch := range map[string]credit.Patch{
		"an empty text":  {Name: credit.Set("")},
		"an amount of 0": {Balance: credit.Set(credit.NewDecimal(0))},
		"clearing":       {Metadata: credit.Clear[map[string]string]()},
	} {
		if patch.IsEmpty() {
			t.Errorf("%s passes for leaving alone", name)
		}
	}
}

// RFC 3339 has no seconds in an offset: such a time would move on the wire.
func TestDriverReceivesTimesInUTC(t *testing.T) {
	odd := time.FixedZone("local mean time", 19*60+32)
	at := time.Date(2027, 3, 1, 12, 0, 0, 0, odd)
	d := answering(&credit.Result{})
	patch := credit.Patch{StartsAt: credit.Set(at), ExpiresAt: credit.Set(at)}
	if _, err := credit.NewUpdater(d).Update(context.Background(), credit.Ref{ID: "7"}, patch); err != nil {
		t.Fatal(err)
	}
	for _, opt := range []credit.Opt[time.Time]{d.calls[0].patch.StartsAt, d.calls[0].patch.ExpiresAt} {
		if got, _ := opt.Get(); got.Location() != time.UTC || !got.Equal(at) {
			t.Errorf("the driver sees %v, want the same instant in UTC", got)
		}
	}
	if got, _ := patch.StartsAt.Get(); got.Location() != odd {
		t.Error("the caller's patch was changed")
	}
}

// everything is the support of a vendor that can do all there is.
func everything() credit.Support {
	all := map[credit.Field]credit.Ability{}
	for _, field := range credit.Fields() {
		all[field] = credit.Ability{Set: true, Clear: true}
	}
	return credit.Support{Fields: all}
}

func only(fields ...credit.Field) credit.Support {
	s := everything()
	maps.DeleteFunc(s.Fields, func(f credit.Field, _ credit.Ability) bool { return !slices.Contains(fields, f) })
	return s
}

func TestOptIsZeroSetOrClear(t *testing.T) {
	type state struct {
		value           string
		ok, clear, zero bool
	}
	for _, test := range []struct {
		name string
		opt  credit.Opt[string]
		want state
	}{
		{"left alone", credit.Opt[string]{}, state{zero: true}},
		{"set", credit.Set("gold"), state{value: "gold", ok: true}},
		{"set to an empty text", credit.Set(""), state{ok: true}},
		{"cleared", credit.Clear[string](), state{clear: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			value, ok := test.opt.Get()
			if got := (state{value, ok, test.opt.IsClear(), test.opt.IsZero()}); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}
