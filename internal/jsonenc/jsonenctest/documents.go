package jsonenctest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// A writer writes random documents of a type. Now and then a value is of another
// type, or a name is written in another way.
type writer struct {
	r   *rand.Rand
	odd int // one of so many is odd; 0 for none
	out strings.Builder
}

// document returns a random document for a type.
func document(t reflect.Type, seed uint64, odd int) []byte {
	w := &writer{r: rand.New(rand.NewPCG(seed, 2)), odd: odd}
	w.value(t)
	return []byte(w.out.String())
}

// strange reports whether what is next is to be odd.
func (w *writer) strange() bool { return w.odd > 0 && w.r.IntN(w.odd) == 0 }

func (w *writer) one(of ...string) { w.out.WriteString(pick(w.r, of)) }

// anything are values of all types.
var anything = []string{
	`null`, `true`, `false`, `0`, `-0`, `12`, `1.10`, `1e3`, `-7`, `9223372036854775807`, `12345678901234567890`, `1E400`, `1e99999999`,
	`""`, `"a"`, `"12"`, `"1.10"`, `"a\u0062\n"`, `"é"`, "\"\xff\"", `"\ud800"`, `"2026-03-14T09:30:00Z"`, `"2026-03-14"`, `"true"`,
	`[]`, `[null]`, `["a",1]`, `[{}]`, `{}`, `{"a":1}`, `{ "a" : [ null ] , "a": "\"" }`, `[`, `}`, `nul`, `01`, `"`,
}

func (w *writer) value(t reflect.Type) {
	if w.strange() {
		w.one(anything...)
		return
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[credit.Decimal]():
		w.one(`12.50`, `0`, `-3`, `1E400`, `"7"`, `9007199254740993`)
	case reflect.TypeFor[credit.QuotedDecimal]():
		w.one(`"12.50"`, `"0"`, `7`, `""`)
	case reflect.TypeFor[credit.LocalTime]():
		w.one(`"2026-03-14T09:30:00"`, `"2026-03-14"`, `"never"`, `""`)
	case reflect.TypeFor[time.Time]():
		w.one(`"2026-03-14T09:30:00Z"`, `"2026-03-14T09:30:00.123+01:00"`)
	case reflect.TypeFor[json.RawMessage]():
		w.one(anything[:len(anything)-5]...)
	default:
		w.kind(t)
	}
}

func (w *writer) kind(t reflect.Type) {
	switch t.Kind() {
	case reflect.String:
		w.one(`"a"`, `""`, `"text of some length"`, `"Müller"`, `"a \"b\" \u00fc\n"`)
	case reflect.Bool:
		w.one(`true`, `false`)
	case reflect.Int64:
		w.one(`0`, `1`, `-12`, `123456789012345678`)
	case reflect.Struct:
		w.object(t)
	case reflect.Slice:
		w.sequence("[", "]", func() { w.value(t.Elem()) })
	case reflect.Map:
		if t.Key().Kind() == reflect.Bool { // a nullable.Nullable
			w.nullable(t.Elem())
			return
		}
		w.sequence("{", "}", func() {
			w.name(pick(w.r, []string{"a", "b", "A", "é"}))
			w.value(t.Elem())
		})
	default:
		panic("jsonenctest: no document of type " + t.String())
	}
}

func (w *writer) nullable(t reflect.Type) {
	if w.r.IntN(4) == 0 {
		w.out.WriteString("null")
		return
	}
	w.value(t)
}

// sequence writes up to three parts.
func (w *writer) sequence(open, end string, part func()) {
	w.out.WriteString(open)
	for i := range w.r.IntN(4) {
		if i > 0 {
			w.one(",", " ,\n")
		}
		part()
	}
	w.out.WriteString(end)
}

func (w *writer) object(t reflect.Type) {
	w.one("{", "{ ", "{\n\t")
	first := true
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		for n := w.occurrences(); n > 0 && name != "-"; n-- {
			w.comma(&first)
			w.name(name)
			if w.strange() {
				w.out.WriteString("null")
				continue
			}
			w.value(t.Field(i).Type)
		}
	}
	for i := range w.r.IntN(3) {
		w.comma(&first)
		w.name(pick(w.r, []string{"x_a", "x_b", "X<b>", "unknown"}) + fmt.Sprint(i))
		w.one(anything[:len(anything)-5]...)
	}
	w.one("}", " }", "\r\n}")
}

// occurrences is how often a member stands in an object.
func (w *writer) occurrences() int {
	if w.strange() {
		return 2
	}
	return pick(w.r, []int{0, 1, 1, 1})
}

func (w *writer) comma(first *bool) {
	if !*first {
		w.one(",", ", ")
	}
	*first = false
}

// name writes a member's name and the colon.
func (w *writer) name(name string) {
	if w.strange() {
		name = pick(w.r, []string{
			strings.ToUpper(name), strings.ToLower(name), fmt.Sprintf(`\u%04x%s`, name[0], name[1:]),
			strings.ReplaceAll(name, "k", "\u212a"), `\ud800`, "é",
		})
	}
	w.out.WriteString(`"` + name + `"`)
	w.one(":", " : ")
}
