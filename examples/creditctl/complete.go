package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// complete offers the names of vendors and fields after the flags that take
// them, and else what the library offers.
func complete(ctx context.Context, cmd *cli.Command) {
	var last string
	if args := cmd.Args().Slice(); len(args) > 0 {
		last = strings.TrimLeft(args[len(args)-1], "-")
	}
	switch out := cmd.Root().Writer; last {
	case "vendor":
		for _, name := range vendor.Names() {
			fmt.Fprintln(out, name)
		}
	case "set", "clear":
		equals := map[string]string{"set": "="}[last]
		for _, f := range credit.Fields() {
			fmt.Fprintln(out, string(f)+equals)
		}
	default:
		cli.DefaultCompleteWithFlags(ctx, cmd)
	}
}
