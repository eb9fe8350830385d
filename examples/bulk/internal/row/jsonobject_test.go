package row

import (
	"strings"
	"testing"
)

func TestJSONRows(t *testing.T) {
	reads(t, JSONLines, `{"vendor":"metronome","id":"a","owner":"o","key":"k","set":{"name":"","note":"\u00e9\ud83d\ude00","total":12.50,"balance":"1E400","priority":-0,"metadata":{"b":"1","a":""},"expires_at":"2027-01-01T00:00:00Z"},"clear":["starts_at"]}

  { "vendor" : "nexudus" , "id" : 9007199254740993, "owner":18446744073709551616, "set" : { } , "clear" : [ ] }
{"\u0076endor":"knox","id":"1","owner":"","key":""}`, `
1 @1 "metronome" "a" "o" "k" map[balance:1E400 expires_at:2027-01-01T00:00:00Z metadata:{"a":"","b":"1"} name: note:é😀 priority:-0 total:12.50] [starts_at]
2 @3 "nexudus" "9007199254740993" "18446744073709551616" "" map[] []
3 @4 "knox" "1" "" "" map[] []
`)
}

func TestInvalidMembers(t *testing.T) {
	for _, c := range []struct {
		row  string
		want string
	}{
		{`{}`, "@1:1 vendor: is missing\n  1 @1:1 id: is missing"},
		{` {"vendor":"v"}`, "@1:2 id: is missing"},
		{`{"vendor":"v","id":"","x":[1]}`, "@1:20 id: is empty\n  1 @1:27 unknown member \"x\": the members are vendor, id, owner, key, set, clear, expect"},
		{`{"vendor":"v","id":"1","ID":"1"}`, "@1:29 unknown member \"ID\": the members are vendor, id, owner, key, set, clear, expect"},
		{`{"vendor":"v","id":"1","id":"1"}`, "@1:29 id: occurs twice"},
		{`{"vendor":"v","id":"1","\u0069d":1}`, "@1:34 id: occurs twice"},
		{`{"vendor":1,"id":"1"}`, "@1:11 vendor: must be a string, got 1"},
		{`{"vendor":"v","id":1.0}`, "@1:20 id: must be a string or a whole number in digits, got 1.0"},
		{`{"vendor":"v","id":1e3}`, "@1:20 id: must be a string or a whole number in digits, got 1e3"},
		{`{"vendor":"v","id":null}`, "@1:20 id: must be a string or a whole number in digits, got null"},
		{`{"vendor":"v","id":"1","owner":[]}`, "@1:32 owner: must be a string or a whole number in digits, got []"},
		{`{"vendor":"v","id":"1","key":7}`, "@1:30 key: must be a string, got 7"},
		{`{"vendor":"v","id":"a\u0000"}`, "@1:20 id: \"a\\x00\" contains an invisible character: remove the control character (U+0000) at position 2"},
		{`{"vendor":"v","id":"1","set":null}`, "@1:30 set: must be an object of fields and their values"},
		{`{"vendor":"v","id":"1","set":{"x":1,"id":2}}`, "@1:35 set: unknown field \"x\"\n  1 @1:42 set: unknown field \"id\""},
		{`{"vendor":"v","id":"1","set":{"name":1}}`, "@1:38 name: must be a string, got 1"},
		{`{"vendor":"v","id":"1","set":{"name":null}}`, "@1:38 name: must be a string, got null"},
		{`{"vendor":"v","id":"1","set":{"starts_at":2}}`, "@1:43 starts_at: must be a string, got 2"},
		{`{"vendor":"v","id":"1","set":{"total":true}}`, "@1:39 total: must be a number, or a string with a number, got true"},
		{`{"vendor":"v","id":"1","set":{"total":""}}`, "@1:39 total: \"\" is not a number of digits and a decimal point, such as 12.50"},
		{`{"vendor":"v","id":"1","set":{"total":"x","total":1}}`, "@1:39 total: \"x\" is not a number of digits and a decimal point, such as 12.50\n  1 @1:51 total: occurs twice"},
		{`{"vendor":"v","id":"1","set":{"metadata":"{}"}}`, "@1:42 metadata: must be an object of strings, got \"{}\""},
		{`{"vendor":"v","id":"1","set":{"metadata":{"a":1}}}`, "@1:42 metadata: \"{\\\"a\\\":1}\" is not a JSON object of strings, such as {\"plan\":\"gold\"}"},
		{`{"vendor":"v","id":"1","set":{"metadata":{"a":"","a":""}}}`, "@1:42 metadata: \"{\\\"a\\\":\\\"\\\",\\\"a\\\":\\\"\\\"}\" has a duplicate key"},
		{`{"vendor":"v","id":"1","clear":"name"}`, "@1:32 clear: must be an array of names of fields"},
		{`{"vendor":"v","id":"1","clear":[null, "id"]}`, "@1:33 clear: must be an array of names of fields\n  1 @1:39 clear: unknown field \"id\": use one of name, note, total, balance, starts_at, expires_at, priority, metadata"},
	} {
		got := all(strings.NewReader(c.row), JSONLines)
		if _, problems, _ := strings.Cut(got, "\n"); problems != "  1 "+c.want+"\n" {
			t.Errorf("%s: got\n%swant\n  1 %s", c.row, problems, c.want)
		}
	}
}

func TestFieldInSetAndClear(t *testing.T) {
	reads(t, JSONLines, `{"vendor":"v","id":"1","set":{"name":"a"},"clear":["name","note","note"]}`, `
1 @1 "v" "1" "" "" map[name:a] [note]
  1 @1:52 clear: name is given more than once
  1 @1:66 clear: note is given more than once
`)
}
