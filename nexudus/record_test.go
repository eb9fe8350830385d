package nexudus

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

// Whatever a record and an update have in common goes from one to the other;
// the rest of the update are commands.
func TestUpdateForgetsNoMember(t *testing.T) {
	var record CoworkerBookingCredit
	filled := reflect.ValueOf(&record).Elem()
	for i := range filled.NumField() {
		fill(t, filled.Type().Field(i).Name, filled.Field(i))
	}
	update := reflect.ValueOf(record.Update())
	for i := range update.NumField() {
		name := update.Type().Field(i).Name
		if strings.HasPrefix(name, "Added") || strings.HasPrefix(name, "Removed") {
			if !update.Field(i).IsZero() {
				t.Errorf("%s is a command and was filled", name)
			}
			continue
		}
		got, want := reflect.Indirect(update.Field(i)), filled.FieldByName(name)
		if !got.IsValid() || !reflect.DeepEqual(got.Interface(), want.Interface()) {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

// A member of the update that the record does not have is a command. Those that
// the check knows, those that the updater drops from a record, and those of the
// spec are the same.
func TestEveryCommandIsKnownAsOne(t *testing.T) {
	var spec []string
	record := reflect.TypeFor[CoworkerBookingCredit]()
	for _, field := range reflect.VisibleFields(reflect.TypeFor[CoworkerBookingCreditUpdate]()) {
		var update CoworkerBookingCreditUpdate
		if value := reflect.ValueOf(&update).Elem().FieldByIndex(field.Index); value.Kind() != reflect.Pointer {
			fill(t, field.Name, value)
		}
		_, known := record.FieldByName(field.Name)
		if update.commands() == known {
			t.Errorf("%s is a command: the spec says %t, the check %t", field.Name, !known, known)
		}
		if !known {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			spec = append(spec, name)
		}
	}
	dropped := slices.Sorted(slices.Values(shape.Commands))
	if slices.Sort(spec); !slices.Equal(spec, dropped) {
		t.Errorf("the updater drops %q, and the spec has the commands %q", dropped, spec)
	}
}

func fill(t *testing.T, name string, field reflect.Value) {
	t.Helper()
	switch v := field.Addr().Interface().(type) {
	case *string:
		*v = name
	case *int64:
		*v = int64(len(name))
	case *bool:
		*v = true
	case *[]int64:
		*v = []int64{int64(len(name))}
	case *credit.Decimal:
		*v = credit.NewDecimal(int64(len(name)))
	case *credit.LocalTime:
		*v = credit.LocalDate(2027, 1, len(name))
	default:
		if field.Kind() != reflect.Slice { // free JSON, which an update has none of
			t.Errorf("%s has the type %T, which this test does not know", name, v)
		}
	}
}

// A flag that is off stays off by being sent: left out, it would be false by
// the vendor's doing.
func TestUpdateSendsFlagsThatAreOff(t *testing.T) {
	update := CoworkerBookingCredit{}.Update()
	if update.UseCreditPrice == nil || *update.UseCreditPrice {
		t.Errorf("UseCreditPrice is %v, want false", update.UseCreditPrice)
	}
	if update.Description != nil || update.ElegiblePasses != nil {
		t.Errorf("null came back as a value: %+v", update)
	}
}
