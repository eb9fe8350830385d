package nexudus

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// classify reads the object of a rejected update, and the bare text of other
// errors, such as "Not found" as a JSON string. A 409 with an empty body means
// rate limiting; the operation's descriptor declares that.
func classify(resp *rest.Response) rest.ErrorDetails {
	body := rest.ParseObject(resp.Body)
	r := rest.ErrorDetails{
		Kind:    rest.StandardKind(resp.Status),
		Message: cmp.Or(rest.JSONString(body["Message"]), rest.JSONString(bytes.TrimSpace(resp.Body)), rest.PlainText(resp)),
		Fields:  fieldErrors(body["Errors"]),
	}
	if resp.Status == http.StatusTooManyRequests {
		r.RetryAfter = retryAfterIn(resp.Body)
	}
	return r
}

var waitSeconds = regexp.MustCompile(`(?i)\bwait ([0-9]{1,9}) seconds?\b`)

// retryAfterIn reads "Wait N seconds" in the body of a 429, which was seen without a
// Retry-After header. It returns 0 where the body names no time.
func retryAfterIn(body []byte) time.Duration {
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

// fieldErrors reads the list of Errors. The values that were sent are left out.
func fieldErrors(raw json.RawMessage) []credit.FieldError {
	var entries []json.RawMessage
	if json.Unmarshal(raw, &entries) != nil {
		return nil
	}
	var all []credit.FieldError
	for _, entry := range entries {
		body := rest.ParseObject(entry)
		f := credit.FieldError{Field: rest.JSONString(body["PropertyName"]), Message: rest.JSONString(body["Message"])}
		if f != (credit.FieldError{}) {
			all = append(all, f)
		}
	}
	return all
}

// bodyDetails reads a rejection that has status 200. A Status from 400 to 499 in
// the body decides the kind; 409 means rate limiting there as well. The outcome of
// a Status from 400 is that of an HTTP status: Unknown for 408, 425, 460 and 499, and
// from 500, where Nexudus failed.
func bodyDetails(body []byte, status int) rest.ErrorDetails {
	object := rest.ParseObject(body)
	r := rest.ErrorDetails{
		Kind:    credit.ErrInvalid,
		Outcome: credit.Rejected,
		Message: rest.JSONString(object["Message"]),
		Fields:  fieldErrors(object["Errors"]),
	}
	if status >= 400 {
		r.Outcome = (&rest.Response{Status: status}).Outcome()
	}
	switch {
	case status == http.StatusConflict:
		r.Kind = credit.ErrRateLimited
	case status >= 500:
		r.Kind = credit.ErrUnavailable
	case status >= 400:
		r.Kind = rest.StandardKind(status)
	}
	return r
}

// statusIn reads the body's Status, which may be a JSON number in any form or a
// string that holds one, so that a failure of the vendor is recognized in each of
// these forms. It returns 0 if there is no status.
func statusIn(raw json.RawMessage) int {
	text := cmp.Or(rest.JSONString(raw), string(raw))
	status, err := strconv.ParseFloat(text, 64)
	if err != nil || status < 0 {
		return 0
	}
	return int(min(status, 999))
}
