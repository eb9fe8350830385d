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

// Mint gets a new token. old is the one that it replaces, nil at first.
type Mint func(ctx context.Context, old *oauth2.Token) (*oauth2.Token, error)

// Minted is a token source that keeps its token until shortly before it
// expires. Concurrent callers share one token request and its error. A caller
// whose context ends stops waiting; the request goes on, because a vendor may
// count the tokens. A request that panics does so in the caller that caused it;
// the others get an error, and the next call makes a new request.
type Minted struct {
	ctx     context.Context // the source's life; its values pick the HTTP client
	mint    Mint
	invalid error // the source was set up wrongly, and can never mint

	mu      sync.Mutex
	token   *oauth2.Token
	until   time.Time // when the token is replaced, by the wall clock; zero for never
	pending *flight
}

// early is how long before its expiry a token is replaced: longer than an
// attempt takes. A token of two minutes or less is kept for half its life, or
// else each call would mint one.
const early = time.Minute

// mintTimeout bounds one mint.
const mintTimeout = 30 * time.Second

// NewMinted returns a source that mints with the values of ctx, until ctx
// ends. A source with an invalid set-up is made all the same and says so.
func NewMinted(ctx context.Context, mint Mint, invalid error) *Minted {
	return &Minted{ctx: ctx, mint: mint, invalid: invalid}
}

// Invalid is what is wrong with the set-up, for a client to see at once.
func (m *Minted) Invalid() error { return m.invalid }

// Token implements oauth2.TokenSource.
func (m *Minted) Token() (*oauth2.Token, error) { return m.get(m.ctx, "") }

// TokenContext is Token with a wait that ends with ctx.
func (m *Minted) TokenContext(ctx context.Context) (*oauth2.Token, error) { return m.get(ctx, "") }

// get returns the token, or a new one where it is about to expire or is the
// stale one.
func (m *Minted) get(ctx context.Context, stale string) (*oauth2.Token, error) {
	if m.invalid != nil {
		return nil, m.invalid
	}
	m.mu.Lock()
	if m.fresh(stale) {
		defer m.mu.Unlock()
		return m.token, nil
	}
	starts := m.pending == nil
	if starts {
		old := m.token
		m.pending = startFlight(func() (*oauth2.Token, error) { return m.fetch(old) }, m.finish)
	}
	pending := m.pending
	m.mu.Unlock()
	return pending.wait(ctx, starts)
}

// fresh compares times without their monotonic reading: that clock stops while
// the machine sleeps, and the token expires meanwhile.
func (m *Minted) fresh(stale string) bool {
	return m.token != nil && m.token.AccessToken != stale && (m.until.IsZero() || time.Now().Round(0).Before(m.until))
}

func (m *Minted) fetch(old *oauth2.Token) (*oauth2.Token, error) {
	// Without this check, the end of the source would look like a failure of
	// the token endpoint, or like a canceled call.
	if m.ctx.Err() != nil {
		return nil, errSourceEnded
	}
	ctx, cancel := context.WithTimeout(m.ctx, mintTimeout)
	defer cancel()
	token, err := m.mint(ctx, old)
	if err != nil && m.ctx.Err() != nil {
		return nil, errSourceEnded
	}
	return token, err
}

// finish stores a new token.
func (m *Minted) finish(f *flight) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if f.err == nil {
		m.token, m.until = f.token, replaceAt(f.token, time.Now())
	}
	m.pending = nil
}

// replaceAt returns when a token that was issued now is replaced, without a
// monotonic reading.
func replaceAt(t *oauth2.Token, now time.Time) time.Time {
	if t == nil || t.Expiry.IsZero() {
		return time.Time{}
	}
	expiry := t.Expiry.Round(0)
	return expiry.Add(-min(early, max(0, expiry.Sub(now.Round(0))/2)))
}

var errSourceEnded = &credit.InvalidError{Field: "ctx", Reason: "the context that the token source was made with has ended; make the source with one that lives as long as the client"}

// Format keeps tokens out of every print.
func (m *Minted) Format(f fmt.State, _ rune) { redact.Print(f) }

// LogValue keeps tokens out of every log.
func (m *Minted) LogValue() slog.Value { return slog.StringValue(redact.Mark) }

// Renewing is a Minted source whose token can be replaced before its time.
type Renewing struct{ *Minted }

// RenewToken returns a token other than stale.
func (r Renewing) RenewToken(ctx context.Context, stale string) (*oauth2.Token, error) {
	return r.get(ctx, stale)
}
