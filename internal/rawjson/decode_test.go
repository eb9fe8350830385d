package rawjson

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
)

type fields struct {
	Text  string   `json:"text"`
	Count int64    `json:"count"`
	List  []string `json:"list"`
}

var fieldNames = []string{"count", "list", "text"}

func TestDecode(t *testing.T) {
	for _, test := range []struct {
		doc     string
		want    fields
		unknown map[string]json.RawMessage
	}{
		{`{}`, fields{}, nil},
		{`{"text":"a","count":7,"list":["b"]}`, fields{"a", 7, []string{"b"}}, nil},
		{`{"x": [ 1.10 ],"t\u0065xt":"a"}`, fields{Text: "a"}, map[string]json.RawMessage{"x": json.RawMessage(`[ 1.10 ]`)}},
		{`{"text":"a","Text":"b","TEXT":null}`, fields{Text: "a"}, map[string]json.RawMessage{"Text": json.RawMessage(`"b"`), "TEXT": json.RawMessage(`null`)}},
	} {
		var got fields
		unknown, err := Decode([]byte(test.doc), &got, fieldNames...)
		if err != nil || !reflect.DeepEqual(got, test.want) || !reflect.DeepEqual(unknown, test.unknown) {
			t.Errorf("%s: %+v and %s, %v; want %+v and %s", test.doc, got, unknown, err, test.want, test.unknown)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, doc := range append([]string{`{"text":"a","text":"b"}`, `{"x":1,"x":2}`, `{"\ud800":1}`}, broken...) {
		if unknown, err := Decode([]byte(doc), new(fields), fieldNames...); err == nil || unknown != nil {
			t.Errorf("%s: %s, %v; want an error", doc, unknown, err)
		}
	}
	_, err := Decode([]byte(`{"x":1,"count":"a"}`), new(fields), fieldNames...)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok || wrong.Field != "count" {
		t.Errorf("got %v, want encoding/json's error about count", err)
	}
}
