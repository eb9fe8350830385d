package thoughtindustries

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"github.com/creditkit/creditkit/internal/rest"
)

// classify decides by the status. Only the body of a 429 is documented. For the
// others an empty body (401), a list of errors and a plain message have been
// observed.
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
