package nexudus

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// explain reads the envelope of a refused update, and the bare texts of other
// refusals ("Not found" as a JSON string). A 409 is a throttle with an empty
// body; the operation's descriptor says so.
func explain(a *rest.Answer) rest.Refusal {
	said := rest.Members(a.Body)
	r := rest.Refusal{
		Kind:    rest.StandardKind(a.Status),
		Message: cmp.Or(rest.Text(said["Message"]), rest.Text(bytes.TrimSpace(a.Body)), rest.PlainText(a)),
		Fields:  fields(said["Errors"]),
	}
	if a.Status == http.StatusTooManyRequests {
		r.RetryAfter = waitIn(a.Body)
	}
	return r
}

var waitSeconds = regexp.MustCompile(`(?i)\bwait ([0-9]{1,9}) seconds?\b`)

// waitIn reads "Wait N seconds" in the body of a 429, which was seen without a
// Retry-After header. It returns 0 where the body names no time.
func waitIn(body []byte) time.Duration {
	match := waitSeconds.FindSubmatch(body)
	if match == nil {
		return 0
	}
	seconds, err := strconv.Atoi(string(match[1]))
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
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
	successful, err := result.Member(result.Body, "WasSuccessful")
	switch {
	case err != nil:
		return nil, err
	case string(successful) == "false":
		return nil, result.Refused(refusal(result.Body))
	case string(successful) != "true":
		return nil, result.Unusable(errNoVerdict)
	}
	value, err := result.Member(result.Body, "Value")
	if err != nil {
		return nil, err
	}
	want := strconv.FormatInt(id, 10)
	if err := result.CheckID(value, "Id", func(got string) bool { return got == want }); err != nil {
		return nil, err
	}
	out := new(UpdateResult)
	if err := result.DecodeConfirmed(result.Body, out); err != nil {
		return nil, err
	}
	return out, nil
}

// refusal is a no with a 200. A Status of the 400s in the body says more; 409
// is a throttle there as well. A Status of the 500s says that the vendor failed,
// which is not a no.
func refusal(body []byte) rest.Refusal {
	said := rest.Members(body)
	r := rest.Refusal{
		Kind:    credit.ErrInvalid,
		Outcome: credit.Rejected,
		Message: rest.Text(said["Message"]),
		Fields:  fields(said["Errors"]),
	}
	switch status := statusIn(said["Status"]); {
	case status == http.StatusConflict:
		r.Kind = credit.ErrRateLimited
	case status >= 500:
		r.Kind, r.Outcome = credit.ErrUnavailable, credit.Unknown
	case status >= 400:
		r.Kind = rest.StandardKind(status)
	}
	return r
}

// statusIn reads a Status of the body: a number in any form of JSON, or a text
// that holds one. It is 0 where there is none. A Status that is not a number must
// not hide that the vendor failed only because of its form.
func statusIn(raw json.RawMessage) int {
	text := cmp.Or(rest.Text(raw), string(raw))
	status, err := strconv.ParseFloat(text, 64)
	if err != nil || status < 0 {
		return 0
	}
	return int(min(status, 999))
}
