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

// settings are the values of the flags.
type settings struct {
	in, state, job, nats, natsCreds string
	results, report, rescued        string
	dryRun, skipBad, lazySync       bool
	bom, before                     bool
	yes, checkOutliers              bool
	sha256                          string // of the plan that -in names; empty for a file of changes
	allowExponents, acceptDamage    bool
	sendsRows                       bool // the command sends rows and needs credentials
	mode                            target.Mode
	maxStore                        int64
	baseURLs                        map[string]string
	limits                          map[string]limit.Limits
	timeout, patience, grace        time.Duration
	getenv                          func(string) string
	fakes                           fakes // nil without -fake
}

// The flags, in groups that the commands share.
func inputFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "in", Usage: "the `file` of changes: .csv, .jsonl or .ndjson", Required: true, OnlyOnce: true},
		&cli.BoolFlag{Name: "allow-exponents", Usage: "accept amounts such as 1.5E+3 in a CSV file, which a spreadsheet may have shortened"},
	}
}

func jobFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "state", OnlyOnce: true, Usage: "the `folder` of the job's state: new, empty or of this job (default: the file's name plus .state, after .fake and .dry-run)"},
		&cli.BoolFlag{Name: "dry-run", Usage: "show what would change, and change nothing"},
		&cli.BoolFlag{Name: "skip-bad", Usage: "send the good rows of a file that has bad rows"},
	}
}

func natsFlags(required bool) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "nats", Usage: "the NATS server's `URL`, such as nats://host:4222", Required: required, OnlyOnce: true},
		natsCredsFlag(),
		&cli.StringFlag{Name: "job", OnlyOnce: true, Usage: "the job's `name` (default with -in: the start of the file's SHA-256; otherwise: the only job of the server)"},
	}
}

func natsCredsFlag() cli.Flag {
	return &cli.StringFlag{Name: "nats-creds", OnlyOnce: true, Usage: "a `file` with NATS credentials"}
}

func workFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "base-url", Usage: "another address of a vendor, as `vendor=URL`; may be repeated"},
		&cli.StringSliceFlag{Name: "limit-writes", Usage: "the maximum number of changes in a period, in all processes together, as `vendor=60/1m` or vendor=60/1m,5000/24h; vendor=none for no limit"},
		&cli.StringSliceFlag{Name: "limit-calls", Usage: "the same for all requests, as `vendor=120/1m`"},
		&cli.StringSliceFlag{Name: "in-flight", Usage: "the maximum number of changes in flight, in all processes together, as `vendor=8`"},
		&cli.DurationFlag{Name: "timeout", Value: 30 * time.Second, Usage: "the maximum time of one request"},
		&cli.DurationFlag{Name: "patience", Value: 10 * time.Minute, Usage: "how long a vendor may fail before it is given up; its rows stay in the queue"},
		&cli.DurationFlag{Name: "grace", Value: 20 * time.Second, Usage: "how long requests in flight may continue after Ctrl-C"},
		&cli.StringFlag{Name: "rescued", OnlyOnce: true, Usage: "record the answers of a rescue `file`, which an earlier run wrote when its disk was full"},
	}
}

// resultFlags are the files that a command writes; results and report describe their
// defaults.
func resultFlags(results, report string) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "results", OnlyOnce: true, Usage: "the results, a CSV `file` with a line for each row (" + results + ")"},
		bomFlag(),
		&cli.StringFlag{Name: "report", OnlyOnce: true, Usage: "the report, an HTML `file` (" + report + ")"},
	}
}

func bomFlag() cli.Flag {
	return &cli.BoolFlag{Name: "bom", Usage: "begin the CSV file with a byte order mark, so that Excel reads it as UTF-8"}
}

// newSettings reads and validates the flags of the command.
func newSettings(c *cli.Command) (settings, error) {
	s := settings{
		in: cmp.Or(c.String("in"), c.String("plan")), sha256: c.String("sha256"), state: c.String("state"), job: c.String("job"),
		nats: c.String("nats"), natsCreds: c.String("nats-creds"),
		results: c.String("results"), report: c.String("report"), rescued: c.String("rescued"),
		dryRun: c.Bool("dry-run"), skipBad: c.Bool("skip-bad"), lazySync: c.Bool("lazy-sync"),
		bom: c.Bool("bom"), before: c.Bool("before"), yes: c.Bool("yes"), checkOutliers: c.Bool("check-outliers"),
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

// fileSuffix distinguishes the files of the modes.
func (s settings) fileSuffix() (suffix string) {
	if s.mode.IsFake() {
		suffix = ".fake"
	}
	if s.dryRun {
		suffix += ".dry-run"
	}
	return suffix
}

// validate parses and checks flags that need more than their type, before anything
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
		return errors.New("-fake and -base-url contradict each other: remove one of them")
	}
	if s.dryRun && s.checkOutliers {
		return errors.New("-dry-run and -check-outliers contradict each other: a dry run shows every change and sends none")
	}
	if c.IsSet("job") {
		if err := queue.ValidateName(s.job); err != nil {
			return fmt.Errorf("-job: %w", err)
		}
	}
	for _, flag := range []string{"timeout", "patience", "grace"} {
		if c.IsSet(flag) && c.Duration(flag) <= 0 {
			return fmt.Errorf("-%s must be positive, got %v", flag, c.Duration(flag))
		}
	}
	if s.maxStore < 0 {
		return fmt.Errorf("-max-store must not be negative, got %d", s.maxStore)
	}
	for _, flag := range []string{"in", "state", "nats", "nats-creds", "results", "report", "rescued", "was", "out", "plan", "sha256", "vendor", "owner", "owners"} {
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

// parsePerVendor parses values such as "knox=1".
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

// parseLimits returns the documented limits, replaced by those of the flags.
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
		return 0, fmt.Errorf("%q must be a whole number between 1 and 1000", s)
	}
	return n, nil
}
