package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/limit"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/target"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// settings are what the flags say.
type settings struct {
	in, state, job, nats, natsCreds string
	results, report, rescued        string
	dryRun, skipBad, lazySync       bool
	allowExponents, acceptDamage    bool
	sendsRows                       bool // the command sends rows, and so needs credentials
	mode                            target.Mode
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
		&cli.StringFlag{Name: "in", Usage: "the `file` of changes: .csv, .jsonl or .ndjson", Required: true, OnlyOnce: true},
		&cli.BoolFlag{Name: "allow-exponents", Usage: "accept amounts such as 1.5E+3 in a CSV file, which often are cut by a spreadsheet"},
	}
}

func jobFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "state", OnlyOnce: true, Usage: "the `folder` of the job's state, new, empty or of this job (default: the file's name with .state behind it; .fake and .dry-run come before that)"},
		&cli.BoolFlag{Name: "dry-run", Usage: "change nothing, and show what would change"},
		&cli.BoolFlag{Name: "skip-bad", Usage: "send the good rows of a file that has bad ones"},
	}
}

func natsFlags(required bool) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "nats", Usage: "the NATS server's `URL`, such as nats://host:4222", Required: required, OnlyOnce: true},
		&cli.StringFlag{Name: "nats-creds", OnlyOnce: true, Usage: "a `file` with NATS credentials"},
		&cli.StringFlag{Name: "job", OnlyOnce: true, Usage: "the job's `name` (default: the start of the file's SHA-256; the only job of the server)"},
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
		&cli.StringFlag{Name: "rescued", OnlyOnce: true, Usage: "record the answers of a rescue `file`, which a run wrote when its disk was full"},
	}
}

func resultFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "results", OnlyOnce: true, Usage: "the `file` of results, a line for each row (default: the input's name with .results.csv behind it)"},
		&cli.StringFlag{Name: "report", OnlyOnce: true, Usage: "the report, an HTML `file` (default: the input's name with .report.html behind it)"},
	}
}

// newSettings reads the flags that the command has.
func newSettings(c *cli.Command) (settings, error) {
	s := settings{
		in: c.String("in"), state: c.String("state"), job: c.String("job"),
		nats: c.String("nats"), natsCreds: c.String("nats-creds"),
		results: c.String("results"), report: c.String("report"), rescued: c.String("rescued"),
		dryRun: c.Bool("dry-run"), skipBad: c.Bool("skip-bad"), lazySync: c.Bool("lazy-sync"),
		allowExponents: c.Bool("allow-exponents"), acceptDamage: c.Bool("accept-damage"),
		mode:     target.ModeOf(c.Bool("fake"), c.Bool("dry-run")),
		maxStore: c.Int64("max-store"), timeout: c.Duration("timeout"),
		patience: c.Duration("patience"), grace: c.Duration("grace"), getenv: os.Getenv,
	}
	if s.in != "" {
		job := s.in + s.fileSuffix()
		s.state = cmp.Or(s.state, job+".state")
		s.results = cmp.Or(s.results, job+".results.csv")
		s.report = cmp.Or(s.report, job+".report.html")
	}
	return s, s.validate(c)
}

// fileSuffix tells the files of the modes apart.
func (s settings) fileSuffix() (suffix string) {
	if s.mode.IsFake() {
		suffix = ".fake"
	}
	if s.dryRun {
		suffix += ".dry-run"
	}
	return suffix
}

// validate reads and checks the flags that have a form of their own, before anything
// is stored.
func (s *settings) validate(c *cli.Command) (err error) {
	if s.baseURLs, err = parsePerVendor(c.StringSlice("base-url")); err != nil {
		return fmt.Errorf("-base-url: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(s.baseURLs)) {
		if _, err := vendor.Updater(context.Background(), name, vendor.FakeEnv(name), credit.WithBaseURL(s.baseURLs[name])); err != nil {
			return fmt.Errorf("-base-url %s=...: %w", name, err)
		}
	}
	if s.mode.IsFake() && len(s.baseURLs) > 0 {
		return errors.New("-fake and -base-url contradict each other: leave out one of them")
	}
	if c.IsSet("job") {
		if err := queue.ValidateName(s.job); err != nil {
			return fmt.Errorf("-job: %w", err)
		}
	}
	for _, flag := range []string{"timeout", "patience", "grace"} {
		if c.IsSet(flag) && c.Duration(flag) <= 0 {
			return fmt.Errorf("-%s must be above 0, got %v", flag, c.Duration(flag))
		}
	}
	if s.maxStore < 0 {
		return fmt.Errorf("-max-store must not be below 0, got %d", s.maxStore)
	}
	for _, flag := range []string{"in", "state", "nats", "nats-creds", "results", "report", "rescued"} {
		if c.IsSet(flag) && c.String(flag) == "" {
			return fmt.Errorf("-%s must not be empty", flag)
		}
	}
	if s.rescued != "" {
		if _, err := os.Stat(s.rescued); err != nil {
			return fmt.Errorf("-rescued: %w", err)
		}
	}
	s.limits, err = parseLimits(c)
	return err
}

// parsePerVendor reads "knox=1" and "nexudus=2".
func parsePerVendor(flags []string) (map[string]string, error) {
	values := make(map[string]string)
	for _, flag := range flags {
		name, value, ok := strings.Cut(flag, "=")
		switch {
		case !ok || value == "":
			return nil, fmt.Errorf("%q must be of the form vendor=value", flag)
		case !slices.Contains(vendor.Names(), name):
			return nil, fmt.Errorf("unknown vendor %q: the vendors are %s", name, strings.Join(vendor.Names(), ", "))
		case values[name] != "":
			return nil, fmt.Errorf("%s occurs twice", name)
		}
		values[name] = value
	}
	return values, nil
}

// parseLimits are the documented limits, but for what the flags say.
func parseLimits(c *cli.Command) (map[string]limit.Limits, error) {
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
		{"in-flight", func(l *limit.Limits, s string) (err error) { l.InFlight, err = parseInFlight(s); return err }},
	} {
		values, err := parsePerVendor(c.StringSlice(flag.name))
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

func parseInFlight(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 1000 {
		return 0, fmt.Errorf("%q must be a number between 1 and 1000", s)
	}
	return n, nil
}
