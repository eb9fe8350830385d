package nexudus

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// explain reads the envelope of a refused update, and the bare texts of other
// refusals ("Not found" as a JSON string). A 409 is a throttle with an empty
// body; the operation's descriptor says so.
func explain(a *rest.Answer) rest.Refusal {
	said := rest.Members(a.Body)
	return rest.Refusal{
		Kind:    rest.StandardKind(a.Status),
		Message: cmp.Or(rest.Text(said["Message"]), rest.Text(bytes.TrimSpace(a.Body)), rest.PlainText(a)),
		Fields:  fields(said["Errors"]),
	}
}

// fields lists what is wrong with which member. What was sent is left out.
func fields(raw json.RawMessage) []credit.FieldError {
	var entries []json.RawMessage
	if json.Unmarshal(raw, &entries) != nil {
		return nil
	}
	var all []credit.FieldError
	for _, entry := range entries {
		said := rest.Members(entry)
		f := credit.FieldError{Field: rest.Text(said["PropertyName"]), Message: rest.Text(said["Message"])}
		if f != (credit.FieldError{}) {
			all = append(all, f)
		}
	}
	return all
}

var errNoVerdict = errors.New("the answer does not say whether the update was successful")

// updated reads the vendor's word on the update of a record, which may be no
// with a 200.
func updated(result *rest.Result, id int64) (*UpdateResult, error) {
	var said struct {
		UpdateResult
		WasSuccessful *bool // in the way of the embedded one, to tell false from missing
	}
	err := result.Into(&said)
	switch {
	// An odd member beside it must not turn a no into a change that was made.
	case err != nil && string(rest.Members(result.Body)["WasSuccessful"]) == "false":
		return nil, result.Refused(refusal(result.Body))
	case err != nil:
		return nil, err
	case said.WasSuccessful == nil:
		return nil, result.Unusable(errNoVerdict)
	case !*said.WasSuccessful:
		return nil, result.Refused(refusal(result.Body))
	}
	if changed := said.Value.ID; changed != 0 { // the page has it, and an earlier one null
		if err := result.Names(strconv.FormatInt(changed, 10), strconv.FormatInt(id, 10)); err != nil {
			return nil, err
		}
	}
	said.UpdateResult.WasSuccessful = true
	return &said.UpdateResult, nil
}

// refusal is a no with a 200. A Status of the 400s in the body says more; 409
// is a throttle there as well.
func refusal(body []byte) rest.Refusal {
	said := rest.Members(body)
	r := rest.Refusal{
		Kind:    credit.ErrInvalid,
		Outcome: credit.Rejected,
		Message: rest.Text(said["Message"]),
		Fields:  fields(said["Errors"]),
	}
	switch status, _ := strconv.Atoi(string(said["Status"])); {
	case status == http.StatusConflict:
		r.Kind = credit.ErrRateLimited
	case status >= 400 && status < 500:
		r.Kind = rest.StandardKind(status)
	}
	return r
}
