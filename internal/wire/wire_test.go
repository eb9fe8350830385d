package wire_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/internal/wire"
	"github.com/creditkit/creditkit/knox"
	"github.com/creditkit/creditkit/metronome"
	"github.com/creditkit/creditkit/nexudus"
	"github.com/creditkit/creditkit/thoughtindustries"
)

// bodies are the types of all request bodies, and one that no plan covers.
var bodies = []reflect.Type{
	reflect.TypeFor[metronome.EditCreditRequest](),
	reflect.TypeFor[metronome.ListCustomerCreditsRequest](),
	reflect.TypeFor[flexprice.UpdateCreditGrantRequest](),
	reflect.TypeFor[nexudus.CoworkerBookingCreditUpdate](),
	reflect.TypeFor[thoughtindustries.UpdateCreditBatchRequest](),
	reflect.TypeFor[knoxFields](),
	reflect.TypeFor[odd](),
}

// knoxFields is knox's record without the methods that keep unknown members.
type knoxFields knox.Credit

type odd struct {
	Untagged string
	Text     string            `json:"text,string"`
	Bytes    []byte            `json:"bytes"`
	Amounts  map[string]int    `json:"amounts,omitempty"`
	Any      any               `json:"any"`
	Free     json.RawMessage   `json:"free,omitzero"`
	List     [2]bool           `json:"list,omitempty"`
	Self     *odd              `json:"self,omitempty"`
	More     map[string]string `json:"more"`
}

func TestMarshalGivesTheBytesOfEncodingJSON(t *testing.T) {
	for _, body := range bodies {
		t.Run(body.String(), func(t *testing.T) {
			for seed := range uint64(400) {
				check(t, body, seed)
			}
		})
	}
}

func FuzzMarshal(f *testing.F) {
	f.Add(uint64(1), uint8(0))
	f.Fuzz(func(t *testing.T, seed uint64, which uint8) {
		check(t, bodies[int(which)%len(bodies)], seed)
	})
}

// check compares the texts of a random value, or the errors.
func check(t *testing.T, body reflect.Type, seed uint64) {
	t.Helper()
	v := reflect.New(body)
	fill(rand.New(rand.NewPCG(seed, 1)), v.Elem(), 0)
	want, wantErr := json.Marshal(v.Interface())
	for _, given := range []any{v.Interface(), v.Elem().Interface()} {
		got, err := wire.Marshal(given)
		if reflect.TypeOf(err) != reflect.TypeOf(wantErr) {
			t.Fatalf("seed %d: the error is %v, want %v", seed, err, wantErr)
		}
		if err == nil && string(compact(t, got)) != string(want) {
			t.Fatalf("seed %d: wrote\n%s, want\n%s", seed, got, want)
		}
	}
}

// compact does to unknown members what encoding/json does to them.
func compact(t *testing.T, doc []byte) []byte {
	t.Helper()
	out, err := json.Marshal(json.RawMessage(doc))
	if err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return out
}

func TestLeavesIsTheWordOfEncodingJSON(t *testing.T) {
	for _, body := range append(bodies, reflect.TypeFor[struct {
		Never string         `json:"-"`
		Dash  string         `json:"-,"`
		Time  time.Time      `json:"time,omitzero"`
		Empty map[string]int `json:"empty,omitempty,omitzero"`
	}]()) {
		for seed := range uint64(100) {
			v := reflect.New(body).Elem()
			fill(rand.New(rand.NewPCG(seed, 1)), v, 0)
			for i, f := range reflect.VisibleFields(body) {
				if !f.IsExported() {
					continue
				}
				alone := reflect.New(reflect.StructOf([]reflect.StructField{{Name: f.Name, Type: f.Type, Tag: f.Tag}})).Elem()
				alone.Field(0).Set(v.Field(i))
				data, err := json.Marshal(alone.Interface())
				if got, want := wire.Leaves(f, v.Field(i)), err == nil && string(data) == "{}"; got != want {
					t.Errorf("%v.%s with %v is left out: %t, want %t", body, f.Name, v.Field(i), got, want)
				}
			}
		}
	}
}

var texts = []string{"", "a", "plain text", `"quoted" \ <b>&</b>`, "Müller\n\x7f", "\u2028", "M\xfcller", "\x00"}

// fill sets about half of what can be left out.
func fill(r *rand.Rand, v reflect.Value, depth int) {
	leave := r.IntN(2) == 0 || depth > 4
	switch v.Interface().(type) {
	case credit.Decimal:
		v.Set(reflect.ValueOf(decimals[r.IntN(len(decimals))]))
		return
	case credit.QuotedDecimal:
		v.Set(reflect.ValueOf(credit.Quoted(decimals[r.IntN(len(decimals))])))
		return
	case credit.LocalTime:
		v.Set(reflect.ValueOf(days[r.IntN(len(days))]))
		return
	case time.Time:
		v.Set(reflect.ValueOf(times[r.IntN(len(times))]))
		return
	case json.RawMessage:
		if !leave {
			v.SetBytes([]byte(`{ "a": "<\u00fc>", "b": 1.10 }`))
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(texts[r.IntN(len(texts))])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int64, reflect.Int:
		v.SetInt(r.Int64N(5) - 2)
	case reflect.Uint8:
		v.SetUint(7)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(r, v.Field(i), depth+1)
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(r, v.Index(i), depth+1)
		}
	}
	if leave {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(r, v.Elem(), depth+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(3), 3))
		for i := range v.Len() {
			fill(r, v.Index(i), depth+1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range r.IntN(4) {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(r, key, depth+1)
			fill(r, value, depth+1)
			v.SetMapIndex(key, value)
		}
	case reflect.Interface:
		v.Set(reflect.ValueOf(texts[r.IntN(len(texts))]))
	}
}

// Most are values that can be written, or else all bodies would be errors.
var (
	decimals = append(slicesOf(40, credit.MustParseDecimal("1250.50"), credit.NewDecimal(0), credit.MustParseDecimal("1E400")), credit.Decimal{})
	days     = append(slicesOf(40, credit.LocalDate(2026, time.March, 14), credit.LocalTime{}), credit.LocalDate(2026, time.February, 30))
	times    = append(slicesOf(40, time.Time{}, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 120, time.FixedZone("", 5400))),
		time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))
)

func slicesOf[T any](n int, values ...T) []T {
	var all []T
	for range n {
		all = append(all, values...)
	}
	return all
}
