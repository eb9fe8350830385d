// Package transport sends one call until there is an answer worth handing up,
// and keeps what a caller must know about every attempt on the way.
//
// The loop is go-retryablehttp's; what may be sent again, and when, is decided
// here (retry.go). Each attempt then passes a chain of http.RoundTrippers, one
// concern each:
//
//	limit    wait for the caller's limiter; stop where the context has ended
//	log      one debug line
//	attempt  bound it in time, trace its connection, read the answer whole
//	base     the caller's transport, or one shared by all clients
//
// An attempt ends with its answer read: no body outlives it.
package transport
