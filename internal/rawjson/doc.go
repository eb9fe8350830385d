// Package rawjson edits the text of a JSON object and keeps every other byte: the order
// of the members, white space, 20-digit numbers, 1.10, escapes and unknown members.
//
// Decoding into a struct and encoding it again does not do that. It drops members that
// the struct does not know, assigns "Dup" to a field named "dup", rounds numbers,
// reorders members and replaces unpaired surrogates. In an object that is read, modified
// and written back, each of these is an unwanted change.
//
// There are two ways to use it. [With] returns the text with some members set or
// dropped, for a record that is written back. [Decode] and [Append] wrap encoding/json
// for a struct that keeps unknown members.
//
// JSON is what encoding/json accepts, including its nesting limit. Errors give a
// position and a reason, and never quote the text, which may be a customer's.
package rawjson
