package main

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// helpText explains the exit codes, the guarantees and the JSON.
//
//go:embed help.txt
var helpText string

// helpDescription returns the description of the program: the variables of
// every vendor, and helpText.
func helpDescription() string {
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

const updateHelp = `All fields are set in one write, or none is. The first = of -set ends the
field's name, and the rest is the value, unchanged:

name, note           any text; an empty text is set, not cleared
total, balance,      a decimal number, kept exactly: 12.50
priority
starts_at,           a time with its zone: 2027-01-01T00:00:00Z
expires_at
metadata             the whole map, as JSON: {"plan":"gold"}

-expect takes values in the same form, and an empty one for an empty field. The
credit is read first, and again before each repeat of the write. If a field has
another value, nothing is written and the error shows what it is now.

creditctl support shows which vendor supports which field. creditctl -help
explains environment variables, exit codes, guarantees and the JSON.`
