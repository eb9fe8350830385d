package credit

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/creditkit/creditkit/internal/redact"
	"github.com/creditkit/creditkit/internal/typednil"
)

// An Option configures a client. If an option is invalid, the client's constructor
// returns an [InvalidError].
type Option func(*Config) error

// Config is the result of applying a client's options. It is exported for authors of a
// client of a further vendor; users of a client need the With functions only.
type Config struct {
	BaseURL        *url.URL          // nil: the vendor's own address
	HTTPClient     *http.Client      // nil unless given
	Transport      http.RoundTripper // nil: the SDK's own, shared by all clients
	Retry          RetryPolicy       // no field is zero
	Limiter        Limiter           // nil: no limit
	Logger         *slog.Logger      // nil: nothing is logged
	UserAgent      string            // the complete header
	AttemptTimeout time.Duration     // 0: the HTTP client's, else DefaultAttemptTimeout

	Observers []func(context.Context, Event) // none is nil
}

// DefaultAttemptTimeout limits one attempt of a call, from the connection to the last
// byte of the response.
const DefaultAttemptTimeout = 30 * time.Second

// A Limiter delays each attempt until Wait returns. *rate.Limiter of
// golang.org/x/time/rate is a Limiter. If Wait returns an error, as it does when ctx
// ends, the attempt is not made.
type Limiter interface {
	Wait(ctx context.Context) error
}

// NewConfig applies the options to the defaults and validates the result. The error is
// an *[InvalidError] of vendor.
func NewConfig(vendor string, opts ...Option) (Config, error) {
	c := Config{Retry: defaultRetry, UserAgent: userAgent}
	for _, opt := range opts {
		if opt == nil {
			return Config{}, &InvalidError{Vendor: vendor, Field: "options", Reason: "holds a nil Option"}
		}
		if err := opt(&c); err != nil {
			return Config{}, withVendor(vendor, err)
		}
	}
	if c.HTTPClient != nil && c.Transport != nil {
		return Config{}, &InvalidError{Vendor: vendor, Field: "WithTransport", Reason: "is given together with WithHTTPClient; put the transport into the client"}
	}
	return c, nil
}

// WithBaseURL replaces the vendor's address, for a test server, a proxy or
// another region. Its path is the prefix of each operation's path. It must be https,
// except for a loopback host, and have no user, query or fragment.
func WithBaseURL(rawURL string) Option {
	return func(c *Config) error {
		u, err := parseBaseURL(rawURL)
		if err != nil {
			return err
		}
		c.BaseURL = u
		return nil
	}
}

// WithHTTPClient uses the Transport and the Timeout of hc; the Timeout limits one
// attempt. Redirects are refused whatever CheckRedirect of hc does, and hc must not have
// a cookie Jar. hc itself is not changed.
func WithHTTPClient(hc *http.Client) Option {
	return func(c *Config) error {
		switch {
		case hc == nil:
			return &InvalidError{Field: "WithHTTPClient", Reason: "is nil"}
		case hc.Transport != nil && typednil.Is(hc.Transport):
			return &InvalidError{Field: "WithHTTPClient", Reason: "has a Transport that is a nil pointer"}
		case hc.Jar != nil:
			return &InvalidError{Field: "WithHTTPClient", Reason: "has a cookie Jar, and no vendor uses cookies"}
		case hc.Timeout < 0:
			return &InvalidError{Field: "WithHTTPClient", Reason: "has a negative Timeout"}
		}
		c.HTTPClient = hc
		return nil
	}
}

// WithTransport sends every attempt through rt, for tracing and metrics
// (otelhttp.NewTransport), for recording and for tests. rt receives the Authorization
// headers, and is called by several goroutines at the same time. A panic in it reaches
// the caller of the call.
//
// One RoundTrip must send one request, and must send it with the request's
// context. A transport that repeats requests makes changes that are not in
// Attempts, and can apply a change twice that must not be repeated. A transport
// that drops the context hides net/http's trace: no failure of it proves that
// nothing was sent, so that even a failed dial is [Unknown]. Only the SDK's own
// transport counts the bytes that were written, by which a kept connection that
// broke early is [NotSent]. It also pings its HTTP/2 connections; an *http.Transport
// does so with an HTTP2Config that has a SendPingTimeout, and otherwise uses a
// connection that has gone silent for every later call until the kernel gives it up.
//
// A transport must not update the same credit through the same client: except at
// metronome, that update waits for the one that it is a part of, until its context ends.
func WithTransport(rt http.RoundTripper) Option {
	return func(c *Config) error {
		if typednil.Is(rt) {
			return &InvalidError{Field: "WithTransport", Reason: "is nil"}
		}
		c.Transport = rt
		return nil
	}
}

// WithLimiter makes each attempt wait for l first. The wait does not count towards the
// attempt's timeout.
func WithLimiter(l Limiter) Option {
	return func(c *Config) error {
		if typednil.Is(l) {
			return &InvalidError{Field: "WithLimiter", Reason: "is nil"}
		}
		c.Limiter = l
		return nil
	}
}

// WithLogger logs each attempt at debug level: vendor, operation, attempt,
// status, duration, request id. No credential, id, query or body is logged.
// Without it nothing is logged.
func WithLogger(l *slog.Logger) Option {
	return func(c *Config) error {
		if l == nil {
			return &InvalidError{Field: "WithLogger", Reason: "is nil"}
		}
		if typednil.Is(l.Handler()) {
			return &InvalidError{Field: "WithLogger", Reason: "has no handler"}
		}
		c.Logger = l
		return nil
	}
}

// WithAttemptTimeout limits each attempt; the default is [DefaultAttemptTimeout]. The
// context limits the whole call with its waits.
func WithAttemptTimeout(d time.Duration) Option {
	return func(c *Config) error {
		if d <= 0 {
			return &InvalidError{Field: "WithAttemptTimeout", Reason: "must be positive"}
		}
		c.AttemptTimeout = d
		return nil
	}
}

// Version is this module's version, as sent in the User-Agent header.
const Version = "0.1.0"

const userAgent = "creditkit/" + Version

// WithUserAgent puts the application's name before the SDK's in the User-Agent header, in
// the usual form "app/1.0".
func WithUserAgent(app string) Option {
	return func(c *Config) error {
		if strings.TrimSpace(app) != app || app == "" || !redact.IsPrintable(app) {
			return &InvalidError{Field: "WithUserAgent", Reason: "must be printable ASCII such as app/1.0"}
		}
		c.UserAgent = app + " " + userAgent
		return nil
	}
}
