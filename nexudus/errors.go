package nexudus

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"

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

// updated reads the vendor's word on an update, which may be no with a 200.
func updated(result *rest.Result) (*UpdateResult, error) {
	var said struct {
		UpdateResult
		WasSuccessful *bool // in the way of the embedded one, to tell false from missing
	}
	if err := result.Into(&said); err != nil {
		return nil, err
	}
	switch {
	case said.WasSuccessful == nil:
		return nil, result.Unusable(errNoVerdict)
	case !*said.WasSuccessful:
		return nil, result.Refused(refusal(&said.UpdateResult))
	}
	said.UpdateResult.WasSuccessful = true
	return &said.UpdateResult, nil
}

// refusal is a no with a 200. A Status of the 400s in the body says more.
func refusal(said *UpdateResult) rest.Refusal {
	r := rest.Refusal{
		Kind:    credit.ErrInvalid,
		Outcome: credit.Rejected,
		Message: said.Message,
		Fields:  fields(said.Errors),
	}
	if said.Status >= 400 && said.Status < 500 {
		r.Kind = rest.StandardKind(int(said.Status))
	}
	return r
}
