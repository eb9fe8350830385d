package drivertest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// sixthBackend is the sixth vendor. A PUT replaces a credit, a PATCH changes
// what it names.
type sixthBackend struct {
	credits   map[string]object
	responses map[string]credittest.Answer // by idempotency key
}

func (b sixthBackend) Writes(r *credittest.Request) bool { return r.Method != http.MethodGet }

func (b sixthBackend) Record(id string) json.RawMessage {
	if c, found := b.credits[id]; found {
		return c.json()
	}
	return nil
}

func (b sixthBackend) Seed(record json.RawMessage) error {
	c, err := parseObject(record)
	if err == nil {
		b.credits[c.text("id")] = c
	}
	return err
}

func (b sixthBackend) Serve(r *credittest.Request) credittest.Answer {
	if r.Path == "/credits" && r.Method == http.MethodGet {
		return b.list(r)
	}
	escaped, _ := strings.CutPrefix(r.Path, "/credits/")
	id, err := url.PathUnescape(escaped)
	if err != nil || b.credits[id] == nil {
		return jsonAnswer(404, json.RawMessage(`{}`))
	}
	if r.Method == http.MethodGet {
		return jsonAnswer(200, b.Record(id))
	}
	change, err := parseObject(r.Body)
	if err != nil {
		return jsonAnswer(400, json.RawMessage(`{}`))
	}
	key := r.Header.Get("Idempotency-Key")
	if first, used := b.responses[key]; used && key != "" {
		return first
	}
	if r.Method == http.MethodPatch {
		change = b.credits[id].with(change)
	}
	b.credits[id], r.Applied = change, true
	b.responses[key] = jsonAnswer(200, change.json())
	return b.responses[key]
}

func jsonAnswer(status int, body json.RawMessage) credittest.Answer {
	return credittest.Answer{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}
}

func sixthHarness(replaces bool, flaw string) func(t *testing.T) Harness {
	return func(t *testing.T) Harness {
		const token = "sixth-token"
		backend := sixthBackend{map[string]object{}, map[string]credittest.Answer{}}
		server := credittest.NewServer(t, backend, credit.Ref{ID: "c|1"})
		err := server.Seed(json.RawMessage(`{"id":"c|1","holder":"h|1","label":"seed","memo":"a memo","amount":12345678901234567890.10,
			"extra":{"ratio":1.10,"none":null}}`))
		if err != nil {
			t.Fatal(err)
		}
		return Harness{
			Updater: newSixth(server.URL, token, server.Transport(), replaces, flaw),
			Backend: server,
			Ref:     server.Ref,
			Missing: credit.Ref{ID: "c|2"},
			Patch:   pick(everything, credit.FieldName, credit.FieldNote, credit.FieldTotal),
			FieldPaths: map[credit.Field]FieldPath{
				credit.FieldName:  {Record: "label"},
				credit.FieldNote:  {Record: "memo"},
				credit.FieldTotal: {Record: "amount"},
			},
			Invalid: map[string]credit.Patch{"a total below 0": {Total: credit.Set(credit.MustParseDecimal("-1"))}},
			Secrets: []string{token},
			Repeats: true,
			Lists:   sixthLists(),
		}
	}
}

func TestThirdPartyDriverPassesSuite(t *testing.T) {
	t.Run("whose writes change what they name", func(t *testing.T) { Run(t, sixthHarness(false, "")) })
	t.Run("whose writes replace records", func(t *testing.T) { Run(t, sixthHarness(true, "")) })
}

// failing plays the suite without reporting to t, and lists the cases that fail.
func failing(t *testing.T, newHarness func(t *testing.T) Harness) []string {
	s, failures := newSuite(t, newHarness)
	if s == nil {
		return []string{"the harness: " + strings.Join(failures, "; ")}
	}
	var names []string
	for _, c := range s.cases() {
		if c.skip == "" && len(s.runCase(t, c)) > 0 {
			names = append(names, c.name)
		}
	}
	return names
}

func TestSuiteFindsEachPlantedFault(t *testing.T) {
	const findAll = "find: all credits of an owner and none of another"
	for _, planted := range []struct {
		flaw     string
		replaces bool
		found    []string // some of the cases that find it
	}{
		{"drops a field", false, []string{"set note", "set all fields"}},
		{"drops a field", true, []string{"set note", "set all fields"}},
		{"sends null for an untouched field", false, []string{"set name", "set total"}},
		{"sends null for an untouched field", true, []string{"set name", "set total"}},
		{"clears on set", false, []string{"set note"}},
		{"loses unknown members", true, []string{"set name", "clear note"}},
		{"rounds an unchanged field", true, []string{"set name", "clear note"}},
		{"writes after a malformed read", true, []string{"a read that is an empty object is followed by no write", "a read that is another credit is followed by no write"}},
		{"retries a non-idempotent edit", true, []string{"retry: total is not sent again when it is lost after the change"}},
		{"reports a non-idempotent edit as repeatable", false, []string{"retry: total is sent again when it is lost after the change", "retry: the whole patch is sent again when it gets a 503"}},
		{"never retries an idempotent edit", true, []string{"retry: name is read again when it is lost after the change", "retry: note is sent again when it gets a 408"}},
		{"reports a refusal as success", false, []string{"every attempt: a 403", "every attempt: a 429"}},
		{"validates after writing", false, []string{"a total below 0 is refused"}},
		{"validates after writing", true, []string{"a total below 0 is refused"}},
		{"does not validate the patch", false, []string{"set balance is refused", "an empty patch is refused", "an id that is empty is refused"}},
		{"leaks the token in an error", false, []string{"every attempt: a 401"}},
		{"writes twice", false, []string{"set name"}},
		{"writes in a dry run", false, []string{"a dry run writes nothing and shows the write"}},
		{"reports Unknown as Rejected", false, []string{"applied, one fault: lost after the change"}},
		{"reports any response as success", false, []string{"unclear response: a login page, not applied", "unclear response: the response of another credit, not applied", "unclear response: a response that breaks off near its end, not applied"}},
		{"reports a 408 as Rejected", false, []string{"every attempt: a 408", "late: a write after a gateway's 408"}},
		{"retries an unreadable success", false, []string{"unclear response: an empty 202, applied"}},
		{"retries without reading again", true, []string{"retry: note is read again when it is lost after the change", "other writer: a change of another field before the repeat is kept", "other writer: a change of the same field ends the update", "other writer: without a read there is no repeat"}},
		{"ignores WithBefore", false, []string{"before: the result has what was read", "before: a failed read is followed by no write", "expect: another name is not overwritten"}},
		{"loses the record after an error", false, []string{"before: a rejected update leaves it in CallInfo", "before: an unknown outcome leaves it in CallInfo"}},
		{"loses the record after an error", true, []string{"before: an unknown outcome leaves it in CallInfo", "before: an update that reads anyway leaves it in CallInfo"}},
		{"ignores WithExpect", false, []string{"expect: another name is not overwritten", "expect: a dry run compares as well"}},
		{"ignores WithExpect", true, []string{"expect: another total is not overwritten", "expect: another writer's change during a wait is not overwritten"}},
		{"ignores WithExpect in a dry run", false, []string{"expect: a dry run compares as well"}},
		{"compares before the first attempt only", false, []string{"expect: the credit is read again before a repeat", "expect: another writer's change after a lost write is not overwritten", "expect: another writer's change during a wait is not overwritten"}},
		{"compares after an unknown outcome only", false, []string{"expect: another writer's change during a wait is not overwritten"}},
		{"compares after an unknown outcome only", true, []string{"expect: another writer's change during a wait is not overwritten"}},
		{"repeats without a second read", false, []string{"expect: without a second read there is no repeat"}},
		{"returns a field that Support does not list", false, []string{"a read returns the fields of Support"}},
		{"lets updates overlap", true, []string{"overlap: updates of different fields lose none", "expect: of two updates that expect the same record one is made"}},
		{"reports a key in flight as Rejected", false, []string{"late: a 409 for the caller's key is not a refusal"}},
		{"reports an unreadable success as Rejected", false, []string{"applied, one fault: broken off after the change", "applied, one fault: half a response"}},
		{"forgets an earlier Unknown", false, []string{"one fault, repeatable fields: lost after the change, then a 401"}},
		{"fails if the context ends after the response", false, []string{"a context that ends after the response does not undo it"}},
		{"ignores Retry-After", false, []string{"a wait of a second is kept"}},
		{"uses a new key for each attempt", false, []string{"one fault, repeatable fields: a 503", "late: a write under a used key changes nothing", "late: a write in flight is made once"}},
		{"reads from a cache that is never renewed", false, []string{"resolve: lost after the change, every attempt", "resolve, late: every write", "resolve: a change of another writer is Neither"}},
		{"returns the new record as Before", true, []string{"undo: set name", "undo: clear note", "undo: set all fields"}},
		{"returns Before without a field", true, []string{"undo: set note", "undo: clear note", "undo: set all fields"}},
		{"follows redirects", false, []string{"a 307 is not followed"}},
		{"finds the credits of others", false, []string{findAll}},
		{"reads only the first page", false, []string{findAll, "find: a page that fails is an error after the rows before it"}},
		{"shows another value in a row", false, []string{findAll}},
		{"loses the id of a row", false, []string{findAll}},
		{"reads on after the loop ended", false, []string{"find: a loop that ends stops the requests"}},
		{"hides a page that fails", false, []string{"find: a page that fails is an error after the rows before it"}},
		{"follows a cursor that repeats", false, []string{"find: a list that repeats a page is an error"}},
		{"does not validate the patch", false, []string{"find: an invalid query is refused", "find: a context that ends during the loop is an error"}},
		{"leaks a goroutine", false, []string{"one fault: lost before the change"}},
	} {
		name := planted.flaw
		if planted.replaces {
			name += ", replacing records"
		}
		t.Run(name, func(t *testing.T) {
			names := failing(t, sixthHarness(planted.replaces, planted.flaw))
			for _, want := range planted.found {
				if !slices.Contains(names, want) {
					t.Errorf("the case %q does not find it; these do: %q", want, names)
				}
			}
			t.Logf("%d cases find it", len(names))
		})
	}
}
