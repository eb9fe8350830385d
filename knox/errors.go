package knox

import (
	"bytes"
	"cmp"

	"github.com/creditkit/creditkit/internal/rest"
)

// explain goes by the status. The vendor documents no body for its refusals, so
// the usual ones are read: an object with a message, a JSON string, plain text,
// or nothing.
func explain(a *rest.Answer) rest.Refusal {
	said := rest.Members(a.Body)
	return rest.Refusal{
		Kind: rest.StandardKind(a.Status),
		Code: rest.Text(said["code"]),
		Message: cmp.Or(
			rest.Text(said["message"]),
			rest.Text(said["Message"]),
			rest.Text(said["error"]),
			rest.Text(bytes.TrimSpace(a.Body)),
			rest.PlainText(a),
		),
	}
}
