package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// command is the command line. Its flags keep what was parsed, so each run has
// one of its own.
func (p *program) command() *cli.Command {
	commands := []*cli.Command{
		{
			Name:   "get",
			Usage:  "read a credit and show it",
			Flags:  append(callFlags(), outputFlag()),
			Action: p.does(p.get),
		},
		{
			Name:        "update",
			Usage:       "change a credit with one write",
			Description: updateHelp,
			Flags:       append(append(callFlags(), updateFlags()...), outputFlag()),
			Action:      p.does(p.update),
		},
		{
			Name:   "support",
			Usage:  "show what a vendor can set and clear, or all of them",
			Flags:  []cli.Flag{vendorFlag(), outputFlag()},
			Action: p.does(p.support),
		},
	}
	for _, c := range commands {
		c.OnUsageError = asIs
		c.DisableSliceFlagSeparator = true // notes and metadata hold commas
		c.ShellComplete = complete
	}
	return &cli.Command{
		Name:                  "creditctl",
		Usage:                 "show and change one credit, at any of five vendors",
		Description:           help(),
		Commands:              commands,
		Action:                noCommand,
		HideHelpCommand:       true,
		EnableShellCompletion: true,
		ConfigureShellCompletionCommand: func(c *cli.Command) {
			c.Hidden = false
		},
		Writer:       p.out,
		ErrWriter:    p.errs,
		OnUsageError: asIs,
	}
}

// asIs leaves it to run to say what is wrong, without the whole help around it.
func asIs(_ context.Context, _ *cli.Command, err error, _ bool) error { return err }

func noCommand(_ context.Context, cmd *cli.Command) error {
	if cmd.Args().Present() {
		return fmt.Errorf("there is no command %q; there are get, update and support", cmd.Args().First())
	}
	return errors.New("no command is given; there are get, update and support")
}

func vendorFlag() cli.Flag {
	return &cli.StringFlag{Name: "vendor", Usage: "one of " + strings.Join(vendor.Names(), ", "), OnlyOnce: true}
}

func outputFlag() cli.Flag {
	return &cli.BoolFlag{Name: "json", Usage: "say it as one JSON object, see creditctl -help"}
}

func callFlags() []cli.Flag {
	return []cli.Flag{
		vendorFlag(),
		&cli.StringFlag{Name: "id", Usage: "the credit's id at the vendor", OnlyOnce: true},
		&cli.StringFlag{Name: "owner", Usage: "metronome's customer; Thought Industries' client, to read", OnlyOnce: true},
		&cli.BoolFlag{Name: "fake", Usage: "use the vendor's fake in this process; -id and -owner are then those of its credit"},
		&cli.StringFlag{Name: "base-url", Usage: "the vendor's address, if not its own; tokens are minted at the vendor's all the same", OnlyOnce: true},
		&cli.DurationFlag{Name: "timeout", Usage: "bounds the whole command, as in 30s; else each of at most four attempts has 30s", HideDefault: true, OnlyOnce: true},
	}
}
