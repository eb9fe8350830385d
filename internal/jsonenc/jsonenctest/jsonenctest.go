// Package jsonenctest compares generated codecs with encoding/json.
package jsonenctest

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/creditkit/creditkit/internal/jsonenc"
)

// rounds is how many random values and documents a test tries.
const rounds = 1000

// Append compares an append function with encode, or with json.Marshal where
// encode is nil, on random values.
func Append[T any](t *testing.T, appendTo func(*jsonenc.Buffer, *T), encode func(*T) ([]byte, error)) {
	left := 0
	for seed := range uint64(rounds) {
		if !checkAppend(t, random[T](seed), appendTo, encode) {
			left++
		}
	}
	if left > rounds/10 {
		t.Errorf("%d of %d values were left to encoding/json", left, rounds)
	}
}

// FuzzAppend is Append as a fuzz test.
func FuzzAppend[T any](f *testing.F, appendTo func(*jsonenc.Buffer, *T), encode func(*T) ([]byte, error)) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { checkAppend(t, random[T](seed), appendTo, encode) })
}

// checkAppend compares the texts of a value. It returns false where the value
// can be encoded, and was left to encoding/json.
func checkAppend[T any](t *testing.T, v *T, appendTo func(*jsonenc.Buffer, *T), encode func(*T) ([]byte, error)) bool {
	t.Helper()
	if encode == nil {
		encode = func(v *T) ([]byte, error) { return json.Marshal(v) }
	}
	want, err := encode(v)
	got, ok := jsonenc.Encode(v, appendTo)
	switch {
	case !ok:
		return err != nil
	case err != nil:
		t.Fatalf("%+v\nwas encoded as\n%s, and encoding/json has the error %v", v, got, err)
	case !bytes.Equal(compact(t, got), compact(t, want)):
		t.Fatalf("%+v\nwas encoded as\n%s, want\n%s", v, got, want)
	}
	return true
}

// compact does to JSON in a value what json.Marshal does to it.
func compact(t *testing.T, doc []byte) []byte {
	t.Helper()
	out, err := json.Marshal(json.RawMessage(doc))
	if err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return out
}

// Scan compares a scan function with decode, or with jsonenc.Unmarshal where
// decode is nil, on random documents.
func Scan[T any](t *testing.T, scan func(*jsonenc.Scanner, *T), decode func([]byte, *T) error) {
	for seed := range uint64(rounds) {
		plain := document(reflect.TypeFor[T](), seed, 0)
		if !checkScan(t, plain, new(T), new(T), scan, decode) {
			t.Fatalf("%s\nwas left to encoding/json", plain)
		}
		for _, odd := range []int{100, 10} {
			checkScan(t, document(reflect.TypeFor[T](), seed, odd), new(T), new(T), scan, decode)
			checkScan(t, document(reflect.TypeFor[T](), seed, odd), random[T](seed), random[T](seed), scan, decode)
		}
	}
}

// FuzzScan is Scan as a fuzz test.
func FuzzScan[T any](f *testing.F, scan func(*jsonenc.Scanner, *T), decode func([]byte, *T) error) {
	for seed := range uint64(20) {
		f.Add(document(reflect.TypeFor[T](), seed, int(seed)))
	}
	f.Fuzz(func(t *testing.T, doc []byte) { checkScan(t, doc, new(T), new(T), scan, decode) })
}

// checkScan decodes doc into got and want, which are equal. It returns false
// where the document is left to encoding/json.
func checkScan[T any](t *testing.T, doc []byte, got, want *T, scan func(*jsonenc.Scanner, *T), decode func([]byte, *T) error) bool {
	t.Helper()
	if decode == nil {
		decode = func(doc []byte, v *T) error { return jsonenc.Unmarshal(doc, v) }
	}
	given := bytes.Clone(doc)
	ok := jsonenc.Decode(given, got, scan)
	clear(given) // what was decoded must not change with the text
	if !ok {
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s\nwas left to encoding/json, and changed the value to\n%+v", doc, got)
		}
		return false
	}
	if err := decode(bytes.TrimSpace(doc), want); err != nil {
		t.Fatalf("%s\nwas decoded as\n%+v, and encoding/json has the error %v", doc, got, err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s\nwas decoded as\n%+v, want\n%+v", doc, got, want)
	}
	return true
}
