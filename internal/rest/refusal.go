package rest

import (
	"mime"
	"net/http"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/redact"
	"github.com/creditkit/creditkit/internal/transport"
)

// An Answer is what the vendor said, read to its end.
type Response = transport.Response

// Explain reads how a vendor says no, from an answer whose status is 400 or more.
// A body that could not be read is empty.
type ErrorDecoder = transport.ErrorDecoder

// A ErrorDetails is a vendor's no. A zero Outcome leaves it to the status.
type ErrorDetails = transport.ErrorDetails

// StandardKind is what HTTP means by a status. A vendor's Explain starts from
// it where the vendor's pages do not say otherwise.
func StandardKind(status int) credit.Kind {
	switch status {
	case http.StatusUnauthorized:
		return credit.ErrUnauthorized
	case http.StatusForbidden:
		return credit.ErrForbidden
	case http.StatusNotFound:
		return credit.ErrNotFound
	case http.StatusConflict, http.StatusPreconditionFailed:
		return credit.ErrConflict
	case http.StatusTooManyRequests:
		return credit.ErrRateLimited
	case http.StatusRequestTimeout, http.StatusTooEarly, 460, 499: // a request that was not finished in time
		return credit.ErrUnavailable
	}
	switch {
	case status >= 500:
		return credit.ErrUnavailable
	case status >= 400:
		return credit.ErrInvalid
	}
	return credit.ErrMalformed
}

// PlainText returns a body that is a short text, such as a router's "404 page
// not found", and nothing for anything else: pages of HTML and pieces of JSON
// help nobody in an error.
func PlainText(a *Response) string {
	if media, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type")); media != "text/plain" {
		return ""
	}
	text := strings.TrimSpace(string(a.Body))
	if text == "" || len(text) > maxMessage || strings.ContainsRune("<{[", rune(text[0])) {
		return ""
	}
	return text
}

const maxMessage = redact.MaxText

// presentable makes a vendor's text safe to show in an error of the call.
func sanitize(text string, call *transport.Call) string {
	return redact.Text(text, call.Secret, call.Body)
}
