package transport

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"

	"github.com/creditkit/creditkit/credit"
)

// The most that is read of an answer. More is an error, not a cut; a
// compressed answer counts with its full length.
const (
	maxAnswer  = 4 << 20
	maxRefusal = 64 << 10
)

// ErrTooLarge says that an answer was longer than any real one.
var ErrTooLarge = errors.New("the answer is larger than 4 MiB, or 64 KiB for a refusal")

// An Answer is what the vendor said, read to its end.
type Answer struct {
	Status  int
	Header  http.Header
	Body    []byte
	BodyErr error // the body could not be read whole; Body is then empty
}

// Outcome is what the status says about the change. Only a refusal says something
// by its status: a vendor, or a gateway in front of it, answers 4xx, 307 and 308
// when nothing was changed, which is an assumption. Four of the 4xx say that a
// request was not finished in time and nothing more. A success counts once the
// vendor's package has read it.
func (a *Answer) Outcome() credit.Outcome {
	switch {
	case slices.Contains(undecided, a.Status):
		return credit.Unknown
	case a.Status >= 400 && a.Status < 500,
		a.Status == http.StatusTemporaryRedirect, a.Status == http.StatusPermanentRedirect:
		return credit.Rejected
	}
	return credit.Unknown
}

// undecided are the 4xx after which the vendor may have acted: nginx' 499 and
// the load balancers' 460 say that the client went, 408 and 425 that the request
// came too slowly or too early.
var undecided = []int{http.StatusRequestTimeout, http.StatusTooEarly, 460, 499}

// isLost reports whether a body broke off. One that is too large will be so
// again.
func isLost(err error) bool { return err != nil && !errors.Is(err, ErrTooLarge) }

// byteOrderMark stands before the JSON of some servers, and encoding/json does
// not accept it.
var byteOrderMark = []byte("\uFEFF")

// read fills a from resp and closes its body.
func (a *Answer) read(resp *http.Response) {
	a.Status, a.Header = resp.StatusCode, resp.Header
	limit := int64(maxAnswer)
	if a.Status >= 300 {
		limit = maxRefusal
	}
	body, err := readAll(resp.Body, limit, resp.ContentLength)
	a.Body, a.BodyErr = bytes.TrimPrefix(body, byteOrderMark), err
	_ = resp.Body.Close() // the response is read; a failing Close changes nothing
}

func readAll(r io.Reader, limit, length int64) ([]byte, error) {
	if length > limit {
		return nil, ErrTooLarge
	}
	if length > 0 {
		return readExactly(r, int(length))
	}
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(body)) > limit:
		return nil, ErrTooLarge
	}
	return body, nil
}

// readExactly reads a body of a length that was announced. Asking for a byte
// more sees the end, without which the connection would not be used again.
func readExactly(r io.Reader, length int) ([]byte, error) {
	body := make([]byte, length+1)
	switch n, err := io.ReadFull(r, body); {
	case errors.Is(err, io.ErrUnexpectedEOF) && n == length:
		return body[:length], nil
	case err == nil:
		return nil, ErrTooLarge
	default:
		return nil, err
	}
}
