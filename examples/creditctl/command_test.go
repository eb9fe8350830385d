package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestWhatIsWrongWithTheCommandLine(t *testing.T) {
	const hint = "\ncreditctl -help shows how, and creditctl update -help what -set takes\n"
	for line, want := range map[string]string{
		"":                              "no command is given; there are get, update and support",
		"delete":                        `there is no command "delete"; there are get, update and support`,
		"get":                           "-vendor is required; -id is required",
		"get -vendor stripe -id 1":      `there is no vendor "stripe"; there are knox, thoughtindustries, nexudus, flexprice, metronome`,
		"get -vendor knox -id":          "flag needs an argument: -id",
		"get -vendor knox -id 1 -set a": "flag provided but not defined: -set",
		"get -vendor knox -id 1 2":      `unexpected argument "2"`,
		"get -vendor knox -id 1 -id 2":  `invalid value "2" for flag -id: can't duplicate this flag`,
		"get -vendor knox -fake -base-url http://127.0.0.1:1": "-fake has an address of its own, and takes no -base-url",
		"get -vendor knox -fake -timeout -1s":                 "-timeout must be above 0, not -1s",
		"get -vendor knox -fake -timeout 0s":                  "-timeout must be above 0, not 0s",
		"update -vendor knox -fake":                           "there is nothing to change: give -set or -clear",
		"update -vendor knox -fake -set total=":               `-set total: invalid decimal: "" is not a JSON number; nothing was sent`,
		"support knox":                                        `unexpected argument "knox"`,
		"support -vendor stripe":                              `there is no vendor "stripe"; there are knox, thoughtindustries, nexudus, flexprice, metronome`,
	} {
		var out bytes.Buffer
		code, stderr := inProcess(&out, strings.Fields(line)...)
		if code != 2 || out.Len() > 0 || stderr != "creditctl: "+want+hint {
			t.Errorf("%s: exit code %d\n%s%s", line, code, out.String(), stderr)
		}

		code, stderr = inProcess(&out, append(strings.Fields(line), "-json")...)
		if wantsValue := strings.HasSuffix(line, " -id"); wantsValue {
			continue // -json is the id
		}
		r := ran{code, out.String(), stderr}
		if got := r.members(t); code != 2 || got["kind"] != `"usage"` || got["outcome"] != `"not sent"` {
			t.Errorf("%s -json: exit code %d\n%s", line, code, r.stdout)
		}
	}
}
