package jsonenctest

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// The values that random bodies are made of. Few of them cannot be encoded, or
// nearly every body would be an error.
var (
	texts    = []string{"", "a", "plain text", `"quoted" \ <b>&</b>`, "Müller\n\x7f", "\u2028", "M\xfcller", "\x00"}
	decimals = often(credit.Decimal{}, credit.MustParseDecimal("1250.50"), credit.NewDecimal(0), credit.MustParseDecimal("1E400"))
	days     = often(credit.LocalDate(2026, time.February, 30), credit.LocalDate(2026, time.March, 14), credit.LocalTime{})
	times    = often(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Time{}, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 120, time.FixedZone("", 5400)))
	raws = often("{", `{ "a": "<\u00fc>", "b": 1.10 }`, `null`, `12345678901234567890`, ` [ ] `, `"text"`)
)

// often returns values, each 60 times, and rare once.
func often[T any](rare T, values ...T) []T {
	all := []T{rare}
	for range 60 {
		all = append(all, values...)
	}
	return all
}

func pick[T any](r *rand.Rand, values []T) T { return values[r.IntN(len(values))] }

// random returns a random value. It fills about half of what can be left out.
func random[T any](seed uint64) *T {
	v := new(T)
	fill(rand.New(rand.NewPCG(seed, 1)), reflect.ValueOf(v).Elem())
	return v
}

func fill(r *rand.Rand, v reflect.Value) {
	switch p := v.Addr().Interface().(type) {
	case *credit.Decimal:
		*p = pick(r, decimals)
	case *credit.QuotedDecimal:
		*p = credit.Quoted(pick(r, decimals))
	case *credit.LocalTime:
		*p = pick(r, days)
	case *time.Time:
		*p = pick(r, times)
	case *json.RawMessage:
		if r.IntN(2) == 0 {
			*p = json.RawMessage(pick(r, raws))
		}
	case *map[string]json.RawMessage:
		fillUnknown(r, p)
	default:
		fillKind(r, v)
	}
}

// fillUnknown adds members that a type may have no field for.
func fillUnknown(r *rand.Rand, members *map[string]json.RawMessage) {
	for range r.IntN(4) {
		if *members == nil {
			*members = map[string]json.RawMessage{}
		}
		(*members)[pick(r, names)] = json.RawMessage(pick(r, raws))
	}
}

var names = append(often("M\xfcller", "x_a", "x b", "X<>&", "Id"), "Müller", `"`, "id", "error", "quantity")

func fillKind(r *rand.Rand, v reflect.Value) {
	leave := r.IntN(2) == 0
	switch v.Kind() {
	case reflect.String:
		v.SetString(pick(r, texts))
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int64:
		v.SetInt(pick(r, []int64{0, 1, -2, 1 << 62}))
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i))
		}
	case reflect.Pointer:
		if !leave {
			v.Set(reflect.New(v.Type().Elem()))
			fill(r, v.Elem())
		}
	case reflect.Slice:
		if !leave {
			v.Set(reflect.MakeSlice(v.Type(), r.IntN(3), 3))
			for i := range v.Len() {
				fill(r, v.Index(i))
			}
		}
	case reflect.Map:
		if !leave {
			fillMap(r, v)
		}
	default:
		panic("jsonenctest: no random value of type " + v.Type().String())
	}
}

// fillMap fills a map of texts, or a nullable.Nullable.
func fillMap(r *rand.Rand, v reflect.Value) {
	v.Set(reflect.MakeMap(v.Type()))
	entries := 1
	if v.Type().Key().Kind() == reflect.String {
		entries = r.IntN(4)
	}
	for range entries {
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(r, key)
		fill(r, value)
		v.SetMapIndex(key, value)
	}
}
