package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit/credittest"
)

func TestUpdateAtEveryVendor(t *testing.T) {
	for _, c := range []struct {
		vendor string
		flags  []string
		want   map[string]string
		record string // a part of the fake's record after the update
	}{
		{"knox", []string{"-set", "total=12.50", "-clear", "expires_at", "-set", `note=a, b = "c"`}, map[string]string{
			"changes": `[{"field":"note","before":"\"Ethics & law <2026>\"","after":"\"a, b = \\\"c\\\"\""},` +
				`{"field":"total","before":"2.50","after":"12.50"},{"field":"expires_at","before":"2028-03-14T00:00:00Z","after":""}]`,
			"before": `{"balance":"1.75","expires_at":"2028-03-14T00:00:00Z","id":"credit:7f9c24e8|2026","note":"Ethics & law <2026>","starts_at":"2026-03-14T00:00:00Z","total":"2.50"}`,
			"after":  `{"balance":"1.75","expires_at":null,"id":"credit:7f9c24e8|2026","note":"a, b = \"c\"","starts_at":"2026-03-14T00:00:00Z","total":"12.50"}`,
		}, `"quantity": 12.50`},
		{"thoughtindustries", []string{"--set=name=x,y", "--set", "expires_at=2027-01-01T02:00:00+02:00", "-set=balance=0"}, map[string]string{
			"changes": `[{"field":"name","before":"unknown","after":"\"x,y\""},{"field":"balance","before":"unknown","after":"0"},` +
				`{"field":"expires_at","before":"unknown","after":"2027-01-01T00:00:00Z"}]`,
			"before": `null`,
			"after":  `{"balance":"0","expires_at":"2027-01-01T00:00:00Z","id":"9b2f7c1e-6d0a-4c58-8e3b-2f4a1d5c7e90","name":"x,y","owner":"c0a8e1d2-3b4c-4d5e-8f60-718293a4b5c6","total":"1000"}`,
		}, `"name":"x,y"`},
		{"nexudus", []string{"-set", "total=0", "-clear", "note", "-set", "starts_at=2026-02-01T00:00:00Z"}, map[string]string{
			"changes": `[{"field":"note","before":"\"Welcome credit\"","after":""},{"field":"total","before":"100.50","after":"0"},` +
				`{"field":"starts_at","before":"2026-01-01T00:00:00Z","after":"2026-02-01T00:00:00Z"}]`,
			"after": `null`,
		}, `"TotalCredit":0`},
		{"flexprice", []string{"-set", `metadata={"plan":"gold,silver","a":"b=c"}`}, map[string]string{
			"changes": `[{"field":"metadata","before":"unknown","after":"{\"a\":\"b=c\",\"plan\":\"gold,silver\"}"}]`,
			"request": `{"method":"PUT","path":"/v1/creditgrants/cg_01KQ3Z5T9M7X2W8V4N6B1C0DSU","body":{"metadata":{"a":"b=c","plan":"gold,silver"}}}`,
		}, `"gold,silver"`},
		{"metronome", []string{"-set", "total=1250.50", "-clear", "priority", "-idempotency-key", "k-1"}, map[string]string{
			"changes":         `[{"field":"total","before":"1000","after":"1250.50"},{"field":"priority","before":"10","after":""}]`,
			"idempotency_key": `"k-1"`,
			"owner":           `"4c91c473-fc12-445a-9c38-40421d47023f"`,
		}, `"amount":1250.50`},
	} {
		t.Run(c.vendor, func(t *testing.T) {
			fake := fakes[c.vendor](t)
			c.want["vendor"], c.want["outcome"], c.want["kind"], c.want["credit"] = `"`+c.vendor+`"`, `"applied"`, `""`, "null"
			c.want["attempts"], c.want["verified"], c.want["message"] = "1", "false", `""`
			runAtFake(t, c.vendor, fake, "update", append(c.flags, "-json")...).checkJSON(t, 0, c.want)
			if got := string(fake.Record(fake.Ref.ID)); !strings.Contains(got, c.record) {
				t.Errorf("the fake's record is %s", got)
			}
		})
	}
}

func TestUpdateVerifies(t *testing.T) {
	for vendor, newFake := range fakes {
		fake := newFake(t)
		runAtFake(t, vendor, fake, "update", "-set", textField(vendor)+"=Autumn", "-verify", "-json").checkJSON(t, 0, map[string]string{"verified": "true"})
		if got := fake.Requests(); got[len(got)-1].Write {
			t.Errorf("%s: the last request is not a read", vendor)
		}
	}
}

// textField returns a text field that the vendor can set.
func textField(vendor string) string {
	if vendor == "thoughtindustries" || vendor == "flexprice" {
		return "name"
	}
	return "note"
}

func TestDryRunWritesNothing(t *testing.T) {
	for vendor, newFake := range fakes {
		fake := newFake(t)
		r := runAtFake(t, vendor, fake, "update", "-set", textField(vendor)+"=Autumn", "-dry-run", "-json")
		r.checkJSON(t, 0, map[string]string{"outcome": `"planned"`, "dry_run": "true", "attempts": "0", "kind": `""`})
		if !strings.Contains(r.decodeJSON(t)["request"], "Autumn") {
			t.Errorf("%s: the request is missing: %s", vendor, r.stdout)
		}
		if got := fake.Writes(); len(got) > 0 {
			t.Errorf("%s received a write: %s", vendor, got[0].Body)
		}
	}
}

// The error texts are tested in package credit.
func TestFailedUpdates(t *testing.T) {
	const minute = time.Minute
	for _, c := range []struct {
		name, vendor string
		fault        *credittest.Fault
		flags        []string
		code         int
		want         map[string]string
	}{
		{"unsupported fields", "nexudus", nil, []string{"-set", "name=x", "-clear", "total", "-set", "note=y"}, 3, map[string]string{
			"outcome": `"not sent"`, "kind": `"unsupported"`,
			"fields": `[{"field":"name","message":"cannot be set"},{"field":"total","message":"cannot be cleared"}]`,
		}},
		{"value that the vendor cannot store", "thoughtindustries", nil, []string{"-set", "balance=0.5"}, 3, map[string]string{
			"outcome": `"not sent"`, "kind": `"invalid"`,
		}},
		{"missing credit, read first", "knox", nil, []string{"-id", "other", "-set", "note=x"}, 3, map[string]string{
			"outcome": `"not sent"`, "kind": `"not found"`, "status": "404", "attempts": "1", "id": `"other"`,
		}},
		{"missing credit", "flexprice", nil, []string{"-id", "other", "-set", "name=x"}, 4, map[string]string{
			"outcome": `"rejected"`, "kind": `"not found"`, "status": "404", "attempts": "1",
		}},
		{"conflict", "metronome", new(credittest.Respond(409, `{"message":"used by an invoice"}`)), []string{"-set", "name=x"}, 4, map[string]string{
			"outcome": `"rejected"`, "kind": `"conflict"`, "status": "409",
		}},
		{"forbidden", "metronome", new(credittest.Respond(403, `{"message":"not yours"}`)), []string{"-set", "name=x", "-idempotency-key", "k"}, 4, map[string]string{
			"outcome": `"rejected"`, "kind": `"forbidden"`, "idempotency_key": `"k"`,
		}},
		{"long Retry-After", "thoughtindustries", new(credittest.RateLimited(minute)), []string{"-set", "name=x"}, 4, map[string]string{
			"outcome": `"rejected"`, "kind": `"rate limited"`, "retry_after": "60", "status": "429",
		}},
		{"lost response", "thoughtindustries", new(credittest.LostAfter()), []string{"-set", "balance=0"}, 5, map[string]string{
			"outcome": `"unknown"`, "kind": `"unavailable"`, "attempts": "1", "status": "0", "repeatable": "false",
		}},
		{"slow response", "thoughtindustries", new(credittest.Slow(minute)), []string{"-set", "balance=0", "-timeout", "1s"}, 5, map[string]string{
			"outcome": `"unknown"`, "kind": `"timeout"`,
		}},
		{"ambiguous 500", "flexprice", new(credittest.Respond(500, "{}")), []string{"-set", "name=x"}, 5, map[string]string{
			"outcome": `"unknown"`, "kind": `"unavailable"`, "status": "500", "repeatable": "true",
		}},
		{"mismatch in the response", "flexprice", &credittest.Fault{Status: http.StatusOK, Body: []byte(`{"id":"cg_01KQ3Z5T9M7X2W8V4N6B1C0DSU","name":"Welcome"}`)},
			[]string{"-set", "name=x"}, 6, map[string]string{
				"outcome": `"applied"`, "kind": `"mismatch"`, "attempts": "1",
				"fields": `[{"field":"name","message":"is \"Welcome\", not \"x\""}]`,
				"after":  `{"expires_at":null,"id":"cg_01KQ3Z5T9M7X2W8V4N6B1C0DSU","metadata":null,"name":"Welcome","starts_at":null}`,
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake := fakes[c.vendor](t)
			if c.fault != nil {
				fake.Queue(c.fault.OnWrite())
			}
			r := runAtFake(t, c.vendor, fake, "update", append(c.flags, "-json")...)
			r.checkJSON(t, c.code, c.want)
			if got := r.decodeJSON(t)["message"]; got == `""` {
				t.Error("the message is empty")
			}
		})
	}
}

func TestUnverifiedUpdate(t *testing.T) {
	fake := credittest.NewMetronome(t)
	fake.Queue(credittest.Respond(403, `{"message":"no reading"}`).OnRead())
	r := runAtFake(t, "metronome", fake, "update", "-set", "name=x", "-verify", "-idempotency-key", "k", "-json")
	r.checkJSON(t, 6, map[string]string{
		"outcome": `"applied"`, "kind": `"unverified"`, "attempts": "1", "idempotency_key": `"k"`, "verified": "false", "status": "403",
		"changes": `[{"field":"name","before":"unknown","after":"\"x\""}]`,
	})
}

func TestUnreachableVendor(t *testing.T) {
	runBinary(t, credentialsEnv("metronome", ""), "update", "-vendor", "metronome", "-base-url", "http://127.0.0.1:1", "-id", "1", "-owner", "2",
		"-set", "name=x", "-timeout", "300ms", "-json").checkJSON(t, 3, map[string]string{
		"outcome": `"not sent"`, "kind": `"unavailable"`, "status": "0",
	})
}

// The vendor echoes the credentials; runBinary checks that the output does not
// contain them.
func TestRejectedCredentialsAreNotPrinted(t *testing.T) {
	echo := credittest.Respond(401, `{"error":"access_denied","message":"`+secret+` is wrong"}`)
	fake := credittest.NewKnox(t)
	fake.Queue(echo.OnToken())
	runAtFake(t, "knox", fake, "update", "-set", "note=x", "-json").checkJSON(t, 3, map[string]string{
		"outcome": `"not sent"`, "kind": `"unauthorized"`,
	})
	fake = credittest.NewMetronome(t)
	fake.Queue(echo.OnWrite())
	runAtFake(t, "metronome", fake, "update", "-set", "name=x", "-json").checkJSON(t, 4, map[string]string{
		"outcome": `"rejected"`, "kind": `"unauthorized"`, "status": "401",
	})
}

// One error names all missing variables.
func TestUpdateWithoutCredentials(t *testing.T) {
	runBinary(t, nil, "update", "-vendor", "knox", "-id", "1", "-set", "note=x", "-json").checkJSON(t, 3, map[string]string{
		"outcome": `"not sent"`, "kind": `"invalid"`, "vendor": `"knox"`, "id": `"1"`,
		"fields": `[{"field":"KNOX_TENANT","message":"is not set"},` +
			`{"field":"KNOX_DOMAIN","message":"is not set, nor is KNOX_ACCESS_TOKEN"},` +
			`{"field":"KNOX_CLIENT_ID","message":"is not set, nor is KNOX_ACCESS_TOKEN"},` +
			`{"field":"KNOX_CLIENT_SECRET","message":"is not set, nor is KNOX_ACCESS_TOKEN"}]`,
	})
}

func TestUpdateWithFake(t *testing.T) {
	runBinary(t, nil, "update", "-fake", "-vendor", "nexudus", "-set", "total=7", "-verify", "-json").checkJSON(t, 0, map[string]string{
		"fake": "true", "id": `"87654321"`, "verified": "true",
	})
}

func TestParsePatch(t *testing.T) {
	p, problems := parsePatch([]string{"note==a=b", "total=1.10"}, []string{"expires_at"})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if v, _ := p.Note.Get(); v != "=a=b" {
		t.Errorf("note is %q", v)
	}
	if v, _ := p.Total.Get(); v.String() != "1.10" {
		t.Errorf("total is %s", v)
	}
	if !p.ExpiresAt.IsClear() {
		t.Error("expires_at is not cleared")
	}
}

func TestParsePatchReturnsAllErrors(t *testing.T) {
	_, problems := parsePatch([]string{"total", "colour=red", "total=1", "total=2"}, []string{"total", "colour"})
	want := []string{
		"-set total: has no value, as in -set total=12.50",
		`-set colour: unknown field "colour": use one of name, note, total, balance, starts_at, expires_at, priority, metadata`,
		"-set total: is given more than once",
		"-clear total: is given more than once",
		`-clear colour: unknown field "colour": use one of name, note, total, balance, starts_at, expires_at, priority, metadata`,
	}
	if !slices.Equal(problems, want) {
		t.Errorf("got  %q\nwant %q", problems, want)
	}
	if _, problems := parsePatch(nil, nil); len(problems) != 1 {
		t.Errorf("without -set and -clear: got %q, want one error", problems)
	}
}
