package credittest

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/jsontext"
)

// An object is a JSON object whose values stay as they came, so that no number is
// rounded.
type object map[string]json.RawMessage

var errNoObject = errors.New("credittest: not a JSON object")

func parse(doc []byte) (object, error) {
	var o object
	if err := json.Unmarshal(doc, &o); err != nil {
		return nil, err
	}
	if o == nil { // null
		return nil, errNoObject
	}
	return o, nil
}

// text returns the content of a JSON string, or "" for any other value.
func (o object) text(name string) string {
	var s string
	if json.Unmarshal(o[name], &s) != nil {
		return ""
	}
	return s
}

// amount returns the value of a JSON number.
func (o object) amount(name string) (d credit.Decimal, ok bool) {
	d, err := credit.ParseDecimal(string(o[name]))
	return d, err == nil
}

// has reports whether the member exists and is not null.
func (o object) has(name string) bool { return o[name] != nil && string(o[name]) != "null" }

// valueOr returns the value, or other if there is none.
func (o object) valueOr(name, other string) json.RawMessage {
	if o.has(name) {
		return o[name]
	}
	return json.RawMessage(other)
}

// list returns a list of whole numbers, or nil for any other value.
func (o object) list(name string) []int64 {
	var items []int64
	if json.Unmarshal(o[name], &items) != nil {
		return nil
	}
	return items
}

func (o object) clone() object { return maps.Clone(o) }

// with returns a copy of o with the members of other over its own.
func (o object) with(other object) object {
	c := o.clone()
	if c == nil {
		c = object{}
	}
	maps.Copy(c, other)
	return c
}

// revert sets members to the values that they have in another object.
func (o object) revert(to object, names ...string) {
	for _, name := range names {
		if value, found := to[name]; found {
			o[name] = value
		} else {
			delete(o, name)
		}
	}
}

func (o object) json() json.RawMessage { return encode(o) }

// encode returns v as JSON. A fake encodes only what it has read or made itself,
// which cannot fail.
func encode(v any) json.RawMessage {
	text, err := jsontext.Encode(v)
	if err != nil {
		panic("credittest: " + err.Error())
	}
	return text
}

func jsonHeader() http.Header { return http.Header{"Content-Type": {"application/json"}} }

func jsonAnswer(status int, body string) Answer {
	return Answer{Status: status, Header: jsonHeader(), Body: []byte(body)}
}

// okAnswer returns a 200 with a JSON body.
func okAnswer(body json.RawMessage) Answer {
	return Answer{Status: http.StatusOK, Header: jsonHeader(), Body: body}
}

// mustSeed stores the record that a fake starts with.
func mustSeed(v vendor, record string) {
	if err := v.seed(json.RawMessage(record)); err != nil {
		panic(err)
	}
}

// hasBearer reports whether a request has any bearer token.
func hasBearer(r *Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "Bearer") && token != ""
}

// formOf parses the form of a request to a token endpoint.
func formOf(r *Request) (url.Values, bool) {
	if media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); media != "application/x-www-form-urlencoded" {
		return nil, false
	}
	form, err := url.ParseQuery(string(r.Body))
	return form, err == nil
}

// pathSegments returns the unescaped segments of a path after a prefix.
func pathSegments(path, prefix string) []string {
	rest, found := strings.CutPrefix(path, prefix)
	if !found {
		return nil
	}
	segments := strings.Split(rest, "/")
	for i, segment := range segments {
		plain, err := url.PathUnescape(segment)
		if err != nil {
			return nil
		}
		segments[i] = plain
	}
	return segments
}

// methodKind returns the kind of a request according to its method.
func methodKind(r *Request) kind {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return reading
	}
	return writing
}

// formatMillis formats a time as most vendors do.
func formatMillis(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
