package knox_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
)

// awkward is a record that no struct survives. The places that the tests patch
// are marked; all else has to go back as it stands here.
const awkward = "\n { \"unknown\" :\t[ ] ,\r\n" + `  "id"  :  "cr-1",
	"Dup":"upper","dup":"lower","DUP":null,
	"\u0061":1,"a\u0300":"combined","":"no name",
	"big":12345678901234567890,"negative":-98765432109876543210,
	"quantity" : ` + "<quantity>" + ` ,
	"price":1.10,"zeros":0.000,"huge":1E400,"tiny":1e-400,"minus":-0,"minus2":-0.0,"plus":1E+2,
	"nothing":null,"yes":true,"no":false,"sys_locked":false,
	"slash":"a\/b","escapes":"\"\\\b\f\n\r\t\u0000\u001F\u007f","html":"<&>\u003c\u0026\u003E",
	"half":"\ud800","other half":"\udc00x","pair":"\ud83d\ude00","\ud800":"in a name","line":"` + "\u2028" + `\u2028",
	"not` + `\u0065s":` + "<notes>" + `,
	"nested" :{ "z" : 1 , "a":{"quantity":9,"notes" :[ 1,[ ],{ } , { "id":"x" } ]}, "z":2 },
	"contact_id":"con\u002d1",
	"twice":1,"twice":"1","twice":[1.0],
	"date":"2026-01-01" <expiration> ,
	"empty":{},"usages":[{"application_id":"a","quantity":0.50}],"list":[1.0,1.00,"1",null],
	"sys_version":7.0 , "sys_last_security_context":{"b":1,"a":2}` + "\t}\n\n"

func awkwardWith(quantity, notes, expiration string) string {
	return strings.NewReplacer("<quantity>", quantity, "<notes>", notes, "<expiration>", expiration).Replace(awkward)
}

func TestUpdateChangesNoOtherByte(t *testing.T) {
	const expires = `,` + "\n\t" + `"expiration_date" : "2026-12-31"`
	before := awkwardWith("0.10", `"old\u0021"`, expires)
	for _, test := range []struct {
		name  string
		patch credit.Patch
		want  string
	}{
		{
			"total",
			credit.Patch{Total: credit.Set(credit.MustParseDecimal("20.00"))},
			awkwardWith("20.00", `"old\u0021"`, expires),
		},
		{
			"a note by an escaped name",
			credit.Patch{Note: credit.Set("new")},
			awkwardWith("0.10", `"new"`, expires),
		},
		{
			"an expiry",
			credit.Patch{ExpiresAt: credit.Set(newYear)},
			awkwardWith("0.10", `"old\u0021"`, `,`+"\n\t"+`"expiration_date" : "2027-01-01"`),
		},
		{
			"a cleared expiry",
			credit.Patch{ExpiresAt: credit.Clear[time.Time]()},
			awkwardWith("0.10", `"old\u0021"`, "\n\t"),
		},
		{
			"a cleared note",
			credit.Patch{Note: credit.Clear[string]()},
			strings.Replace(awkwardWith("0.10", "<notes>", expires), `,
	"not\u0065s":<notes>,`, `
	,`, 1),
		},
		{
			"everything",
			credit.Patch{
				Note: credit.Set("n"), Total: credit.Set(credit.MustParseDecimal("1E2")),
				StartsAt: credit.Set(newYear), ExpiresAt: credit.Set(newYear.AddDate(1, 0, 0)),
			},
			strings.Replace(awkwardWith("1E2", `"n"`, `,`+"\n\t"+`"expiration_date" : "2028-01-01"`), "2026-01-01", "2027-01-01", 1),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t, scripttest.OK(before), scripttest.OK(test.want), scripttest.OK(test.want))
			result, err := client.Updater().Update(t.Context(), ref, test.patch)
			if err != nil {
				t.Fatal(err)
			}
			checkArrived(t, server, readLine, writeLine+test.want)
			if string(result.Before.Raw) != before || string(result.After.Raw) != test.want {
				t.Error("the result's records are not the vendor's own")
			}
			given := []byte(before)
			if _, err := client.Updater().Update(t.Context(), ref, test.patch, credit.WithRecord(given)); err != nil {
				t.Fatal(err)
			}
			checkArrived(t, server, readLine, writeLine+test.want, writeLine+test.want)
			if string(given) != before {
				t.Error("the caller's record was written to")
			}
		})
	}
}

// malformed are records that an update cannot start from.
var malformed = map[string]string{
	"a page of HTML":            `<!doctype html><html><body>Sign in</body></html>`,
	"null":                      `null`,
	"a list":                    `[]`,
	"a list of the record":      `[` + held + `]`,
	"a text":                    `"text"`,
	"a number":                  `1`,
	"an empty object":           `{}`,
	"white space":               " \n",
	"a broken record":           held[:len(held)-1],
	"a record and more":         held + `{}`,
	"an error in a 200":         `{"message":"no such credit"}`,
	"an envelope":               `{"data":` + held + `}`,
	"another id":                strings.Replace(held, `"cr-1"`, `"cr-2"`, 1),
	"an id in other letters":    strings.Replace(held, `"cr-1"`, `"CR-1"`, 1),
	"an id with a space":        strings.Replace(held, `"cr-1"`, `"cr-1 "`, 1),
	"an empty id":               strings.Replace(held, `"cr-1"`, `""`, 1),
	"a null id":                 strings.Replace(held, `"cr-1"`, `null`, 1),
	"an id in a list":           strings.Replace(held, `"cr-1"`, `["cr-1"]`, 1),
	"no id":                     strings.Replace(held, `"id"`, `"ID"`, 1),
	"an id twice":               strings.Replace(held, `{`, `{"id":"cr-1",`, 1),
	"another id as well":        strings.Replace(held, `{`, `{"i\u0064":"cr-2",`, 1),
	"no contact_id":             strings.Replace(held, `"contact_id":"con-1",`, ``, 1),
	"an empty contact_id":       strings.Replace(held, `"con-1"`, `""`, 1),
	"a null contact_id":         strings.Replace(held, `"con-1"`, `null`, 1),
	"a number as contact_id":    strings.Replace(held, `"con-1"`, `1`, 1),
	"contact_id twice":          strings.Replace(held, `{`, `{"contact_id":"con-1",`, 1),
	"no quantity":               strings.Replace(held, `"quantity":1.10,`, ``, 1),
	"a null quantity":           strings.Replace(held, `1.10`, `null`, 1),
	"a text as quantity":        strings.Replace(held, `1.10`, `"1.10"`, 1),
	"a flag as quantity":        strings.Replace(held, `1.10`, `true`, 1),
	"quantity twice":            strings.Replace(held, `{`, `{"quantity":1.10,`, 1),
	"the patched member twice":  strings.Replace(held, `{`, `{"notes":"x",`, 1),
	"the patched member thrice": strings.Replace(held, `{`, `{"n\u006ftes":null,"notes":1,`, 1),
}

// A byte order mark does not belong to the record, and is not written back.
func TestUpdateSkipsAByteOrderMark(t *testing.T) {
	client, server := connect(t, scripttest.OK("\ufeff"+held), scripttest.OK("\ufeff"+heldThree))
	result, err := client.Updater().Update(t.Context(), ref, three)
	if err != nil || string(result.Before.Raw) != held || string(result.After.Raw) != heldThree {
		t.Errorf("the update gives %+v, %v", result, err)
	}
	checkArrived(t, server, readLine, writeLine+heldThree)
}

var patches = map[string]credit.Patch{
	"set":   {Note: credit.Set("n")},
	"clear": {Note: credit.Clear[string]()},
}

func TestMalformedReadIsNeverWritten(t *testing.T) {
	for name, body := range malformed {
		for op, patch := range patches {
			t.Run(name+", "+op, func(t *testing.T) {
				client, server := connect(t, scripttest.OK(body))
				result, err := client.Updater().Update(t.Context(), ref, patch)
				e := failed[*credit.MalformedReadError](t, result, err, credit.NotSent)
				if e.Vendor != "knox" || e.ID != "cr-1" || e.Reason == "" || !errors.Is(err, credit.ErrMalformed) {
					t.Errorf("the error is %#v", e)
				}
				checkArrived(t, server, readLine)

				client, server = connect(t)
				result, err = client.Updater().Update(t.Context(), ref, patch, credit.WithRecord([]byte(body)))
				failed[*credit.MalformedReadError](t, result, err, credit.NotSent)
				checkArrived(t, server)
			})
		}
	}
}

// An id that is a number in the record is not the text of the reference.
func TestNumberIsNoID(t *testing.T) {
	client, server := connect(t, scripttest.OK(strings.Replace(held, `"cr-1"`, `17`, 1)))
	result, err := client.Updater().Update(t.Context(), credit.Ref{ID: "17"}, three)
	failed[*credit.MalformedReadError](t, result, err, credit.NotSent)
	checkArrived(t, server, "GET /credits/acme.org/17?consistentRead=true ")
}

// Half of a surrogate pair decodes as U+FFFD, which is another id.
func TestHalfASurrogatePairIsNoID(t *testing.T) {
	client, _ := connect(t, scripttest.OK(strings.Replace(held, `cr-1`, `\ud800`, 1)))
	result, err := client.Updater().Update(t.Context(), credit.Ref{ID: "\ufffd"}, three)
	failed[*credit.MalformedReadError](t, result, err, credit.NotSent)
}

func TestReadWithoutARecordIsNeverWritten(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer scripttest.Response
		kind   credit.Kind
		times  int
	}{
		{"401", scripttest.Status(401, `{"message":"no"}`), credit.ErrUnauthorized, 1},
		{"403", scripttest.Status(403, ``), credit.ErrForbidden, 1},
		{"404", scripttest.Status(404, `"Not found"`), credit.ErrNotFound, 1},
		{"409", scripttest.Status(409, ``), credit.ErrConflict, 1},
		{"429", scripttest.Status(429, ``), credit.ErrRateLimited, 4},
		{"500", scripttest.Status(500, `{}`), credit.ErrUnavailable, 1},
		{"503", scripttest.Status(503, ``), credit.ErrUnavailable, 4},
		{"lost", scripttest.Response{Lost: true}, credit.ErrUnavailable, 4},
		{"redirect", scripttest.Response{Status: 302, Header: http.Header{"Location": {"/login"}}}, credit.ErrMalformed, 1},
		{"oversized", scripttest.OK(`{"id":"` + strings.Repeat("x", 4<<20) + `"}`), credit.ErrMalformed, 1},
		{"cut off", scripttest.Response{Cut: true, Body: held}, credit.ErrMalformed, 4},
		{"203", scripttest.Status(203, held), credit.ErrMalformed, 1},
		{"204", scripttest.Response{Status: 204}, credit.ErrMalformed, 1},
		{"206", scripttest.Status(206, held), credit.ErrMalformed, 1},
		{"empty", scripttest.OK(""), credit.ErrMalformed, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			var answers []scripttest.Response
			var want []string
			for range test.times {
				answers, want = append(answers, test.answer), append(want, readLine)
			}
			client, server := connect(t, answers...)
			result, err := client.Updater().Update(t.Context(), ref, three)
			if result != nil || !errors.Is(err, test.kind) || credit.OutcomeOf(err) != credit.NotSent {
				t.Errorf("the update gives %v, %v with outcome %v", result, err, credit.OutcomeOf(err))
			}
			checkArrived(t, server, want...)
		})
	}
}

// Other members may be missing or null, whatever the page marks as required,
// or of another type.
func TestUpdateStartsFromTheLeastRecord(t *testing.T) {
	for _, before := range []string{
		`{"id":"cr-1","contact_id":"c","quantity":0}`,
		`{"id":"cr-1","contact_id":"c","quantity":0,"type_id":null,"date":null,"notes":null,"origin":7,"sys_created_at":{}}`,
	} {
		want := strings.Replace(before, `"quantity":0`, `"quantity":3`, 1)
		client, server := connect(t, scripttest.OK(before), scripttest.OK(want))
		if _, err := client.Updater().Update(t.Context(), ref, three); err != nil {
			t.Fatal(err)
		}
		checkArrived(t, server, readLine, writeLine+want)
	}
}

func TestReadConvertsTheRecordToPatchFields(t *testing.T) {
	amount := credit.MustParseDecimal
	for _, test := range []struct {
		name    string
		members string
		want    credit.Record
	}{
		{
			"all",
			`,"notes":"a\u0062","date":"2026-01-01","expiration_date":"2026-12-31T05:00:00.5+01:00","quantity_available":0.10`,
			credit.Record{
				Values: credit.Values{
					Note: credit.Set("ab"), Balance: credit.Set(amount("0.10")),
					StartsAt:  credit.Set(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)),
					ExpiresAt: credit.Set(time.Date(2026, 12, 31, 4, 0, 0, 5e8, time.UTC)),
				},
			},
		},
		{
			"missing and empty",
			`,"notes":"","date":"","expiration_date":null`,
			credit.Record{
				Values: credit.Values{
					Note: credit.Set(""), Balance: credit.Clear[credit.Decimal](),
					StartsAt: credit.Clear[time.Time](), ExpiresAt: credit.Clear[time.Time](),
				},
			},
		},
		{"of another type, or twice", `,"notes":5,"date":20260101,"expiration_date":"soon","quantity_available":1,"quantity_available":2`, credit.Record{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc := `{"id":"cr-1","contact_id":"c","quantity":1.10` + test.members + `}`
			client, server := connect(t, scripttest.OK(doc))
			got, err := client.Updater().(credit.Reader).Read(t.Context(), ref)
			if err != nil {
				t.Fatal(err)
			}
			test.want.ID, test.want.Total, test.want.Raw = "cr-1", credit.Set(amount("1.10")), []byte(doc)
			if diff := cmp.Diff(test.want, *got, cmp.AllowUnexported(credit.Decimal{}, credit.Opt[string]{}, credit.Opt[credit.Decimal]{}, credit.Opt[time.Time]{}, credit.Opt[map[string]string]{})); diff != "" {
				t.Errorf("the record (-want +got):\n%s", diff)
			}
			checkArrived(t, server, readLine)
		})
	}
}
