package thoughtindustries

import (
	"encoding/json"
	"reflect"
	"testing"
)

// envelopes are responses to an update, and whether one scan reads them.
var envelopes = []struct {
	name, doc string
	scanned   bool
}{
	{"the documented form", `{"data":{"UpdateCreditBatch":{"id":"b1","name":"A","currentBalance":4.50}}}`, true},
	{"white space", " {\n\"data\" : {\"UpdateCreditBatch\" : { \"id\" : \"b1\" } } } ", true},
	{"unknown members", `{"x":1,"data":{"y":[{"errors":1}],"UpdateCreditBatch":{"z":{"errors":[1]},"id":"b1"}}}`, true},
	{"errors in an unknown object", `{"x":{"errors":["bad"]},"data":{"UpdateCreditBatch":{"id":"b1"}}}`, true},
	{"errors at the top", `{"errors":["bad"],"data":{"UpdateCreditBatch":{"id":"b1"}}}`, false},
	{"errors behind the batch", `{"data":{"UpdateCreditBatch":{"id":"b1"}},"errors":null}`, false},
	{"errors beside the batch", `{"data":{"errors":["bad"],"UpdateCreditBatch":{"id":"b1"}}}`, false},
	{"errors in the batch", `{"data":{"UpdateCreditBatch":{"id":"b1","errors":["bad"]}}}`, false},
	{"escaped errors in the batch", `{"data":{"UpdateCreditBatch":{"id":"b1","\u0065rrors":["bad"]}}}`, false},
	{"folded errors", `{"Errors":["bad"],"data":{"UpdateCreditBatch":{"id":"b1"}}}`, false},
	{"folded data", `{"Data":{},"data":{"UpdateCreditBatch":{"id":"b1"}}}`, false},
	{"a folded batch", `{"data":{"updatecreditbatch":{},"UpdateCreditBatch":{"id":"b1"}}}`, false},
	{"data twice", `{"data":{"UpdateCreditBatch":{"id":"b1"}},"data":{}}`, false},
	{"the batch twice", `{"data":{"UpdateCreditBatch":{"id":"b1"},"UpdateCreditBatch":{"id":"b1"}}}`, false},
	{"an id twice", `{"data":{"UpdateCreditBatch":{"id":"b1","id":"b2"}}}`, false},
	{"null for data", `{"data":null}`, false},
	{"a list for data", `{"data":[]}`, false},
	{"a number for the id", `{"data":{"UpdateCreditBatch":{"id":1}}}`, false},
	{"two values", `{"data":{"UpdateCreditBatch":{"id":"b1"}}} {}`, false},
	{"a response that breaks off", `{"data":{"UpdateCreditBatch":{"id":"b1"}}`, false},
	{"no JSON", `nothing`, false},
	{"an empty response", ``, false},
}

func TestScanBatchLeavesOddResponses(t *testing.T) {
	for _, e := range envelopes {
		t.Run(e.name, func(t *testing.T) {
			if batch, _ := scanBatch([]byte(e.doc)); (batch != nil) != e.scanned {
				t.Errorf("got %+v, want a batch: %v", batch, e.scanned)
			}
			compareWithEncodingJSON(t, []byte(e.doc))
		})
	}
}

// FuzzScanBatch compares with encoding/json what one scan of a response returns.
func FuzzScanBatch(f *testing.F) {
	for _, e := range envelopes {
		f.Add([]byte(e.doc))
	}
	f.Fuzz(compareWithEncodingJSON)
}

func compareWithEncodingJSON(t *testing.T, doc []byte) {
	batch, text := scanBatch(doc)
	if batch == nil {
		return
	}
	var answer, data, members map[string]json.RawMessage
	if err := json.Unmarshal(doc, &answer); err != nil {
		t.Fatal(err)
	}
	want := new(CreditBatch)
	if answer["data"] != nil {
		if err := json.Unmarshal(answer["data"], &data); err != nil {
			t.Fatal(err)
		}
	}
	if raw := data[updateName]; string(raw) != string(text) {
		t.Fatalf("got JSON %q, want %q", text, raw)
	} else if raw != nil {
		if err := json.Unmarshal(raw, &members); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, want); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(batch, want) {
		t.Errorf("got %+v, want %+v", batch, want)
	}
	if cap(text) != len(text) {
		t.Error("appending to the JSON would write into the response")
	}
	for _, object := range []map[string]json.RawMessage{answer, data, members} {
		if _, has := object["errors"]; has {
			t.Errorf("a response with errors was scanned: %s", doc)
		}
	}
}
