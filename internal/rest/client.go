package rest

import (
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/transport"
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

// A Config describes a vendor to New.
type Config struct {
	Vendor      string
	BaseURL     string // the default address
	Auth        Auth
	DecodeError ErrorDecoder
}

// New returns a client for the vendor of cfg with the user's options. The error is
// a *credit.InvalidError.
func New(s Config, opts []credit.Option) (*Client, error) {
	auth, err := s.Auth(s.Vendor)
	if err != nil {
		return nil, err
	}
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
		transport:   transport.New(s.Vendor, cfg, auth),
	}, nil
}

var jsonContent = []string{"application/json"}
