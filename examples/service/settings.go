package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/creditkit/creditkit/examples/internal/arguments"
)

// Settings are what the flags and the environment say.
type settings struct {
	listen   string // of the API
	people   string // of the page
	database string
	products string
	spans    string // a file
	fake     bool
	lease    time.Duration
	poll     time.Duration
	grace    time.Duration
	parallel int
	limiters map[string]*limiter // by vendor
	secret   []byte
}

const (
	minSecret  = 16 // bytes
	fakeSecret = "a-secret-for-the-fakes"
)

// parseSettings parses the flags, and reads what must not stand on a command line from
// the environment. It writes the help text to out.
func parseSettings(args []string, getenv func(string) string, out io.Writer) (settings, error) {
	var s settings
	var database, limits string
	flags := flag.NewFlagSet("service", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&s.listen, "listen", "127.0.0.1:8080", "`address` for programs that send orders")
	flags.StringVar(&s.people, "people", "127.0.0.1:8081", "loopback `address` of the page for people")
	flags.StringVar(&database, "db", "", "`file` of the SQLite database, or postgres://... (default $DATABASE_URL, or service.db)")
	flags.StringVar(&s.products, "products", "", "JSON `file` of the products (default the example's own)")
	flags.StringVar(&s.spans, "spans", "", "write OpenTelemetry's spans of the calls to a `file`")
	flags.BoolVar(&s.fake, "fake", false, "use fake vendors inside this process, and a database that is deleted at the end")
	flags.DurationVar(&s.lease, "lease", 10*time.Minute, "time after which a change without an end counts as interrupted")
	flags.DurationVar(&s.poll, "poll", 2*time.Second, "time between two looks at the journal, and the first wait after a failure")
	flags.DurationVar(&s.grace, "grace", 30*time.Second, "time for the changes in flight after SIGTERM")
	flags.IntVar(&s.parallel, "parallel", 4, "changes that run at the same time, for each vendor")
	flags.StringVar(&limits, "limits", defaultLimits, "vendor=calls/writes, of this process, for each minute")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if err := arguments.RefuseUnused(flags.Args()); err != nil {
		return s, err
	}
	var err error
	if s.limiters, err = parseLimits(limits); err != nil {
		return s, err
	}
	s.database = database
	if s.database == "" && !s.fake {
		s.database = getenv("DATABASE_URL")
		if s.database == "" {
			s.database = "service.db"
		}
	}
	s.secret = []byte(getenv("ORDER_SECRET"))
	if len(s.secret) == 0 && s.fake {
		s.secret = []byte(fakeSecret)
	}
	return s, s.validate()
}

func (s settings) validate() error {
	switch {
	case len(s.secret) < minSecret:
		return fmt.Errorf("ORDER_SECRET: must have at least %d bytes; try: openssl rand -hex 32", minSecret)
	case !isLoopback(s.people):
		return errors.New("-people: must be a loopback address, such as 127.0.0.1:8081: the page asks for no password")
	case s.lease <= 0 || s.poll <= 0 || s.grace < 0:
		return errors.New("-lease and -poll must be positive, and -grace must not be negative")
	case s.parallel < 1:
		return errors.New("-parallel: must be at least 1")
	}
	return nil
}
