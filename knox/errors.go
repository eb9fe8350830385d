package knox

import (
	"bytes"
	"cmp"

	"github.com/creditkit/creditkit/internal/rest"
)

// classify decides by the status. The vendor documents no error body, so it
// reads the usual ones: an object with a message, a JSON string, plain text, or
// nothing.
func classify(resp *rest.Response) rest.ErrorDetails {
	body := rest.ParseObject(resp.Body)
	return rest.ErrorDetails{
		Kind: rest.StandardKind(resp.Status),
		Code: rest.JSONString(body["code"]),
		Message: cmp.Or(
			rest.JSONString(body["message"]),
			rest.JSONString(body["Message"]),
			rest.JSONString(body["error"]),
			rest.JSONString(bytes.TrimSpace(resp.Body)),
			rest.PlainText(resp),
		),
	}
}
