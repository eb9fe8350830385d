package nexudus

import (
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
		if isCommand(name) {
			if !update.Field(i).IsZero() {
				t.Errorf("%s is a command and was filled", name)
			}
			continue
		}
		got, want := update.Field(i), filled.FieldByName(name)
		if !reflect.DeepEqual(got.Interface(), want.Interface()) {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

func isCommand(name string) bool {
	return slices.ContainsFunc(shape.Commands, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// A member of the update that the record does not have is a command. The check
// knows each of them, and so does the updater, by how its name begins.
func TestEveryCommandIsKnownAsOne(t *testing.T) {
	if want := []string{"Added", "Removed"}; !slices.Equal(shape.Commands, want) {
		t.Errorf("the updater drops what begins with %q, want %q", shape.Commands, want)
	}
	record := reflect.TypeFor[CoworkerBookingCredit]()
	for _, field := range reflect.VisibleFields(record) {
		if name := field.Tag.Get("json"); isCommand(name) {
			t.Errorf("%s is a member of the record, and its name is that of a command", name)
		}
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[CoworkerBookingCreditUpdate]()) {
		var update CoworkerBookingCreditUpdate
		fill(t, field.Name, reflect.ValueOf(&update).Elem().FieldByIndex(field.Index))
		_, known := record.FieldByName(field.Name)
		if name := field.Tag.Get("json"); update.hasCommands() == known || isCommand(name) == known {
			t.Errorf("%s is a command: the spec says %t, the check %t, its name %t", name, !known, update.hasCommands(), isCommand(name))
		}
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
	case *json.RawMessage:
		*v = json.RawMessage(`[{"` + name + `":1.10}]`)
	case *[]json.RawMessage:
		*v = []json.RawMessage{json.RawMessage(`1.10`)}
	case *Nullable[string]:
		*v = Value(name)
	case *Nullable[bool]:
		*v = Value(true)
	case *Nullable[[]int64]:
		*v = Value([]int64{int64(len(name))})
	case *Nullable[credit.Decimal]:
		*v = Value(credit.NewDecimal(int64(len(name))))
	case *Nullable[credit.LocalTime]:
		*v = Value(credit.LocalDate(2027, 1, len(name)))
	default:
		t.Errorf("%s has the type %T, which this test does not know", name, v)
	}
}

// A null goes back as null, a value as that value, and a member that is missing
// stays missing.
func TestUpdateIsLossless(t *testing.T) {
	const required = `"Id":7,"CoworkerId":1,"BusinessId":2,"TotalCredit":1.10`
	for _, member := range []struct {
		name   string
		values []string
	}{
		{"RemainingCredit", []string{"0", "-1.10", "12345678901234567890.10"}},
		{"Description", []string{`""`, `"a"`}},
		{"ValidFrom", []string{`"2027-01-02T03:04:05"`, `"2027-01-02T03:04:05.10Z"`, `"soon"`}},
		{"ExpireDate", []string{`"2027-01-02"`}},
		{"CaneBeUsedForBookings", []string{"true", "false"}},
		{"CaneBeUsedForEvents", []string{"true", "false"}},
		{"IsUniversalCredit", []string{"true", "false"}},
		{"AppliesToCharges", []string{"true", "false"}},
		{"UseCreditPrice", []string{"true", "false"}},
		{"CoworkerContractUniqueId", []string{`""`, `"5b8a7a0e"`}},
		{"ElegiblePasses", []string{"[]", "[7,8]"}},
		{"ElegibleProducts", []string{"[]", "[7]"}},
		{"ElegibleResourceTypes", []string{"[]", "[7]"}},
		{"ElegibleTariffs", []string{"[]", "[7]"}},
		{"EventCategories", []string{"[]", "[7]"}},
		{"CoworkerBookingCreditUses", []string{"[]", `[1.10,{"a":null}]`}},
	} {
		for _, value := range append(member.values, "null", "") {
			doc := `{` + required + `}`
			if value != "" {
				doc = `{` + required + `,"` + member.name + `":` + value + `}`
			}
			echo := &echo{record: doc}
			client, err := New(credit.StaticToken("token"), credit.WithTransport(echo))
			if err != nil {
				t.Fatal(err)
			}
			record, err := client.GetCoworkerBookingCredit(t.Context(), 7)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := client.UpdateCoworkerBookingCredit(t.Context(), record.Update()); err != nil {
				t.Errorf("%s is not sent back: %v", doc, err)
			}
			sent := echo.sent
			if diff := cmp.Diff(members(t, []byte(doc)), members(t, sent)); diff != "" {
				t.Errorf("%s goes back as %s (-read +sent):\n%s", doc, sent, diff)
			}
		}
	}
}

// echo is a vendor that answers reads with a record and keeps what is written.
type echo struct {
	record string
	sent   []byte
}

func (e *echo) RoundTrip(req *http.Request) (*http.Response, error) {
	answer := e.record
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		e.sent, answer = body, `{"Value":{"Id":7},"WasSuccessful":true}`
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer))}, nil
}

// An empty text is the unset amount or time, which has no JSON of its own.
func TestUpdateSendsNullForAnEmptyText(t *testing.T) {
	var record CoworkerBookingCredit
	if err := json.Unmarshal([]byte(`{"RemainingCredit":"","ValidFrom":"","ExpireDate":""}`), &record); err != nil {
		t.Fatal(err)
	}
	if u := record.Update(); !u.RemainingCredit.IsNull() || !u.ValidFrom.IsNull() || !u.ExpireDate.IsNull() {
		t.Errorf("the update is %+v", u)
	}
}

func members(t *testing.T, doc []byte) map[string]string {
	t.Helper()
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(doc, &raw); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for name, value := range raw {
		all[name] = string(value)
	}
	return all
}
