package main

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/examples/bulk/internal/limit"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// settings are what the flags say.
type settings struct {
	in, state, job, nats, natsCreds string
	results, report                 string
	dryRun, skipBad, lazy           bool
	maxStore                        int64
	baseURLs                        map[string]string
	limits                          map[string]limit.Limits
	timeout, patience, grace        time.Duration
	getenv                          func(string) string
	fakes                           fakes // nil without -fake
}

// The flags, in groups: each command names those that it has.
func inputFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "in", Usage: "the `file` of changes: .csv, .jsonl or .ndjson", Required: true},
	}
}

func jobFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "state", Usage: "the `folder` in which the job lives (default: the file's name with .state, or .dry-run.state, behind it)"},
		&cli.BoolFlag{Name: "dry-run", Usage: "change nothing, and tell what would change"},
		&cli.BoolFlag{Name: "skip-bad", Usage: "send the good rows of a file that has bad ones"},
	}
}

func natsFlags(required bool) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "nats", Usage: "the NATS server's `URL`, such as nats://host:4222", Required: required},
		&cli.StringFlag{Name: "nats-creds", Usage: "a `file` with NATS credentials"},
		&cli.StringFlag{Name: "job", Usage: "the job's `name` (default: the start of the file's SHA-256; the only job there is)"},
	}
}

func workFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "base-url", Usage: "another address of a vendor, as in `vendor=URL`; may be repeated"},
		&cli.StringSliceFlag{Name: "limit-writes", Usage: "the most changes in a span of time, in the whole fleet, as in `vendor=60/1m` or vendor=60/1m,5000/24h; vendor=none for no limit"},
		&cli.StringSliceFlag{Name: "limit-calls", Usage: "the same for all requests, as in `vendor=120/1m`"},
		&cli.StringSliceFlag{Name: "in-flight", Usage: "the most changes on their way at once, in the whole fleet, as in `vendor=8`"},
		&cli.DurationFlag{Name: "timeout", Value: 30 * time.Second, Usage: "how long one request may take"},
		&cli.DurationFlag{Name: "patience", Value: 10 * time.Minute, Usage: "how long a vendor may fail before it is given up; its rows stay in the queue"},
		&cli.DurationFlag{Name: "grace", Value: 20 * time.Second, Usage: "how long requests may go on after Ctrl-C"},
	}
}

func resultFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "results", Usage: "the `file` of results, a line for each row (default: the input's name with .results.csv behind it)"},
		&cli.StringFlag{Name: "report", Usage: "the report, an HTML `file` (default: the input's name with .report.html behind it)"},
	}
}

// newSettings reads the flags that the command has.
func newSettings(c *cli.Command) (settings, error) {
	s := settings{
		in: c.String("in"), state: c.String("state"), job: c.String("job"),
		nats: c.String("nats"), natsCreds: c.String("nats-creds"),
		results: c.String("results"), report: c.String("report"),
		dryRun: c.Bool("dry-run"), skipBad: c.Bool("skip-bad"), lazy: c.Bool("lazy-sync"),
		maxStore: c.Int64("max-store"), timeout: c.Duration("timeout"),
		patience: c.Duration("patience"), grace: c.Duration("grace"), getenv: os.Getenv,
	}
	if s.in != "" {
		job := s.in
		if s.dryRun {
			job += ".dry-run"
		}
		s.state = cmp.Or(s.state, job+".state")
		s.results = cmp.Or(s.results, job+".results.csv")
		s.report = cmp.Or(s.report, job+".report.html")
	}
	var err error
	if s.baseURLs, err = perVendor(c.StringSlice("base-url")); err != nil {
		return settings{}, fmt.Errorf("-base-url: %w", err)
	}
	for _, flag := range []string{"timeout", "patience", "grace"} {
		if c.IsSet(flag) && c.Duration(flag) <= 0 {
			return settings{}, fmt.Errorf("-%s: %v is no time that can be waited for", flag, c.Duration(flag))
		}
	}
	s.limits, err = limitsOf(c)
	return s, err
}

// perVendor reads "knox=1" and "nexudus=2".
func perVendor(flags []string) (map[string]string, error) {
	values := make(map[string]string)
	for _, flag := range flags {
		name, value, ok := strings.Cut(flag, "=")
		switch {
		case !ok || value == "":
			return nil, fmt.Errorf("%q does not begin with a vendor and =", flag)
		case !slices.Contains(vendor.Names(), name):
			return nil, fmt.Errorf("there is no vendor %q; there are %s", name, strings.Join(vendor.Names(), ", "))
		case values[name] != "":
			return nil, fmt.Errorf("%s is there twice", name)
		}
		values[name] = value
	}
	return values, nil
}

// limitsOf are the documented limits, but for what the flags say.
func limitsOf(c *cli.Command) (map[string]limit.Limits, error) {
	limits := make(map[string]limit.Limits)
	for _, name := range vendor.Names() {
		limits[name] = limit.Documented(name)
	}
	for _, flag := range []struct {
		name string
		set  func(*limit.Limits, string) error
	}{
		{"limit-writes", func(l *limit.Limits, s string) (err error) { l.Writes, err = limit.ParseWindows(s); return err }},
		{"limit-calls", func(l *limit.Limits, s string) (err error) { l.Calls, err = limit.ParseWindows(s); return err }},
		{"in-flight", func(l *limit.Limits, s string) (err error) { l.InFlight, err = inFlight(s); return err }},
	} {
		values, err := perVendor(c.StringSlice(flag.name))
		if err != nil {
			return nil, fmt.Errorf("-%s: %w", flag.name, err)
		}
		for _, name := range slices.Sorted(maps.Keys(values)) {
			l := limits[name]
			if err := flag.set(&l, values[name]); err != nil {
				return nil, fmt.Errorf("-%s: %w", flag.name, err)
			}
			limits[name] = l
		}
	}
	return limits, nil
}

func inFlight(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 1000 {
		return 0, fmt.Errorf("%q is no number from 1 to 1000", s)
	}
	return n, nil
}
