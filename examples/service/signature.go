package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of a signed request.
const (
	timestampHeader = "X-Timestamp" // seconds since 1970
	signatureHeader = "X-Signature" // "sha256=" and 64 hexadecimal digits
	signaturePrefix = "sha256="
)

// maxClockSkew is how far the timestamp of a request may be from this clock. A request
// that is sent again within that time is verified again, and harmless: an order id
// stands for one order.
const maxClockSkew = 5 * time.Minute

// sign returns the HMAC-SHA256 of a request's timestamp, method, path and body, which
// are separated by newlines.
func sign(secret []byte, timestamp, method, path string, body []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	_, _ = fmt.Fprintf(mac, "%s\n%s\n%s\n", timestamp, method, path) // a hash does not fail
	_, _ = mac.Write(body)
	return mac.Sum(nil)
}

// verify returns an error if the request was not signed with the secret, or at another
// time than now.
func verify(secret []byte, r *http.Request, body []byte, now time.Time) error {
	timestamp := r.Header.Get(timestampHeader)
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return errors.New(timestampHeader + ": must be seconds since 1970")
	}
	text, ok := strings.CutPrefix(r.Header.Get(signatureHeader), signaturePrefix)
	signature, err := hex.DecodeString(text)
	if !ok || err != nil {
		return errors.New(signatureHeader + ": must be " + signaturePrefix + " and hexadecimal digits")
	}
	if !hmac.Equal(signature, sign(secret, timestamp, r.Method, r.URL.RequestURI(), body)) {
		return errors.New(signatureHeader + ": is not the signature of this request")
	}
	if skew := now.Sub(time.Unix(seconds, 0)).Abs(); skew > maxClockSkew {
		return fmt.Errorf("%s: must be within %v of this server's clock", timestampHeader, maxClockSkew)
	}
	return nil
}
