package otelcredit

import (
	"context"
	"errors"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/creditkit/creditkit/credit"
)

const scope = "github.com/creditkit/creditkit/credit/otelcredit"

const (
	vendorKey      = attribute.Key("creditkit.vendor")
	operationKey   = attribute.Key("creditkit.operation")
	writeKey       = attribute.Key("creditkit.write")
	outcomeKey     = attribute.Key("creditkit.outcome")
	attemptsKey    = attribute.Key("creditkit.attempts")
	requestIDKey   = attribute.Key("creditkit.request_id")
	resendCountKey = attribute.Key("http.request.resend_count")
	statusCodeKey  = attribute.Key("http.response.status_code")
	errorTypeKey   = attribute.Key("error.type")
)

// boundaries are those of the semantic conventions for the duration of HTTP client
// requests, and further ones for calls with several attempts and waits.
var boundaries = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 120}

// Observer returns a function for [credit.WithObserver] that records spans and metrics
// with the providers. A nil provider is for no spans, or for no metrics; it is an error
// if both are nil. The function is safe for concurrent use, and one is enough for all
// clients.
func Observer(tracers trace.TracerProvider, meters metric.MeterProvider) (func(context.Context, credit.Event), error) {
	if tracers == nil && meters == nil {
		return nil, errors.New("otelcredit: both providers are nil")
	}
	var r recorder
	if tracers != nil {
		r.tracer = tracers.Tracer(scope, trace.WithInstrumentationVersion(credit.Version))
	}
	if meters != nil {
		if err := r.createInstruments(meters.Meter(scope, metric.WithInstrumentationVersion(credit.Version))); err != nil {
			return nil, err
		}
	}
	return r.observe, nil
}

// A recorder records events. The fields of a missing provider are nil.
type recorder struct {
	tracer   trace.Tracer
	duration metric.Float64Histogram
	attempts metric.Int64Counter
	tokens   metric.Int64Counter
}

func (r *recorder) createInstruments(meter metric.Meter) error {
	var errDuration, errAttempts, errTokens error
	r.duration, errDuration = meter.Float64Histogram("creditkit.call.duration",
		metric.WithUnit("s"), metric.WithDescription("Duration of calls with all attempts and waits."), metric.WithExplicitBucketBoundaries(boundaries...))
	r.attempts, errAttempts = meter.Int64Counter("creditkit.attempts",
		metric.WithUnit("{attempt}"), metric.WithDescription("Attempts of calls."))
	r.tokens, errTokens = meter.Int64Counter("creditkit.token.requests",
		metric.WithUnit("{request}"), metric.WithDescription("Requests for tokens."))
	return errors.Join(errDuration, errAttempts, errTokens)
}

func (r *recorder) observe(ctx context.Context, e credit.Event) {
	if r.tracer != nil {
		r.recordSpan(ctx, e)
	}
	if r.duration != nil {
		r.recordMetrics(ctx, e)
	}
}

func (r *recorder) recordSpan(ctx context.Context, e credit.Event) {
	kind, name := trace.SpanKindClient, e.Vendor+" "+e.Name
	switch e.Kind {
	case credit.EventCall:
		kind = trace.SpanKindInternal
	case credit.EventAttempt:
		name += " attempt"
	}
	_, span := r.tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithTimestamp(e.Start), trace.WithAttributes(spanAttributes(e)...))
	if failure := errorType(e); failure != "" {
		description := "" // that of a response is its status
		if e.Err != nil {
			description = e.Err.Error()
		}
		span.SetStatus(codes.Error, description)
	}
	span.End(trace.WithTimestamp(e.Start.Add(e.Duration)))
}

func spanAttributes(e credit.Event) []attribute.KeyValue {
	all := append(operation(e), result(e)...)
	if e.Outcome != 0 {
		all = append(all, outcomeKey.String(e.Outcome.String()))
	}
	if e.RequestID != "" {
		all = append(all, requestIDKey.String(e.RequestID))
	}
	switch {
	case e.Kind == credit.EventCall:
		all = append(all, attemptsKey.Int(e.Attempt))
	case e.Kind == credit.EventAttempt && e.Attempt > 1:
		all = append(all, resendCountKey.Int(e.Attempt-1))
	}
	return all
}

func (r *recorder) recordMetrics(ctx context.Context, e credit.Event) {
	switch e.Kind {
	case credit.EventCall:
		attributes := append(operation(e), outcomeKey.String(e.Outcome.String()))
		if failure := errorType(e); failure != "" {
			attributes = append(attributes, errorTypeKey.String(failure))
		}
		r.duration.Record(ctx, e.Duration.Seconds(), metric.WithAttributes(attributes...))
	case credit.EventAttempt:
		r.attempts.Add(ctx, 1, metric.WithAttributes(append(operation(e), result(e)...)...))
	case credit.EventToken:
		r.tokens.Add(ctx, 1, metric.WithAttributes(append(result(e), vendorKey.String(e.Vendor))...))
	}
}

// operation returns the attributes that identify the operation.
func operation(e credit.Event) []attribute.KeyValue {
	return []attribute.KeyValue{vendorKey.String(e.Vendor), operationKey.String(e.Name), writeKey.Bool(e.Write)}
}

// result returns the attributes of the response and the failure.
func result(e credit.Event) []attribute.KeyValue {
	var all []attribute.KeyValue
	if e.StatusCode != 0 {
		all = append(all, statusCodeKey.Int(e.StatusCode))
	}
	if failure := errorType(e); failure != "" {
		all = append(all, errorTypeKey.String(failure))
	}
	return all
}

// errorType returns the value of error.type, or "" without a failure.
func errorType(e credit.Event) string {
	switch {
	case e.Kind != credit.EventCall && e.StatusCode >= 300:
		return strconv.Itoa(e.StatusCode)
	case e.Err != nil:
		return string(credit.KindOf(e.Err))
	}
	return ""
}
