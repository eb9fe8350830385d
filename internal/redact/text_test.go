package redact

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTextIsOneLineOfBoundedLength(t *testing.T) {
	long := strings.Repeat("ü", MaxText)
	for _, test := range []struct{ name, text, secret, want string }{
		{"empty", "", "", ""},
		{"plain", "Müller’s credit 🙂", "sk", "Müller’s credit 🙂"},
		{"no secret", "a b", "", "a b"},
		{"secret twice", "key sk-1 of sk-1!", "sk-1", "key [redacted] of [redacted]!"},
		{"secret alone", "sk-1", "sk-1", "[redacted]"},
		{"secrets side by side", "sk-live-4711sk-live-4711", "sk-live-4711", "[redacted][redacted]"},
		{"not UTF-8", "a\xff\xfeb", "", "a\uFFFDb"},
		{"as long as allowed", long, "", long},
		{"a character too long", long + "ab", "", long + "... (2 more bytes)"},
		{"secret at the end", long[2:] + " sk-1", "sk-1", long[2:] + " ... (10 more bytes)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Text(test.text, test.secret, nil)
			if got != test.want || !utf8.ValidString(got) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestTextEscapesControlAndFormatCharacters(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"lines and a NUL", "a\r\nb\tc\x00d\x7f", `a\r\nb\tc\x00d\x7f`},
		{"terminal", "\x1b[31mred\u0085", `\x1b[31mred\u0085`},
		{"bidi override", "\u202etiderc", `\u202etiderc`},
		{"bidi isolate", "a\u2066b\u2069", `a\u2066b\u2069`},
		{"bidi marks", "a\u200e\u200f\u061cb", `a\u200e\u200f\u061cb`},
		{"zero width", "a\u200bb\u200c\u200d\u2060\ufeff", `a\u200bb\u200c\u200d\u2060\ufeff`},
		{"line separators", "a\u2028b\u2029", `a\u2028b\u2029`},
		{"soft hyphen", "a\u00adb", `a\u00adb`},
		{"tag", "a\U000e0041", `a\U000e0041`},
		{"filler", "a\u3164\u115f\u034f", `a\u3164\u115f\u034f`},
		{"variation", "a\ufe0f", `a\ufe0f`},
		{"private use", "a\ue000", `a\ue000`},
		{"right-to-left letters", "שלום", "שלום"},
		{"combining accent", "e\u0301", "e\u0301"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Text(test.text, "", nil); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

const secret = `sk-Live/4711+a"b=c&d~?>`

func TestTextMasksEncodedSecrets(t *testing.T) {
	quoted, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	jsonText := string(quoted[1 : len(quoted)-1])
	again, err := json.Marshal(jsonText)
	if err != nil {
		t.Fatal(err)
	}
	b64 := func(e *base64.Encoding, text string) string { return e.EncodeToString([]byte(text)) }
	var percent strings.Builder
	for _, b := range []byte(secret) {
		percent.WriteString("%" + hex.EncodeToString([]byte{b}))
	}
	for _, test := range []struct{ name, echo string }{
		{"plain", secret},
		{"upper case", strings.ToUpper(secret)},
		{"lower case", strings.ToLower(secret)},
		{"query", url.QueryEscape(secret)},
		{"path", url.PathEscape(secret)},
		{"query in lower case", strings.ToLower(url.QueryEscape(secret))},
		{"every byte", percent.String()},
		{"query twice", url.QueryEscape(url.QueryEscape(secret))},
		{"JSON", jsonText},
		{"JSON twice", string(again[1 : len(again)-1])},
		{"HTML", html.EscapeString(secret)},
		{"base64", b64(base64.StdEncoding, secret)},
		{"raw base64", b64(base64.RawStdEncoding, secret)},
		{"URL base64", b64(base64.URLEncoding, secret)},
		{"raw URL base64", b64(base64.RawURLEncoding, secret)},
		{"hexadecimal", hex.EncodeToString([]byte(secret))},
		{"upper hexadecimal", strings.ToUpper(hex.EncodeToString([]byte(secret)))},
		{"escaped base64", url.QueryEscape(b64(base64.StdEncoding, secret))},
		{"password", b64(base64.StdEncoding, "x:"+secret)},
		{"user", b64(base64.StdEncoding, secret+":")},
		{"inside", b64(base64.RawURLEncoding, "xyz:"+secret+"!")},
		{"path before base64", "/a/" + b64(base64.RawStdEncoding, secret)},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, around := range []string{"@", "Basic @", "key=@, which is unknown", "(@)", "ü@ü"} {
				before, after, _ := strings.Cut(around, "@")
				if got, want := Text(before+test.echo+after, secret, nil), before+Mark+after; got != want {
					t.Errorf("%s: got %q, want %q", around, got, want)
				}
			}
		})
	}
}

// A server may break a long word, or mark where it can be broken.
func TestTextMasksSecretWithHiddenCharacters(t *testing.T) {
	const secret = "sk-live-0123456789"
	encoded := base64.StdEncoding.EncodeToString([]byte(secret))
	for _, test := range []struct{ name, text, want string }{
		{"zero width space", "key sk-live-\u200b0123456789!", "key [redacted]!"},
		{"soft hyphen", "key sk-live-\u00ad0123456789!", "key [redacted]!"},
		{"line break", "key sk-live-\r\n0123456789!", "key [redacted]!"},
		{"escaped line break", `key sk-live-\n0123456789!`, "key [redacted]!"},
		{"escaped zero width space", `key sk-live-\u200b0123456789!`, "key [redacted]!"},
		{"between all characters", "key " + strings.Join(strings.Split(secret, ""), "\u2060"), "key [redacted]"},
		{"base64 in lines", "key " + encoded[:10] + "\n" + encoded[10:], "key [redacted]"},
		{"nothing in it", "key sk-live-0123456789\nand more", `key [redacted]\nand more`},
		{"another word", "key sk-live-\n012345678", `key sk-live-\n012345678`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Text(test.text, secret, nil); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if got, want := Text("la\nzy", "lazy", nil), `la\nzy`; got != want {
		t.Errorf("a short secret: got %q, want %q", got, want)
	}
}

func TestShortSecretsAreMaskedOnlyAsWords(t *testing.T) {
	for _, test := range []struct{ text, secret, want string }{
		{"the lazy fox", "zy", "the lazy fox"},
		{"zy", "zy", "[redacted]"},
		{"token zy.", "zy", "token [redacted]."},
		{"ZY", "zy", "[redacted]"},
		{"token_zy", "zy", "token_[redacted]"},
		{"Bearer-zy zyx xzy zy1 zyü", "zy", "Bearer-[redacted] zyx xzy zy1 zyü"},
		{"x:enk=", "zy", "x:[redacted]"}, // base64 of zy
		{"Basic dTp6eQ==", "zy", "Basic [redacted]"},
		{"a lenker", "zy", "a lenker"},
		{"abcdefg", "abcdef", "abcdefg"},
		{"xabcdefg", "abcdefg", "xabcdefg"},
		{"xabcdefghx", "abcdefgh", "x[redacted]x"},
		{"%7A%79", "zy", "[redacted]"},
		{"7a79", "zy", "[redacted]"},
		{"req 0f7a79aa", "zy", "req 0f7a79aa"},
	} {
		if got := Text(test.text, test.secret, nil); got != test.want {
			t.Errorf("%q with the secret %s gives %q, want %q", test.text, test.secret, got, test.want)
		}
	}
}
