package credit

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/creditkit/creditkit/internal/typednil"
)

// An Option configures a client when it is made. A bad option makes the
// constructor return an [InvalidError]; nothing panics later.
type Option func(*Config) error

// Config is what a client's options add up to. It is exported for those who
// write a client of a further vendor; users of a client need the With
// functions only.
type Config struct {
	BaseURL        *url.URL          // nil: the vendor's own address
	HTTPClient     *http.Client      // nil unless given
	Transport      http.RoundTripper // nil: the SDK's own, shared by all clients
	Retry          RetryPolicy       // no field is zero
	Limiter        Limiter           // nil: no limit
	Logger         *slog.Logger      // nil: silence
	UserAgent      string            // the complete header
	AttemptTimeout time.Duration     // 0: the HTTP client's, else DefaultAttemptTimeout
}

// DefaultAttemptTimeout bounds one attempt of a call, from the connection to
// the last byte of the answer.
const DefaultAttemptTimeout = 30 * time.Second

// A Limiter holds calls back before each attempt. *rate.Limiter of
// golang.org/x/time/rate is one. Wait returns an error if ctx ends first; the
// attempt is then not made.
type Limiter interface {
	Wait(ctx context.Context) error
}

// NewConfig applies the options to the defaults and checks the result. Its
// error is a *[InvalidError] of vendor.
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
// another region. A path in it is kept in front of each operation's path. It
// must be https, except on a loopback host, and have no user, query or
// fragment.
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

// WithHTTPClient uses the Transport and the Timeout of hc; the Timeout holds
// for one attempt. Redirects are refused whatever its CheckRedirect says, and
// a client with a cookie Jar is not accepted. hc itself is never changed.
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

// WithTransport sends every attempt through rt. This is the place for tracing
// and metrics (otelhttp.NewTransport), recording and tests. Authorization
// headers pass through it. It may be called from many goroutines. A panic in it
// reaches the caller of the call.
//
// One RoundTrip must send one request, and must send it with the request's
// context. A transport that repeats requests makes changes that are not in
// Attempts, and can apply a change twice that must not be repeated. A transport
// that drops the context hides net/http's trace: no failure of it proves that
// nothing was sent, so that even a failed dial is [Unknown]. Only the SDK's own
// transport counts the bytes that were written, by which a kept connection that
// broke early is [NotSent].
func WithTransport(rt http.RoundTripper) Option {
	return func(c *Config) error {
		if typednil.Is(rt) {
			return &InvalidError{Field: "WithTransport", Reason: "is nil"}
		}
		c.Transport = rt
		return nil
	}
}

// WithLimiter makes each attempt wait for l first. The wait is not part of the
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

// WithAttemptTimeout bounds each attempt; the default is
// [DefaultAttemptTimeout]. Bound the whole call, waits included, with the
// context.
func WithAttemptTimeout(d time.Duration) Option {
	return func(c *Config) error {
		if d <= 0 {
			return &InvalidError{Field: "WithAttemptTimeout", Reason: "must be above 0"}
		}
		c.AttemptTimeout = d
		return nil
	}
}

// Version is this module's version, as it stands in the User-Agent header.
const Version = "0.1.0"

const userAgent = "creditkit/" + Version

// WithUserAgent names the application in front of the SDK in the User-Agent
// header, in the usual form "app/1.0".
func WithUserAgent(app string) Option {
	return func(c *Config) error {
		if strings.TrimSpace(app) != app || app == "" || !printable(app) {
			return &InvalidError{Field: "WithUserAgent", Reason: "must be printable ASCII such as app/1.0"}
		}
		c.UserAgent = app + " " + userAgent
		return nil
	}
}

// printable reports whether s can stand in a header as it is.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
