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
func classify(resp *rest.Response) rest.ErrorDetails {
	body := rest.ParseObject(resp.Body)
	r := rest.ErrorDetails{
		Kind: rest.StandardKind(resp.Status),
		Code: rest.JSONString(body["error"]),
		Message: cmp.Or(
			rest.JSONString(body["message"]),
			strings.Join(errorMessages(body["errors"]), "; "),
			rest.PlainText(resp),
		),
	}
	var seconds int64
	if json.Unmarshal(body["retryAfter"], &seconds) == nil && seconds > 0 && seconds < 1<<31 {
		r.RetryAfter = time.Duration(seconds) * time.Second
	}
	return r
}
