package nexudus_test

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
// are marked, as are those of commands; all else has to go back as it stands
// here.
const awkward = "\r\n\t{ <1>\"unknown\" :\t[ ] ,\r\n" + `  "Id"  :  87654321,
	"Dup":"upper","dup":"lower","DUP":null,"id":"87654321",
	"\u0061":1,"a\u0300":"combined","":"no name",
	"big":12345678901234567890,"negative":-98765432109876543210,"price":1.10,"zeros":0.000,
	"TotalCredit" : <total> ,
	"RemainingCredit":12.50,"huge":1E400,"tiny":1e-400,"minus":-0,"minus2":-0.0,"plus":1E+2,<2>
	"nothing":null,"CaneBeUsedForBookings":true,"UseCreditPrice":false,
	"slash":"a\/b","escapes":"\"\\\b\f\n\r\t\u0000\u001F\u007f","html":"<&>\u003c\u0026\u003E",
	"half":"\ud800","other half":"\udc00x","pair":"\ud83d\ude00","\ud800":"in a name","line":"` + "\u2028" + `\u2028",
	"Descript` + `\u0069on":<note>,"ValidFrom" :"2025-01-15T10:30:00",
	"nested" :{ "z" : 1 , "a":{"TotalCredit":9,"AddedElegiblePasses" :[ 1,[ ],{ } , { "Id":"x" } ]}, "z":2 },
	"CoworkerId":12,"BusinessId" : 34 ,"BusinessName":"Loft",
	"twice":1,"twice":"1","twice":[1.0],
	"ExpireDate":<expires>,
	"ElegiblePasses":[1, 2],"ElegibleProducts":[],"ElegibleTariffs":null,"EventCategories":[ ],
	"Adde":1,"NotAdded":true,"Remove":[3],"Remov\u0065":4,"CoworkerBookingCreditUses":[{"Id":1,"AddedOn":"2025-01-15"}],
	"empty":{},"list":[1.0,1.00,"1",null],"UniqueId":"b0f6","IsNew":false<3>` + "\t}\n\n"

func awkwardWith(total, note, expires string, commands ...string) string {
	commands = append(commands, "", "", "")
	return strings.NewReplacer("<total>", total, "<note>", note, "<expires>", expires,
		"<1>", commands[0], "<2>", commands[1], "<3>", commands[2]).Replace(awkward)
}

func TestUpdateChangesNoOtherByte(t *testing.T) {
	before := awkwardWith("50.00", `"old\u0021"`, `null`)
	for _, test := range []struct {
		name   string
		before string
		patch  credit.Patch
		want   string
	}{
		{
			"total",
			before,
			credit.Patch{Total: credit.Set(credit.MustParseDecimal("60.00"))},
			awkwardWith("60.00", `"old\u0021"`, `null`),
		},
		{"a note by an escaped name", before, credit.Patch{Note: credit.Set("new")}, awkwardWith("50.00", `"new"`, `null`)},
		{"a cleared note", before, credit.Patch{Note: credit.Clear[string]()}, awkwardWith("50.00", `null`, `null`)},
		{
			"an expiry",
			before,
			credit.Patch{ExpiresAt: credit.Set(newYear)},
			awkwardWith("50.00", `"old\u0021"`, `"2027-01-01T00:00:00Z"`),
		},
		{
			"everything",
			before,
			credit.Patch{
				Note: credit.Set("n"), Total: credit.Set(credit.MustParseDecimal("1E2")),
				StartsAt: credit.Clear[time.Time](), ExpiresAt: credit.Set(newYear),
			},
			strings.Replace(awkwardWith("1E2", `"n"`, `"2027-01-01T00:00:00Z"`), `"2025-01-15T10:30:00"`, `null`, 1),
		},
		{
			"commands are dropped",
			awkwardWith("50.00", `"old\u0021"`, `null`,
				`"AddedElegiblePasses":null,"RemovedElegiblePasses":[1],"AddedElegibleProducts" : [ 1, 2 ],`,
				`"RemovedElegibleProducts":null,"AddedElegibleResourceTypes":[],"RemovedElegibleResourceTypes":{"a":1},`+
					`"\u0041ddedElegibleTariffs":[5],"AddedElegibleTariffs":[6],`,
				`,"RemovedElegibleTariffs":7,"AddedEventCategories":"8", "RemovedEventCategories" : null`),
			three,
			awkwardWith("3", `"old\u0021"`, `null`, "", "", " "),
		},
		{
			"so are those that no page lists, however their names are written",
			awkwardWith("50.00", `"old\u0021"`, `null`,
				`"AddedCoworkerBookingCreditUses":[{"Id":1}],"RemovedCoworkerBookingCreditUses":[1],"AddedOn":"2025-01-15","Added":1,`,
				`"addedElegiblePasses":[4],"REMOVEDX":[3],"aDDED":{},"\u0061dded\u0058":1,"Remov\u0065d":[],"Added\ud800":1,`,
				`,"removed":2, "ADDEDCoworkerBookingCreditUses" : null`),
			three,
			awkwardWith("3", `"old\u0021"`, `null`, "", "", " "),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t, scripttest.OK(test.before), scripttest.OK(updated), scripttest.OK(updated))
			result, err := client.Updater().Update(t.Context(), ref, test.patch)
			if err != nil {
				t.Fatal(err)
			}
			checkArrived(t, server, readLine, writeLine+test.want)
			if string(result.Before.Raw) != test.before {
				t.Error("the result's record is not the vendor's own")
			}
			given := []byte(test.before)
			if _, err := client.Updater().Update(t.Context(), ref, test.patch, credit.WithRecord(given)); err != nil {
				t.Fatal(err)
			}
			checkArrived(t, server, readLine, writeLine+test.want, writeLine+test.want)
			if string(given) != test.before {
				t.Error("the caller's record was written to")
			}
		})
	}
}

// malformed are records that an update cannot start from.
var malformed = map[string]string{
	"a page of HTML":           `<!doctype html><html><body>Sign in</body></html>`,
	"null":                     `null`,
	"a list":                   `[]`,
	"a list of the record":     `[` + held + `]`,
	"a list's envelope":        `{"Records":[` + held + `],"TotalItems":1}`,
	"an update's envelope":     updated,
	"a text":                   `"Not found"`,
	"an empty object":          `{}`,
	"white space":              " \n",
	"a broken record":          held[:len(held)-1],
	"a record and more":        held + `{}`,
	"another id":               strings.Replace(held, `87654321`, `87654322`, 1),
	"a text as id":             strings.Replace(held, `87654321`, `"87654321"`, 1),
	"an id with a fraction":    strings.Replace(held, `87654321`, `87654321.0`, 1),
	"an id with an exponent":   strings.Replace(held, `87654321`, `8.7654321E7`, 1),
	"a negative id":            strings.Replace(held, `87654321`, `-87654321`, 1),
	"a null id":                strings.Replace(held, `87654321`, `null`, 1),
	"no id":                    strings.Replace(held, `"Id"`, `"id"`, 1),
	"an id twice":              strings.Replace(held, `{`, `{"Id":87654321,`, 1),
	"another id as well":       strings.Replace(held, `{`, `{"I\u0064":1,`, 1),
	"no CoworkerId":            strings.Replace(held, `"CoworkerId":12,`, ``, 1),
	"a null CoworkerId":        strings.Replace(held, `12`, `null`, 1),
	"a zero as CoworkerId":     strings.Replace(held, `12`, `0`, 1),
	"a text as CoworkerId":     strings.Replace(held, `12`, `"12"`, 1),
	"CoworkerId twice":         strings.Replace(held, `{`, `{"CoworkerId":12,`, 1),
	"no BusinessId":            strings.Replace(held, `"BusinessId":34,`, ``, 1),
	"a fraction as BusinessId": strings.Replace(held, `34`, `34.5`, 1),
	"a zero as BusinessId":     strings.Replace(held, `34`, `0`, 1),
	"a list as BusinessId":     strings.Replace(held, `34`, `[34]`, 1),
	"no TotalCredit":           strings.Replace(held, `"TotalCredit":50.00,`, ``, 1),
	"a null TotalCredit":       strings.Replace(held, `50.00`, `null`, 1),
	"a text as TotalCredit":    strings.Replace(held, `50.00`, `"50.00"`, 1),
	"TotalCredit twice":        strings.Replace(held, `{`, `{"TotalCredit":50.00,`, 1),
	"the patched member twice": strings.Replace(held, `{`, `{"Descripti\u006fn":"x",`, 1),
}

// A byte order mark does not belong to the record, and is not written back.
func TestUpdateSkipsAByteOrderMark(t *testing.T) {
	client, server := connect(t, scripttest.OK("\ufeff"+held), scripttest.OK(updated))
	result, err := client.Updater().Update(t.Context(), ref, three)
	if err != nil || string(result.Before.Raw) != held {
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
				if e.Vendor != "nexudus" || e.ID != "87654321" || e.Reason == "" || !errors.Is(err, credit.ErrMalformed) {
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

func TestReadWithoutARecordIsNeverWritten(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer scripttest.Response
		kind   credit.Kind
		times  int
	}{
		{"401", scripttest.Status(401, ``), credit.ErrUnauthorized, 1},
		{"403", scripttest.Status(403, ``), credit.ErrForbidden, 1},
		{"404", scripttest.Status(404, `"Not found"`), credit.ErrNotFound, 1},
		{"409", scripttest.Status(409, ``), credit.ErrRateLimited, 4},
		{"429", scripttest.Status(429, ``), credit.ErrRateLimited, 4},
		{"500", scripttest.Status(500, `{"Message":"An error has occurred."}`), credit.ErrUnavailable, 1},
		{"503", scripttest.Status(503, ``), credit.ErrUnavailable, 4},
		{"lost", scripttest.Response{Lost: true}, credit.ErrUnavailable, 4},
		{"redirect", scripttest.Response{Status: 302, Header: http.Header{"Location": {"/login"}}}, credit.ErrMalformed, 1},
		{"oversized", scripttest.OK(held + strings.Repeat(" ", 4<<20)), credit.ErrMalformed, 1},
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

// Other members may be missing or null, or of another type.
func TestUpdateStartsFromTheLeastRecord(t *testing.T) {
	for _, before := range []string{
		`{"Id":87654321,"CoworkerId":1,"BusinessId":1,"TotalCredit":0}`,
		`{"Id":87654321,"CoworkerId":1,"BusinessId":1,"TotalCredit":0,"Description":7,"ValidFrom":null,"ElegiblePasses":null,"ExpireDate":{}}`,
	} {
		client, server := connect(t, scripttest.OK(before), scripttest.OK(updated))
		if _, err := client.Updater().Update(t.Context(), ref, three); err != nil {
			t.Fatal(err)
		}
		checkArrived(t, server, readLine, writeLine+strings.Replace(before, `"TotalCredit":0`, `"TotalCredit":3`, 1))
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
			`,"Description":"a\u0062","ValidFrom":"2026-01-01T00:00:00Z","ExpireDate":"2026-12-31T05:00:00.5+01:00","RemainingCredit":0.10`,
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
			`,"Description":"","ValidFrom":"","ExpireDate":null`,
			credit.Record{
				Values: credit.Values{
					Note: credit.Set(""), Balance: credit.Clear[credit.Decimal](),
					StartsAt: credit.Clear[time.Time](), ExpiresAt: credit.Clear[time.Time](),
				},
			},
		},
		{
			"without a zone, of another type, or twice",
			`,"Description":5,"ValidFrom":"2026-01-01T00:00:00","ExpireDate":"2026-01-01","RemainingCredit":1,"RemainingCredit":2`,
			credit.Record{},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc := `{"Id":87654321,"CoworkerId":1,"BusinessId":1,"TotalCredit":1.10` + test.members + `}`
			client, server := connect(t, scripttest.OK(doc))
			got, err := client.Updater().(credit.Reader).Read(t.Context(), ref)
			if err != nil {
				t.Fatal(err)
			}
			test.want.ID, test.want.Total, test.want.Raw = "87654321", credit.Set(amount("1.10")), []byte(doc)
			if diff := cmp.Diff(test.want, *got, cmp.AllowUnexported(credit.Decimal{}, credit.Opt[string]{}, credit.Opt[credit.Decimal]{}, credit.Opt[time.Time]{}, credit.Opt[map[string]string]{})); diff != "" {
				t.Errorf("the record (-want +got):\n%s", diff)
			}
			checkArrived(t, server, readLine)
		})
	}
}
