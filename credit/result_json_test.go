package credit_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

func fullRecord() *credit.Record {
	return &credit.Record{
		ID: "7", Owner: "c1", Values: credit.Values(fullPatch()),
		Raw: json.RawMessage(`{"n":1.10,"big":12345678901234567890,"n":null,"x":"\ud800\u0041"}`),
	}
}

// updatedResult returns the Result of an Updater, with every exported member set.
func updatedResult(t *testing.T) *credit.Result {
	t.Helper()
	patch := credit.Patch{Name: credit.Set("new"), Note: credit.Clear[string](), Total: credit.Set(credit.MustParseDecimal("1.50"))}
	after := fullRecord()
	after.Values = credit.Values(patch)
	updater := credit.NewUpdater(&stub{support: everything(), answer: func() (*credit.Result, error) {
		return &credit.Result{
			Attempts: 2, RequestID: "r-1", IdempotencyKey: "k-1", DryRun: true,
			Before: fullRecord(), After: after, NotReturned: []credit.Field{credit.FieldNote, credit.FieldTotal},
			Request: &credit.Request{Method: "PUT", Path: "/credits/7?x=%20", Body: json.RawMessage(`{"total":1.50}`)},
			Raw:     json.RawMessage(`null`),
		}, nil
	}})
	result, err := updater.Update(t.Context(), credit.Ref{ID: "7"}, patch)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestRecordJSONText(t *testing.T) {
	for _, test := range []struct {
		name   string
		record credit.Record
		want   string
	}{
		{"empty", credit.Record{}, `{}`},
		{"fields", credit.Record{ID: "7", Owner: "c", Values: credit.Values{Note: credit.Clear[string](), Total: credit.Set(credit.MustParseDecimal("1.10"))}},
			`{"id":"7","owner":"c","note":null,"total":1.10}`},
		{"raw", credit.Record{ID: "7", Raw: json.RawMessage(`{"a":1.10,"a":[1E400,"\/"]}`)}, `{"id":"7","raw":{"a":1.10,"a":[1E400,"\/"]}}`},
		{"raw null", credit.Record{Raw: json.RawMessage(`null`)}, `{"raw":null}`},
		{"raw text", credit.Record{Raw: json.RawMessage(`"a"`)}, `{"raw":"a"}`},
		{"all", *fullRecord(), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if text, err := json.Marshal(test.record); err != nil || test.want != "" && string(text) != test.want {
				t.Errorf("got %s, %v\nwant %s", text, err, test.want)
			}
			checkRoundTrip(t, test.record, fullRecord())
		})
	}
}

// json.Marshal removes white space from JSON that a value holds, and writes <, > and &
// as escapes. Both leave the values as they are.
func TestRecordJSONKeepsValuesOfRaw(t *testing.T) {
	record := credit.Record{Raw: json.RawMessage(" {\n \"a\" : \"<&>\", \"b\":1.10 } ")}
	const want = `{"raw":{"a":"\u003c\u0026\u003e","b":1.10}}`
	if text, err := json.Marshal(record); err != nil || string(text) != want {
		t.Errorf("got %s, %v, want %s", text, err, want)
	}
	if text, err := json.Marshal(credit.Record{Raw: json.RawMessage{}}); err != nil || string(text) != `{}` {
		t.Errorf("an empty Raw is %s, %v", text, err)
	}
}

func TestResultJSONText(t *testing.T) {
	result := updatedResult(t)
	before, err := json.Marshal(result.Before)
	if err != nil {
		t.Fatal(err)
	}
	const raw = `{"n":1.10,"big":12345678901234567890,"n":null,"x":"\ud800\u0041"}`
	want := `{"vendor":"acme","id":"7","attempts":2,"request_id":"r-1","idempotency_key":"k-1","dry_run":true,` +
		`"before":` + string(before) + `,"after":{"id":"7","owner":"c1","name":"new","note":null,"total":1.50,"raw":` + raw + `},` +
		`"not_returned":["note","total"],"request":{"method":"PUT","path":"/credits/7?x=%20","body":{"total":1.50}},"raw":null,` +
		`"patch":{"name":"new","note":null,"total":1.50}}`
	text, err := json.Marshal(result)
	if err != nil || string(text) != want {
		t.Errorf("got %s, %v\nwant %s", text, err, want)
	}
	var back credit.Result
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(result.Changes(), back.Changes()); diff != "" || len(back.Changes()) != 3 {
		t.Errorf("Changes after decoding (-want +got):\n%s", diff)
	}
	checkRoundTrip(t, *result, &credit.Result{Vendor: "x", Before: &credit.Record{}})
	checkRoundTrip(t, credit.Result{}, updatedResult(t))
	if text, err := json.Marshal(credit.Result{}); err != nil || string(text) != `{}` {
		t.Errorf("an empty result is %s, %v", text, err)
	}
	checkRoundTrip(t, *result.Request, &credit.Request{Method: "x", Body: json.RawMessage(`1`)})
}

// A member that is added to one of the types must not be lost in JSON.
func TestJSONHasAllExportedMembers(t *testing.T) {
	for _, v := range []any{*fullRecord(), *updatedResult(t), *updatedResult(t).Request, credit.Ref{ID: "7", Owner: "c"}, fullPatch()} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(text, &members); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range reflect.VisibleFields(reflect.TypeOf(v)) {
			if f.IsExported() && !f.Anonymous {
				names = append(names, strings.ToLower(f.Name))
			}
			if value := reflect.ValueOf(v).FieldByIndex(f.Index); value.IsZero() {
				t.Errorf("%T: the test does not set %s", v, f.Name)
			}
		}
		for name := range members {
			i := slices.Index(names, strings.ReplaceAll(name, "_", ""))
			if i < 0 {
				if name != "patch" {
					t.Errorf("%T: %s is not a member of the type", v, name)
				}
				continue
			}
			names = slices.Delete(names, i, i+1)
		}
		if len(names) > 0 {
			t.Errorf("%T: JSON lacks %v", v, names)
		}
	}
}

func TestRecordAndResultJSONRefuseWhatJSONCannotHold(t *testing.T) {
	for _, test := range []struct {
		v    any
		want string
	}{
		{credit.Record{ID: "\xff"}, "credit: record: id: is not valid UTF-8"},
		{credit.Record{Values: credit.Values{Name: credit.Set("\xff")}}, "credit: record: name: is not valid UTF-8"},
		{credit.Record{Raw: json.RawMessage(`{"a":`)}, "credit: record: raw: is not JSON"},
		{credit.Record{Raw: json.RawMessage("\"\xff\"")}, "credit: record: raw: is not valid UTF-8"},
		{&credit.Result{Before: &credit.Record{Owner: "\xff"}}, "credit: result: before: owner: is not valid UTF-8"},
		{&credit.Result{After: &credit.Record{Raw: json.RawMessage(` `)}}, "credit: result: after: raw: is not JSON"},
		{credit.Result{NotReturned: []credit.Field{"color"}}, `credit: result: not_returned: unknown field "color"`},
		{credit.Result{Request: &credit.Request{Body: json.RawMessage(`{}{}`)}}, "credit: result: request: body: is not JSON"},
		{credit.Request{Path: "\xff"}, "credit: request: path: is not valid UTF-8"},
	} {
		text, err := json.Marshal(test.v)
		if err == nil || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("got %s, %v, want %s", text, err, test.want)
		}
		// The error of an encoder must not say that nothing was sent.
		if _, found := errors.AsType[*credit.InvalidError](err); found {
			t.Errorf("%v is an InvalidError", err)
		}
	}
}

func TestRecordAndResultJSONAreStrict(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{`null`, "must be an object, got null"},
		{`{"Raw":{}}`, "Raw: unknown name"},
		{`{"raw":{},"raw":{}}`, "raw: occurs twice"},
		{`{"ID":"7"}`, "ID: unknown name"},
		{`{"id":7}`, "id: must be a string, got a number"},
		{"{\"raw\":\"\xff\"}", "raw: is not valid UTF-8"},
		{`{"Values":{}}`, "Values: unknown name"},
		{`{"total":"x"}`, "total: must be a number within the limits of ParseDecimal"},
	} {
		record := *fullRecord()
		if err := json.Unmarshal([]byte(test.in), &record); err == nil || err.Error() != "credit: record: "+test.want || !reflect.DeepEqual(record, *fullRecord()) {
			t.Errorf("%s: %v, want %s", test.in, err, test.want)
		}
	}
	for _, test := range []struct{ in, want string }{
		{`[]`, "must be an object, got an array"},
		{`{"Attempts":1}`, "Attempts: unknown name"},
		{`{"attempts":1.5}`, "attempts: must be a whole number, got 1.5"},
		{`{"attempts":"1"}`, "attempts: must be a whole number, got a string"},
		{`{"attempts":99999999999999999999}`, "attempts: must be a whole number, got 99999999999999999999"},
		{`{"dry_run":"true"}`, "dry_run: must be true or false, got a string"},
		{`{"dry_run":null}`, "dry_run: must be true or false, got null"},
		{`{"before":[]}`, "before: must be an object, got an array"},
		{`{"after":{"color":1}}`, "after: color: unknown name"},
		{`{"after":{"name":1}}`, "after: name: must be a string, got a number"},
		{`{"not_returned":"note"}`, "not_returned: must be an array of names of fields, got a string"},
		{`{"not_returned":[1]}`, "not_returned: must be a string, got a number"},
		{`{"not_returned":["Note"]}`, `not_returned: unknown field "Note"`},
		{`{"request":{"headers":{}}}`, "request: headers: unknown name"},
		{`{"patch":null}`, "patch: must be an object, got null"},
		{`{"patch":{"total":[]}}`, "patch: total: must be a number, or a string with a number, got an array"},
	} {
		result := credit.Result{Vendor: "x"}
		if err := json.Unmarshal([]byte(test.in), &result); err == nil || err.Error() != "credit: result: "+test.want || !reflect.DeepEqual(result, credit.Result{Vendor: "x"}) {
			t.Errorf("%s: %+v, %v, want %s", test.in, result, err, test.want)
		}
	}
	var result credit.Result
	if err := json.Unmarshal([]byte(`{"before":null,"after":null,"request":null}`), &result); err != nil || !reflect.DeepEqual(result, credit.Result{}) {
		t.Errorf("nulls for pointers: %+v, %v", result, err)
	}
	pointer := fullRecord()
	if err := json.Unmarshal([]byte(`null`), &pointer); err != nil || pointer != nil {
		t.Errorf("null for a *Record: %v, %v", pointer, err)
	}
}

// FuzzRecordJSON checks that whatever is decoded is encoded and decoded again without
// loss.
func FuzzRecordJSON(f *testing.F) {
	for _, record := range []*credit.Record{{}, fullRecord()} {
		text, err := json.Marshal(record)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, seed := range []string{
		`{"raw":null}`, `{"raw":[1.10, "<&>", {"a":1,"a":2}]}`, "{\"raw\":\"\xff\"}", `{"raw":"\ud800"}`, `{"id":null}`, `{"id":"\u0037"}`,
		`{"Raw":1}`, `{"raw":1,"raw":2}`, `{"patch":{}}`, `null`, `{"name":"a","Values":{}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var record credit.Record
		if json.Unmarshal(data, &record) != nil {
			return
		}
		text, err := json.Marshal(record)
		if err != nil {
			t.Fatalf("%q was decoded as %+v, which is not encoded: %v", data, record, err)
		}
		back := *fullRecord()
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatalf("%q is encoded as %s: %v", data, text, err)
		}
		raw, err := compactJSON(record.Raw)
		if err != nil || string(raw) != string(back.Raw) {
			t.Errorf("raw is %s, was %s, %v", back.Raw, raw, err)
		}
		record.Raw, back.Raw = nil, nil
		if !reflect.DeepEqual(back, record) {
			t.Errorf("%q is %+v, encoded as %s, which is %+v", data, record, text, back)
		}
	})
}

// compactJSON writes raw as encoding/json writes JSON that a value holds.
func compactJSON(raw json.RawMessage) (json.RawMessage, error) {
	if raw == nil {
		return nil, nil
	}
	return json.Marshal(raw)
}
