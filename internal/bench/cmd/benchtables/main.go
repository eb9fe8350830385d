// Command benchtables measures the SDK against its peers and the floor, and writes
// the tables. It is run in internal/bench:
//
//	go run ./cmd/benchtables ../../docs/bench.md
//
// The section "What was not reached, and why" of an existing file stays, because it
// is written by hand.
//
// It takes about seven minutes. Each figure is a ratio to the floor of the same
// round, and the contenders of one table follow each other in random order, so
// that other load on the machine meets all of them. Everything stays on the
// loopback interface.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// A set is one part of the tables.
type set struct {
	name string
	run  func(*bytes.Buffer, settings) error
}

type settings struct {
	rounds int
	stub   time.Duration // of one contender over the stub, each round
	load   time.Duration // of one contender at one level over loopback, each round
}

var sets = []set{{"stub", stubSet}, {"load", loadSet}, {"memory", memorySet}, {"weight", weightSet}}

func main() {
	// The processes that are measured are this program again.
	if len(os.Args) > 1 {
		if child, ok := children[os.Args[1]]; ok {
			exit(child(os.Args[2:]))
			return
		}
	}
	s, only, file, err := parseArguments(os.Args[1:])
	if err == nil {
		err = writeTables(file, only, s)
	}
	exit(err)
}

var children = map[string]func([]string) error{"stub": stub, "serve": serve, "client": client}

// notesHeading begins the part of the file that is written by hand.
const notesHeading = "\n## What was not reached, and why\n"

func writeTables(file string, only []string, s settings) error {
	old, err := os.ReadFile(file) //nolint:gosec // the caller names the file
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var out bytes.Buffer
	start := time.Now()
	fmt.Fprintf(&out, "# What a call costs\n\nMeasured on %s with %s on %s, %d cores (%s/%s), in %d rounds, by\n`go run ./cmd/benchtables` in internal/bench.\n",
		start.Format(time.DateOnly), runtime.Version(), cpuModel(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, s.rounds)
	for _, set := range sets {
		for _, name := range only {
			if set.name != name {
				continue
			}
			begin := time.Now()
			if err := set.run(&out, s); err != nil {
				return fmt.Errorf("%s: %w", set.name, err)
			}
			fmt.Fprintf(os.Stderr, "%s: %v\n", set.name, time.Since(begin).Round(time.Second))
		}
	}
	if i := bytes.Index(old, []byte(notesHeading)); i >= 0 {
		out.Write(old[i:])
	}
	return os.WriteFile(file, out.Bytes(), 0o644) //nolint:gosec // a document for all to read
}

// exit ends the program if there is an error: with 2 for a wrong command line and
// with 1 otherwise.
func exit(err error) {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return
	}
	fmt.Fprintln(os.Stderr, "benchtables:", err)
	if _, ok := errors.AsType[usageError](err); ok {
		os.Exit(2)
	}
	os.Exit(1)
}

func cpuModel() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "an unknown CPU"
	}
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "an unknown CPU"
}

// shuffled returns the elements in random order.
func shuffled[T any](all []T) []T {
	order := append([]T(nil), all...)
	rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	return order
}

// output runs a command in a directory, the current one if it is empty, and
// returns its output. The error holds what it wrote to standard error.
func output(dir string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // this program puts them together
	cmd.Dir, cmd.Stderr = dir, &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%v: %w\n%s", args, err, stderr.Bytes())
	}
	return out, nil
}
