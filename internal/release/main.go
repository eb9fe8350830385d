package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// run runs one command in the repository that has the current directory.
func run(ctx context.Context, out io.Writer, args []string) error {
	if len(args) == 0 {
		return errors.New("want a command: tidy, check, build or proxy")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	version := flags.String("version", "", "the version to release, such as v0.1.0")
	dir := flags.String("out", "dist", "the folder to write to")
	targets := flags.String("platforms", strings.Join(platforms, ","), "the platforms to build for")
	write := flags.Bool("write", false, "tidy: write go.mod and go.sum instead of comparing them")
	again := flags.Bool("again", true, "build the first platform once more, with an empty build cache, and compare")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unused arguments: %q", flags.Args())
	}
	top, err := output(ctx, ".", nil, "git", "rev-parse", "--show-toplevel")
	if err != nil {
		return err
	}
	repo, err := openRepository(strings.TrimSpace(top))
	if err != nil {
		return err
	}
	if args[0] == "tidy" {
		return repo.tidy(ctx, out, *write)
	}
	if err := validateVersion(*version); err != nil {
		return err
	}
	folder, err := filepath.Abs(*dir)
	if err != nil {
		return err
	}
	switch args[0] {
	case "check":
		if err := repo.check(ctx, out, *version); err != nil {
			return err
		}
		repo.printTags(out, *version)
		return nil
	case "build":
		b := builder{repo: repo, version: *version, out: folder, platforms: strings.Split(*targets, ","), again: *again}
		return b.build(ctx, out)
	case "proxy":
		return repo.writeProxy(ctx, folder, *version)
	}
	return fmt.Errorf("unknown command %q: want tidy, check, build or proxy", args[0])
}
