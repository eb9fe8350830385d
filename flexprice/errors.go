package flexprice

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// Messages of the server before it has written anything.
const (
	unreadableRequest = "Invalid request format"
	badEndDate        = "Please provide a valid end date"
	unreadableGrant   = "Failed to get credit grant" // after the write if there is an end date
)

// kinds maps the server's codes to kinds. The server derives the status from the
// code, so the code decides.
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

// beforeHandler are the messages of 500s of checks that run before the update.
var beforeHandler = []string{"Failed to resolve environment", "failed to verify tenant access"}

// classify reads the server's five error bodies, and the one of servers from before
// April 2026:
//
//	{"code", "message", "http_status_code", "details"}   handlers
//	{"error"}                                            401 of the key check
//	{"error", "message"}                                 403, 500 of the environment check
//	{"message"}                                          403, 500 of the access check
//	404 page not found, or nothing                       the router, a crash
//	{"success", "error": {"message", "details"}}         before
func classify(resp *rest.Response) rest.ErrorDetails {
	body := rest.ParseObject(resp.Body)
	legacy := rest.ParseObject(body["error"])
	r := rest.ErrorDetails{
		Kind:    rest.StandardKind(resp.Status),
		Code:    rest.JSONString(body["code"]),
		Message: joinNonEmpty(rest.JSONString(body["error"]), rest.JSONString(body["message"]), rest.JSONString(legacy["message"])),
		Fields:  fieldErrors(body["details"], legacy["details"]),
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

// classify reads the error response to this update. The server writes an update with
// an end date in two steps, and may have done the first when the second is rejected.
// The outcome is then Unknown.
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

// joinNonEmpty joins the texts that are not empty.
func joinNonEmpty(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), ": ")
}

// fieldErrors returns the details by name. The vendor's page calls their values
// objects; the server sends any JSON, mostly strings.
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
