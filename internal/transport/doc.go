// Package transport sends the requests of one call and records what is known about
// each attempt.
//
// The first attempt is sent directly. What may be retried, and when, is decided
// in retry.go; go-retryablehttp runs the retries. Each attempt passes these
// layers, one concern each:
//
//	limited  wait for the caller's limiter; stop if the context has ended
//	observed report the attempt; only with observers
//	logged   write one debug line; only with a logger
//	network  limit the time, trace the connection, read the whole response
//
// and then the caller's http.RoundTripper, or one that all clients share.
//
// A [Call] and its first [attempt] share one allocation. Objects are not pooled:
// a caller's transport may keep a request or a context after the call.
package transport
