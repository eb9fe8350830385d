package otelcredit_test

import (
	"context"
	"fmt"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/credit/otelcredit"
	"github.com/creditkit/creditkit/metronome"
)

// A program passes its providers; here the spans are kept in memory, and there are no
// metrics.
func ExampleObserver() {
	fake := credittest.NewMetronome(nil)
	defer fake.Close()
	spans := tracetest.NewInMemoryExporter()
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))

	observe, err := otelcredit.Observer(tracers, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := metronome.New("token", credit.WithObserver(observe), credit.WithBaseURL(fake.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	patch := credit.Patch{Name: credit.Set("Trial")}
	if _, err := client.Updater().Update(context.Background(), fake.Ref, patch); err != nil {
		fmt.Println(err)
		return
	}
	for _, span := range spans.GetSpans() {
		fmt.Println(span.Name)
	}
	// Output:
	// metronome EditCredit attempt
	// metronome EditCredit
}
