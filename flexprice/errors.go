package flexprice

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// What the server says before it has written anything.
const (
	unreadableRequest = "Invalid request format"
	badEndDate        = "Please provide a valid end date"
	unreadableGrant   = "Failed to get credit grant" // follows the write where there is an end date
)

// kinds are the server's own codes. It derives the status from the code, so the
// code is what counts.
var kinds = map[ErrorCode]credit.Kind{
	ErrorCodeNotFound:           credit.ErrNotFound,
	ErrorCodeAlreadyExists:      credit.ErrConflict,
	ErrorCodeVersionConflict:    credit.ErrConflict,
	ErrorCodeValidationError:    credit.ErrInvalid,
	ErrorCodeInvalidOperation:   credit.ErrInvalid,
	ErrorCodePermissionDenied:   credit.ErrForbidden,
	ErrorCodeTooManyRequests:    credit.ErrRateLimited,
	ErrorCodeHTTPClientError:    credit.ErrUnavailable,
	ErrorCodeDatabaseError:      credit.ErrUnavailable,
	ErrorCodeSystemError:        credit.ErrUnavailable,
	ErrorCodeInternalError:      credit.ErrUnavailable,
	ErrorCodeServiceUnavailable: credit.ErrUnavailable,
	ErrorCodeNotImplemented:     credit.ErrUnavailable,
}

// beforeHandler are 500s of the checks that come before anything is changed.
var beforeHandler = []string{"Failed to resolve environment", "failed to verify tenant access"}

// explain reads the five bodies that the server has today and the one that it
// had before April 2026:
//
//	{"code", "message", "http_status_code", "details"}   handlers
//	{"error"}                                            401 of the key check
//	{"error", "message"}                                 403, 500 of the environment check
//	{"message"}                                          403, 500 of the access check
//	404 page not found, or nothing                       the router, a crash
//	{"success", "error": {"message", "details"}}         before
func classify(resp *rest.Response) rest.ErrorDetails {
	body := rest.ParseObject(resp.Body)
	old := rest.ParseObject(body["error"])
	r := rest.ErrorDetails{
		Kind:    rest.StandardKind(resp.Status),
		Code:    rest.JSONString(body["code"]),
		Message: joinNonEmpty(rest.JSONString(body["error"]), rest.JSONString(body["message"]), rest.JSONString(old["message"])),
		Fields:  fieldErrors(body["details"], old["details"]),
	}
	if kind, ok := kinds[ErrorCode(r.Code)]; ok {
		r.Kind = kind
	}
	if resp.Status == 500 && slices.Contains(beforeHandler, rest.JSONString(body["message"])) {
		r.Outcome = credit.Rejected
	}
	if body == nil {
		r.Message = rest.PlainText(resp)
	}
	return r
}

// explain reads the refusal of this update. The server makes one with an end date
// in two steps, and the first may have been done when the second was refused.
func (req UpdateCreditGrantRequest) classify(resp *rest.Response) rest.ErrorDetails {
	r := classify(resp)
	ends := !req.EndDate.IsZero()
	switch {
	case resp.Status == 400 && ends && (req.Name != nil || req.Metadata != nil) && r.Message != unreadableRequest && r.Message != badEndDate:
		r.Outcome = credit.Unknown
	case resp.Status == 500 && !ends && r.Message == unreadableGrant:
		r.Outcome = credit.Rejected
	}
	return r
}

func joinNonEmpty(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), ": ")
}

// fields lists details by name. The page calls their values objects; the server
// sends any JSON, mostly strings.
func fieldErrors(details ...json.RawMessage) []credit.FieldError {
	var all []credit.FieldError
	for _, raw := range details {
		body := rest.ParseObject(raw)
		for _, name := range slices.Sorted(maps.Keys(body)) {
			message := rest.JSONString(body[name])
			if message == "" {
				message = string(body[name])
			}
			all = append(all, credit.FieldError{Field: name, Message: message})
		}
	}
	return all
}
