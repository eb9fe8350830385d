// Creditctl shows and changes one credit from the shell, at any of the five
// vendors.
//
//	creditctl get     -vendor V -id ID [-owner ID]
//	creditctl update  -vendor V -id ID [-owner ID] -set FIELD=VALUE -clear FIELD
//	creditctl resolve -vendor V -id ID [-owner ID] -set FIELD=VALUE -clear FIELD [-was FILE]
//	creditctl undo    -result FILE
//	creditctl doctor  -vendor V -id ID [-owner ID]
//	creditctl probe   -vendor V -id ID [-owner ID] -i-know-this-changes-the-credit
//	creditctl support [-vendor V]
//
// Credentials come from environment variables, never from the command line,
// which other users of the machine can read. With -fake it runs against the
// vendor's fake in its own process and needs no credentials.
//
// creditctl -help lists the variables, the exit codes, the members of the JSON and
// the guarantees.
package main

import (
	"context"
	"os"

	"github.com/creditkit/creditkit/examples/internal/interrupt"
)

func main() {
	interrupt.IgnoreBrokenPipe()
	ctx, stop := interrupt.NotifyContext(context.Background())
	p := newProgram(os.Getenv, os.Stdout, os.Stderr)
	code := p.run(ctx, os.Args)
	stop()
	os.Exit(code)
}
