package credit_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// fullPatch sets all fields of a patch, to values that a careless encoder would change.
func fullPatch() credit.Patch {
	return credit.Patch{
		Name:      credit.Set("a \"b\" é\u2028 <&> \U0001F600 \x00"),
		Note:      credit.Set(""),
		Total:     credit.Set(credit.MustParseDecimal("9007199254740993.10")),
		Balance:   credit.Set(credit.MustParseDecimal("-0")),
		StartsAt:  credit.Set(time.Date(2027, 1, 1, 0, 0, 0, 1, time.UTC)),
		ExpiresAt: credit.Set(time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)),
		Priority:  credit.Set(credit.MustParseDecimal("1E400")),
		Metadata:  credit.Set(map[string]string{"": "", "b": "2", "a\n": "\ufffd"}),
	}
}

func clearedPatch() (p credit.Patch) {
	for _, f := range credit.Fields() {
		p.Op(f).Clear()
	}
	return p
}

func TestPatchJSONText(t *testing.T) {
	zone := time.FixedZone("", 2*3600+30) // an offset that RFC 3339 cannot write
	for _, test := range []struct {
		name  string
		patch credit.Patch
		want  string
	}{
		{"empty", credit.Patch{}, `{}`},
		{"set", fullPatch(), `{"name":"a \"b\" é\u2028 <&> 😀 \u0000","note":"","total":9007199254740993.10,"balance":-0,` +
			`"starts_at":"2027-01-01T00:00:00.000000001Z","expires_at":"9999-12-31T23:59:59.999999999Z","priority":1E400,` +
			`"metadata":{"":"","a\n":"�","b":"2"}}`},
		{"cleared", clearedPatch(), `{"name":null,"note":null,"total":null,"balance":null,"starts_at":null,"expires_at":null,"priority":null,"metadata":null}`},
		{"set to nothing", credit.Patch{Note: credit.Set(""), Metadata: credit.Set(map[string]string{})}, `{"note":"","metadata":{}}`},
		{"another zone", credit.Patch{StartsAt: credit.Set(time.Date(2027, 1, 1, 2, 0, 30, 0, zone))}, `{"starts_at":"2027-01-01T00:00:00Z"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			text, err := test.patch.MarshalJSON()
			if err != nil || string(text) != test.want {
				t.Fatalf("got %s, %v\nwant %s", text, err, test.want)
			}
			values, err := credit.Values(test.patch).MarshalJSON()
			if err != nil || string(values) != test.want {
				t.Errorf("as Values: %s, %v", values, err)
			}
			checkRoundTrip(t, inUTC(test.patch), &credit.Patch{Name: credit.Set("x"), Metadata: credit.Set(map[string]string{"x": "y"})})
			checkRoundTrip(t, credit.Values(inUTC(test.patch)), &credit.Values{Name: credit.Set("x")})
		})
	}
}

func inUTC(p credit.Patch) credit.Patch {
	if at, ok := p.StartsAt.Get(); ok {
		p.StartsAt = credit.Set(at.UTC())
	}
	return p
}

// checkRoundTrip encodes v alone and within other types, and decodes it into out, which
// holds something else.
func checkRoundTrip[T any](t *testing.T, v T, out *T) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, out); err != nil || !reflect.DeepEqual(*out, v) {
		t.Errorf("%s came back as %+v, %v", text, *out, err)
	}
	type holder struct {
		Value   T
		Pointer *T
		Nil     *T
		List    []T
	}
	in := holder{Value: v, Pointer: &v, List: []T{v, v}}
	text, err = json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	back := holder{Value: *out, Nil: out}
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, in) {
		t.Errorf("%s came back as %+v, %v", text, back, err)
	}
}

func TestPatchJSONRefusesValuesThatCannotBeSent(t *testing.T) {
	for _, test := range []struct {
		patch credit.Patch
		want  string
	}{
		{credit.Patch{Name: credit.Set("\xff")}, "credit: patch: name: is not valid UTF-8"},
		{credit.Patch{Note: credit.Set("a\xed\xa0\x80")}, "credit: patch: note: is not valid UTF-8"},
		{credit.Patch{Total: credit.Set(credit.Decimal{})}, "credit: patch: total: amount is not set"},
		{credit.Patch{StartsAt: credit.Set(time.Time{})}, "credit: patch: starts_at: time is not set"},
		{credit.Patch{ExpiresAt: credit.Set(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))}, "credit: patch: expires_at: must be in the years 1 to 9999"},
		{credit.Patch{Metadata: credit.Set[map[string]string](nil)}, "credit: patch: metadata: map is nil: set an empty one, or clear the field"},
		{credit.Patch{Metadata: credit.Set(map[string]string{"\xff": ""})}, "credit: patch: metadata: holds text that is not valid UTF-8"},
		{credit.Patch{Metadata: credit.Set(map[string]string{"a": "\xff"})}, "credit: patch: metadata: holds text that is not valid UTF-8"},
	} {
		text, err := json.Marshal(test.patch)
		if err == nil || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("got %s, %v, want %s", text, err, test.want)
		}
	}
}

func TestPatchJSONIsStrict(t *testing.T) {
	const timeWant = "must be an RFC 3339 time with a zone and at most 9 decimal places, such as 2027-01-01T00:00:00Z"
	for _, test := range []struct{ in, want string }{
		{`null`, `must be an object, got null`},
		{`[]`, `must be an object, got an array`},
		{`"a"`, `must be an object, got a string`},
		{`{"Name":"a"}`, `Name: unknown name`},
		{`{"expiresAt":null}`, `expiresAt: unknown name`},
		{`{"":null}`, `"": unknown name`},
		{`{"a\nb":null}`, `"a\nb": unknown name`},
		{`{"id":"7"}`, `id: unknown name`},
		{`{"name":"a","name":"a"}`, `name: occurs twice`},
		{`{"name":"a","n\u0061me":null}`, `name: occurs twice`},
		{`{"\ud800":null}`, `a member's name holds invalid Unicode: bytes that are not UTF-8, or half of a surrogate pair`},
		{`{"name":1}`, `name: must be a string, got a number`},
		{`{"name":true}`, `name: must be a string, got a boolean`},
		{`{"note":["a"]}`, `note: must be a string, got an array`},
		{`{"name":"\ud800"}`, `name: holds invalid Unicode: bytes that are not UTF-8, or half of a surrogate pair`},
		{"{\"name\":\"\xff\"}", `name: holds invalid Unicode: bytes that are not UTF-8, or half of a surrogate pair`},
		{`{"total":true}`, `total: must be a number, or a string with a number, got a boolean`},
		{`{"total":"a"}`, `total: must be a number within the limits of ParseDecimal`},
		{`{"total":" 1"}`, `total: must be a number within the limits of ParseDecimal`},
		{`{"total":1e1000001}`, `total: must be a number within the limits of ParseDecimal`},
		{`{"balance":""}`, `balance: amount is not set`},
		{`{"priority":{}}`, `priority: must be a number, or a string with a number, got an object`},
		{`{"starts_at":1}`, `starts_at: must be a string, got a number`},
		{`{"starts_at":""}`, `starts_at: ` + timeWant},
		{`{"starts_at":"2027-01-01"}`, `starts_at: ` + timeWant},
		{`{"starts_at":"2027-01-01T00:00:00"}`, `starts_at: ` + timeWant},
		{`{"starts_at":"2027-01-01T0:00:00Z"}`, `starts_at: ` + timeWant},
		{`{"starts_at":"2027-01-01T00:00:00,5Z"}`, `starts_at: ` + timeWant},
		{`{"starts_at":"2027-01-01T00:00:00.0000000001Z"}`, `starts_at: ` + timeWant},
		{`{"starts_at":"2027-01-01T00:00:00+24:00"}`, `starts_at: ` + timeWant},
		{`{"starts_at":"2027-01-01T00:00:00+01:60"}`, `starts_at: ` + timeWant},
		{`{"starts_at":"2027-01-01T00:00:00-24:00"}`, `starts_at: ` + timeWant},
		{`{"starts_at":"2027-01-01T00:00:00.Z"}`, `starts_at: ` + timeWant},
		{`{"starts_at":"2027-02-29T00:00:00Z"}`, `starts_at: ` + timeWant},
		{`{"expires_at":"0001-01-01T00:00:00Z"}`, `expires_at: time is not set`},
		{`{"expires_at":"9999-12-31T23:59:59-00:01"}`, `expires_at: must be in the years 1 to 9999`},
		{`{"metadata":"a"}`, `metadata: must be an object of strings, got a string`},
		{`{"metadata":{"a":1}}`, `metadata: a: must be a string, got a number`},
		{`{"metadata":{"a":null}}`, `metadata: a: must be a string, got null`},
		{`{"metadata":{"a":"1","a":"1"}}`, `metadata: a: occurs twice`},
		{`{"metadata":{"a":"1","\u0061":"2"}}`, `metadata: a: occurs twice`},
		{`{"metadata":{"\udc00":"1"}}`, `metadata: a member's name holds invalid Unicode: bytes that are not UTF-8, or half of a surrogate pair`},
		{`{"metadata":{"a":"\ud83d"}}`, `metadata: a: holds invalid Unicode: bytes that are not UTF-8, or half of a surrogate pair`},
	} {
		p, v := fullPatch(), credit.Values(fullPatch())
		if err := json.Unmarshal([]byte(test.in), &p); err == nil || err.Error() != "credit: patch: "+test.want {
			t.Errorf("%s: %v\nwant %s", test.in, err, test.want)
		}
		if err := json.Unmarshal([]byte(test.in), &v); err == nil || err.Error() != "credit: values: "+test.want {
			t.Errorf("%s as Values: %v\nwant %s", test.in, err, test.want)
		}
		if !reflect.DeepEqual(p, fullPatch()) || !reflect.DeepEqual(v, credit.Values(fullPatch())) {
			t.Errorf("%s changed the patch to %+v and the values to %+v", test.in, p, v)
		}
	}
}

// UnmarshalJSON can be called without json.Unmarshal, which validates the text.
func TestPatchUnmarshalJSONRefusesInvalidJSON(t *testing.T) {
	for _, text := range []string{``, `{`, `{}}`, `{"name":"a",}`, `{"name" "a"}`, `{} x`, `{,}`} {
		p := fullPatch()
		if err := p.UnmarshalJSON([]byte(text)); err == nil || !reflect.DeepEqual(p, fullPatch()) {
			t.Errorf("%q: %+v, %v", text, p, err)
		}
	}
	var p credit.Patch
	if err := p.UnmarshalJSON([]byte(" \n{ \"name\" : \"a\" , \"note\" : null }\t")); err != nil ||
		!reflect.DeepEqual(p, credit.Patch{Name: credit.Set("a"), Note: credit.Clear[string]()}) {
		t.Errorf("with white space: %+v, %v", p, err)
	}
}

func TestPatchJSONAcceptsQuotedAmountsAndOffsets(t *testing.T) {
	var p credit.Patch
	if err := json.Unmarshal([]byte(`{"total":"12.50","starts_at":"2027-01-01T02:00:00.5+02:00"}`), &p); err != nil {
		t.Fatal(err)
	}
	want := credit.Patch{Total: credit.Set(credit.MustParseDecimal("12.50")), StartsAt: credit.Set(time.Date(2027, 1, 1, 0, 0, 0, 5e8, time.UTC))}
	if !reflect.DeepEqual(p, want) {
		t.Errorf("got %+v", p)
	}
}

func TestRefJSON(t *testing.T) {
	for _, test := range []struct {
		ref  credit.Ref
		want string
	}{
		{credit.Ref{}, `{}`},
		{credit.Ref{ID: "7"}, `{"id":"7"}`},
		{credit.Ref{ID: "<é>", Owner: "c 1"}, `{"id":"<é>","owner":"c 1"}`},
	} {
		if text, err := test.ref.MarshalJSON(); err != nil || string(text) != test.want {
			t.Errorf("got %s, %v, want %s", text, err, test.want)
		}
		checkRoundTrip(t, test.ref, &credit.Ref{ID: "x", Owner: "y"})
	}
	for _, test := range []struct{ in, want string }{
		{`null`, "must be an object, got null"},
		{`{"ID":"7"}`, "ID: unknown name"},
		{`{"id":"7","id":"7"}`, "id: occurs twice"},
		{`{"id":7}`, "id: must be a string, got a number"},
		{`{"owner":null}`, "owner: must be a string, got null"},
	} {
		ref := credit.Ref{ID: "x", Owner: "y"}
		if err := json.Unmarshal([]byte(test.in), &ref); err == nil || err.Error() != "credit: ref: "+test.want || ref != (credit.Ref{ID: "x", Owner: "y"}) {
			t.Errorf("%s: %v, %v, want %s", test.in, ref, err, test.want)
		}
	}
	if text, err := json.Marshal(credit.Ref{ID: "\xff"}); err == nil || !strings.HasSuffix(err.Error(), "credit: ref: id: is not valid UTF-8") {
		t.Errorf("got %s, %v", text, err)
	}
}

// A field in a struct of the user's own is not lost either.
func TestOptJSON(t *testing.T) {
	type form struct {
		Name  credit.Opt[string]            `json:"name,omitzero"`
		Total credit.Opt[credit.Decimal]    `json:"total,omitzero"`
		Until credit.Opt[time.Time]         `json:"until,omitzero"`
		Tags  credit.Opt[map[string]string] `json:"tags,omitzero"`
		Count credit.Opt[int]               `json:"count,omitzero"`
	}
	for _, test := range []struct {
		form form
		want string
	}{
		{form{}, `{}`},
		{form{Total: credit.Set(credit.MustParseDecimal("1.50")), Count: credit.Set(0)}, `{"total":1.50,"count":0}`},
		{form{Name: credit.Clear[string](), Count: credit.Clear[int]()}, `{"name":null,"count":null}`},
		{form{Until: credit.Set(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)), Tags: credit.Set(map[string]string{})}, `{"until":"2027-01-01T00:00:00Z","tags":{}}`},
	} {
		text, err := json.Marshal(test.form)
		if err != nil || string(text) != test.want {
			t.Errorf("got %s, %v, want %s", text, err, test.want)
		}
		var back form
		if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, test.form) {
			t.Errorf("%s came back as %+v, %v", text, back, err)
		}
	}
	if text, err := json.Marshal(credit.Opt[string]{}); err == nil {
		t.Errorf("a field that is left alone is %s", text)
	}
	if text, err := json.Marshal(credit.Set("\xff")); err == nil {
		t.Errorf("text that is not UTF-8 is %s", text)
	}
	for _, in := range []string{`1`, `"\ud800"`, `x`, ``} {
		field := credit.Set("a")
		if err := field.UnmarshalJSON([]byte(in)); err == nil || field != credit.Set("a") {
			t.Errorf("%q: %+v, %v", in, field, err)
		}
	}
	number := credit.Set(7)
	if err := json.Unmarshal([]byte(`"a"`), &number); err == nil || number != credit.Set(7) {
		t.Errorf("%+v, %v", number, err)
	}
}

// FuzzPatchJSON checks that whatever is decoded is encoded and decoded again without
// loss, and that the same is decoded within a record.
func FuzzPatchJSON(f *testing.F) {
	for _, p := range []credit.Patch{{}, fullPatch(), clearedPatch()} {
		text, err := json.Marshal(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, seed := range []string{
		`null`, `{"Name":"a"}`, `{"name":"a","name":"b"}`, `{"total":"12.50"}`, `{"total":1e1000001}`, `{"balance":""}`,
		`{"starts_at":"2027-01-01T02:00:00.5+02:00"}`, `{"starts_at":"0000-12-31T23:59:59-01:00"}`, `{"expires_at":"2027-01-01T00:00:00.0000000001Z"}`,
		`{"metadata":{"a":"1","\u0061":"2"}}`, `{"name":"\ud800"}`, "{\"name\":\"\xff\"}", `{"metadata":{"a":null}}`, `{"n\u006fte":"\/"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p := clearedPatch()
		var record credit.Record
		err, recordErr := json.Unmarshal(data, &p), json.Unmarshal(data, &record)
		if err != nil {
			if !reflect.DeepEqual(p, clearedPatch()) {
				t.Errorf("%q changed the patch with the error %v", data, err)
			}
			return
		}
		if recordErr != nil || !reflect.DeepEqual(credit.Patch(record.Values), p) {
			t.Errorf("%q is the patch %+v and the record %+v, %v", data, p, record, recordErr)
		}
		var generic map[string]json.RawMessage
		if err := json.Unmarshal(data, &generic); err != nil {
			t.Fatalf("%q is a patch and not an object: %v", data, err)
		}
		for _, field := range credit.Fields() {
			value, found := generic[string(field)]
			if op := p.Op(field); found == op.IsZero() || found && (string(value) == "null") != op.IsClear() {
				t.Errorf("%q: %s is %v, found %t", data, field, op, found)
			}
		}
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatalf("%q was decoded as %+v, which is not encoded: %v", data, p, err)
		}
		back := fullPatch()
		if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, p) {
			t.Errorf("%q is %+v, encoded as %s, which is %+v, %v", data, p, text, back, err)
		}
	})
}
