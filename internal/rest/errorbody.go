package rest

import (
	"encoding/json"
	"mime"
	"net/http"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/jsonenc"
	"github.com/creditkit/creditkit/internal/redact"
	"github.com/creditkit/creditkit/internal/transport"
)

// A Response is a vendor's response with its body read.
type Response = transport.Response

// An ErrorDecoder reads a vendor's error response, whose status is 400 or more.
// The body is empty if it could not be read.
type ErrorDecoder = transport.ErrorDecoder

// ErrorDetails are what a vendor's error response says. With a zero Outcome the
// status decides.
type ErrorDetails = transport.ErrorDetails

// StandardKind returns the kind that HTTP gives a status. A vendor's ErrorDecoder
// uses it unless the vendor documents something else.
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
	case http.StatusRequestTimeout, http.StatusTooEarly, 460, 499: // the request was not completed
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

// PlainText returns a body that is a short plain text, such as a router's "404 page
// not found". It returns "" for anything else, such as HTML or JSON.
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

// sanitize masks the call's secrets in a vendor's text and limits its length.
func sanitize(text string, call *transport.Call) string {
	return redact.Text(text, call.Secret, call.Body)
}

// ParseObject returns the members of a JSON object, and nil for any other text. It
// does not check the members' types, so that one odd member hides no other.
func ParseObject(body []byte) map[string]json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return nil
	}
	return members
}

// JSONString returns the value of a JSON string, and "" for any other value.
func JSONString(raw json.RawMessage) string { return jsonenc.Text(raw) }
