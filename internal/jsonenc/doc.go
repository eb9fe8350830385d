// Package jsonenc reads and writes the JSON of requests and answers.
//
// encoding/json is the reference: results and errors are those that it gives,
// with one exception. A member name that is exactly a field's name wins over
// names that differ from it in case: [Unmarshal] reads
//
//	{"id":"x","ID":"y"}
//
// as x, in whatever order the two stand, where encoding/json takes the last.
package jsonenc
