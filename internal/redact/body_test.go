package redact

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"
)

const body = `{"customer_id":"13117714-3f05-48e5-a6e9-a66093f13b4d","name":"Planted \"spring\" offer","quantity":12.5,` +
	`"metadata":{"note":"planted: a note that is long enough to be known by itself"}}`

func TestTextRedactsQuotesOfBody(t *testing.T) {
	quoted, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	twice, err := json.Marshal(string(quoted))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, quote string }{
		{"whole", body},
		{"as a JSON string", string(quoted)},
		{"as a string in a string", string(twice)},
		{"escaped for a URL", url.QueryEscape(body)},
		{"with space", strings.NewReplacer(`":`, `": `, `,"`, ",\n  \"").Replace(body)},
		{"with other quotes", strings.ReplaceAll(body, `"`, `'`)},
		{"the beginning", body[:len(body)/2]},
		{"the end", body[len(body)/2:]},
		{"one member", `"name":"Planted \"spring\" offer"`},
		{"a long value", "planted: a note that is long enough to be known by itself"},
		{"in another order", `{"metadata":{"note":"planted: a note that is long enough to be known by itself"},"name":"Planted \"spring\" offer"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Text("cannot read «"+test.quote+"» as a request", "", []byte(body))
			if strings.Contains(strings.ToLower(got), "planted") || !strings.Contains(got, bodyMark) {
				t.Errorf("got %s", got)
			}
			if !strings.HasPrefix(got, "cannot read «") || !strings.HasSuffix(got, "» as a request") {
				t.Errorf("the vendor's own words are gone: %s", got)
			}
		})
	}
}

func TestTextKeepsUnrelatedText(t *testing.T) {
	for _, text := range []string{
		"customer 13117714-3f05-48e5-a6e9-a66093f13b4d not found",
		`customer "13117714-3f05-48e5-a6e9-a66093f13b4d" not found`,
		`"quantity" must be a whole number`,
		"customer_id: must be a UUID; metadata.note: too long",
		`{"code":"invalid","name":"is taken"}`,
	} {
		if got := Text(text, "", []byte(body)); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestTextRedactsShortBody(t *testing.T) {
	if got := Text(`cannot read {"name":"x"}`, "", []byte(`{"name":"x"}`)); got != "cannot read [request body]" {
		t.Errorf("got %q", got)
	}
	for _, body := range []string{"", "{}", "[]", `{"a":1}`} {
		if text := "cannot read " + body; Text(text, "", []byte(body)) != text {
			t.Errorf("a body of %s is cut out of %q", body, text)
		}
	}
}

// A vendor's text of 64 KiB must not delay a call, even if it is repetitive.
func TestTextIsFastOnLongInput(t *testing.T) {
	start := time.Now()
	for _, text := range []string{
		strings.Repeat("a", 64<<10),
		strings.Repeat("a'", 32<<10),
		strings.Repeat(`%5C%22`, 10<<10),
		strings.Repeat(`"a":1,`, 10<<10),
		strings.Repeat(`"a":`, 16<<10) + strings.Repeat("b", 10),
	} {
		Text(text, strings.Repeat("a", 40)+"b", []byte(text+"x"))
		Text(text, "aab", []byte(strings.Repeat("ba", 32<<10)))
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}
