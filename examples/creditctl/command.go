package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/examples/internal/arguments"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// command returns the command line. Its flags keep what was parsed, so each run
// has one of its own.
func (p *program) command() *cli.Command {
	commands := []*cli.Command{
		{
			Name:   "get",
			Usage:  "read a credit and show it",
			Flags:  append(callFlags(), jsonFlag()),
			Action: p.action(p.get),
		},
		{
			Name:        "update",
			Usage:       "change a credit with one write",
			Description: updateHelp,
			Flags:       append(append(callFlags(), updateFlags()...), jsonFlag()),
			Action:      p.action(p.update),
		},
		{
			Name:   "support",
			Usage:  "show what a vendor can set and clear, or all of them",
			Flags:  []cli.Flag{vendorFlag(), jsonFlag()},
			Action: p.action(p.support),
		},
	}
	for _, c := range commands {
		c.OnUsageError = returnUsageError
		c.DisableSliceFlagSeparator = true // notes and metadata hold commas
		c.ShellComplete = complete
	}
	return &cli.Command{
		Name:                            "creditctl",
		Usage:                           "show and change one credit, at any of five vendors",
		Description:                     help(),
		Commands:                        commands,
		Flags:                           []cli.Flag{versionFlag()},
		Before:                          refuseAfterVersion,
		ArgValidator:                    refuseUnused,
		Action:                          p.root,
		HideHelpCommand:                 true,
		EnableShellCompletion:           true,
		ConfigureShellCompletionCommand: configureCompletion,
		Writer:                          p.out,
		ErrWriter:                       p.errs,
		OnUsageError:                    returnRootUsageError,
	}
}

// returnUsageError leaves it to run to report the error, without the whole help
// around it.
func returnUsageError(_ context.Context, _ *cli.Command, err error, _ bool) error { return err }

func returnRootUsageError(_ context.Context, _ *cli.Command, err error, _ bool) error {
	return fmt.Errorf("%w; flags come after the command, as in creditctl get -vendor knox", err)
}

// root is the action where no command is given.
func (p *program) root(_ context.Context, cmd *cli.Command) error {
	if cmd.Bool("version") {
		fmt.Fprintln(p.out, version())
		return nil
	}
	return errors.New("a command is missing: use " + commandNames(cmd))
}

// refuseUnused refuses words that the command does not use.
func refuseUnused(_ context.Context, cmd *cli.Command) error {
	if !cmd.Args().Present() {
		return nil
	}
	if len(cmd.Commands) > 0 {
		return errUnknownCommand(cmd, cmd.Args().First())
	}
	return arguments.RefuseUnused(cmd.Args().Slice())
}

// unknownCommand returns an error if the first word is not a command. Otherwise
// the parser would blame the flags that follow it.
func unknownCommand(root *cli.Command, args []string) error {
	for _, arg := range args[1:] {
		switch {
		case !strings.HasPrefix(arg, "-") && root.Command(arg) == nil:
			return errUnknownCommand(root, arg)
		case !isFlag(root, strings.TrimLeft(arg, "-")):
			return nil
		}
	}
	return nil
}

func isFlag(cmd *cli.Command, name string) bool {
	return slices.ContainsFunc(cmd.Flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) })
}

func errUnknownCommand(cmd *cli.Command, name string) error {
	if first, _ := utf8.DecodeRuneInString(name); !unicode.IsLetter(first) {
		return arguments.RefuseUnused([]string{name}) // such as a flag with a dash
	}
	return fmt.Errorf("unknown command %q: use %s", name, commandNames(cmd))
}

// commandNames lists the commands below cmd.
func commandNames(cmd *cli.Command) string {
	var names []string
	for _, c := range cmd.Commands {
		names = append(names, c.Name)
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

func vendorFlag() cli.Flag {
	return &cli.StringFlag{Name: "vendor", Usage: "one of " + strings.Join(vendor.Names(), ", "), OnlyOnce: true}
}

func jsonFlag() cli.Flag {
	return &cli.BoolFlag{Name: "json", Usage: "print one JSON object, see creditctl -help"}
}

func versionFlag() cli.Flag {
	return &cli.BoolFlag{Name: "version", Aliases: []string{"v"}, Usage: "print the version", Local: true}
}

func callFlags() []cli.Flag {
	return []cli.Flag{
		vendorFlag(),
		&cli.StringFlag{Name: "id", Usage: "the credit's id at the vendor", OnlyOnce: true},
		&cli.StringFlag{Name: "owner", Usage: "metronome's customer; Thought Industries' client, to read", OnlyOnce: true},
		&cli.BoolFlag{Name: "fake", Usage: "use the vendor's fake in this process; -id and -owner are then those of its credit"},
		&cli.StringFlag{Name: "base-url", Usage: "the vendor's address, if not its own; tokens are still requested at the vendor's", OnlyOnce: true},
		&cli.DurationFlag{Name: "timeout", Usage: "bounds the whole command, as in 30s; else each of at most four attempts has 30s", HideDefault: true, OnlyOnce: true},
	}
}
