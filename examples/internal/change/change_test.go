package change_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/change"
)

func TestParseField(t *testing.T) {
	for _, name := range []string{"name", "note", "total", "balance", "starts_at", "expires_at", "priority", "metadata"} {
		if got, err := change.ParseField(name); err != nil || string(got) != name {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	const want = `unknown field "Total": use one of name, note, total, balance, starts_at, expires_at, priority, metadata`
	if _, err := change.ParseField("Total"); err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

// Set must set the right field and keep every digit.
func TestSet(t *testing.T) {
	var p credit.Patch
	for _, test := range []struct {
		field credit.Field
		text  string
	}{
		{credit.FieldName, " Spring, 2027 = new "},
		{credit.FieldNote, ""},
		{credit.FieldTotal, "12345678901234567890.10"},
		{credit.FieldBalance, "0"},
		{credit.FieldStartsAt, "2027-01-01T02:00:00.000000001+02:00"},
		{credit.FieldExpiresAt, "2028-02-29T00:00:00Z"},
		{credit.FieldPriority, "-1.50"},
		{credit.FieldMetadata, `{"a,b":"c=d", "e":""}`},
	} {
		if err := change.Set(&p, test.field, test.text); err != nil {
			t.Fatalf("%s: %v", test.field, err)
		}
	}
	if v, ok := p.Name.Get(); !ok || v != " Spring, 2027 = new " {
		t.Errorf("name is %q", v)
	}
	if v, ok := p.Note.Get(); !ok || v != "" {
		t.Errorf("note is %q, %v, want a set empty text", v, ok)
	}
	if v, ok := p.Total.Get(); !ok || v.String() != "12345678901234567890.10" {
		t.Errorf("total is %s", v)
	}
	if v, ok := p.Balance.Get(); !ok || v.String() != "0" {
		t.Errorf("balance is %s", v)
	}
	if v, ok := p.StartsAt.Get(); !ok || !v.Equal(time.Date(2027, 1, 1, 0, 0, 0, 1, time.UTC)) {
		t.Errorf("starts_at is %s", v)
	}
	if v, ok := p.ExpiresAt.Get(); !ok || !v.Equal(time.Date(2028, 2, 29, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("expires_at is %s", v)
	}
	if v, ok := p.Priority.Get(); !ok || v.String() != "-1.50" {
		t.Errorf("priority is %s", v)
	}
	if v, ok := p.Metadata.Get(); !ok || !maps.Equal(v, map[string]string{"a,b": "c=d", "e": ""}) {
		t.Errorf("metadata is %q", v)
	}
}

func TestClear(t *testing.T) {
	var p credit.Patch
	for _, f := range credit.Fields() {
		if err := change.Clear(&p, f); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
	}
	set, cleared := change.Texts(p)
	if len(set) > 0 || !slices.Equal(cleared, credit.Fields()) {
		t.Errorf("set %q, cleared %q", set, cleared)
	}
}

func TestFieldCanBeGivenOnlyOnce(t *testing.T) {
	texts := map[credit.Field]string{
		credit.FieldName: "a", credit.FieldNote: "a", credit.FieldTotal: "1", credit.FieldBalance: "1",
		credit.FieldStartsAt: "2027-01-01T00:00:00Z", credit.FieldExpiresAt: "2027-01-01T00:00:00Z",
		credit.FieldPriority: "1", credit.FieldMetadata: `{}`,
	}
	set := func(p *credit.Patch, f credit.Field) error { return change.Set(p, f, texts[f]) }
	for _, f := range credit.Fields() {
		for _, test := range []struct {
			name          string
			first, second func(*credit.Patch, credit.Field) error
		}{
			{"set and set", set, set}, {"set and clear", set, change.Clear},
			{"clear and set", change.Clear, set}, {"clear and clear", change.Clear, change.Clear},
		} {
			var p credit.Patch
			if err := test.first(&p, f); err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			if err := test.second(&p, f); err == nil || err.Error() != "is given more than once" {
				t.Errorf("%s, %s: %v", f, test.name, err)
			}
		}
	}
}

// An invalid text returns an error and leaves the patch unchanged.
func TestInvalidTextLeavesPatchUnchanged(t *testing.T) {
	for _, c := range []struct {
		field credit.Field
		texts []string
	}{
		{"colour", []string{"red"}},
		{credit.FieldTotal, []string{"", " 1", "1 ", "1,5", "0x10", "NaN", "Inf", "1_000", "+1", ".5", "1.", "true"}},
		{credit.FieldExpiresAt, []string{"", "2027-01-01", "2027-01-01T00:00:00", "2027-01-01 00:00:00Z", "2027-02-29T00:00:00Z",
			"2027-01-01T0:00:00Z", "2027-01-01T00:00:00,5Z", "2027-01-01T00:00:00+24:00", "2027-01-01T24:00:00Z",
			"2027-01-01T00:00:00.1234567891Z", "2027-01-01T00:00:00.1234567891+01:00", "now"}},
		{credit.FieldMetadata, []string{"", "null", "[]", `"a"`, "{", `{"a":1}`, `{"a":null}`, `{"a":true}`, `{"a":["b"]}`, `{"a":{}}`,
			`{"a":"b",}`, `{"a":"b"} {}`, `{"a":"b"} x`, `{a:"b"}`, `{"a":"1","a":"2"}`, `{"a":"1","\u0061":"1"}`, `{"a":null,"a":"1"}`,
			"{\"a\":\"\xff\"}", "{\"\xff\":\"a\"}", `{"a":"\ud83d"}`, `{"\udc00":"a"}`}},
	} {
		for _, text := range c.texts {
			var p credit.Patch
			if err := change.Set(&p, c.field, text); err == nil || !p.IsEmpty() {
				t.Errorf("%s: %q was taken: %v", c.field, text, err)
			}
		}
	}
	if err := change.Clear(new(credit.Patch), "colour"); err == nil || !strings.Contains(err.Error(), `"colour"`) {
		t.Errorf("got %v", err)
	}
}

func TestMetadataUnicodeEscapes(t *testing.T) {
	for _, test := range []struct {
		text string
		want string
	}{
		{`{"a":"\ud83d\ude00"}`, "😀"},
		{`{"a":"\uFFFD"}`, "\uFFFD"},
		{"{\"a\":\"\uFFFD é<&>\"}", "\uFFFD é<&>"},
	} {
		var p credit.Patch
		if err := change.Set(&p, credit.FieldMetadata, test.text); err != nil {
			t.Errorf("%s: %v", test.text, err)
		}
		if m, _ := p.Metadata.Get(); m["a"] != test.want {
			t.Errorf("%s: got %q", test.text, m["a"])
		}
	}
}

func TestTexts(t *testing.T) {
	p := credit.Patch{
		Name:      credit.Set(""),
		Note:      credit.Clear[string](),
		Total:     credit.Set(credit.MustParseDecimal("1.10")),
		Balance:   credit.Set(credit.MustParseDecimal("0")),
		StartsAt:  credit.Set(time.Date(2027, 1, 1, 0, 0, 10, 5, time.FixedZone("", 10))),
		ExpiresAt: credit.Set(time.Date(2027, 1, 1, 2, 0, 0, 0, time.FixedZone("", 7200))),
		Priority:  credit.Clear[credit.Decimal](),
		Metadata:  credit.Set(map[string]string{"b": "<&>", "a": "é"}),
	}
	set, cleared := change.Texts(p)
	want := map[credit.Field]string{
		"name": "", "total": "1.10", "balance": "0",
		"starts_at": "2027-01-01T00:00:00.000000005Z", "expires_at": "2027-01-01T00:00:00Z",
		"metadata": `{"a":"é","b":"<&>"}`,
	}
	if !maps.Equal(set, want) {
		t.Errorf("set is  %q\nwant it %q", set, want)
	}
	if !slices.Equal(cleared, []credit.Field{"note", "priority"}) {
		t.Errorf("cleared is %q", cleared)
	}
}

// A journal stores the texts: they must give the same patch again.
func TestTextsRoundTrip(t *testing.T) {
	texts := map[credit.Field]string{
		"name": "a\n\"b\"", "note": "", "total": "0.50", "balance": "1e3", "starts_at": "2027-01-01T00:00:00.5Z", "metadata": `{}`,
	}
	var p credit.Patch
	for f, text := range texts {
		if err := change.Set(&p, f, text); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
	}
	if got, _ := change.Texts(p); !maps.Equal(got, texts) {
		t.Errorf("%q became %q", texts, got)
	}
}
