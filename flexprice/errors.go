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
func explain(a *rest.Answer) rest.Refusal {
	said := rest.Members(a.Body)
	old := rest.Members(said["error"])
	r := rest.Refusal{
		Kind:    rest.StandardKind(a.Status),
		Code:    rest.Text(said["code"]),
		Message: join(rest.Text(said["error"]), rest.Text(said["message"]), rest.Text(old["message"])),
		Fields:  fields(said["details"], old["details"]),
	}
	if kind, ok := kinds[ErrorCode(r.Code)]; ok {
		r.Kind = kind
	}
	if a.Status == 500 && slices.Contains(beforeHandler, rest.Text(said["message"])) {
		r.Outcome = credit.Rejected
	}
	if said == nil {
		r.Message = rest.PlainText(a)
	}
	return r
}

// explain reads the refusal of this update. The server makes one with an end date
// in two steps, and the first may have been done when the second was refused.
func (req UpdateCreditGrantRequest) explain(a *rest.Answer) rest.Refusal {
	r := explain(a)
	ends := !req.EndDate.IsZero()
	switch {
	case a.Status == 400 && ends && (req.Name != nil || req.Metadata != nil) && r.Message != unreadableRequest && r.Message != badEndDate:
		r.Outcome = credit.Unknown
	case a.Status == 500 && !ends && r.Message == unreadableGrant:
		r.Outcome = credit.Rejected
	}
	return r
}

func join(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), ": ")
}

// fields lists details by name. The page calls their values objects; the server
// sends any JSON, mostly strings.
func fields(details ...json.RawMessage) []credit.FieldError {
	var all []credit.FieldError
	for _, raw := range details {
		said := rest.Members(raw)
		for _, name := range slices.Sorted(maps.Keys(said)) {
			message := rest.Text(said[name])
			if message == "" {
				message = string(said[name])
			}
			all = append(all, credit.FieldError{Field: name, Message: message})
		}
	}
	return all
}
