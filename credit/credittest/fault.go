package credittest

import (
	"bytes"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

// A Fault is something else than the vendor's usual answer to one request.
// The functions below make the usual ones; queue them with [Server.Queue]. The
// zero Fault answers with an empty 200 and does nothing.
type Fault struct {
	Applied   bool          // the vendor acts on the request all the same
	Delay     time.Duration // from arrival until the vendor acts; if the client disconnects, it acts immediately
	Lost      bool          // the connection breaks, and there is no answer
	Truncated bool          // the connection breaks in the middle of the answer
	Status    int           // answered instead of the vendor's status, unless 0
	Header    http.Header   // answered besides the vendor's headers
	Body      []byte        // answered instead of the vendor's body, unless nil

	kind     kind
	cut      *int     // where the body ends or breaks off; negative counts from its end
	otherID  bool     // each id in the answer is another one
	pretends bool     // the vendor answers as if it had acted
	stale    bool     // a read shows what was there before the last write
	late     int      // the vendor acts after so many further writes; untilDelivery
	inFlight bool     // a late request has reached the vendor
	silent   bool     // no answer, and the connection stays open
	frame    *h2Frame // what ends the stream of an HTTP/2 connection
}

// OnWrite keeps a fault for the first request that is to change a credit.
func (f Fault) OnWrite() Fault { f.kind = writing; return f }

// OnRead keeps a fault for the first request that reads credits.
func (f Fault) OnRead() Fault { f.kind = reading; return f }

// OnToken keeps a fault for the first request for a token. Without it no
// request for a token meets with the fault.
func (f Fault) OnToken() Fault { f.kind = tokens; return f }

// After delays a fault.
func (f Fault) After(d time.Duration) Fault { f.Delay = d; return f }

// With adds a header to a fault's answer.
func (f Fault) With(name, value string) Fault {
	f.Header = f.Header.Clone()
	if f.Header == nil {
		f.Header = http.Header{}
	}
	f.Header.Set(name, value)
	return f
}

// Respond answers with a status and a JSON body, and changes nothing.
func Respond(status int, body string) Fault {
	return Fault{Status: status, Body: []byte(body)}.With("Content-Type", "application/json")
}

// RateLimited answers with a 429, and asks to wait, in whole seconds, rounded
// up. 0 names no time.
func RateLimited(after time.Duration) Fault {
	f := Respond(http.StatusTooManyRequests, `{"message":"too many requests"}`)
	if after > 0 {
		f = f.With("Retry-After", retryAfterSeconds(after))
	}
	return f
}

// retryAfterSeconds rounds up: to come too early would be refused again.
func retryAfterSeconds(d time.Duration) string {
	whole := int64(d / time.Second)
	if d%time.Second > 0 {
		whole++
	}
	return strconv.FormatInt(whole, 10)
}

// Throttled answers as nexudus throttles: with a 409, an empty body, and a
// second to wait.
func Throttled() Fault {
	return Fault{Status: http.StatusConflict, Body: []byte{}}.With("Retry-After", "1")
}

// LostBefore breaks the connection before the vendor acts.
func LostBefore() Fault { return Fault{Lost: true} }

// LostAfter breaks the connection after the vendor has acted.
func LostAfter() Fault { return Fault{Lost: true, Applied: true} }

// Truncated acts, and breaks the connection in the middle of the answer.
func Truncated() Fault { return Fault{Truncated: true, Applied: true} }

// Oversized acts, and answers with more than any client should read.
func Oversized() Fault {
	return Fault{Applied: true, Body: bytes.Repeat([]byte(" "), 5<<20)}
}

// HTML answers with a page, as a proxy does, and changes nothing.
func HTML(status int) Fault {
	f := Respond(status, "<html><body>error</body></html>")
	return f.With("Content-Type", "text/html")
}

// Redirect sends the caller elsewhere, and changes nothing.
func Redirect(status int, to string) Fault {
	return Fault{Status: status, Body: []byte{}}.With("Location", to)
}

// WrongContentType acts, and answers as usual with another content type.
func WrongContentType(contentType string) Fault {
	return Fault{Applied: true}.With("Content-Type", contentType)
}

// InvalidJSON acts, and answers with a 200 whose body is not JSON.
func InvalidJSON() Fault {
	return Fault{Applied: true, Status: http.StatusOK, Body: []byte(`{"data":`)}
}

// Slow acts and answers as usual, after a while.
func Slow(d time.Duration) Fault { return Fault{Applied: true, Delay: d} }

// NotApplied keeps the vendor from acting. The answer is the one that the vendor
// would have given if it had acted.
func (f Fault) NotApplied() Fault { f.Applied, f.pretends = false, true; return f }

// Accept acts, and answers with a status and a JSON body. It is the opposite of
// [Respond].
func Accept(status int, body string) Fault {
	f := Respond(status, body)
	f.Applied = true
	return f
}

// OtherStatus acts and answers as usual, under another status, such as 202, 206
// or 207.
func OtherStatus(status int) Fault { return Fault{Applied: true, Status: status} }

// Empty acts, and answers with a status and no body.
func Empty(status int) Fault { return Fault{Applied: true, Status: status, Body: []byte{}} }

// LoginPage acts, and answers with a 200 that is an HTML page with a form.
func LoginPage() Fault {
	f := HTML(http.StatusOK)
	f.Applied = true
	f.Body = []byte(`<!DOCTYPE html><html><body><form action="/login"><input name="user"></form></body></html>`)
	return f
}

// AnotherID acts and answers as usual, but every id in the answer is that of
// another record.
func AnotherID() Fault { return Fault{Applied: true, otherID: true} }

// CutAt acts, and answers with the first n bytes of the usual body as if they
// were all of it. A negative n counts from the end of the body.
func CutAt(n int) Fault { return Fault{Applied: true, cut: &n} }

// TruncatedAt acts, and breaks the connection after n bytes of the usual body. A
// negative n counts from the end of the body.
func TruncatedAt(n int) Fault { return Fault{Applied: true, Truncated: true, cut: &n} }

// GaveUp acts, and answers as a gateway does that no longer waits: with a status
// such as 408, 425, 460, 499 or 504 and an HTML page.
func GaveUp(status int) Fault {
	f := HTML(status)
	f.Applied = true
	return f
}

// Silent acts, and sends no answer. The connection stays open. Over HTTP/2 it
// answers nothing from then on, not even a ping.
func Silent() Fault { return Fault{Applied: true, silent: true} }

// Stale answers a read with what the vendor held before the last write that it
// acted on, as a cache does.
func Stale() Fault { return Fault{Applied: true, stale: true}.OnRead() }

// KeyInFlight answers as metronome does when another request with the same
// Idempotency-Key is still running: with a 409 that is not stored under the key.
// It changes nothing. [Fault.InFlight] keeps a key in flight.
func KeyInFlight() Fault { return Respond(http.StatusConflict, metronomeInFlight) }

// WaitSeconds answers as nexudus was seen to throttle beside its documented 409:
// with a 429 that has no Retry-After header and "Wait N seconds" in its body.
func WaitSeconds(n int) Fault {
	return Respond(http.StatusTooManyRequests, `{"Message":"Wait `+strconv.Itoa(n)+` seconds"}`)
}

var anyID = regexp.MustCompile(`("[iI]d"\s*:\s*"?)([0-9A-Za-z])`)

// otherIDs replaces the first character of each id. A UUID and a number stay
// what they are.
func otherIDs(body []byte) []byte {
	return anyID.ReplaceAllFunc(body, func(id []byte) []byte {
		last := len(id) - 1
		first := byte('1')
		if id[last] == first {
			first = '2'
		}
		return append(bytes.Clone(id[:last]), first)
	})
}

// bodyLength returns how many bytes of a body are sent.
func (f Fault) bodyLength(body []byte) int {
	switch {
	case f.cut == nil && f.Truncated:
		return len(body) / 2
	case f.cut == nil:
		return len(body)
	case *f.cut < 0:
		return max(0, len(body)+*f.cut)
	}
	return min(*f.cut, len(body))
}

// applyTo is the answer that the fault makes of the vendor's own.
func (f Fault) applyTo(a Answer) Answer {
	if f.Status != 0 {
		a.Status = f.Status
	}
	if a.Status == 0 {
		a.Status = http.StatusOK // lost anyway
	}
	if f.Body != nil {
		a.Body = f.Body
	}
	if a.Status == http.StatusNoContent {
		a.Body = nil
	}
	if f.otherID {
		a.Body = otherIDs(a.Body)
	}
	if f.cut != nil && !f.Truncated {
		a.Body = a.Body[:f.bodyLength(a.Body)]
	}
	header := a.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	for name, values := range f.Header {
		header[name] = values
	}
	a.Header = header
	return a
}
