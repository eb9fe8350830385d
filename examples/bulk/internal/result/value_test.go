package result_test

import (
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// An undo must put back exactly what was there, and a resolve must compare with exactly
// what was sent.
func TestChangesRestoreTheirPatches(t *testing.T) {
	before := credit.Record{Values: credit.Values{
		Name: credit.Set("a \"b\"\n\x00\u2028é, {"), Note: credit.Clear[string](),
		Total:     credit.Set(credit.MustParseDecimal("12345678901234567890.10")),
		StartsAt:  credit.Set(time.Date(2027, 1, 1, 0, 0, 0, 1, time.UTC)),
		ExpiresAt: credit.Clear[time.Time](),
		Metadata:  credit.Set(map[string]string{"": "", `a":,}`: "\x01\U0001f600", "plan": "gold"}),
	}}
	after := credit.Patch{
		Name: credit.Set("unknown"), Note: credit.Set("n"), Total: credit.Set(credit.MustParseDecimal("1e3")),
		StartsAt: credit.Clear[time.Time](), ExpiresAt: credit.Set(time.Date(2028, 2, 29, 0, 0, 0, 0, time.UTC)),
		Metadata: credit.Set(map[string]string{}), Balance: credit.Set(credit.NewDecimal(-1)),
	}
	changes := result.ChangesOf(&before, after)
	undo, unknown, err := result.PatchBefore(changes)
	if err != nil || len(unknown) != 1 || unknown[0] != credit.FieldBalance {
		t.Fatalf("%v are unknown, %v", unknown, err)
	}
	made, err := result.PatchAfter(changes)
	if err != nil {
		t.Fatal(err)
	}
	was := credit.Patch(before.Values)
	for _, f := range credit.Fields() {
		if f != credit.FieldBalance && !undo.Op(f).Equal(was.Op(f)) {
			t.Errorf("%s was %s, and is put back as %s", f, was.Op(f), undo.Op(f))
		}
		if !made.Op(f).Equal(after.Op(f)) {
			t.Errorf("%s was set to %s, and is compared with %s", f, after.Op(f), made.Op(f))
		}
	}
}

func TestInvalidChangesAreErrors(t *testing.T) {
	for _, c := range []result.Change{
		{Field: "colour"}, {Field: "name", After: "x"}, {Field: "total", After: "x"}, {Field: "total", After: "unknown"},
		{Field: "metadata", After: `{"a":"b",}`}, {Field: "metadata", After: `{"a"}`}, {Field: "metadata", After: `{"a":"b""c":"d"}`},
		{Field: "metadata", After: `{"a":"b","a":"c"}`}, {Field: "metadata", After: `"a"`}, {Field: "metadata", After: `{"a":}`},
	} {
		if p, err := result.PatchAfter([]result.Change{c}); err == nil {
			t.Errorf("%+v became %+v", c, p)
		}
	}
	if _, err := result.PatchAfter([]result.Change{{Field: "total", After: "1"}, {Field: "total", After: "2"}}); err == nil {
		t.Error("a field occurs twice")
	}
}
