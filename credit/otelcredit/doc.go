// Package otelcredit makes OpenTelemetry's spans and metrics of the calls of creditkit.
// It is a module of its own, so that only its users need OpenTelemetry.
//
//	observe, err := otelcredit.Observer(tracerProvider, meterProvider)
//	...
//	client, err := metronome.New(token, credit.WithObserver(observe))
//
// # Spans
//
// Each attempt, call and token request is a span with its own start and end:
//
//	span                        kind      name
//	call                        internal  "metronome EditCredit"
//	attempt                     client    "metronome EditCredit attempt"
//	token request               client    "knox Token"
//
// The spans of one call are siblings: all are children of the span in the context that
// the call was given. An observer learns of a call when it has ended, so the span of an
// attempt, which ended before, cannot be its child. A token request that several calls
// wait for is a child of the span of the call that caused it.
//
// The status of a span is Error if the call, the attempt or the token request failed:
// it has an error, or a response with status 300 or more. The description is the text
// of the error, which holds no secret. An HTTP transport with instrumentation of its
// own (otelhttp) makes a further span for each attempt.
//
// # Attributes of spans
//
//	creditkit.vendor            "metronome"
//	creditkit.operation         "EditCredit", "Token"
//	creditkit.write             whether the operation changes a credit
//	creditkit.outcome           "not sent", "rejected", "unknown", "applied"; absent without one
//	creditkit.attempts          number of attempts; of calls
//	creditkit.request_id        the vendor's id of the response, if it sent one
//	http.request.resend_count   0 is left out; of attempts
//	http.response.status_code   of the (last) response, if there was one
//	error.type                  see below
//
// # Metrics
//
//	creditkit.call.duration     histogram, s: all attempts and waits of a call
//	creditkit.attempts          counter, {attempt}
//	creditkit.token.requests    counter, {request}
//
// All have creditkit.vendor and, if there was a failure, error.type. The first two have
// creditkit.operation and creditkit.write, the last two http.response.status_code if
// there was a response. The duration has creditkit.outcome, which is "none" for a call
// without an error. No attribute has a value from a request or a response but for the
// status.
//
// The names that begin with http and error are those of OpenTelemetry's semantic
// conventions for HTTP clients. error.type of a call is its [credit.KindOf],
// "rate_limited". error.type of an attempt or a token request is the status of the
// response, "503"; without a complete response it is the KindOf, which is "other" for
// a connection that failed.
package otelcredit
