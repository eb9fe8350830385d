package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

func resultsInFlag() cli.Flag {
	return &cli.StringFlag{Name: "results", Usage: "the results, the CSV `file` of run or apply", Required: true, OnlyOnce: true}
}

func fakeResultsFlag() cli.Flag {
	return &cli.BoolFlag{Name: "fake", Usage: "for results of a run with -fake: read simulated vendors in this process, whose credits have the values of the results"}
}

// An earlierRun is a results file that a command works on.
type earlierRun struct {
	path    string
	digest  string   // SHA-256 in hex
	rows    int64    // all of them
	count   int64    // of the rows that the command works on
	vendors []string // of the rows that the command works on, sorted
	wanted  result.Outcome
	// outcomes counts all rows.
	outcomes map[result.Outcome]int64
}

// openResults reads a results file once, and checks that its rows with the wanted outcome
// are of this command's target. A file without such rows has no vendors.
func openResults(s settings, path string, wanted result.Outcome) (*earlierRun, error) {
	run := &earlierRun{path: path, wanted: wanted, outcomes: make(map[result.Outcome]int64)}
	about, err := run.read(func(r result.Result) error {
		run.rows++
		run.outcomes[r.Outcome]++
		if r.Outcome != wanted {
			return nil
		}
		run.count++
		switch {
		case slices.Contains(run.vendors, r.Vendor):
			return nil
		case !slices.Contains(vendor.Names(), r.Vendor):
			return fmt.Errorf("row %d: unknown vendor %q", r.Row, r.Vendor)
		}
		run.vendors = append(run.vendors, r.Vendor)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(run.vendors)
	if err := s.realTarget(run.vendors).CheckText(about); err != nil {
		return nil, fmt.Errorf("-results %s: %w", path, err)
	}
	return run, nil
}

// read passes all rows to use, and returns the comment of the file.
func (e *earlierRun) read(use func(result.Result) error) (about string, err error) {
	f, err := os.Open(e.path)
	if err != nil {
		return "", fmt.Errorf("-results: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	hash := sha256.New()
	about, rows, err := result.ReadCSV(io.TeeReader(f, hash))
	if err != nil {
		return "", fmt.Errorf("-results %s: %w", e.path, err)
	}
	for r, err := range rows {
		if err == nil {
			err = use(r)
		}
		if err != nil {
			return "", fmt.Errorf("-results %s: %w", e.path, err)
		}
	}
	digest := hex.EncodeToString(hash.Sum(nil))
	if e.digest != "" && e.digest != digest {
		return "", errChangedMeanwhile(e.path)
	}
	e.digest = digest
	return about, nil
}

// wantedRows returns the rows with the wanted outcome.
func (e *earlierRun) wantedRows() iter.Seq2[result.Result, error] {
	return func(yield func(result.Result, error) bool) {
		stopped := false
		_, err := e.read(func(r result.Result) error {
			if !stopped && r.Outcome == e.wanted {
				stopped = !yield(r, nil)
			}
			return nil
		})
		if err != nil && !stopped {
			yield(result.Result{}, err)
		}
	}
}

func (e *earlierRun) name() string { return filepath.Base(e.path) }
