package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/creditkit/creditkit/credit/credittest"
)

const usageHint = "\nsee creditctl -help, and creditctl COMMAND -help for the flags of a command\n"

func TestUsageErrors(t *testing.T) {
	const (
		commands = "use get, find, update, resolve, undo, doctor, probe, support or completion"
		vendors  = "use one of knox, thoughtindustries, nexudus, flexprice, metronome"
	)
	for _, c := range []struct{ line, want string }{
		{"", "a command is missing: " + commands},
		{"delete", `unknown command "delete": ` + commands},
		{"list -vendor nexudus", `unknown command "list": ` + commands},
		{"-vendor knox get", "flag provided but not defined: -vendor; flags come after the command, as in creditctl get -vendor knox"},
		{"-version get -vendor knox -fake", "-version cannot be used with a command or arguments"},
		{"get -vendor stripe -id 1", `unknown vendor "stripe": ` + vendors},
		{"support -vendor stripe", `unknown vendor "stripe": ` + vendors},
		{"get", "-vendor is required; -id is required"},
		{"get -vendor knox -id", "flag needs an argument: -id"},
		{"get -vendor knox -id 1 -set a", "flag provided but not defined: -set"},
		{"get -vendor knox -id 1 -id 2", `invalid value "2" for flag -id: can't duplicate this flag`},
		{"get -vendor knox -fake -base-url http://127.0.0.1:1", "-fake and -base-url cannot be used together"},
		{"get -vendor knox -fake -timeout -1s", "-timeout must be positive, got -1s"},
		{"get -vendor knox -fake -timeout 0s", "-timeout must be positive, got 0s"},
		{"update -vendor knox -fake", "nothing to change: use -set or -clear"},
		{"update -vendor knox -fake -set total=", `-set total: "" is not a JSON number`},
	} {
		t.Run(c.line, func(t *testing.T) {
			checkUsageError(t, c.line, c.want)
		})
	}
}

// checkUsageError runs the program in this process, with and without -json.
func checkUsageError(t *testing.T, line, want string) {
	t.Helper()
	var out bytes.Buffer
	code, stderr := runInProcess(&out, strings.Fields(line)...)
	if code != 2 || out.Len() > 0 || stderr != "creditctl: "+want+usageHint {
		t.Errorf("exit code %d\n%s%s", code, out.String(), stderr)
	}
	if strings.HasSuffix(line, " -id") {
		return // -json would be the id
	}
	code, stderr = runInProcess(&out, append(strings.Fields(line), "-json")...)
	r := runResult{code, out.String(), stderr}
	if got := r.decodeJSON(t); code != 2 || got["kind"] != `"usage"` || got["outcome"] != `"not sent"` || got["schema"] != "1" {
		t.Errorf("-json: exit code %d\n%s", code, r.stdout)
	}
}

// A command line with unused arguments sends nothing, wherever the argument is.
func TestUnusedArgumentsSendNothing(t *testing.T) {
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
	defer server.Close()
	const dash = "it begins with an en dash (U+2013) instead of a plain hyphen; did you mean -"
	get := "get -vendor metronome -id 1 -owner 2 -base-url " + server.URL
	update := "update -vendor metronome -id 1 -owner 2 -set name=x -base-url " + server.URL
	for _, c := range []struct{ line, want string }{
		{get + " 2", `unexpected argument "2": this command takes flags only`},
		{update + " –dry-run", `unexpected argument "–dry-run": ` + dash + "dry-run?"},
		{"update –dry-run" + strings.TrimPrefix(update, "update"), `unexpected argument "–dry-run": ` + dash + "dry-run?"},
		{update + " ––verify", `unexpected argument "––verify": ` + dash + "verify?"},
		{update + " —dry-run", `unexpected argument "—dry-run": it begins with an em dash (U+2014) instead of a plain hyphen; did you mean -dry-run?`},
		{update + " -- -dry-run", `unexpected argument "-dry-run": this command takes flags only`},
		{update + " -1", `unexpected argument "-1": this command takes flags only`},
		{update + " -verify -dry-run", "-verify and -dry-run cannot be used together"},
		{update + " -idempotency-key -dry-run", `-idempotency-key has no value: "-dry-run" is a flag`},
		{update + " -idempotency-key –dry-run", `-idempotency-key has no value: "–dry-run" is a flag`},
		{"get -vendor metronome -owner 2 -id --json -base-url " + server.URL, `-id has no value: "--json" is a flag`},
		{"get -vendor knox -id 1 -owner 2 -base-url " + server.URL, "-owner is not used at knox"},
		{"update -vendor flexprice -id 1 -set name=x -idempotency-key k -base-url " + server.URL,
			"-idempotency-key is not used at flexprice, which has no idempotency keys"},
		{"support knox", `unexpected argument "knox": this command takes flags only`},
		{"support –json", `unexpected argument "–json": ` + dash + "json?"},
		{"–version", `unexpected argument "–version": ` + dash + "version?"},
		{"-version extra", `unknown command "extra": use get, find, update, resolve, undo, doctor, probe, support or completion`},
		{"list -help", `unknown command "list": use get, find, update, resolve, undo, doctor, probe, support or completion`},
		{"-help extra", `unknown command "extra": use get, find, update, resolve, undo, doctor, probe, support or completion`},
		{"get -help extra", "No help topic for 'extra'"},
		{"completion tcsh", `unknown command "tcsh": use bash, zsh, fish or pwsh`},
		{"completion bash extra", `unexpected argument "extra": this command takes flags only`},
		{"completion bash -x", "flag provided but not defined: -x"},
	} {
		t.Run(c.line, func(t *testing.T) {
			runBinary(t, credentialsEnv("metronome", ""), strings.Fields(c.line)...).checkOutput(t, 2, "", "creditctl: "+c.want+usageHint)
		})
	}
	if n := requests.Load(); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestInvalidValuesSendNothing(t *testing.T) {
	fake := credittest.NewMetronome(t)
	get := []string{"get", "-vendor", "metronome", "-owner", "2"}
	update := []string{"update", "-vendor", "metronome", "-id", "1", "-owner", "2", "-set", "name=x", "-base-url", fake.URL}
	for _, c := range []struct {
		args []string
		want string
	}{
		{append(get, "-id", "", "-base-url", fake.URL), "-id is empty"},
		{append(get, "-id", "1", "-base-url", ""), "-base-url is empty"},
		{append(get, "-id", "1", "-base-url", "http://example.org"), "-base-url: must be https: plain http is for loopback hosts only"},
		{[]string{"get", "-vendor", "", "-id", "1"}, `unknown vendor "": use one of knox, thoughtindustries, nexudus, flexprice, metronome`},
		{[]string{"get", "-vendor", "metronome", "-fake", "-id", ""}, "-id is empty"},
		{[]string{"get", "-vendor", "metronome", "-fake", "-owner", ""}, "-owner is empty"},
		{append(update, "-idempotency-key", ""), "-idempotency-key is empty"},
		{append(update, "-idempotency-key", "a\n"), "-idempotency-key: must be printable ASCII without spaces at its ends"},
	} {
		runBinary(t, credentialsEnv("metronome", ""), c.args...).checkOutput(t, 2, "", "creditctl: "+c.want+usageHint)
	}
	if got := fake.Requests(); len(got) > 0 {
		t.Errorf("%d requests were sent", len(got))
	}
}

// A value may begin with a hyphen if it is not a flag.
func TestValuesWithHyphens(t *testing.T) {
	fake := credittest.NewMetronome(t)
	runAtFake(t, "metronome", fake, "update", "-set", "note=-dry-run", "-idempotency-key", "-17", "-json").
		checkJSON(t, 0, map[string]string{"idempotency_key": `"-17"`, "outcome": `"applied"`})
}
