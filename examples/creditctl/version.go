package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/urfave/cli/v3"
)

// library is the module that the program uses.
const library = "github.com/creditkit/creditkit"

// version returns the versions of the program, of the library, of the JSON and of
// Go, as they are in the binary.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return formatVersion(info)
}

// formatVersion calls a version that the binary does not have "(devel)", as Go
// does for a build from a clone.
func formatVersion(info *debug.BuildInfo) string {
	program, lib := info.Main.Version, "(devel)"
	if program == "" {
		program = "(devel)"
	}
	for _, dep := range info.Deps {
		if dep.Path == library && dep.Replace == nil && dep.Version != "" {
			lib = dep.Version
		}
	}
	return fmt.Sprintf("creditctl %s, creditkit %s, JSON schema %d, %s", program, lib, schema, info.GoVersion)
}

// refuseAfterVersion refuses a command beside -version: it would be made although
// only the version was meant.
func refuseAfterVersion(ctx context.Context, cmd *cli.Command) (context.Context, error) {
	if root := cmd.Root(); root.Bool("version") && root.Args().Present() {
		return ctx, errors.New("-version takes no command and no arguments")
	}
	return ctx, nil
}
