package drivertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// exchange is a request, as often as it is sent.
type exchange struct {
	op, method, id, key string
	query               string // of a list, whose id is empty
	body                []byte
	repeats             bool
	callersKey          bool
	recheck             func() (made bool, err error) // nil for none
	always              bool                          // recheck before each repeat, not only after an unknown outcome
	attempts            int
	unknown             bool // an attempt ended so
}

func (d *sixth) fail(x *exchange, kind credit.Kind, o credit.Outcome, err error) *credit.Error {
	switch {
	case x.method == http.MethodGet:
		o = credit.NotSent
	case o == credit.Unknown && d.has("reports Unknown as Rejected"):
		o = credit.Rejected
	case o == credit.Unknown:
		x.unknown = true
	case o == credit.Rejected && x.unknown && !d.has("forgets an earlier Unknown"):
		o = credit.Unknown
	}
	e := &credit.Error{Vendor: sixthVendor, Op: x.op, Kind: kind, Outcome: o, Attempts: x.attempts, IdempotencyKey: x.key, Err: err}
	if d.has("leaks the token in an error") && o == credit.Rejected {
		e.Err = fmt.Errorf("sent with %s", d.token)
	}
	return e
}

// send sends a request until it is answered or need not be sent again.
func (d *sixth) send(ctx context.Context, x *exchange) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, d.fail(x, credit.ErrUnavailable, credit.NotSent, err)
	}
	for {
		x.attempts++
		response, wait, failed := d.try(ctx, x)
		if d.has("fails if the context ends after the response") && ctx.Err() != nil {
			return nil, d.fail(x, credit.ErrUnavailable, credit.Unknown, ctx.Err())
		}
		if failed == nil {
			return response, nil
		}
		deadline, ends := ctx.Deadline()
		if x.attempts == 4 || wait < 0 || wait > 30*time.Second || ends && time.Until(deadline) < wait {
			return nil, failed
		}
		if d.has("ignores Retry-After") {
			wait = 0
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, failed
		}
		if (x.unknown || x.always) && x.recheck != nil {
			if made, err := x.recheck(); made || err != nil {
				return nil, err
			}
		}
	}
}

// try sends a request once; wait is how long until the next time, below 0 for
// never.
func (d *sixth) try(ctx context.Context, x *exchange) (response []byte, wait time.Duration, _ error) {
	never, repeat := time.Duration(-1), time.Duration(-1)
	if x.repeats {
		repeat = time.Second
	}
	address := d.base + "/credits/" + url.PathEscape(x.id)
	if x.query != "" {
		address = d.base + "/credits?" + x.query
	}
	req, err := http.NewRequestWithContext(ctx, x.method, address, bytes.NewReader(x.body))
	if err != nil {
		return nil, never, d.fail(x, credit.ErrInvalid, credit.NotSent, err)
	}
	req.Header.Set("Authorization", "Bearer "+d.token)
	if x.key != "" {
		req.Header.Set("Idempotency-Key", x.key)
		if d.has("uses a new key for each attempt") && x.attempts > 1 {
			req.Header.Set("Idempotency-Key", x.key+strconv.Itoa(x.attempts))
		}
	}
	resp, err := d.http.Do(req)
	if err != nil {
		if d.has("leaks a goroutine") {
			go func() { <-make(chan int) }()
		}
		return nil, repeat, d.fail(x, credit.ErrUnavailable, credit.Unknown, errors.Unwrap(err))
	}
	defer resp.Body.Close()
	const most = 1 << 20
	response, err = io.ReadAll(io.LimitReader(resp.Body, most+1))
	if d.has("reports a refusal as success") && resp.StatusCode >= 400 && resp.StatusCode < 500 && x.method != http.MethodGet {
		return encode(object{"id": encode(x.id), "amount": encode(1)}), never, nil
	}
	switch status := resp.StatusCode; {
	case status == http.StatusRequestTimeout && d.has("reports a 408 as Rejected"):
		return nil, never, d.fail(x, credit.ErrUnavailable, credit.Rejected, nil)
	case status >= 500 || status == http.StatusRequestTimeout:
		return nil, repeat, d.fail(x, credit.ErrUnavailable, credit.Unknown, nil)
	case status == http.StatusTooEarly, status == 460, status == 499:
		return nil, never, d.fail(x, credit.ErrUnavailable, credit.Unknown, nil)
	case status == http.StatusConflict && x.key != "" && (x.attempts > 1 || x.callersKey) && !d.has("reports a key in flight as Rejected"):
		return nil, time.Second, d.fail(x, credit.ErrConflict, credit.Unknown, nil)
	case status == http.StatusTooManyRequests:
		e := d.fail(x, credit.ErrRateLimited, credit.Rejected, nil)
		e.RetryAfter = retryAfter(resp.Header.Get("Retry-After"))
		return nil, max(e.RetryAfter, time.Second), e
	case status >= 400 || status == 307 || status == 308:
		return nil, never, d.fail(x, kindOf(status), credit.Rejected, nil)
	case err != nil:
		return nil, repeat, d.fail(x, credit.ErrMalformed, d.unreadable(), err)
	case status != 200 && status != 201 && status != 203, len(response) > most, !json.Valid(response):
		if d.has("retries an unreadable success") {
			never = repeat
		}
		return nil, never, d.fail(x, credit.ErrMalformed, d.unreadable(), err)
	}
	return response, never, nil
}

func kindOf(status int) credit.Kind {
	switch status {
	case 401:
		return credit.ErrUnauthorized
	case 403:
		return credit.ErrForbidden
	case 404:
		return credit.ErrNotFound
	case 409, 412:
		return credit.ErrConflict
	case 400, 422:
		return credit.ErrInvalid
	}
	return credit.ErrMalformed
}

func retryAfter(text string) time.Duration {
	if at, err := http.ParseTime(text); err == nil {
		return time.Until(at)
	}
	const most = int64(1<<63-1) / int64(time.Second)
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || n < 0 {
		return 0
	}
	return time.Duration(min(n, most)) * time.Second
}
