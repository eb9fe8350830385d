package transport

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
)

func TestResponseSizeIsLimited(t *testing.T) {
	for _, test := range []struct {
		name         string
		status, size int
		whole        bool
	}{
		{"a response of 4 MiB", 200, 4 << 20, true},
		{"a response of 4 MiB and a byte", 200, 4<<20 + 1, false},
		{"a refusal of 64 KiB", 404, 64 << 10, true},
		{"a refusal of a byte more", 404, 64<<10 + 1, false},
		{"a redirect of a byte more", 302, 64<<10 + 1, false},
		{"an empty response", 204, 0, true},
		{"an empty refusal", 500, 0, true},
	} {
		text := strings.Repeat("x", test.size)
		for kind, answer := range map[string]step{
			"known length": says(test.status, text), "unknown length": streams(test.status, strings.NewReader(text)),
		} {
			call := safe(t.Context())
			newClient(t, script(answer), attempts(1)).Do(call)
			a := call.Response
			if a.Status != test.status || test.whole != (a.BodyErr == nil) || test.whole && string(a.Body) != text {
				t.Errorf("%s, %s: %d bytes, %v", test.name, kind, len(a.Body), a.BodyErr)
			}
			if !test.whole && (!errors.Is(a.BodyErr, errTooLarge) || a.Body != nil) {
				t.Errorf("%s, %s: %d bytes, %v; want errTooLarge and no cut", test.name, kind, len(a.Body), a.BodyErr)
			}
		}
	}
}

// endless counts what is read of it.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	if e.read += len(p); e.read > 64<<20 {
		return 0, io.EOF // so that a failing test ends
	}
	return len(p), nil
}

func TestEndlessResponseIsReadUpToLimit(t *testing.T) {
	for status, bound := range map[int]int{200: maxBody, 404: maxErrorBody} {
		body := new(endless)
		call := once(t.Context())
		newClient(t, script(streams(status, body))).Do(call)
		if !errors.Is(call.Response.BodyErr, errTooLarge) || body.read > bound+1 {
			t.Errorf("%d: %d bytes read, %v", status, body.read, call.Response.BodyErr)
		}
	}
}

// A length that is known beforehand refuses the answer without reading it.
func TestTooLargeContentLengthIsNotRead(t *testing.T) {
	resp := &http.Response{StatusCode: 200, ContentLength: maxBody + 1, Body: io.NopCloser(failing{errOwn})}
	a := new(Response)
	if a.read(resp); !errors.Is(a.BodyErr, errTooLarge) {
		t.Error(a.BodyErr)
	}
}

func TestSizeLimitAppliesToDecompressedBody(t *testing.T) {
	for size, whole := range map[int]bool{maxBody: true, 8 << 20: false} {
		var packed bytes.Buffer
		z, _ := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
		_, _ = z.Write(make([]byte, size))
		_ = z.Close()
		synctest.Test(t, func(t *testing.T) {
			rt, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", "gzip")
				_, _ = w.Write(packed.Bytes())
			})
			call := reads(t.Context())
			newClient(t, rt).Do(call)
			if got := call.Response; whole != (got.BodyErr == nil) || whole && len(got.Body) != size || !whole && !errors.Is(got.BodyErr, errTooLarge) {
				t.Errorf("%d bytes packed into %d: %d bytes, %v", size, packed.Len(), len(got.Body), got.BodyErr)
			}
		})
	}
}

func TestTruncatedResponseKeepsStatus(t *testing.T) {
	for _, code := range []int{200, 404, 503} {
		synctest.Test(t, func(t *testing.T) {
			rt, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "100")
				w.WriteHeader(code)
				_, _ = io.WriteString(w, "planted beginning")
				_ = http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			})
			call := once(t.Context())
			newClient(t, rt).Do(call)
			if a := call.Response; a == nil || a.Status != code || a.Body != nil || !errors.Is(a.BodyErr, io.ErrUnexpectedEOF) {
				t.Fatalf("%d: %+v", code, a)
			}
			if call.Attempts != 1 || call.Outcome != call.Response.Outcome() || strings.Contains(call.Response.BodyErr.Error(), planted) {
				t.Errorf("%d: %d attempts, %v, %v", code, call.Attempts, call.Outcome, call.Response.BodyErr)
			}
		})
	}
}

func TestOutcomeOfStatus(t *testing.T) {
	for status, want := range map[int]credit.Outcome{
		200: credit.Unknown, 202: credit.Unknown, 204: credit.Unknown, 206: credit.Unknown, 299: credit.Unknown,
		300: credit.Unknown, 301: credit.Unknown, 302: credit.Unknown, 303: credit.Unknown, 304: credit.Unknown,
		307: credit.Rejected, 308: credit.Rejected,
		400: credit.Rejected, 404: credit.Rejected, 409: credit.Rejected, 422: credit.Rejected, 429: credit.Rejected, 498: credit.Rejected,
		408: credit.Unknown, 425: credit.Unknown, 460: credit.Unknown, 499: credit.Unknown,
		500: credit.Unknown, 503: credit.Unknown, 599: credit.Unknown, 999: credit.Unknown,
	} {
		if got := (&Response{Status: status}).Outcome(); got != want {
			t.Errorf("%d: %v, want %v", status, got, want)
		}
	}
}

// A counted body notes how often it is closed, and reads after that.
type counted struct {
	io.Reader
	closed, late int
}

func (b *counted) Close() error { b.closed++; return errOwn }

func (b *counted) Read(p []byte) (int, error) {
	if b.closed > 0 {
		b.late++
	}
	return b.Reader.Read(p)
}

func TestBodiesAreClosedOnce(t *testing.T) {
	large := func() io.Reader { return bytes.NewReader(make([]byte, maxBody+1)) }
	short := func() io.Reader { return strings.NewReader(`{}`) }
	for name, text := range map[string]func() io.Reader{"short": short, "large": large, "cut": cuts} {
		for _, code := range []int{101, 200, 302, 404, 429, 503} {
			synctest.Test(t, func(t *testing.T) {
				var bodies []*counted
				var first step = func(*http.Request) (*http.Response, error) {
					b := &counted{Reader: text()}
					bodies = append(bodies, b)
					return &http.Response{StatusCode: code, Header: http.Header{"Location": {"/x"}}, Body: b, ContentLength: -1}, nil
				}
				ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second) // ends some calls in their waits
				defer cancel()
				newClient(t, script(first)).Do(reads(ctx))
				for i, b := range bodies {
					if b.closed != 1 || b.late != 0 {
						t.Errorf("%s %d: body %s closed %d times, read %d times after it", name, code, strconv.Itoa(i), b.closed, b.late)
					}
				}
			})
		}
	}
}
