package rest

import (
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/transport"
	"github.com/creditkit/creditkit/internal/typednil"
)

// A Client makes the calls of one vendor. It is safe for concurrent use and
// never changes after New.
type Client struct {
	vendor      string
	scheme      string
	host        string
	prefix      string // the base URL's path, escaped, without a slash at its end
	userAgent   []string
	decodeError ErrorDecoder
	transport   *transport.Client
	updates     *keyedLock // by record id
}

// A Config is what a vendor package knows of its vendor.
type Config struct {
	Vendor      string
	BaseURL     string // the default address
	Auth        transport.Auth
	DecodeError ErrorDecoder
}

// New applies the user's options to a vendor's set-up.
func New(s Config, opts []credit.Option) (*Client, error) {
	cfg, err := credit.NewConfig(s.Vendor, opts...)
	if err != nil {
		return nil, err
	}
	if cfg.BaseURL == nil {
		standard, err := credit.NewConfig(s.Vendor, credit.WithBaseURL(s.BaseURL))
		if err != nil {
			return nil, err
		}
		cfg.BaseURL = standard.BaseURL
	}
	return &Client{
		vendor:      s.Vendor,
		scheme:      cfg.BaseURL.Scheme,
		host:        cfg.BaseURL.Host,
		prefix:      strings.TrimRight(cfg.BaseURL.EscapedPath(), "/"),
		userAgent:   []string{cfg.UserAgent},
		decodeError: s.DecodeError,
		updates:     new(keyedLock),
		transport:   transport.New(s.Vendor, cfg, s.Auth),
	}, nil
}

var jsonContent = []string{"application/json"}

// APIKey checks a key that a vendor package was given and sends it in the
// header named name, behind prefix.
func APIKey(vendor, argument, key, name, prefix string) (transport.Auth, error) {
	check := Validator{Vendor: vendor}
	check.Text(argument, key)
	check.Header(argument, key)
	if err := check.Err(); err != nil {
		return nil, err
	}
	return transport.StaticAuth(transport.NewCredentials(name, prefix+key, key)), nil
}

// Tokens checks a token source that a vendor package was given.
func Tokens(vendor string, source oauth2.TokenSource) (transport.Auth, error) {
	if typednil.Is(source) {
		return nil, Invalid(vendor, "tokens", "is nil")
	}
	// The sources that this module makes know whether they can ever work.
	if own, ok := source.(interface{ Invalid() error }); ok && own.Invalid() != nil {
		return nil, own.Invalid()
	}
	return transport.Bearer(source), nil
}

// setURL sets u to an operation's address.
func (c *Client) setURL(u *url.URL, path string, ids []string, query string) {
	escaped := expandPath(c.prefix, path, ids)
	*u = url.URL{Scheme: c.scheme, Host: c.host, Path: escaped, RawQuery: query}
	if strings.ContainsAny(escaped, "%!'()*[]") { // or else net/url spells it in its own way
		u.Path, _ = url.PathUnescape(escaped) // cannot fail: this side escaped it
		u.RawPath = escaped
	}
}
