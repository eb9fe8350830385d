package transport

import "net/http"

// RequestID reads the vendor's id of an exchange. Vendors that send none leave
// it empty; no vendor documents another header.
func RequestID(h http.Header) string { return h.Get("X-Request-Id") }
