package row

import (
	"strings"
	"testing"
)

func TestReadCSV(t *testing.T) {
	reads(t, CSV, `id,vendor,owner,key,name,note,total,balance,starts_at,expires_at,priority,metadata,clear
1,knox,,,,,,,,,,,
2,metronome,o,k,"a ""b"", c",  ,12.50,-0,2027-01-01T00:00:00+01:00,2028-01-01T00:00:00.5Z,1.5,"{""b"":""1"",""a"":""2""}",

3,flexprice,,,,,,,,,,,name   metadata
`, `
1 @2 "knox" "1" "" "" map[] []
2 @3 "metronome" "2" "o" "k" map[balance:-0 expires_at:2028-01-01T00:00:00.5Z metadata:{"a":"2","b":"1"} name:a "b", c note:   priority:1.5 starts_at:2026-12-31T23:00:00Z total:12.50] []
3 @5 "flexprice" "3" "" "" map[] [name metadata]
`)
}

func TestRowsOfSeveralLines(t *testing.T) {
	reads(t, CSV, "note,vendor,id,total\r\n\"a\r\nb\n\nc\",knox,1,x\r\n\r\n,knox,2,1", `
1 @2 "knox" "1" "" "" map[note:a`+"\r\nb\n\n"+`c] []
  1 @5:11 total: "x" is not a number of digits and a decimal point, such as 12.50
2 @7 "knox" "2" "" "" map[total:1] []
`)
}

func TestInvalidHeaders(t *testing.T) {
	columns := "vendor, id, owner, key, name, note, total, balance, starts_at, expires_at, priority, metadata, clear"
	for _, c := range []struct {
		header string
		want   string
	}{
		{"", "@1:1 the file is empty: its first line must name the columns"},
		{"\n\n", "@3:1 the file is empty: its first line must name the columns"},
		{"\nvendor", "@2:1 header: the column id is missing"},
		{"id", "@1:1 header: the column vendor is missing"},
		{"vendor,id,id", "@1:11 header: the column id occurs twice"},
		{"vendor,id, key", "@1:11 header: unknown column \" key\": the columns are " + columns},
		{"vendor,id,", "@1:11 header: unknown column \"\": the columns are " + columns},
		{"vendor,id,\xff", "@1:11 header: is not valid UTF-8: " + saveAs},
		{"Vendor,vendor,id", "@1:1 header: unknown column \"Vendor\": the columns are " +
			columns},
		{`vendor,id"`, "@1:8 header: a quote in a cell without quotes: put the cell into quotes, and write the quote in it twice"},
		{"vendor,\"id\nx,1,", "@1:8 header: the quote that opens this cell is never closed; lines 1 to 2 were read as one row"},
	} {
		reads(t, CSV, c.header, "0 @0 \"\" \"\" \"\" \"\" map[] []\n  0 "+c.want+"\n")
	}
	// All problems are reported, and no row is read.
	reads(t, CSV, "x,id,x\nknox,1,2\n", `
0 @0 "" "" "" "" map[] []
  0 @1:1 header: unknown column "x": the columns are `+columns+`
  0 @1:6 header: unknown column "x": the columns are `+columns+`
  0 @1:1 header: the column vendor is missing
`)
}

func TestInvalidCells(t *testing.T) {
	reads(t, CSV, "vendor,id,owner,key,total,expires_at,metadata,clear\n"+
		",\"\",,,,,,\n"+
		"knox,\"1\n2\",\x7f,"+strings.Repeat("k", 256)+",\"1,5\",2027-01-01,{},total nome\n"+
		"knox,1,,"+strings.Repeat("k", 255)+",2,,\"{\"\"a\"\":1}\",total expires_at expires_at\n"+
		"\xff,1,,,,,\"{\"\"a\"\":\"\"\\ud800\"\"}\",\n", `
1 @2 "" "" "" "" map[] []
  1 @2:1 vendor: is empty
  1 @2:2 id: is empty
2 @3 "knox" "" "" "" map[metadata:{}] [total]
  2 @3:6 id: "1\n2" contains an invisible character: remove the line feed (U+000A) at position 2
  2 @4:4 owner: "\x7f" contains an invisible character: remove the control character (U+007F) at position 1
  2 @4:6 key: has 256 bytes, more than 255
  2 @4:263 total: "1,5" is not a number of digits and a decimal point, such as 12.50
  2 @4:269 expires_at: "2027-01-01" is not an RFC 3339 time with a zone, such as 2027-01-01T00:00:00Z
  2 @4:283 clear: unknown field "nome": use one of name, note, total, balance, starts_at, expires_at, priority, metadata
3 @5 "knox" "1" "" "`+strings.Repeat("k", 255)+`" map[total:2] [expires_at]
  3 @5:268 metadata: "{\"a\":1}" is not a JSON object of strings, such as {"plan":"gold"}
  3 @5:280 clear: total is given more than once
  3 @5:280 clear: expires_at is given more than once
4 @6 "" "1" "" "" map[] []
  4 @6:1 vendor: is not valid UTF-8: save the file as "CSV UTF-8 (Comma delimited)", or export it as CSV with commas and UTF-8
  4 @6:9 metadata: `+loneSurrogateReason+"\n")
}

// In a row with too many or too few cells no cell is used as a value.
func TestShortAndLongRows(t *testing.T) {
	reads(t, CSV, "total,vendor,id,name\n1,knox,2\n1,knox\nx\n1,knox,2,n,\n,,,\n1,knox,3,n\n1,\n", `
1 @2 "knox" "2" "" "" map[] []
  1 @2:1 the header has 4 cells, but the row has 3
2 @3 "knox" "" "" "" map[] []
  2 @3:1 the header has 4 cells, but the row has 2
3 @4 "" "" "" "" map[] []
  3 @4:1 the header has 4 cells, but the row has 1
4 @5 "knox" "2" "" "" map[] []
  4 @5:1 the header has 4 cells, but the row has 5
5 @6 "" "" "" "" map[] []
  5 @6:2 vendor: is empty
  5 @6:3 id: is empty
6 @7 "knox" "3" "" "" map[name:n total:1] []
7 @8 "" "" "" "" map[] []
  7 @8:1 the header has 4 cells, but the row has 2
`)
}

func TestMisplacedQuotes(t *testing.T) {
	bare := "a quote in a cell without quotes: put the cell into quotes, and write the quote in it twice\n"
	reads(t, CSV, `vendor,id,name
knox,1,a "b" c
knox,2,"a "b" c"
knox,"3
3
"3,x
knox,4,"never
knox,5,closed
`, `
1 @2 "knox" "1" "" "" map[] []
  1 @2:8 `+bare+`2 @3 "knox" "2" "" "" map[] []
  2 @3:8 text after the quote that closes the cell: a quote within a cell is written twice
3 @4 "knox" "" "" "" map[] []
  3 @4:6 text after the quote that closes the cell: a quote within a cell is written twice; lines 4 to 6 were read as one row
4 @7 "knox" "4" "" "" map[] []
  4 @7:8 the quote that opens this cell is never closed; lines 7 to 8 were read as one row
`)
}
