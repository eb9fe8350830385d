package main

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// help is the description of the program: the variables of every vendor, and
// what the program's comment says of exit codes and JSON, which is written once.
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
	_, comment, _ := strings.Cut(source, "// # Exit codes\n")
	comment, _, _ = strings.Cut(comment, "package main\n")
	b.WriteString("\nExit codes:\n")
	for line := range strings.Lines(comment) {
		b.WriteString(plain.Replace(line))
	}
	return strings.TrimSpace(b.String())
}

//go:embed main.go
var source string

var plain = strings.NewReplacer("// # JSON", "JSON:", "//\t", "  ", "// ", "", "//", "")

const updateHelp = `All fields go in one write, or none does. The first = of -set ends the
field's name, and what follows is the value as it stands:

name, note           any text; an empty one is set, not cleared
total, balance,      a decimal number, every digit of which counts: 12.50
priority
starts_at,           an instant with its zone: 2027-01-01T00:00:00Z
expires_at
metadata             the whole map, as JSON: {"plan":"gold"}

creditctl support shows which vendor takes which. Environment variables, exit
codes and the JSON are in creditctl -help.`
