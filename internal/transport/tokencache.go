package transport

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/redact"
)

// A fetchFunc requests a new token. old is the one that it replaces, nil at first.
type fetchFunc func(ctx context.Context, old *oauth2.Token) (*oauth2.Token, error)

// CachedTokenSource is a token source that keeps its token until shortly before
// it expires. Concurrent callers share one token request and its error. A caller
// whose context ends stops waiting; the request goes on, because a vendor may
// count the tokens. A request that panics does so in the caller that caused it;
// the others get an error, and the next call makes a new request.
type CachedTokenSource struct {
	ctx     context.Context // bounds all token requests; its values select the HTTP client
	fetch   fetchFunc
	invalid error // the configuration is invalid, and no token can be requested

	mu        sync.Mutex
	token     *oauth2.Token
	refreshAt time.Time // when the token is replaced, by the wall clock; zero for never
	inflight  *flight
}

// refreshBefore is how long before its expiry a token is replaced: longer than an
// attempt takes. A token of two minutes or less is kept for half its life;
// otherwise each call would request one.
const refreshBefore = time.Minute

// fetchTimeout bounds one token request.
const fetchTimeout = 30 * time.Second

// NewCachedTokenSource returns a source that requests tokens with the values of
// ctx, until ctx ends. If invalid is not nil, each call of Token returns it.
func NewCachedTokenSource(ctx context.Context, fetch fetchFunc, invalid error) *CachedTokenSource {
	return &CachedTokenSource{ctx: ctx, fetch: fetch, invalid: invalid}
}

// Invalid returns what is wrong with the configuration, or nil. New of a client
// returns it.
func (s *CachedTokenSource) Invalid() error { return s.invalid }

// Token implements oauth2.TokenSource.
func (s *CachedTokenSource) Token() (*oauth2.Token, error) { return s.get(s.ctx, "") }

// TokenContext is Token with a wait that ends with ctx.
func (s *CachedTokenSource) TokenContext(ctx context.Context) (*oauth2.Token, error) {
	return s.get(ctx, "")
}

// get returns the cached token, or a new one if it is about to expire or is the
// stale one.
func (s *CachedTokenSource) get(ctx context.Context, stale string) (*oauth2.Token, error) {
	if s.invalid != nil {
		return nil, s.invalid
	}
	s.mu.Lock()
	if s.fresh(stale) {
		defer s.mu.Unlock()
		return s.token, nil
	}
	starts := s.inflight == nil
	if starts {
		old, fetch := s.token, &tokenFetch{call: callOf(ctx)}
		s.inflight = startFlight(
			func() (*oauth2.Token, error) { return s.request(old, fetch) },
			func(f *flight) { s.finish(f); fetch.report() },
		)
	}
	inflight := s.inflight
	s.mu.Unlock()
	return inflight.wait(ctx, starts)
}

// fresh compares times without their monotonic reading: that clock stops while
// the machine sleeps, and the token expires meanwhile.
func (s *CachedTokenSource) fresh(stale string) bool {
	return s.token != nil && s.token.AccessToken != stale && (s.refreshAt.IsZero() || time.Now().Round(0).Before(s.refreshAt))
}

func (s *CachedTokenSource) request(old *oauth2.Token, fetch *tokenFetch) (*oauth2.Token, error) {
	// Without this check, the end of the source would look like a failure of
	// the token endpoint, or like a canceled call.
	if s.ctx.Err() != nil {
		return nil, errSourceEnded
	}
	ctx, cancel := context.WithTimeout(context.WithValue(s.ctx, tokenFetchKey{}, fetch), fetchTimeout)
	defer cancel()
	token, err := s.fetch(ctx, old)
	if err != nil && s.ctx.Err() != nil {
		return nil, errSourceEnded
	}
	return token, err
}

// finish stores a new token.
func (s *CachedTokenSource) finish(f *flight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.err == nil {
		s.token, s.refreshAt = f.token, refreshTime(f.token, time.Now())
	}
	s.inflight = nil
}

// refreshTime returns when a token that was issued now is replaced, without a
// monotonic reading.
func refreshTime(t *oauth2.Token, now time.Time) time.Time {
	if t == nil || t.Expiry.IsZero() {
		return time.Time{}
	}
	expiry := t.Expiry.Round(0)
	return expiry.Add(-min(refreshBefore, max(0, expiry.Sub(now.Round(0))/2)))
}

var errSourceEnded = &credit.InvalidError{Field: "ctx", Reason: "the context that the token source was made with has ended; make the source with one that lives as long as the client"}

// Format keeps tokens out of every print.
func (s *CachedTokenSource) Format(f fmt.State, _ rune) { redact.Print(f) }

// LogValue keeps tokens out of every log.
func (s *CachedTokenSource) LogValue() slog.Value { return slog.StringValue(redact.Mark) }

// RefreshableTokenSource is a CachedTokenSource whose token can be replaced
// before it expires.
type RefreshableTokenSource struct{ *CachedTokenSource }

// RenewToken returns a token other than stale.
func (r RefreshableTokenSource) RenewToken(ctx context.Context, stale string) (*oauth2.Token, error) {
	return r.get(ctx, stale)
}
