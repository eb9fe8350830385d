// Package row is the format of a file of changes: CSV or JSON Lines.
//
// Each row changes one credit. It has the vendor, the id of the credit and, if the
// vendor requires it, the credit's owner; the fields to set; and the fields to clear.
// Other fields do not change.
//
// # CSV
//
// A file named *.csv in the format of RFC 4180, separated by commas, in UTF-8, with
// or without a byte order mark:
//
//	vendor,id,owner,total,expires_at,metadata,clear
//	nexudus,87654321,,12.50,2027-01-01T00:00:00Z,,
//	metronome,5e7e82cf-ccb7-428c-a96f-a8e4f67af822,4c91c473-fc12-445a-9c38-40421d47023f,,,,priority
//	flexprice,cg_01KQ3Z5T9M7X2W8V4N6B1C0DSU,,,,"{""plan"":""gold""}",
//
// The first line names the columns, in any order: vendor and id, and any of
//
//	owner        the owner of the credit: metronome's customer
//	key          a key of this change, at most 255 bytes
//	name, note   any text
//	total,       an exact decimal number: 12.50
//	balance,
//	priority
//	starts_at,   a time in RFC 3339 with a zone: 2027-01-01T00:00:00Z
//	expires_at
//	metadata     the whole map, as a JSON object of strings: {"plan":"gold"}
//	clear        the names of the fields to clear, separated by spaces
//
// Spreadsheets change values when they save a file. So a number with an exponent is
// refused as an amount, unless [CSVWithExponents] allows it, and as an id, an owner
// or a key; an error value such as #N/A is refused in every cell; and a file with
// semicolons or tabs, with a line sep=, in UTF-16, or a workbook is refused with a
// message that names its format.
//
// An empty cell does not change its field. The column clear empties a field, and CSV
// cannot set an empty text. Spaces in a cell and line ends within quotes are part of
// the value. Every row has as many cells as the header. Empty lines are ignored.
//
// A misplaced quote ends the row at the end of its line. A cell whose quote is never
// closed extends to the end of the file, and is reported as one bad row.
//
// # JSON Lines
//
// A file named *.jsonl or *.ndjson: one JSON object on each line, in UTF-8.
// Empty and blank lines are ignored.
//
//	{"vendor":"nexudus","id":87654321,"set":{"total":12.50,"expires_at":"2027-01-01T00:00:00Z"}}
//	{"vendor":"metronome","id":"5e7e82cf-...","owner":"4c91c473-...","clear":["priority"]}
//	{"vendor":"flexprice","id":"cg_01KQ...","key":"june-17","set":{"name":"Gold","metadata":{"plan":"gold"}}}
//
// The members vendor and id are required; owner, key, set, clear and expect are not.
// expect holds values that the credit must have for the change to be made: an object of
// fields, in which null stands for an empty one.
//
//	{"vendor":"knox","id":"1","set":{"total":15},"expect":{"total":10,"note":null}}
//
// Texts are strings. An amount is a number or a string with a number, and keeps all
// its digits. An id or an owner may also be a whole number, such as nexudus' ids.
// metadata is an object of strings, and clear is an array of names. Unknown and
// repeated names and null are errors, anywhere else in the row.
//
// # Bad rows
//
// A vendor, an id, an owner or a key must not begin or end with a space, and must not
// contain an invisible character, such as a no-break space, a zero width space or a
// byte order mark. Texts that look equal would otherwise be different credits.
//
// A row has at most 128 KiB. Reading continues after a bad row, and all its problems
// are reported with line and column: those of the cell, or of the member's value, in
// bytes from 1. A wrong header ends the file.
//
// Two rows of a file must not change the same credit, not even different fields, and
// must not have the same key.
package row
