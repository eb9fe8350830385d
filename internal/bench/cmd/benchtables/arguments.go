package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A usageError is an error in the command line. Nothing was measured.
type usageError struct{ error }

// parseArguments returns the parts to run and the file for the tables. It checks
// everything, the file too, before anything is measured.
func parseArguments(args []string) (s settings, only []string, file string, err error) {
	f := flag.NewFlagSet("benchtables", flag.ContinueOnError)
	f.SetOutput(io.Discard) // main reports errors
	parts := f.String("sets", strings.Join(setNames(), ","), "the parts to run")
	f.IntVar(&s.rounds, "rounds", 16, "how often each table is measured")
	f.DurationVar(&s.stub, "stub", 150*time.Millisecond, "how long a contender runs over the stub, each round")
	f.DurationVar(&s.load, "load", 250*time.Millisecond, "how long a contender runs at each level over loopback, each round")
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		printHelp(f)
		return s, nil, "", err
	} else if err != nil {
		return s, nil, "", usageError{err}
	}
	only, file = strings.Split(*parts, ","), f.Arg(0)
	if err := checkArguments(s, only, f.Args()); err != nil {
		return s, nil, "", usageError{err}
	}
	if err := checkWritable(file); err != nil {
		return s, nil, "", usageError{err}
	}
	return s, only, file, nil
}

func printHelp(f *flag.FlagSet) {
	fmt.Println("Usage: benchtables [flags] <file for the tables>")
	f.SetOutput(os.Stdout)
	f.PrintDefaults()
}

func setNames() []string {
	var names []string
	for _, set := range sets {
		names = append(names, set.name)
	}
	return names
}

func checkArguments(s settings, only, words []string) error {
	for _, name := range only {
		if !slices.Contains(setNames(), name) {
			return fmt.Errorf("-sets: unknown part %q: use %s", name, strings.Join(setNames(), ", "))
		}
	}
	switch {
	case s.rounds < 1:
		return fmt.Errorf("-rounds must be positive, got %d", s.rounds)
	case s.stub <= 0:
		return fmt.Errorf("-stub must be positive, got %v", s.stub)
	case s.load <= 0:
		return fmt.Errorf("-load must be positive, got %v", s.load)
	}
	for _, word := range words {
		if first, _ := utf8.DecodeRuneInString(word); unicode.Is(unicode.Pd, first) {
			return fmt.Errorf("unexpected argument %q: flags begin with a plain hyphen and stand before the file", word)
		}
	}
	if len(words) != 1 {
		return fmt.Errorf("one file for the tables is needed, got %q", words)
	}
	return nil
}

// checkWritable opens the file without changing what it holds. A new file stays
// behind empty.
func checkWritable(name string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o644) //nolint:gosec // a document for all to read
	if err != nil {
		return err
	}
	return f.Close()
}

// refuseArguments refuses words after the flags of a process that is measured.
func refuseArguments(words []string) error {
	if len(words) == 0 {
		return nil
	}
	return usageError{fmt.Errorf("unexpected argument %q", words[0])}
}
