package thoughtindustries

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/jsonenc"
	"github.com/creditkit/creditkit/internal/rest"
)

const updateName = "UpdateCreditBatch"

// An updateScan is what one scan finds in the documented response to an update:
// the batch, and where its JSON starts and ends.
type updateScan struct {
	batch      CreditBatch
	start, end int
}

// scanUpdate reads data.UpdateCreditBatch. It fails for a list of errors, which
// decides about the whole response.
func scanUpdate(s *jsonenc.Scanner, v *updateScan) {
	s.Refuse("errors")
	var data, batch bool
	for s.Enter('{'); s.Field(); {
		if string(s.Key()) != "data" {
			s.SkipUnknown(updateCreditBatchAnswerMembers)
			continue
		}
		s.Once(&data)
		for s.Enter('{'); s.Field(); {
			if string(s.Key()) != updateName {
				s.SkipUnknown(updateCreditBatchDataMembers)
				continue
			}
			s.Once(&batch)
			v.start = s.Pos()
			scanCreditBatch(s, &v.batch)
			v.end = s.Pos()
		}
	}
}

// scanBatch returns the batch of a response in the documented form, and its JSON.
// It returns nil for any other response, and for one with a list of errors.
func scanBatch(doc []byte) (*CreditBatch, json.RawMessage) {
	// The offsets keep no reference to the whole response in the caller's batch.
	v := new(updateScan)
	if !jsonenc.Decode(doc, v, scanUpdate) {
		return nil, nil
	}
	return &v.batch, doc[v.start:v.end:v.end]
}

// openEnvelope returns the object in a successful response. The vendor's page
// shows it in data.<operation>; its servers have also been observed to respond
// with the bare object, and with a list of errors, both with a 200. The list may
// be at the top or inside the envelope.
func openEnvelope(result *rest.Result, operation string) (json.RawMessage, error) {
	all, err := memberErrors(result, result.Body)
	if err != nil {
		return nil, err
	}
	data, err := result.Member(result.Body, "data")
	if err != nil {
		return nil, err
	}
	object := json.RawMessage(result.Body)
	if data != nil {
		if object, err = result.Member(data, operation); err != nil && len(all) == 0 {
			return nil, err
		}
		if len(object) > 0 && object[0] == '{' {
			inner, err := memberErrors(result, object)
			if err != nil {
				return nil, err
			}
			all = append(all, inner...)
		}
	}
	if len(all) == 0 {
		return object, nil
	}
	return nil, result.Rejected(listedErrorDetails(all, holdsRecord(object, data != nil)))
}

// memberErrors returns the errors in the member errors of an object.
func memberErrors(result *rest.Result, object json.RawMessage) ([]bodyError, error) {
	list, err := result.Member(object, "errors")
	if err != nil {
		return nil, err
	}
	return errorsIn(list), nil
}

// holdsRecord reports whether an object has a part of a record beside the
// errors.
func holdsRecord(object json.RawMessage, enveloped bool) bool {
	members := rest.ParseObject(object)
	delete(members, "errors")
	if enveloped {
		return len(members) > 0
	}
	return members["id"] != nil
}

// An answerError is one entry of a list of errors in a success.
type bodyError struct {
	code    string // the first of codes
	codes   []string
	message string
}

// listedErrorDetails classifies a list of errors in a response with status 200.
// The outcome is Rejected only if an entry shows a rejection, none shows a
// failure of the vendor, and the response does not contain the record as well.
// Otherwise it is Unknown.
func listedErrorDetails(all []bodyError, withRecord bool) rest.ErrorDetails {
	r := rest.ErrorDetails{Kind: credit.ErrInvalid, Outcome: credit.Unknown}
	var messages []string
	rejected, failed := false, false
	for _, e := range all {
		messages = append(messages, e.message)
		rejected = rejected || e.isRejection()
		failed = failed || e.isFailure()
		r.Code = cmp.Or(r.Code, e.code)
		r.Kind = cmp.Or(e.kind(), r.Kind)
	}
	r.Message = strings.Join(messages, "; ")
	switch {
	case failed:
		r.Kind = credit.ErrUnavailable
	case rejected && !withRecord:
		r.Outcome = credit.Rejected
	}
	return r
}

// The codes and words of a rejection, and the words of a failure of the vendor. The
// vendor documents neither; the codes are those of GraphQL servers, which its API
// uses.
var (
	rejectionCodes = []string{
		"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED",
		"UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND",
	}
	rejectionWords = []string{
		"not found", "no such", "does not exist", "invalid", "required", "must be", "cannot be",
		"not authorized", "unauthorized", "forbidden", "permission",
	}
	// Searched in the codes as well: INTERNAL_SERVER_ERROR, GATEWAY_TIMEOUT.
	failureWords = []string{"internal", "timeout", "timed out"}
)

func (e bodyError) isRejection() bool {
	return slices.ContainsFunc(e.codes, func(code string) bool { return slices.Contains(rejectionCodes, code) }) || e.mentions(rejectionWords...)
}

func (e bodyError) isFailure() bool {
	return e.mentions(failureWords...) ||
		slices.ContainsFunc(e.codes, func(code string) bool { return holdsAny(code, failureWords) })
}

func (e bodyError) mentions(words ...string) bool { return holdsAny(e.message, words) }

// holdsAny reports whether text contains one of words, in any letter case.
func holdsAny(text string, words []string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}

// kind returns the kind that the error names, or "".
func (e bodyError) kind() credit.Kind {
	switch {
	case e.code == "NOT_FOUND", e.mentions("not found", "no such", "does not exist"):
		return credit.ErrNotFound
	case e.code == "UNAUTHENTICATED":
		return credit.ErrUnauthorized
	case e.code == "FORBIDDEN":
		return credit.ErrForbidden
	}
	return ""
}

// errorsIn reads [{"message": "...", "code": "..."}], where the code may also be
// in extensions, or ["..."]. Anything else, except null and an empty list, is
// one error without a message.
func errorsIn(raw json.RawMessage) []bodyError {
	if raw == nil {
		return nil
	}
	var entries []json.RawMessage
	if json.Unmarshal(raw, &entries) != nil {
		entries = []json.RawMessage{raw}
	}
	var all []bodyError
	for _, entry := range entries {
		members := rest.ParseObject(entry)
		codes := []string{rest.JSONString(members["code"]), rest.JSONString(rest.ParseObject(members["extensions"])["code"])}
		all = append(all, bodyError{
			code:    cmp.Or(codes...),
			codes:   codes,
			message: cmp.Or(rest.JSONString(members["message"]), rest.JSONString(entry), "an error without a message"),
		})
	}
	return all
}

// errorMessages returns the messages of a list of errors.
func errorMessages(raw json.RawMessage) []string {
	var texts []string
	for _, e := range errorsIn(raw) {
		texts = append(texts, e.message)
	}
	return texts
}
