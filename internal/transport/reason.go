package transport

import "strings"

// A reason is a text of the standard library or of golang.org/x/oauth2 that
// holds no secret. The texts behind the prefix may quote a response, so they
// are never shown.
type reason struct {
	prefix string // what the library's text begins with
	text   string // what is shown; the prefix if empty
}

// closedEarly is shown for a connection that ended before the response did.
const closedEarly = "the connection was closed before the response was complete"

// plainHTTP is shown for a server that does not speak TLS.
const plainHTTP = "the server answered HTTPS with plain HTTP"

// cgiProxy is the only error of http.ProxyFromEnvironment.
const cgiProxy = "refusing to use HTTP_PROXY value in CGI environment"

// reasons is searched in order.
var reasons = []reason{
	// net/http: connections.
	{"http: server closed idle connection", closedEarly},
	{"http: server gave HTTP response to HTTPS client", plainHTTP},
	{"net/http: TLS handshake timeout", "TLS handshake timeout"},
	{"net/http: timeout awaiting response headers", "timeout awaiting response headers"},
	{"http2: timeout awaiting response headers", "timeout awaiting response headers"},
	{"http2: client connection lost", "the HTTP/2 connection was lost: a ping was not answered"},

	// net/http: requests that cannot be sent.
	{"unsupported protocol scheme", ""},
	{"http: no Host in request URL", ""},
	{"net/http: invalid header", ""},
	{"net/http: invalid method", ""},
	{cgiProxy, ""},

	// net/http: malformed responses.
	{"malformed HTTP response", ""},
	{"malformed HTTP status code", ""},
	{"malformed HTTP version", ""},
	{"malformed MIME header", ""},
	{"bad Content-Length", ""},
	{"invalid empty Content-Length", ""},
	{"http: message cannot contain multiple Content-Length headers", "multiple Content-Length headers"},
	{"unsupported transfer encoding", ""},
	{"too many transfer encodings", ""},
	{"malformed chunked encoding", ""},
	{"invalid byte in chunk length", ""},
	{"http chunk length too large", ""},
	{"empty hex number for chunk length", ""},
	{"chunked line ends with bare LF", ""},
	{"invalid CR in chunked line", ""},
	{"chunked encoding contains too much non-data", ""},
	{"header line too long", ""},
	{"net/http: server response headers exceeded", "response headers are too large"},
	{"malformed response from server: missing status pseudo header", "malformed HTTP/2 response: no status"},
	{"malformed response from server: malformed non-numeric status pseudo header", "malformed HTTP/2 response: invalid status"},
	{"http2: response header list larger than advertised limit", "response headers are too large"},
	{"net/http: server replied with more than declared Content-Length; truncated", "the response is longer than its Content-Length"},
	{"http2: failed reading the frame payload", "malformed HTTP/2 frame"},

	// compress/gzip and compress/flate.
	{"gzip: invalid header", ""},
	{"gzip: invalid checksum", ""},
	{"flate: corrupt input", ""},

	// crypto/tls: handshakes that this side ends.
	{"tls: first record does not look like a TLS handshake", ""},
	{"tls: server selected unsupported protocol version", ""},
	{"tls: server chose an unconfigured cipher suite", ""},
	{"tls: ", "TLS error"},

	// golang.org/x/oauth2.
	{"oauth2: cannot parse json: json: cannot unmarshal", "the token endpoint's JSON has a member of the wrong type"},
	{"oauth2: cannot parse json: strconv.ParseInt", "the token endpoint's expires_in is not a whole number"},
	{"oauth2: cannot parse json", "the token endpoint's response is not JSON"},
	{"oauth2: cannot parse response", "the token endpoint's response is not a valid form"},
	{"oauth2: cannot fetch token: unexpected EOF", closedEarly},
	{"oauth2: cannot fetch token", "the token endpoint's response could not be read"},
	{"oauth2: server response missing access_token", "the token endpoint's response has no access_token"},
	{"oauth2: token expired and refresh token is not set", "the token has expired and there is no refresh token"},
	{"oauth2: cannot overwrite parameter", ""},

	// net/http: SOCKS proxies. "unknown error" precedes the proxy's text.
	{"unknown error general SOCKS server failure", "general SOCKS server failure"},
	{"unknown error connection not allowed by ruleset", socksNotAllowed},
	{"unknown error network unreachable", "network unreachable from the SOCKS proxy"},
	{"unknown error host unreachable", "host unreachable from the SOCKS proxy"},
	{"unknown error connection refused", "connection to the server refused"},
	{"unknown error TTL expired", "TTL expired"},
	{"no acceptable authentication methods", socksNoMethod},
	{"username/password authentication failed", socksBadPassword},
	{"unexpected protocol version", "the proxy does not speak SOCKS5"},
}

// The refusals of a SOCKS proxy that another attempt does not change.
const (
	socksNotAllowed  = "the SOCKS proxy does not allow the connection"
	socksNoMethod    = "the SOCKS proxy accepts no authentication method of the client"
	socksBadPassword = "the SOCKS proxy refused the user name or password"
)

// safeReason returns what can be shown of err: the text of the innermost error
// in its tree that is in the list.
func safeReason(err error) (text string, ok bool) {
	if err == nil {
		return "", false
	}
	switch wrapper := err.(type) { //nolint:errorlint // the walk goes through each wrapper itself
	case *failure:
		text, ok = safeReason(wrapper.err())
	case interface{ Unwrap() error }:
		text, ok = safeReason(wrapper.Unwrap())
	case interface{ Unwrap() []error }:
		for _, e := range wrapper.Unwrap() {
			if text, ok = safeReason(e); ok {
				break
			}
		}
	}
	if ok {
		return text, true
	}
	return reasonFor(errorText(err))
}

// errorText returns err.Error(), or "" if that panics, as it does for a
// net.OpError without an Err.
func errorText(err error) (text string) {
	defer func() {
		if recover() != nil {
			text = ""
		}
	}()
	return err.Error()
}

// reasonFor looks text up in the lists.
func reasonFor(text string) (string, bool) {
	if shown, ok := http2Reason(text); ok {
		return shown, true
	}
	for _, r := range reasons {
		if !strings.HasPrefix(text, r.prefix) {
			continue
		}
		if r.text != "" {
			return r.text, true
		}
		return r.prefix, true
	}
	return "", false
}

// An http2Form is a text of net/http that holds an HTTP/2 error code behind
// marker.
type http2Form struct{ prefix, marker, text string }

var http2Forms = []http2Form{
	{"stream error: stream ID ", "; ", "HTTP/2 stream error"},
	{"http2: server sent GOAWAY and closed the connection", "ErrCode=", "the server closed the HTTP/2 connection (GOAWAY)"},
	{"http2: Transport received GOAWAY from server", "ErrCode:", "the server closed the HTTP/2 connection (GOAWAY)"},
	{"http2: Transport received Server's graceful shutdown GOAWAY", "", "the server closed the HTTP/2 connection (GOAWAY)"},
	{"connection error: ", "connection error: ", "HTTP/2 connection error"},
}

// http2CodeNames are the names that RFC 9113 gives to error codes 0 to 13.
var http2CodeNames = []string{
	"NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED", "FRAME_SIZE_ERROR",
	"REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
}

// http2Reason returns what can be shown of an error of the bundled HTTP/2: the
// kind of error and its code, without the server's debug data.
func http2Reason(text string) (string, bool) {
	// net/http does not repeat a request whose body it cannot rewind.
	text = strings.TrimPrefix(text, "http2: Transport: cannot retry err [")
	for _, form := range http2Forms {
		if !strings.HasPrefix(text, form.prefix) {
			continue
		}
		_, rest, found := strings.Cut(text, form.marker)
		if !found || form.marker == "" {
			return form.text, true
		}
		for _, name := range http2CodeNames {
			cause, ok := strings.CutPrefix(rest, name)
			if !ok {
				continue
			}
			if shown, ok := reasonFor(strings.TrimPrefix(cause, "; ")); ok {
				return shown, true
			}
			return form.text + ": " + name, true
		}
		return form.text + ": unknown code", true
	}
	return "", false
}
