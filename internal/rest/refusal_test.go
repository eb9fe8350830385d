package rest

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/creditkit/creditkit/credit"
)

func TestStandardKind(t *testing.T) {
	for status, want := range map[int]credit.Kind{
		200: credit.ErrMalformed, 204: credit.ErrMalformed, 301: credit.ErrMalformed, 304: credit.ErrMalformed, 399: credit.ErrMalformed,
		400: credit.ErrInvalid, 402: credit.ErrInvalid, 405: credit.ErrInvalid, 406: credit.ErrInvalid, 410: credit.ErrInvalid,
		413: credit.ErrInvalid, 415: credit.ErrInvalid, 418: credit.ErrInvalid, 422: credit.ErrInvalid, 451: credit.ErrInvalid, 499: credit.ErrInvalid,
		401: credit.ErrUnauthorized,
		403: credit.ErrForbidden,
		404: credit.ErrNotFound,
		408: credit.ErrUnavailable,
		409: credit.ErrConflict, 412: credit.ErrConflict,
		429: credit.ErrRateLimited,
		500: credit.ErrUnavailable, 501: credit.ErrUnavailable, 502: credit.ErrUnavailable, 503: credit.ErrUnavailable, 504: credit.ErrUnavailable, 599: credit.ErrUnavailable,
	} {
		if got := StandardKind(status); got != want {
			t.Errorf("%d is %q, want %q", status, got, want)
		}
	}
}

func TestPlainTextIsShortTextAndNothingElse(t *testing.T) {
	const text = "text/plain; charset=utf-8"
	long := strings.Repeat("a", maxMessage)
	for _, test := range []struct{ label, body, want string }{
		{text, "404 page not found\n", "404 page not found"},
		{"text/plain", "  no  ", "no"},
		{"TEXT/PLAIN", "no", "no"},
		{text, long, long},
		{text, long + "a", ""},
		{text, "", ""},
		{text, " \n", ""},
		{text, "<!DOCTYPE html>", ""},
		{text, " <html>", ""},
		{text, `{"message":"no"}`, ""},
		{text, `["no"]`, ""},
		{"text/html", "no", ""},
		{"application/json", "no", ""},
		{"", "no", ""},
		{"text", "no", ""},
	} {
		a := &Answer{Header: http.Header{"Content-Type": {test.label}}, Body: []byte(test.body)}
		if got := PlainText(a); got != test.want {
			t.Errorf("%s %q gives %q, want %q", test.label, test.body, got, test.want)
		}
	}
}

func TestPresentable(t *testing.T) {
	long := strings.Repeat("ü", maxMessage)
	for name, test := range map[string]struct{ text, secret, want string }{
		"nothing":               {"", "", ""},
		"as it is":              {"Müller’s credit", "sk", "Müller’s credit"},
		"no secret":             {"a b", "", "a b"},
		"a secret":              {"key sk-1 of sk-1!", "sk-1", "key [redacted] of [redacted]!"},
		"nothing but a secret":  {"sk-1", "sk-1", "[redacted]"},
		"several lines":         {"a\r\nb\tc\x00d\x7f", "", "a  b c d "},
		"a terminal's commands": {"\x1b[31mred\u0085", "", " [31mred "},
		"not UTF-8":             {"a\xff\xfeb", "", "a\uFFFDb"},
		"just short enough":     {long, "", long},
		"a character too many":  {long + "ab", "", long + "... (2 more bytes)"},
		"a secret at the cut":   {long[2:] + "sk-1", "sk-1", long[2:] + "[... (9 more bytes)"},
	} {
		t.Run(name, func(t *testing.T) {
			got := presentable(test.text, test.secret)
			if got != test.want || !utf8.ValidString(got) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}
