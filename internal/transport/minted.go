package transport

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// Mint gets a new token. old is the one that it replaces, nil at first.
type Mint func(ctx context.Context, old *oauth2.Token) (*oauth2.Token, error)

// Minted is a token source that keeps its token until shortly before it
// expires. However many callers come at once, one token is minted, and a mint
// that failed fails all that waited for it. A caller whose context ends stops
// waiting; the mint goes on, because a token may be a counted good.
type Minted struct {
	ctx     context.Context // the source's life; its values pick the HTTP client
	mint    Mint
	invalid error // the source was set up wrongly, and can never mint

	mu      sync.Mutex
	token   *oauth2.Token
	pending *minting
}

// minting is one mint under way. Its result may be read once done is closed.
type minting struct {
	done  chan struct{}
	token *oauth2.Token
	err   error
}

// early is how long before its expiry a token is replaced: longer than a call
// takes with all its attempts' answers.
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
	if m.pending == nil {
		m.pending = &minting{done: make(chan struct{})}
		go m.run(m.pending, m.token)
	}
	pending := m.pending
	m.mu.Unlock()

	select {
	case <-pending.done:
		return pending.token, pending.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (m *Minted) fresh(stale string) bool {
	t := m.token
	return t != nil && t.AccessToken != stale && (t.Expiry.IsZero() || time.Until(t.Expiry) > early)
}

func (m *Minted) run(p *minting, old *oauth2.Token) {
	ctx, cancel := context.WithTimeout(m.ctx, mintTimeout)
	defer cancel()
	p.token, p.err = m.mint(ctx, old)
	m.mu.Lock()
	if p.err == nil {
		m.token = p.token
	}
	m.pending = nil
	m.mu.Unlock()
	close(p.done)
}

// Format keeps tokens out of every print.
func (m *Minted) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// LogValue keeps tokens out of every log.
func (m *Minted) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// Renewing is a Minted source whose token can be replaced before its time.
type Renewing struct{ *Minted }

// RenewToken returns a token other than stale.
func (r Renewing) RenewToken(ctx context.Context, stale string) (*oauth2.Token, error) {
	return r.get(ctx, stale)
}
