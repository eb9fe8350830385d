package main

import (
	"context"
	"errors"
	"os"

	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/sdk/trace"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/otelcredit"
)

// writeSpans returns an option that writes OpenTelemetry's spans of all calls to a file,
// one JSON object a line. A service in production has an exporter to its collector
// instead, and passes a meter provider too. The caller must call end.
func writeSpans(name string) (option credit.Option, end func() error, err error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, nil, err
	}
	exporter, err := stdouttrace.New(stdouttrace.WithWriter(file))
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	tracers := trace.NewTracerProvider(trace.WithBatcher(exporter))
	observe, err := otelcredit.Observer(tracers, nil)
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	end = func() error { return errors.Join(tracers.Shutdown(context.Background()), file.Close()) }
	return credit.WithObserver(observe), end, nil
}
