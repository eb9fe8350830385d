// Service sells credits: it takes signed orders over HTTP, stores each with its change
// in one database transaction, and makes the change once, whatever happens. See
// README.md.
//
//	go run ./examples/service -fake
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/interrupt"
)

func main() {
	s, err := parseSettings(os.Args[1:], os.Getenv, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, "service:", err)
		os.Exit(2)
	}
	ctx, stop := interrupt.NotifyContext(context.Background())
	defer stop()
	if err := run(ctx, s, os.Getenv, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "service:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

// run serves until ctx ends or a server fails.
func run(ctx context.Context, s settings, getenv func(string) string, logs io.Writer) (failed error) {
	log := slog.New(slog.NewTextHandler(logs, nil))
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if s.fake {
		fakes, env, err := startFakes()
		if err != nil {
			return err
		}
		getenv = env
		for name, fake := range fakes {
			defer fake.Close()
			fake.KeepRequests(1) // the service reads none
			log.Info("fake vendor", "vendor", name, "credit", fake.Ref.ID, "owner", fake.Ref.Owner)
		}
	}
	if s.database == "" {
		folder, err := os.MkdirTemp("", "creditkit-service-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(folder) //nolint:errcheck // the system cleans its temporary folder
		s.database = filepath.Join(folder, "service.db")
	}
	catalogue, err := loadCatalogue(s.products)
	if err != nil {
		return err
	}
	storage, err := openStorage(ctx, s.database)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	defer storage.db.Close() //nolint:errcheck // each transaction has ended

	// Requests to vendors outlive ctx: their outcomes must be recorded.
	calls, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	options := []credit.Option{credit.WithLogger(log)}
	if s.spans != "" {
		option, end, err := writeSpans(s.spans)
		if err != nil {
			return fmt.Errorf("-spans: %w", err)
		}
		defer func() { failed = errors.Join(failed, end()) }()
		options = append(options, option)
	}
	updaters, err := openVendors(calls, catalogue, s.limiters, getenv, options...)
	if err != nil {
		return err
	}
	workers := newWorkers(calls, storage.journal, updaters, s, log)
	servers, err := listen(ctx, s, log, &api{
		secret: s.secret, catalogue: catalogue, storage: storage, wake: workers.wake, log: log,
		ready: func(check context.Context) error { return errors.Join(ctx.Err(), storage.db.PingContext(check)) },
	}, &page{storage: storage, updaters: updaters, retry: workers.retry, log: log})
	if err != nil {
		return err
	}
	worked := make(chan struct{})
	go func() {
		workers.run(ctx)
		close(worked)
	}()
	select {
	case <-ctx.Done():
	case err = <-servers.failed:
		stop(err)
	}
	log.Info("stopping", "cause", context.Cause(ctx))
	return errors.Join(err, shutDown(s.grace, servers, worked, cancel))
}

// shutDown stops the servers, and gives the changes in flight some time. A change that
// is cut off after that is recorded as in doubt.
func shutDown(grace time.Duration, servers *servers, worked <-chan struct{}, cancel func()) error {
	ctx, stop := context.WithTimeout(context.Background(), grace)
	defer stop()
	err := servers.shutDown(ctx)
	select {
	case <-worked:
	case <-ctx.Done():
		cancel()
		<-worked
	}
	return err
}

// Servers are the API and the page.
type servers struct {
	all    []*http.Server
	failed chan error
}

func listen(ctx context.Context, s settings, log *slog.Logger, a *api, p *page) (*servers, error) {
	out := &servers{failed: make(chan error, 2)}
	for _, site := range []struct {
		name, address string
		handler       http.Handler
	}{{"orders", s.listen, a.handler()}, {"people", s.people, p.handler()}} {
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", site.address)
		if err != nil {
			return nil, errors.Join(err, out.shutDown(ctx))
		}
		server := &http.Server{
			Handler: site.handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
			WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
			ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		}
		out.all = append(out.all, server)
		go func() {
			if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				out.failed <- err
			}
		}()
		log.Info("listening", "for", site.name, "url", "http://"+listener.Addr().String())
	}
	return out, nil
}

func (s *servers) shutDown(ctx context.Context) error {
	var errs []error
	for _, server := range s.all {
		errs = append(errs, server.Shutdown(ctx))
	}
	return errors.Join(errs...)
}
