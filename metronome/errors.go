package metronome

import (
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// classify reads {"message"} and, from the newer calls, {"code", "message"}.
// Metronome adds codes; those that end in NotFound come with a 400.
func classify(resp *rest.Response) rest.ErrorDetails {
	body := rest.ParseObject(resp.Body)
	r := rest.ErrorDetails{
		Kind:    rest.StandardKind(resp.Status),
		Code:    rest.JSONString(body["code"]),
		Message: rest.JSONString(body["message"]),
	}
	if resp.Status == 400 && strings.HasSuffix(r.Code, "NotFound") {
		r.Kind = credit.ErrNotFound
	}
	r.KeyUsedUp = resp.Status == 500
	if body == nil {
		r.Message = rest.PlainText(resp)
	}
	return r
}
