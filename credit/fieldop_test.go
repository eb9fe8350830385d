package credit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

func TestFieldOpsCopyAndClearEveryField(t *testing.T) {
	from := credit.Patch{
		Name: credit.Set("a"), Note: credit.Clear[string](), Total: credit.Set(credit.NewDecimal(1)),
		StartsAt: credit.Set(day(1)), Metadata: credit.Set(map[string]string{"k": "v"}),
	}
	var copied credit.Patch
	var fields []credit.Field
	for field, op := range from.All() {
		fields = append(fields, field)
		copied.Op(field).Copy(op)
		if !copied.Op(field).Equal(op) || copied.Op(field).String() != op.String() {
			t.Errorf("%s: the copy is %v, want %v", field, copied.Op(field), op)
		}
	}
	want := []credit.Field{credit.FieldName, credit.FieldNote, credit.FieldTotal, credit.FieldStartsAt, credit.FieldMetadata}
	if diff := cmp.Diff(want, fields); diff != "" {
		t.Errorf("All (-want +got):\n%s", diff)
	}
	for range from.All() {
		break
	}
	for _, field := range credit.Fields() {
		copied.Op(field).Clear()
		if op := copied.Op(field); !op.IsClear() || op.IsSet() || op.IsZero() || op.String() != "" {
			t.Errorf("%s is not cleared: %v", field, op)
		}
	}
}

func TestFieldOpOfAnUnknownField(t *testing.T) {
	p := credit.Patch{Name: credit.Set("a")}
	op := p.Op("color")
	op.Clear()
	op.Copy(p.Op(credit.FieldName))
	if !op.IsZero() || op.Equal(p.Op(credit.FieldName)) || op.String() != "unknown" {
		t.Errorf("got %v", op)
	}
}
