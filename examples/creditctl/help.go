package main

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// helpText explains exit codes, promises and JSON.
//
//go:embed help.txt
var helpText string

// help is the description of the program: the variables of every vendor, and
// helpText.
func help() string {
	var b strings.Builder
	b.WriteString("Credentials come from these environment variables, never from flags:\n\n")
	for _, name := range vendor.Names() {
		fmt.Fprintln(&b, name)
		for _, v := range vendor.Variables(name) {
			meaning := v.Meaning
			if v.Optional {
				meaning += " (optional)"
			}
			fmt.Fprintf(&b, "  %-27s %s\n", v.Name, meaning)
		}
	}
	return b.String() + "\n" + strings.TrimSpace(helpText)
}

const updateHelp = `All fields go in one write, or none does. The first = of -set ends the
field's name, and what follows is the value as it stands:

name, note           any text; an empty one is set, not cleared
total, balance,      a decimal number, every digit of which counts: 12.50
priority
starts_at,           an instant with its zone: 2027-01-01T00:00:00Z
expires_at
metadata             the whole map, as JSON: {"plan":"gold"}

creditctl support shows which vendor takes which. Environment variables, exit
codes, promises and the JSON are in creditctl -help.`
