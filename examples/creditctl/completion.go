package main

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// completeFlags suggests vendors and fields after the flags that take them, and
// otherwise the suggestions of package cli.
func completeFlags(ctx context.Context, cmd *cli.Command) {
	var last string
	if args := cmd.Args().Slice(); len(args) > 0 {
		last = strings.TrimLeft(args[len(args)-1], "-")
	}
	switch out := cmd.Root().Writer; last {
	case "vendor":
		for _, name := range vendor.Names() {
			fmt.Fprintln(out, name)
		}
	case "set", "clear", "expect":
		equals := map[string]string{"set": "=", "expect": "="}[last]
		for _, f := range credit.Fields() {
			fmt.Fprintln(out, string(f)+equals)
		}
	default:
		cli.DefaultCompleteWithFlags(ctx, cmd)
	}
}

// bashCompletion replaces the script of package cli, which needs functions of
// the bash-completion package and evaluates the command line.
//
//go:embed completion.bash
var bashCompletion string

// configureCompletion shows the completion command in the help and makes it
// reject unused arguments like the other commands.
func configureCompletion(c *cli.Command) {
	c.Hidden = false
	c.OnUsageError = returnUsageError
	for _, shell := range c.Commands {
		shell.OnUsageError = returnUsageError
		if shell.Name == "bash" {
			shell.Action = func(_ context.Context, cmd *cli.Command) error {
				_, err := fmt.Fprint(cmd.Root().Writer, bashCompletion)
				return err
			}
		}
	}
}
