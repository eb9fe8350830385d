module github.com/creditkit/creditkit/credit/otelcredit

go 1.26.0

replace github.com/creditkit/creditkit => ../..

require (
	github.com/creditkit/creditkit v0.0.0
	go.opentelemetry.io/otel v1.47.0
	go.opentelemetry.io/otel/metric v1.47.0
	go.opentelemetry.io/otel/sdk v1.47.0
	go.opentelemetry.io/otel/sdk/metric v1.47.0
	go.opentelemetry.io/otel/trace v1.47.0
)
