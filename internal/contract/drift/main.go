// Drift compares a vendor's own OpenAPI document with the spec in openapi, for the
// operations that the spec has:
//
//	go run ./drift -vendor metronome -spec /path/to/the/vendors/openapi.json
//
// It prints every difference and exits with 1 if one may break a client and is not
// listed in accepted/<vendor>.json. Other differences, such as a new optional member,
// are printed as information.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

func main() {
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "drift:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, args []string) error {
	flags := flag.NewFlagSet("drift", flag.ContinueOnError)
	vendor := flags.String("vendor", "", "the vendor's package, such as metronome")
	spec := flags.String("spec", "", "the vendor's OpenAPI document, a file")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *vendor == "" || *spec == "" || flags.NArg() > 0 {
		return errors.New("want -vendor and -spec, and no further arguments")
	}
	here, err := sourceDir()
	if err != nil {
		return err
	}
	ours := filepath.Join(here, "..", "..", "..", "openapi", *vendor+".yaml")
	return check(out, ours, *spec, filepath.Join(here, "accepted", *vendor+".json"))
}

// check compares two specs, and reports the differences that the list does not accept.
func check(out io.Writer, ours, theirs, list string) error {
	accepted, err := readAccepted(list)
	if err != nil {
		return err
	}
	differences, err := compare(ours, theirs)
	if err != nil {
		return err
	}
	return report(out, differences, accepted)
}

// sourceDir returns the folder of this file, so that the command works in any folder.
func sourceDir() (string, error) {
	_, file, _, ok := runtime.Caller(0)
	if !ok || !filepath.IsAbs(file) {
		return "", errors.New("the program was built without the paths of its source; use go run")
	}
	return filepath.Dir(file), nil
}

// acceptance is a difference that maintainers know and accept.
type acceptance struct {
	Difference string `json:"difference"` // as it is printed, after the level
	Reason     string `json:"reason"`
}

func readAccepted(name string) ([]acceptance, error) {
	text, err := os.ReadFile(name) //nolint:gosec // a file of this package
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var list []acceptance
	if err := decoder.Decode(&list); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, a := range list {
		if strings.TrimSpace(a.Reason) == "" || a.Difference == "" {
			return nil, fmt.Errorf("%s: %q: want a difference and a reason", name, a.Difference)
		}
	}
	return list, nil
}

// report prints the differences. An accepted difference that was not found is an
// error, too: it would hide the same difference later.
func report(out io.Writer, differences []difference, accepted []acceptance) error {
	found := map[string]bool{}
	breaking := 0
	for _, d := range differences {
		found[d.text] = true
		reason := ""
		for _, a := range accepted {
			if a.Difference == d.text {
				reason = a.Reason
			}
		}
		switch {
		case reason != "":
			fmt.Fprintf(out, "accepted  %s (%s)\n", d.text, reason)
		case d.breaking:
			breaking++
			fmt.Fprintf(out, "breaking  %s\n", d.text)
		default:
			fmt.Fprintf(out, "info      %s\n", d.text)
		}
	}
	unused := 0
	for _, a := range accepted {
		if !found[a.Difference] {
			unused++
			fmt.Fprintf(out, "unused    %s\n", a.Difference)
		}
	}
	if breaking > 0 || unused > 0 {
		return fmt.Errorf("%d breaking differences, %d accepted ones that were not found", breaking, unused)
	}
	return nil
}
