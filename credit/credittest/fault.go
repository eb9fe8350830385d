package credittest

import (
	"bytes"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

// A Fault replaces the vendor's usual response to one request, see [Server.Queue]. The
// functions of this package return common faults. The zero Fault responds with an empty
// 200, and the vendor does not act.
type Fault struct {
	Applied   bool          // the vendor acts on the request
	Delay     time.Duration // from arrival until the vendor acts; if the client disconnects, it acts immediately
	Lost      bool          // the connection breaks, and there is no response
	Truncated bool          // the connection breaks in the middle of the response
	Status    int           // replaces the vendor's status, unless 0
	Header    http.Header   // is added to the vendor's headers
	Body      []byte        // replaces the vendor's body, unless nil

	kind     kind
	cut      *int     // where the body ends or breaks off; negative counts from its end
	otherID  bool     // the ids in the response are those of another record
	pretends bool     // the vendor responds as if it had acted
	stale    bool     // a read returns the state before the last write
	late     int      // the vendor acts after so many further writes; untilDelivery
	inFlight bool     // a late request has reached the vendor
	silent   bool     // no response, and the connection stays open
	frame    *h2Frame // what ends the stream of an HTTP/2 connection
}

// OnWrite applies a fault to the next write.
func (f Fault) OnWrite() Fault { f.kind = writing; return f }

// OnRead applies a fault to the next read.
func (f Fault) OnRead() Fault { f.kind = reading; return f }

// OnToken applies a fault to the next request for a token. Other faults never apply to
// requests for tokens.
func (f Fault) OnToken() Fault { f.kind = tokens; return f }

// After delays a fault by d.
func (f Fault) After(d time.Duration) Fault { f.Delay = d; return f }

// With adds a header to a fault's response.
func (f Fault) With(name, value string) Fault {
	f.Header = f.Header.Clone()
	if f.Header == nil {
		f.Header = http.Header{}
	}
	f.Header.Set(name, value)
	return f
}

// Respond sends a status and a JSON body. The vendor does not act.
func Respond(status int, body string) Fault {
	return Fault{Status: status, Body: []byte(body)}.With("Content-Type", "application/json")
}

// RateLimited sends a 429 with a Retry-After in whole seconds, rounded up. With 0 there is
// no Retry-After. The vendor does not act.
func RateLimited(after time.Duration) Fault {
	f := Respond(http.StatusTooManyRequests, `{"message":"too many requests"}`)
	if after > 0 {
		f = f.With("Retry-After", retryAfterSeconds(after))
	}
	return f
}

// retryAfterSeconds rounds up, so that a retry is not too early.
func retryAfterSeconds(d time.Duration) string {
	whole := int64(d / time.Second)
	if d%time.Second > 0 {
		whole++
	}
	return strconv.FormatInt(whole, 10)
}

// Throttled sends the rate limit of nexudus: a 409 with an empty body and a Retry-After of
// one second. The vendor does not act.
func Throttled() Fault {
	return Fault{Status: http.StatusConflict, Body: []byte{}}.With("Retry-After", "1")
}

// LostBefore breaks the connection before the vendor acts.
func LostBefore() Fault { return Fault{Lost: true} }

// LostAfter breaks the connection after the vendor has acted.
func LostAfter() Fault { return Fault{Lost: true, Applied: true} }

// Truncated acts, and breaks the connection in the middle of the response.
func Truncated() Fault { return Fault{Truncated: true, Applied: true} }

// Oversized acts, and sends a response of 5 MiB, which is more than a client should read.
func Oversized() Fault {
	return Fault{Applied: true, Body: bytes.Repeat([]byte(" "), 5<<20)}
}

// HTML sends an HTML page, as a proxy does. The vendor does not act.
func HTML(status int) Fault {
	f := Respond(status, "<html><body>error</body></html>")
	return f.With("Content-Type", "text/html")
}

// Redirect sends a redirect. The vendor does not act.
func Redirect(status int, to string) Fault {
	return Fault{Status: status, Body: []byte{}}.With("Location", to)
}

// WrongContentType acts, and sends the usual response with another content type.
func WrongContentType(contentType string) Fault {
	return Fault{Applied: true}.With("Content-Type", contentType)
}

// InvalidJSON acts, and sends a 200 whose body is not JSON.
func InvalidJSON() Fault {
	return Fault{Applied: true, Status: http.StatusOK, Body: []byte(`{"data":`)}
}

// Slow acts and responds as usual after d.
func Slow(d time.Duration) Fault { return Fault{Applied: true, Delay: d} }

// NotApplied returns f for a vendor that does not act. The response is the one that the
// vendor would have sent if it had acted.
func (f Fault) NotApplied() Fault { f.Applied, f.pretends = false, true; return f }

// Accept acts, and sends a status and a JSON body. See [Respond] for a vendor that does
// not act.
func Accept(status int, body string) Fault {
	f := Respond(status, body)
	f.Applied = true
	return f
}

// OtherStatus acts, and sends the usual response with another status, such as 202, 206 or
// 207.
func OtherStatus(status int) Fault { return Fault{Applied: true, Status: status} }

// Empty acts, and sends a status without a body.
func Empty(status int) Fault { return Fault{Applied: true, Status: status, Body: []byte{}} }

// LoginPage acts, and sends a 200 that is an HTML page with a form.
func LoginPage() Fault {
	f := HTML(http.StatusOK)
	f.Applied = true
	f.Body = []byte(`<!DOCTYPE html><html><body><form action="/login"><input name="user"></form></body></html>`)
	return f
}

// AnotherID acts, and sends the usual response with the ids of another record.
func AnotherID() Fault { return Fault{Applied: true, otherID: true} }

// CutAt acts, and sends the first n bytes of the usual body as a complete response. A
// negative n counts from the end of the body.
func CutAt(n int) Fault { return Fault{Applied: true, cut: &n} }

// TruncatedAt acts, and breaks the connection after n bytes of the usual body. A
// negative n counts from the end of the body.
func TruncatedAt(n int) Fault { return Fault{Applied: true, Truncated: true, cut: &n} }

// GaveUp acts, and responds like a gateway that timed out: with a status such as 408, 425,
// 460, 499 or 504 and an HTML page.
func GaveUp(status int) Fault {
	f := HTML(status)
	f.Applied = true
	return f
}

// Silent acts, and sends no response. The connection stays open. An HTTP/2 connection
// sends nothing from then on, not even a ping response.
func Silent() Fault { return Fault{Applied: true, silent: true} }

// Stale responds to a read with the state before the last applied write, as a cache does.
func Stale() Fault { return Fault{Applied: true, stale: true}.OnRead() }

// KeyInFlight sends metronome's 409 for a key that another request is using at the moment,
// which is not stored under the key. The vendor does not act. See [Fault.InFlight] for a
// request that keeps its key in use.
func KeyInFlight() Fault { return Respond(http.StatusConflict, metronomeInFlight) }

// WaitSeconds sends a rate limit that nexudus was seen to use beside its documented 409: a
// 429 without a Retry-After header, with "Wait N seconds" in its body.
func WaitSeconds(n int) Fault {
	return Respond(http.StatusTooManyRequests, `{"Message":"Wait `+strconv.Itoa(n)+` seconds"}`)
}

var anyID = regexp.MustCompile(`("[iI]d"\s*:\s*"?)([0-9A-Za-z])`)

// otherIDs replaces the first character of each id, so that a UUID remains a UUID and a
// number remains a number.
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

// bodyLength returns the number of bytes of a body that are sent.
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

// applyTo returns the vendor's response as changed by the fault.
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
