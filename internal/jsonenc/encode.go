package jsonenc

import (
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// A Buffer holds JSON text that is being written. After a failure, the text is
// of no use.
type Buffer struct {
	text   []byte
	failed bool
}

var buffers = sync.Pool{New: func() any { return new(Buffer) }}

// maxKept is the size of the largest buffer that is used again.
const maxKept = 64 << 10

// Encode encodes v with a generated append function. It reports false for what
// has to be encoded with encoding/json.
func Encode[T any](v *T, appendTo func(*Buffer, *T)) ([]byte, bool) {
	b := buffers.Get().(*Buffer)
	appendTo(b, v)
	ok := !b.failed
	var text []byte
	if ok {
		text = slices.Clone(b.text)
	}
	if cap(b.text) <= maxKept {
		b.text, b.failed = b.text[:0], false
		buffers.Put(b)
	}
	return text, ok
}

// Open begins an object.
func (b *Buffer) Open() { b.text = append(b.text, '{') }

// Close ends an object.
func (b *Buffer) Close() { b.text = append(b.text, '}') }

// Name begins a member. The name is given with its quotes and the colon.
func (b *Buffer) Name(quoted string) {
	b.comma()
	b.text = append(b.text, quoted...)
}

// comma separates a member from the one before it.
func (b *Buffer) comma() {
	if b.text[len(b.text)-1] != '{' {
		b.text = append(b.text, ',')
	}
}

// Unknown adds members that the type has no field for, in the order of their
// names. It fails if one of them has a name in known, or a name that needs
// escapes.
func (b *Buffer) Unknown(members map[string]json.RawMessage, known []string) {
	if len(members) == 0 {
		return
	}
	var few [16]string
	for _, name := range sortedNames(members, few[:0]) {
		value := members[name]
		if value == nil || slices.Contains(known, name) || !isOrdinary(name) {
			b.failed = true
			return
		}
		b.comma()
		b.text = append(b.text, '"')
		b.text = append(b.text, name...)
		b.text = append(b.text, `":`...)
		b.raw(value, 1)
	}
}

func sortedNames[T any](members map[string]T, names []string) []string {
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// string writes a string. The escapes are those of encoding/json.
func (b *Buffer) string(s string) {
	for i := range len(s) {
		if !verbatim[s[i]] {
			quoted, err := json.Marshal(s)
			b.failed = b.failed || err != nil
			b.text = append(b.text, quoted...)
			return
		}
	}
	b.text = append(b.text, '"')
	b.text = append(b.text, s...)
	b.text = append(b.text, '"')
}

// verbatim are the bytes that encoding/json writes in a string as they are.
var verbatim = func() (table [256]bool) {
	for c := range table {
		switch c {
		case '"', '\\', '<', '>', '&':
		default:
			table[c] = c >= ' ' && c <= '~'
		}
	}
	return table
}()

// raw writes JSON text as it is, inside depth arrays and objects.
func (b *Buffer) raw(value json.RawMessage, depth int) {
	b.failed = b.failed || !Valid(value, depth)
	b.text = append(b.text, value...)
}

// encoded writes what the MarshalJSON of a value returned.
func (b *Buffer) encoded(text []byte, err error) {
	b.failed = b.failed || err != nil
	b.text = append(b.text, text...)
}

func (b *Buffer) null() { b.text = append(b.text, "null"...) }

// The append functions write what encoding/json encodes *v as, and fail where
// it has an error. JSON that a value holds goes out with every space.

// AppendText writes a string.
func AppendText[T ~string](b *Buffer, v *T) { b.string(string(*v)) }

// AppendBool writes true or false.
func AppendBool(b *Buffer, v *bool) { b.text = strconv.AppendBool(b.text, *v) }

// AppendInt writes a whole number.
func AppendInt(b *Buffer, v *int64) { b.text = strconv.AppendInt(b.text, *v, 10) }

// AppendDecimal writes an amount.
func AppendDecimal(b *Buffer, v *credit.Decimal) {
	b.failed = b.failed || !v.IsSet()
	b.text = append(b.text, v.String()...)
}

// AppendQuotedDecimal writes an amount in quotes.
func AppendQuotedDecimal(b *Buffer, v *credit.QuotedDecimal) { b.encoded(v.MarshalJSON()) }

// AppendTime writes a time with a zone.
func AppendTime(b *Buffer, v *time.Time) {
	b.text = append(b.text, '"')
	if text, err := v.AppendText(b.text); err == nil {
		b.text = text
	} else {
		b.failed = true
	}
	b.text = append(b.text, '"')
}

// AppendLocalTime writes a time that may be without a zone.
func AppendLocalTime(b *Buffer, v *credit.LocalTime) { b.encoded(v.MarshalJSON()) }

// AppendRaw writes JSON text as it is, and null where there is none.
func AppendRaw(b *Buffer, v *json.RawMessage) {
	if *v == nil {
		b.null()
		return
	}
	b.raw(*v, 0)
}

// AppendList writes an array.
func AppendList[T any](b *Buffer, v *[]T, appendItem func(*Buffer, *T)) {
	if *v == nil {
		b.null()
		return
	}
	b.text = append(b.text, '[')
	for i := range *v {
		if i > 0 {
			b.text = append(b.text, ',')
		}
		appendItem(b, &(*v)[i])
	}
	b.text = append(b.text, ']')
}

// AppendTexts writes an object whose members are strings, as [AppendMap] with
// [AppendText] does.
func AppendTexts(b *Buffer, v *map[string]string) {
	if *v == nil {
		b.null()
		return
	}
	var few [16]string
	b.Open()
	for _, name := range sortedNames(*v, few[:0]) {
		b.comma()
		b.string(name)
		b.text = append(b.text, ':')
		b.string((*v)[name])
	}
	b.Close()
}

// AppendMap writes an object whose members all have values of one type.
func AppendMap[T any](b *Buffer, v *map[string]T, appendValue func(*Buffer, *T)) {
	if *v == nil {
		b.null()
		return
	}
	var few [16]string
	var value T
	b.Open()
	for _, name := range sortedNames(*v, few[:0]) {
		value = (*v)[name]
		b.comma()
		b.string(name)
		b.text = append(b.text, ':')
		appendValue(b, &value)
	}
	b.Close()
}

// AppendNullable writes null, or returns the value to be written.
func AppendNullable[M ~map[bool]T, T any](b *Buffer, v *M) (value T, ok bool) {
	if _, isNull := (*v)[false]; isNull {
		b.null()
		return value, false
	}
	return (*v)[true], true
}
