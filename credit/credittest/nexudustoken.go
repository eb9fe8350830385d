package credittest

import (
	"cmp"
	"net/http"
	"strconv"
)

// mint signs in or refreshes. The client id is a header, or a member of the
// form when signing in; without one, the user's name stands for it.
func (n *nexudus) mint(r *Request) Answer {
	form, isForm := formOf(r)
	client := r.Header.Get("client_id")
	switch {
	case r.Method != http.MethodPost:
		return jsonAnswer(404, `{"Message":"No HTTP resource was found that matches the request URI."}`)
	case isForm && form.Get("grant_type") == "password" && form.Get("username") != "" && form.Get("password") != "":
		client = cmp.Or(client, form.Get("client_id"), form.Get("username"))
	case isForm && form.Get("grant_type") == "refresh_token" && form.Get("refresh_token") != "" && form.Get("refresh_token") == n.sessions[client]:
	case isForm && (form.Get("grant_type") == "password" || form.Get("grant_type") == "refresh_token"):
		return jsonAnswer(400, `{"error":"invalid_grant"}`)
	default:
		return jsonAnswer(400, `{"error":"unsupported_grant_type"}`)
	}
	n.minted++
	count := strconv.Itoa(n.minted)
	n.sessions[client] = "nexudus-refresh-" + count
	return jsonAnswer(200, `{"access_token":"nexudus-token-`+count+`","token_type":"bearer","expires_in":604799,"refresh_token":"`+n.sessions[client]+`"}`)
}
