package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
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
	until   time.Time // when the token is to be replaced; zero for never
	pending *minting
}

// minting is one mint under way. Its result may be read once done is closed.
type minting struct {
	done  chan struct{}
	token *oauth2.Token
	err   error
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
	if m.pending == nil {
		m.pending = &minting{done: make(chan struct{}), err: errMintDied}
		go m.run(m.pending, m.token)
	}
	pending := m.pending
	m.mu.Unlock()

	select {
	case <-pending.done:
		if pending.err == nil || ctx.Err() == nil {
			return pending.token, pending.err
		}
	case <-ctx.Done():
	}
	return nil, ctx.Err() // the caller's own end, not what it did to the mint
}

func (m *Minted) fresh(stale string) bool {
	return m.token != nil && m.token.AccessToken != stale && (m.until.IsZero() || time.Now().Before(m.until))
}

func (m *Minted) run(p *minting, old *oauth2.Token) {
	defer m.settle(p) // also when a caller's HTTP transport ends the goroutine
	// A context that had ended would be an endpoint's failure by its looks, and
	// by errors.Is a call that its caller gave up.
	if m.ctx.Err() != nil {
		p.err = errSourceEnded
		return
	}
	ctx, cancel := context.WithTimeout(m.ctx, mintTimeout)
	defer cancel()
	p.token, p.err = m.mint(ctx, old)
	if p.err != nil && m.ctx.Err() != nil {
		p.err = errSourceEnded
	}
}

func (m *Minted) settle(p *minting) {
	m.mu.Lock()
	if p.err == nil {
		m.token, m.until = p.token, replaceAt(p.token, time.Now())
	}
	m.pending = nil
	m.mu.Unlock()
	close(p.done)
}

// replaceAt is when a token that is new now is to be replaced.
func replaceAt(t *oauth2.Token, now time.Time) time.Time {
	if t == nil || t.Expiry.IsZero() {
		return time.Time{}
	}
	return t.Expiry.Add(-min(early, max(0, t.Expiry.Sub(now)/2)))
}

var (
	errSourceEnded = &credit.InvalidError{Field: "ctx", Reason: "the context that the token source was made with has ended; make the source with one that lives as long as the client"}
	errMintDied    = errors.New("the request for a token did not come back")
)

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
