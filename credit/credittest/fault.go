package credittest

import (
	"bytes"
	"net/http"
	"strconv"
	"time"
)

// A Fault is something else than the vendor's usual answer to one request.
// The functions below make the usual ones; queue them with [Server.Queue]. The
// zero Fault answers with an empty 200 and does nothing.
type Fault struct {
	Applied   bool          // the vendor acts on the request all the same
	Delay     time.Duration // before the vendor acts; it acts at once when the caller goes
	Lost      bool          // the connection breaks, and there is no answer
	Truncated bool          // the connection breaks in the middle of the answer
	Status    int           // answered instead of the vendor's status, unless 0
	Header    http.Header   // answered besides the vendor's headers
	Body      []byte        // answered instead of the vendor's body, unless nil

	kind kind
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

// Refuse answers with a status and a JSON body, and changes nothing.
func Refuse(status int, body string) Fault {
	return Fault{Status: status, Body: []byte(body)}.With("Content-Type", "application/json")
}

// RateLimited answers with a 429, and asks to wait, in whole seconds, rounded
// up. 0 names no time.
func RateLimited(after time.Duration) Fault {
	f := Refuse(http.StatusTooManyRequests, `{"message":"too many requests"}`)
	if after > 0 {
		f = f.With("Retry-After", seconds(after))
	}
	return f
}

// seconds rounds up: to come too early would be refused again.
func seconds(d time.Duration) string {
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
	f := Refuse(status, "<html><body>error</body></html>")
	return f.With("Content-Type", "text/html")
}

// Redirect sends the caller elsewhere, and changes nothing.
func Redirect(status int, to string) Fault {
	return Fault{Status: status, Body: []byte{}}.With("Location", to)
}

// Mislabelled acts and answers as usual, under another content type.
func Mislabelled(contentType string) Fault {
	return Fault{Applied: true}.With("Content-Type", contentType)
}

// Garbled acts, and answers with a success that is no JSON.
func Garbled() Fault {
	return Fault{Applied: true, Status: http.StatusOK, Body: []byte(`{"data":`)}
}

// Slow acts and answers as usual, after a while.
func Slow(d time.Duration) Fault { return Fault{Applied: true, Delay: d} }

// instead is the answer that the fault makes of the vendor's own.
func (f Fault) instead(a Answer) Answer {
	if f.Status != 0 {
		a.Status = f.Status
	}
	if a.Status == 0 {
		a.Status = http.StatusOK // lost anyway
	}
	if f.Body != nil {
		a.Body = f.Body
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
