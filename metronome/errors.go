package metronome

import (
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rest"
)

// explain reads {"message"} and, from the newer calls, {"code", "message"}.
// Codes are an open list; what they say of things that are not there comes with
// a 400.
func explain(a *rest.Answer) rest.Refusal {
	said := rest.Members(a.Body)
	r := rest.Refusal{
		Kind:    rest.StandardKind(a.Status),
		Code:    rest.Text(said["code"]),
		Message: rest.Text(said["message"]),
	}
	if a.Status == 400 && strings.HasSuffix(r.Code, "NotFound") {
		r.Kind = credit.ErrNotFound
	}
	r.KeyUsedUp = a.Status == 500
	if said == nil {
		r.Message = rest.PlainText(a)
	}
	return r
}
