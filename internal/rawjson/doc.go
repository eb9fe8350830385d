// Package rawjson works on the text of a JSON object and leaves every byte
// alone that it was not asked to change: the order of the members, white space,
// 20-digit numbers, 1.10, escapes, members nobody has a name for.
//
// Decoding into a struct and encoding it again does not do that. It drops
// members the struct does not know, puts "Dup" into a field named "dup",
// rounds, reorders and replaces lone surrogates. For an object that is read,
// changed and written back whole, each of these is a change nobody asked for.
//
// There are two ways to use it. [With] gives the text with some members set or
// dropped, for a record that is written back.
// [Decode] and [Append] stand around encoding/json, for a struct that carries
// unknown members along.
//
// What is JSON is what encoding/json says it is, nesting limit included. Errors
// tell a place and a reason, and never the text found there: it may be a
// customer's.
package rawjson
