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

// newCommand returns a new command line: the flags store the parsed values, so
// each run needs its own.
func (p *program) newCommand() *cli.Command {
	commands := []*cli.Command{
		{
			Name:   "get",
			Usage:  "read a credit and show it",
			Flags:  append(callFlags(), jsonFlag()),
			Action: p.newAction(p.runGet),
		},
		{
			Name:        "find",
			Usage:       "list the credits of an owner",
			Description: findHelp,
			Flags:       findFlags(),
			Action:      p.newAction(p.runFind),
		},
		{
			Name:        "update",
			Usage:       "change a credit with one write",
			Description: updateHelp,
			Flags:       append(append(callFlags(), updateFlags()...), jsonFlag()),
			Action:      p.newAction(p.runUpdate),
		},
		{
			Name:        "resolve",
			Usage:       "find out whether an update with an unknown outcome was made",
			Description: resolveHelp,
			Flags:       append(append(callFlags(), resolveFlags()...), jsonFlag()),
			Action:      p.newAction(p.runResolve),
		},
		{
			Name:        "undo",
			Usage:       "put back what an update has changed",
			Description: undoHelp,
			Flags:       append(undoFlags(), jsonFlag()),
			Action:      p.newAction(p.runUndo),
		},
		{
			Name:        "doctor",
			Usage:       "compare the vendor's record of a credit with the spec, and check assumptions",
			Description: doctorHelp,
			Flags:       doctorFlags(),
			Action:      p.newAction(p.runDoctor),
		},
		{
			Name:        "probe",
			Usage:       "find out with writes to a throwaway credit what a read cannot show",
			Description: probeHelp,
			Flags:       probeFlags(),
			Action:      p.newAction(p.runProbe),
		},
		{
			Name:   "support",
			Usage:  "show which fields a vendor can set and clear; all vendors without -vendor",
			Flags:  []cli.Flag{vendorFlag(), jsonFlag()},
			Action: p.newAction(p.runSupport),
		},
	}
	for _, c := range commands {
		c.OnUsageError = returnUsageError
		c.DisableSliceFlagSeparator = true // notes and metadata contain commas
		c.ShellComplete = completeFlags
	}
	return &cli.Command{
		Name:                            "creditctl",
		Usage:                           "find, show and change credits, at any of five vendors",
		Description:                     helpDescription(),
		Commands:                        commands,
		Flags:                           []cli.Flag{versionFlag()},
		Before:                          refuseAfterVersion,
		ArgValidator:                    refuseUnused,
		Action:                          p.runRoot,
		HideHelpCommand:                 true,
		EnableShellCompletion:           true,
		ConfigureShellCompletionCommand: configureCompletion,
		Writer:                          p.out,
		ErrWriter:                       p.errs,
		OnUsageError:                    returnRootUsageError,
	}
}

// returnUsageError returns err, so that run reports it without printing the
// whole help.
func returnUsageError(_ context.Context, _ *cli.Command, err error, _ bool) error { return err }

func returnRootUsageError(_ context.Context, _ *cli.Command, err error, _ bool) error {
	return fmt.Errorf("%w; flags come after the command, as in creditctl get -vendor knox", err)
}

// runRoot runs if no command is given.
func (p *program) runRoot(_ context.Context, cmd *cli.Command) error {
	if cmd.Bool("version") {
		fmt.Fprintln(p.out, currentVersion())
		return nil
	}
	return errors.New("a command is missing: use " + commandNames(cmd))
}

// refuseUnused returns an error for arguments that the command does not use.
func refuseUnused(_ context.Context, cmd *cli.Command) error {
	if !cmd.Args().Present() {
		return nil
	}
	if len(cmd.Commands) > 0 {
		return errUnknownCommand(cmd, cmd.Args().First())
	}
	return arguments.RefuseUnused(cmd.Args().Slice())
}

// unknownCommand returns an error if the first word is not a command. The
// parser would report the flags after it instead.
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
		return arguments.RefuseUnused([]string{name}) // such as a flag that begins with a dash
	}
	return fmt.Errorf("unknown command %q: use %s", name, commandNames(cmd))
}

// commandNames returns the names of the commands below cmd.
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

func baseURLFlag() cli.Flag {
	return &cli.StringFlag{Name: "base-url", Usage: "another address of the vendor; token requests still go to the default one", OnlyOnce: true}
}

func timeoutFlag() cli.Flag {
	return &cli.DurationFlag{Name: "timeout", Usage: "limit for the whole command, such as 30s; by default each of at most four attempts has 30s", HideDefault: true, OnlyOnce: true}
}

func callFlags() []cli.Flag {
	return []cli.Flag{
		vendorFlag(),
		&cli.StringFlag{Name: "id", Usage: "the credit's id at the vendor", OnlyOnce: true},
		&cli.StringFlag{Name: "owner", Usage: "metronome's customer; Thought Industries' client, to read", OnlyOnce: true},
		&cli.BoolFlag{Name: "fake", Usage: "use the vendor's fake in this process; -id and -owner default to its credit"},
		baseURLFlag(),
		timeoutFlag(),
	}
}
