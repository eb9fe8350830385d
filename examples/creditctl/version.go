package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/urfave/cli/v3"
)

// libraryPath is the module path of the library.
const libraryPath = "github.com/creditkit/creditkit"

// currentVersion returns the versions of the program, the library, the JSON and
// Go, from the binary's build information.
func currentVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return formatVersion(info)
}

// formatVersion formats the versions. An unknown version is "(devel)", as in
// Go's builds from a clone.
func formatVersion(info *debug.BuildInfo) string {
	program, lib := info.Main.Version, "(devel)"
	if program == "" {
		program = "(devel)"
	}
	for _, dep := range info.Deps {
		if dep.Path == libraryPath && dep.Replace == nil && dep.Version != "" {
			lib = dep.Version
		}
	}
	return fmt.Sprintf("creditctl %s, creditkit %s, JSON schema %d, %s", program, lib, schema, info.GoVersion)
}

// refuseAfterVersion returns an error for a command beside -version, which
// would run although only the version was requested.
func refuseAfterVersion(ctx context.Context, cmd *cli.Command) (context.Context, error) {
	if root := cmd.Root(); root.Bool("version") && root.Args().Present() {
		return ctx, errors.New("-version cannot be used with a command or arguments")
	}
	return ctx, nil
}
