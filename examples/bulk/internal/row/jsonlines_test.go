package row

import "testing"

func TestInvalidLines(t *testing.T) {
	reads(t, JSONLines, "[]\r\n"+
		"\t\r\n"+
		`{"vendor":"v","id":"1"} {}`+"\n"+
		`{"vendor":"v",}`+"\n"+
		`{"vendor":"v"`+"\n"+
		`{"vendor":"v","id":"`+"\xe2\x82"+`"}`+"\n"+
		`{"vendor":"v","id":"\ud800"}`+"\n"+
		`{"vendor":"v","id":007}`+"\n"+
		`{"vendor":"v","id":"7"}`+"\r\n", `
1 @1 "" "" "" "" map[] []
  1 @1:1 the line is not a JSON object
2 @3 "" "" "" "" map[] []
  2 @3:25 the line is not valid JSON: invalid character '{' after top-level value
3 @4 "" "" "" "" map[] []
  3 @4:15 the line is not valid JSON: invalid character '}' looking for beginning of object key string
4 @5 "" "" "" "" map[] []
  4 @5:13 the line is not valid JSON: unexpected end of JSON input
5 @6 "" "" "" "" map[] []
  5 @6:21 the line is not valid UTF-8
6 @7 "" "" "" "" map[] []
  6 @7:21 the line `+loneSurrogateReason+`
7 @8 "" "" "" "" map[] []
  7 @8:21 the line is not valid JSON: invalid character '0' after object key:value pair
8 @9 "v" "7" "" "" map[] []
`)
}

func TestEmptyFileHasNoRows(t *testing.T) {
	for _, file := range []string{"", "\n", "\ufeff", " \r\n\t"} {
		reads(t, JSONLines, file, "")
	}
}
