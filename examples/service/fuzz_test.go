package main

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/creditkit/creditkit/credit"
)

// FuzzDecodeOrder compares what is accepted with encoding/json: no member is lost,
// replaced or changed.
func FuzzDecodeOrder(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := decodeOrder(body)
		if err != nil {
			if text := err.Error(); len(text) > 300 || strings.ContainsFunc(text, unicode.IsControl) {
				t.Errorf("%q is refused with %q", body, text)
			}
			return
		}
		var want map[string]string
		if err := json.Unmarshal(body, &want); err != nil {
			t.Fatalf("%q is accepted, and encoding/json has %v", body, err)
		}
		text, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		var members map[string]string
		if err := json.Unmarshal(text, &members); err != nil {
			t.Fatal(err)
		}
		for name, value := range want {
			if members[name] != value {
				t.Errorf("%q: %s is %q", body, name, members[name])
			}
			if strings.Count(value, "\ufffd") > strings.Count(string(body), "\ufffd")+strings.Count(strings.ToLower(string(body)), `\ufffd`) {
				t.Errorf("%q: %s is not what was sent: %q", body, name, value)
			}
		}
		if again, err := decodeOrder(text); err != nil || again != got {
			t.Errorf("%s is read back as %+v, %v", text, again, err)
		}
	})
}

// FuzzOrder writes an order as a client does: it is accepted as it is if its members are
// valid.
func FuzzOrder(f *testing.F) {
	f.Fuzz(func(t *testing.T, id, product, creditID, owner string) {
		want := order{ID: id, Product: product, Credit: creditID, Owner: owner}
		body, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeOrder(body)
		valid := orderID.MatchString(id) && product != "" && credit.ValidateID(creditID) == nil
		for _, text := range []string{product, creditID, owner} {
			valid = valid && utf8.ValidString(text) && !strings.Contains(text, "\ufffd")
		}
		if valid != (err == nil) || err == nil && got != want {
			t.Errorf("%s is read as %+v, %v", body, got, err)
		}
	})
}

// FuzzSignature signs one request and sends another with the signature: only the same
// request is accepted.
func FuzzSignature(f *testing.F) {
	now := time.Unix(1_800_000_000, 0)
	f.Fuzz(func(t *testing.T, path, otherPath, body, otherBody string, skew, otherSkew int64, key, signature string) {
		secret := []byte(testSecret)
		signed := newRequest(t, path, skew%600, now)
		sent := newRequest(t, otherPath, otherSkew%600, now)
		if signed == nil || sent == nil {
			return
		}
		signRequest(signed, testSecret, now.Add(time.Duration(skew%600)*time.Second), []byte(body))
		sent.Header.Set(signatureHeader, signed.Header.Get(signatureHeader))
		same := body == otherBody && signed.URL.RequestURI() == sent.URL.RequestURI() && skew%600 == otherSkew%600
		near := otherSkew%600 >= -300 && otherSkew%600 <= 300
		if err := verify(secret, sent, []byte(otherBody), now); (err == nil) != (same && near) {
			t.Errorf("a request to %q with %q, signed for %q with %q, %d and %d seconds from now: %v", otherPath, otherBody, path, body, otherSkew%600, skew%600, err)
		}
		if strings.TrimRight(key, "\x00") != testSecret && // HMAC fills a key with zeros
			verify([]byte(key), signed, []byte(body), now) == nil {
			t.Errorf("the secret %q is accepted", key)
		}
		if valid := strings.ToLower(signature) == signed.Header.Get(signatureHeader); !valid {
			signed.Header.Set(signatureHeader, signature)
			if verify(secret, signed, []byte(body), now) == nil {
				t.Errorf("the signature %q is accepted", signature)
			}
		}
	})
}

// newRequest returns a request with a timestamp, or nil if there is no such path.
func newRequest(t *testing.T, path string, skew int64, now time.Time) *http.Request {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/"+path, nil)
	if err != nil {
		return nil
	}
	r.Header.Set(timestampHeader, strconv.FormatInt(now.Unix()+skew, 10))
	return r
}
