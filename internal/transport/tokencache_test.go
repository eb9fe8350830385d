package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
)

// An issuer counts the tokens that it issues and lets a test hold it up.
type issuer struct {
	mu   sync.Mutex
	n    int
	olds []string
	life time.Duration // 0: no expiry
	err  error
	hold chan struct{} // nil: not held up
}

func (m *issuer) make(ctx context.Context, old *oauth2.Token) (*oauth2.Token, error) {
	m.mu.Lock()
	m.n++
	if old != nil {
		m.olds = append(m.olds, old.AccessToken)
	}
	token, err := &oauth2.Token{AccessToken: fmt.Sprintf("planted-token-%d", m.n)}, m.err
	if m.life != 0 {
		token.Expiry = time.Now().Add(m.life)
	}
	m.mu.Unlock()
	if m.hold != nil {
		select {
		case <-m.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if err != nil {
		return nil, err
	}
	return token, nil
}

func (m *issuer) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.n
}

// checkToken asks a source for its token, which must be the nth issued.
func checkToken(t *testing.T, source *CachedTokenSource, n int) {
	t.Helper()
	token, err := source.TokenContext(t.Context())
	if want := fmt.Sprintf("planted-token-%d", n); err != nil || token.AccessToken != want {
		t.Errorf("token %v, error %v; want %s", token, err, want)
	}
}

func TestTokenIsRequestedOnFirstUse(t *testing.T) {
	m := &issuer{}
	source := NewCachedTokenSource(t.Context(), m.make, nil)
	if m.count() != 0 {
		t.Error("a token was requested before one was needed")
	}
	checkToken(t, source, 1)
	checkToken(t, source, 1)
	if token, err := source.Token(); err != nil || token.AccessToken != "planted-token-1" {
		t.Errorf("Token gives %v, %v; want the same token", token, err)
	}
}

func TestTokenIsRefreshedAMinuteBeforeItExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &issuer{life: 24 * time.Hour}
		source := NewCachedTokenSource(t.Context(), m.make, nil)
		checkToken(t, source, 1)
		time.Sleep(24*time.Hour - time.Minute - time.Nanosecond)
		checkToken(t, source, 1)
		time.Sleep(time.Nanosecond)
		checkToken(t, source, 2)
		if len(m.olds) != 1 || m.olds[0] != "planted-token-1" {
			t.Errorf("the issuer was given %q to replace, want the first token", m.olds)
		}
	})
}

// Otherwise each call would request one of a short-lived token, and tokens may be
// counted.
func TestShortLivedTokenIsCachedForHalfItsLife(t *testing.T) {
	for life, kept := range map[time.Duration]time.Duration{
		time.Second:     500 * time.Millisecond,
		time.Minute:     30 * time.Second,
		2 * time.Minute: time.Minute,
		3 * time.Minute: 2 * time.Minute,
	} {
		synctest.Test(t, func(t *testing.T) {
			source := NewCachedTokenSource(t.Context(), (&issuer{life: life}).make, nil)
			checkToken(t, source, 1)
			time.Sleep(kept - 1)
			checkToken(t, source, 1)
			time.Sleep(1)
			checkToken(t, source, 2)
		})
	}
}

func TestExpiredTokenIsNotCached(t *testing.T) {
	source := NewCachedTokenSource(t.Context(), (&issuer{life: -time.Hour}).make, nil)
	checkToken(t, source, 1)
	checkToken(t, source, 2)
}

func TestTokenWithoutExpiryIsCached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := NewCachedTokenSource(t.Context(), (&issuer{}).make, nil)
		checkToken(t, source, 1)
		time.Sleep(10 * 365 * 24 * time.Hour)
		checkToken(t, source, 1)
	})
}

func TestConcurrentCallersShareOneTokenRequest(t *testing.T) {
	for name, failure := range map[string]error{"that succeeds": nil, "that fails": errOwn} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &issuer{hold: make(chan struct{}), err: failure}
				source := NewCachedTokenSource(t.Context(), m.make, nil)
				var done sync.WaitGroup
				for range 64 {
					done.Go(func() {
						token, err := source.TokenContext(t.Context())
						if !errors.Is(err, failure) || failure == nil && token.AccessToken != "planted-token-1" {
							t.Errorf("token %v, error %v", token, err)
						}
					})
				}
				synctest.Wait()
				close(m.hold)
				done.Wait()
				if m.count() != 1 {
					t.Errorf("%d tokens were issued, want 1", m.count())
				}
			})
		})
	}
}

func TestFailedTokenRequestIsRepeatedByTheNextCall(t *testing.T) {
	m := &issuer{err: errOwn}
	source := NewCachedTokenSource(t.Context(), m.make, nil)
	if _, err := source.Token(); !errors.Is(err, errOwn) {
		t.Errorf("error %v", err)
	}
	m.err = nil
	checkToken(t, source, 2)
}

func TestFailedRenewalKeepsTheTokenForOthers(t *testing.T) {
	m := &issuer{}
	source := RefreshableTokenSource{NewCachedTokenSource(t.Context(), m.make, nil)}
	checkToken(t, source.CachedTokenSource, 1)
	m.err = errOwn
	if _, err := source.RenewToken(t.Context(), "planted-token-1"); !errors.Is(err, errOwn) {
		t.Errorf("error %v", err)
	}
	checkToken(t, source.CachedTokenSource, 1)
	m.err = nil
	if token, err := source.RenewToken(t.Context(), "planted-token-1"); err != nil || token.AccessToken != "planted-token-3" {
		t.Errorf("token %v, error %v", token, err)
	}
	if len(m.olds) != 2 || m.olds[1] != "planted-token-1" {
		t.Errorf("the issuer was given %q, want the token that is still valid", m.olds)
	}
}

func TestRenewTokenReplacesOnlyStaleToken(t *testing.T) {
	m := &issuer{}
	source := RefreshableTokenSource{NewCachedTokenSource(t.Context(), m.make, nil)}
	checkToken(t, source.CachedTokenSource, 1)
	for _, test := range []struct{ stale, want string }{
		{"planted-token-0", "planted-token-1"},
		{"planted-token-1", "planted-token-2"},
		{"planted-token-1", "planted-token-2"},
	} {
		if token, err := source.RenewToken(t.Context(), test.stale); err != nil || token.AccessToken != test.want {
			t.Errorf("instead of %s came %v, %v; want %s", test.stale, token, err, test.want)
		}
	}
	if m.count() != 2 {
		t.Errorf("%d tokens were issued, want 2", m.count())
	}
}

func TestOneStaleTokenCausesOneRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &issuer{}
		source := RefreshableTokenSource{NewCachedTokenSource(t.Context(), m.make, nil)}
		checkToken(t, source.CachedTokenSource, 1)
		m.hold = make(chan struct{})
		var done sync.WaitGroup
		for range 64 {
			done.Go(func() {
				if token, err := source.RenewToken(t.Context(), "planted-token-1"); err != nil || token.AccessToken != "planted-token-2" {
					t.Errorf("token %v, error %v", token, err)
				}
			})
		}
		synctest.Wait()
		close(m.hold)
		done.Wait()
		if m.count() != 2 {
			t.Errorf("%d tokens were issued, want 2", m.count())
		}
	})
}

func TestTokenRequestOutlivesCallersContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &issuer{hold: make(chan struct{})}
		source := NewCachedTokenSource(t.Context(), m.make, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if _, err := source.TokenContext(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("error %v after %v, want the deadline's after a second", err, time.Since(start))
		}
		close(m.hold)
		synctest.Wait()
		checkToken(t, source, 1)
	})
}

func TestTokenRequestHasATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &issuer{hold: make(chan struct{})}
		source := NewCachedTokenSource(t.Context(), m.make, nil)
		start := time.Now()
		if _, err := source.Token(); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != fetchTimeout {
			t.Errorf("error %v after %v, want the deadline's after %v", err, time.Since(start), fetchTimeout)
		}
		m.hold = nil
		checkToken(t, source, 2)
	})
}

// A caller must not take it for the end of a context of their own.
func TestEndedSourceReturnsAnErrorAndRequestsNothing(t *testing.T) {
	life, end := context.WithCancel(t.Context())
	m := &issuer{}
	source := NewCachedTokenSource(life, m.make, nil)
	end()
	_, err := source.TokenContext(t.Context())
	if invalid, ok := errors.AsType[*credit.InvalidError](err); !ok || invalid.Field != "ctx" || errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want an InvalidError of ctx", err)
	}
	if _, err := source.Token(); !errors.Is(err, context.Canceled) {
		t.Errorf("Token without a context of its own gives %v, want the end of the source's", err)
	}
	if m.count() != 0 {
		t.Errorf("%d tokens were issued", m.count())
	}
}

func TestSourceThatEndsDuringARequestReturnsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		life, end := context.WithTimeout(t.Context(), time.Second)
		defer end()
		source := NewCachedTokenSource(life, (&issuer{hold: make(chan struct{})}).make, nil)
		_, err := source.TokenContext(t.Context())
		if _, ok := errors.AsType[*credit.InvalidError](err); !ok || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want an InvalidError", err)
		}
		// A call's context that ends with the source's is the call's own end.
		if _, err := source.TokenContext(life); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want the caller's own", err)
		}
	})
}

// ended is done, but has no Done channel.
type ended struct{ context.Context }

func (ended) Done() <-chan struct{} { return nil }
func (ended) Err() error            { return context.Canceled }

// The end of a call's context usually ends what it waits for, too.
func TestCallersContextErrorComesBeforeThatOfTheRequest(t *testing.T) {
	source := NewCachedTokenSource(t.Context(), (&issuer{err: errOwn}).make, nil)
	if _, err := source.TokenContext(ended{t.Context()}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the caller's own", err)
	}
}

func TestEndedSourceReturnsCachedToken(t *testing.T) {
	life, end := context.WithCancel(t.Context())
	source := NewCachedTokenSource(life, (&issuer{}).make, nil)
	checkToken(t, source, 1)
	end()
	checkToken(t, source, 1)
}

// As when a test's transport calls t.FailNow.
func TestTokenRequestThatNeverReturnsFailsItsCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dies := true
		source := NewCachedTokenSource(t.Context(), func(context.Context, *oauth2.Token) (*oauth2.Token, error) {
			if dies {
				runtime.Goexit()
			}
			return &oauth2.Token{AccessToken: "planted-token-1"}, nil
		}, nil)
		if _, err := source.TokenContext(t.Context()); !errors.Is(err, errFlightDied) {
			t.Errorf("error %v", err)
		}
		dies = false
		checkToken(t, source, 1)
	})
}

func TestPanicOfATokenRequestReachesItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, panics, release := &issuer{}, true, make(chan struct{})
		source := RefreshableTokenSource{NewCachedTokenSource(t.Context(), func(ctx context.Context, old *oauth2.Token) (*oauth2.Token, error) {
			if panics {
				<-release
				panic(planted)
			}
			return m.make(ctx, old)
		}, nil)}
		var caught, failed atomic.Int32
		var callers sync.WaitGroup
		for i := range 64 {
			callers.Go(func() {
				var err error
				value := catch(func() {
					if i%2 == 0 {
						_, err = source.TokenContext(t.Context())
						return
					}
					_, err = source.RenewToken(t.Context(), "planted-old")
				})
				switch {
				case value == planted:
					caught.Add(1)
				case value == nil && errors.Is(err, errFlightPanicked):
					failed.Add(1)
				default:
					t.Errorf("panic %v, error %v", value, err)
				}
			})
		}
		synctest.Wait()
		close(release)
		callers.Wait()
		if caught.Load() != 1 || failed.Load() != 63 {
			t.Errorf("%d callers panicked and %d failed, want 1 and 63", caught.Load(), failed.Load())
		}
		panics = false
		checkToken(t, source.CachedTokenSource, 1)
	})
}

// The monotonic clock stops while a machine sleeps; the token expires meanwhile.
func TestTokenExpiresByTheWallClock(t *testing.T) {
	source := NewCachedTokenSource(t.Context(), (&issuer{life: 24 * time.Hour}).make, nil)
	checkToken(t, source, 1)
	if strings.Contains(source.refreshAt.String(), "m=") {
		t.Errorf("the token is replaced at %v, by the monotonic clock", source.refreshAt)
	}
}

func TestInvalidConfigurationRequestsNothing(t *testing.T) {
	m := &issuer{}
	wrong := &credit.InvalidError{Field: "Domain", Reason: "is empty"}
	source := NewCachedTokenSource(t.Context(), m.make, wrong)
	for range 2 {
		if _, err := source.Token(); err != error(wrong) || source.Invalid() != error(wrong) {
			t.Errorf("error %v, want %v", err, wrong)
		}
	}
	if m.count() != 0 || NewCachedTokenSource(t.Context(), m.make, nil).Invalid() != nil {
		t.Error("a wrong set-up was used, or a good one refused")
	}
}

func TestTokenSourcesPrintNoToken(t *testing.T) {
	source := RefreshableTokenSource{NewCachedTokenSource(t.Context(), (&issuer{}).make, nil)}
	checkToken(t, source.CachedTokenSource, 1)
	for _, v := range []any{struct{ s oauth2.TokenSource }{source}, &struct{ s any }{source.CachedTokenSource}, Bearer(source)} {
		checkPrints(t, v, "")
	}
	for _, v := range []any{source, source.CachedTokenSource, &source} {
		checkPrints(t, v, "[redacted]")
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("", "source", v, "in", []any{v})
		slog.New(slog.NewJSONHandler(&log, nil)).Info("", "source", v, "in", []any{v})
		_ = json.NewEncoder(&log).Encode(v)
		if strings.Contains(log.String(), planted) {
			t.Errorf("a log of a %T shows %s", v, &log)
		}
	}
}
