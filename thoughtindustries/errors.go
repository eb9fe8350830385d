package thoughtindustries

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"github.com/creditkit/creditkit/internal/rest"
)

// explain goes by the status. The body of a 429 is documented; of the others,
// a 401 is empty, and a list of errors and a bare message have been seen.
func explain(a *rest.Answer) rest.Refusal {
	said := rest.Members(a.Body)
	r := rest.Refusal{
		Kind: rest.StandardKind(a.Status),
		Code: rest.Text(said["error"]),
		Message: cmp.Or(
			rest.Text(said["message"]),
			strings.Join(messages(said["errors"]), "; "),
			rest.PlainText(a),
		),
	}
	var seconds int64
	if json.Unmarshal(said["retryAfter"], &seconds) == nil && seconds > 0 && seconds < 1<<31 {
		r.RetryAfter = time.Duration(seconds) * time.Second
	}
	return r
}
