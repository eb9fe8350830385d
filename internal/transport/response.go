package transport

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// The most that is read of a response. A longer one is an error and is not cut; a
// compressed one counts with its full length.
const (
	maxBody      = 4 << 20
	maxErrorBody = 64 << 10
)

// errTooLarge is the error of a response that is longer than any real one.
var errTooLarge = errors.New("the response is larger than 4 MiB, or 64 KiB for a refusal")

// A Response is a vendor's response, read to its end.
type Response struct {
	Status  int
	Header  http.Header
	Body    []byte
	BodyErr error // the body could not be read whole; Body is then empty
}

// Outcome returns what the status says about the change. We assume that a vendor
// or a gateway in front of it sends a 4xx, 307 or 308 only if nothing was changed.
// Four of the 4xx only say that a request was not finished in time. A success
// counts once the vendor's package has read it.
func (a *Response) Outcome() credit.Outcome {
	switch {
	case slices.Contains(ambiguousStatuses, a.Status):
		return credit.Unknown
	case a.Status >= 400 && a.Status < 500,
		a.Status == http.StatusTemporaryRedirect, a.Status == http.StatusPermanentRedirect:
		return credit.Rejected
	}
	return credit.Unknown
}

// ambiguousStatuses are the 4xx after which the vendor may have acted: 499 of nginx
// and 460 of load balancers mean that the client closed the connection, 408 and
// 425 that the request came too slowly or too early.
var ambiguousStatuses = []int{http.StatusRequestTimeout, http.StatusTooEarly, 460, 499}

// An ErrorDecoder reads how a vendor reports an error, from a response whose
// status is 400 or more. A body that could not be read is empty.
type ErrorDecoder func(*Response) ErrorDetails

// ErrorDetails is what an error response says. A zero Outcome means that the
// status decides.
type ErrorDetails struct {
	Kind       credit.Kind
	Outcome    credit.Outcome
	Code       string
	Message    string
	Fields     []credit.FieldError
	KeyUsedUp  bool          // see credit.Error
	RetryAfter time.Duration // from the body
}

// ErrorDetails returns the details of the last response. The response is decoded
// at most once; one that is missing or has a status below 400 has no details.
func (c *Call) ErrorDetails() ErrorDetails {
	if c.Response == nil || c.Response.Status < 400 || c.DecodeError == nil {
		return ErrorDetails{}
	}
	if c.details == nil {
		details := c.DecodeError(c.Response)
		c.details = &details
	}
	return *c.details
}

// RequestID returns the vendor's id of a response, or "" if the vendor sends none. No
// vendor documents another header.
func RequestID(h http.Header) string { return h.Get("X-Request-Id") }

// isLost reports whether a body broke off. A body that is too large is not lost: it
// would be too large again.
func isLost(err error) bool { return err != nil && !errors.Is(err, errTooLarge) }

// byteOrderMark precedes the JSON of some servers. encoding/json does not accept
// it.
var byteOrderMark = []byte("\uFEFF")

// read fills a from resp and closes its body.
func (a *Response) read(resp *http.Response) {
	a.Status, a.Header = resp.StatusCode, resp.Header
	limit := int64(maxBody)
	if a.Status >= 300 {
		limit = maxErrorBody
	}
	body, err := readAll(resp.Body, limit, resp.ContentLength)
	a.Body, a.BodyErr = bytes.TrimPrefix(body, byteOrderMark), err
	_ = resp.Body.Close() // the response is read; a failing Close changes nothing
}

func readAll(r io.Reader, limit, length int64) ([]byte, error) {
	if length > limit {
		return nil, errTooLarge
	}
	if length > 0 {
		return readExactly(r, int(length))
	}
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(body)) > limit:
		return nil, errTooLarge
	}
	return body, nil
}

// readExactly reads a body with a Content-Length. It reads one byte more to
// see the end: without it net/http does not use the connection again.
func readExactly(r io.Reader, length int) ([]byte, error) {
	body := make([]byte, length+1)
	switch n, err := io.ReadFull(r, body); {
	case errors.Is(err, io.ErrUnexpectedEOF) && n == length:
		return body[:length], nil
	case err == nil:
		return nil, errTooLarge
	default:
		return nil, err
	}
}
