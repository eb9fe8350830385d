// Package row is the format of a file of changes: CSV or JSON Lines.
//
// Each row changes one credit. It names the vendor, the credit and, where the
// vendor must be told, the credit's owner; what it sets; and what it clears.
// What a row does not name stays as it is.
//
// # CSV
//
// A file named *.csv, as RFC 4180 has it, separated by commas, in UTF-8, with or
// without a byte order mark:
//
//	vendor,id,owner,total,expires_at,metadata,clear
//	nexudus,87654321,,12.50,2027-01-01T00:00:00Z,,
//	metronome,5e7e82cf-ccb7-428c-a96f-a8e4f67af822,4c91c473-fc12-445a-9c38-40421d47023f,,,,priority
//	flexprice,cg_01KQ3Z5T9M7X2W8V4N6B1C0DSU,,,,"{""plan"":""gold""}",
//
// The first line names the columns, in any order: vendor and id, and any of
//
//	owner        whom the credit belongs to: metronome's customer
//	key          the change's own key, of 255 bytes at most
//	name, note   any text
//	total,       a decimal number, every digit of which counts: 12.50
//	balance,
//	priority
//	starts_at,   an instant of RFC 3339 with its zone: 2027-01-01T00:00:00Z
//	expires_at
//	metadata     the whole map, as a JSON object of strings: {"plan":"gold"}
//	clear        the fields to empty, by their names with spaces between
//
// A spreadsheet changes what it shows. So a number with an exponent is refused as an
// amount, unless [CSVWithExponents] allows it, and as an id, an owner or a key; an
// error value such as #N/A is refused in every cell; and a file with semicolons or
// tabs, with a line sep=, in UTF-16, or a workbook is refused by its name.
//
// An empty cell leaves its field alone, so a field is emptied by its name in
// clear, and an empty text cannot be set from CSV. A cell's spaces belong to it,
// and so do line ends within quotes. Every row has as many cells as the header.
// Empty lines do not count.
//
// A quote that is not where RFC 4180 has it ends the row with its line, and the
// next line is a new row. A cell whose quote is never closed takes in all that
// follows, to the end of the file, and is one bad row that says so.
//
// # JSON Lines
//
// A file named *.jsonl or *.ndjson: one JSON object on each line, in UTF-8.
// Lines that are empty or blank do not count.
//
//	{"vendor":"nexudus","id":87654321,"set":{"total":12.50,"expires_at":"2027-01-01T00:00:00Z"}}
//	{"vendor":"metronome","id":"5e7e82cf-...","owner":"4c91c473-...","clear":["priority"]}
//	{"vendor":"flexprice","id":"cg_01KQ...","key":"june-17","set":{"name":"Gold","metadata":{"plan":"gold"}}}
//
// The members vendor and id are required; owner, key, set and clear are not.
// Texts are strings. An amount is a number or a string that holds one, and no
// digit of either is lost. An id or an owner may be a whole number as well, and
// is its digits then, as nexudus' ids are. metadata is an object of strings, and
// clear a list of names. A name that is not known or that occurs twice, anywhere
// in the row, is a mistake, and so is a null.
//
// # Mistakes
//
// A vendor, an id, an owner or a key neither begins nor ends with a space, and has no
// character that cannot be seen, such as a no-break space, a zero width space or a
// byte order mark: texts that look the same would be different credits.
//
// A row is 128 KiB long at most. A bad row does not keep the next from being read,
// and all that is wrong in it is told, with line and column: that of the cell, or
// of the member's value, in bytes from 1. A header that is wrong ends the file,
// for without it no row can be understood.
//
// No two rows of a file may change the same credit, whatever they change of it,
// or have the same key.
package row
