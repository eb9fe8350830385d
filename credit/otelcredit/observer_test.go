package otelcredit_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/credit/otelcredit"
	"github.com/creditkit/creditkit/knox"
	"github.com/creditkit/creditkit/metronome"
)

const secret = "planted-0123456789"

// A backend keeps the spans and metrics in memory.
type backend struct {
	spans   *tracetest.InMemoryExporter
	tracers *sdktrace.TracerProvider
	reader  *sdkmetric.ManualReader
	meters  *sdkmetric.MeterProvider
}

func newBackend() backend {
	b := backend{spans: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader()}
	b.tracers = sdktrace.NewTracerProvider(sdktrace.WithSyncer(b.spans))
	b.meters = sdkmetric.NewMeterProvider(sdkmetric.WithReader(b.reader))
	return b
}

func (b backend) option(t *testing.T) credit.Option {
	t.Helper()
	observe, err := otelcredit.Observer(b.tracers, b.meters)
	if err != nil {
		t.Fatal(err)
	}
	return credit.WithObserver(observe)
}

// spanLines lists the spans: name, kind, start and duration, status, attributes.
func (b backend) spanLines(start time.Time) string {
	var lines []string
	for _, s := range b.spans.GetSpans() {
		lines = append(lines, fmt.Sprintf("%s (%v) %v+%v %v %q: %s",
			s.Name, s.SpanKind, s.StartTime.Sub(start), s.EndTime.Sub(s.StartTime), s.Status.Code, s.Status.Description, text(s.Attributes)))
	}
	return strings.Join(lines, "\n")
}

func text(attributes []attribute.KeyValue) string {
	var parts []string
	for _, a := range attributes {
		parts = append(parts, fmt.Sprintf("%s=%s", a.Key, a.Value.String()))
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// metricLines lists the metrics: name, unit, attributes, and the count with the sum.
func (b backend) metricLines(t *testing.T) string {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := b.reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					lines = append(lines, fmt.Sprintf("%s (%s) %s: %d, %v", m.Name, m.Unit, text(p.Attributes.ToSlice()), p.Count, p.Sum))
				}
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					lines = append(lines, fmt.Sprintf("%s (%s) %s: %d", m.Name, m.Unit, text(p.Attributes.ToSlice()), p.Value))
				}
			default:
				t.Errorf("%s is a %T", m.Name, data)
			}
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func compare(t *testing.T, what, got string, want ...string) {
	t.Helper()
	if want := strings.Join(want, "\n"); got != want {
		t.Errorf("%s:\n%s\nwant\n%s", what, got, want)
	}
}

func newUpdater(t *testing.T, fake *credittest.Server, opts ...credit.Option) credit.Updater {
	t.Helper()
	opts = append(opts, credit.WithBaseURL(fake.URL), credit.WithTransport(fake.Transport()), credit.WithRetry(credit.RetryPolicy{MinWait: time.Second, MaxWait: time.Second}))
	client, err := metronome.New(secret, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return client.Updater()
}

var trial = credit.Patch{Name: credit.Set("Trial")}

func TestSpansAndMetricsOfCalls(t *testing.T) {
	fake := credittest.NewMetronome(t)
	synctest.Test(t, func(t *testing.T) {
		b, start := newBackend(), time.Now()
		updater := newUpdater(t, fake, b.option(t))
		fake.Queue(
			credittest.Respond(http.StatusServiceUnavailable, `{"message":"`+secret+`"}`).With("X-Request-Id", "r-1"),
			credittest.LostBefore())
		ctx, parent := b.tracers.Tracer("test").Start(t.Context(), "job")
		if _, err := updater.Update(ctx, fake.Ref, trial); err != nil {
			t.Fatal(err)
		}
		fake.Queue(credittest.Respond(http.StatusForbidden, `{"message":"not yours"}`))
		if _, err := updater.Update(ctx, fake.Ref, trial); credit.OutcomeOf(err) != credit.Rejected {
			t.Fatal(err)
		}
		const op = "creditkit.operation=EditCredit "
		const who = "creditkit.vendor=metronome creditkit.write=true"
		compare(t, "spans", b.spanLines(start),
			`metronome EditCredit attempt (client) 0s+0s Error "": `+op+`creditkit.outcome=unknown creditkit.request_id=r-1 `+who+` error.type=503 http.response.status_code=503`,
			`metronome EditCredit attempt (client) 1s+0s Error "read tcp: connection reset by peer": `+op+`creditkit.outcome=unknown `+who+` error.type=other http.request.resend_count=1`,
			`metronome EditCredit attempt (client) 2s+0s Unset "": `+op+who+` http.request.resend_count=2 http.response.status_code=200`,
			`metronome EditCredit (internal) 0s+2s Unset "": creditkit.attempts=3 `+op+who+` http.response.status_code=200`,
			`metronome EditCredit attempt (client) 2s+0s Error "": `+op+`creditkit.outcome=rejected `+who+` error.type=403 http.response.status_code=403`,
			`metronome EditCredit (internal) 2s+0s Error "metronome: EditCredit: HTTP 403 forbidden: not yours; the change was not made": creditkit.attempts=1 `+op+`creditkit.outcome=rejected `+who+` error.type=forbidden http.response.status_code=403`,
		)
		for _, s := range b.spans.GetSpans() {
			if s.Parent.SpanID() != parent.SpanContext().SpanID() || s.InstrumentationScope.Version != credit.Version {
				t.Errorf("%s is a child of %v, in scope %+v", s.Name, s.Parent, s.InstrumentationScope)
			}
		}
		compare(t, "metrics", b.metricLines(t),
			`creditkit.attempts ({attempt}) `+op+who+` error.type=403 http.response.status_code=403: 1`,
			`creditkit.attempts ({attempt}) `+op+who+` error.type=503 http.response.status_code=503: 1`,
			`creditkit.attempts ({attempt}) `+op+who+` error.type=other: 1`,
			`creditkit.attempts ({attempt}) `+op+who+` http.response.status_code=200: 1`,
			`creditkit.call.duration (s) `+op+`creditkit.outcome=none `+who+`: 1, 2`,
			`creditkit.call.duration (s) `+op+`creditkit.outcome=rejected `+who+` error.type=forbidden: 1, 0`,
		)
		if strings.Contains(b.spanLines(start)+b.metricLines(t), secret) {
			t.Error("a secret is in a span or a metric")
		}
	})
}

func TestSpansAndMetricsOfTokenRequests(t *testing.T) {
	fake := credittest.NewKnox(t)
	synctest.Test(t, func(t *testing.T) {
		b, start := newBackend(), time.Now()
		ctx := context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: fake.Transport()})
		tokens := knox.ClientCredentials{Domain: fake.URL, ClientID: "c", ClientSecret: secret}.TokenSource(ctx)
		client, err := knox.New("example.org", tokens, credit.WithBaseURL(fake.URL), credit.WithTransport(fake.Transport()), b.option(t))
		if err != nil {
			t.Fatal(err)
		}
		fake.Queue(credittest.Respond(http.StatusForbidden, `{"error":"access_denied"}`).OnToken())
		for range 2 {
			_, err = client.GetCredit(t.Context(), fake.Ref.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		const denied = "no token: the token endpoint returned HTTP 403 access_denied"
		const read = "creditkit.operation=GetCredit "
		compare(t, "spans", b.spanLines(start),
			`knox Token (client) 0s+0s Error "`+denied+`": creditkit.operation=Token creditkit.outcome=not sent creditkit.vendor=knox creditkit.write=false error.type=403 http.response.status_code=403`,
			`knox GetCredit (internal) 0s+0s Error "knox: GetCredit: forbidden: `+denied+`; no change was sent": creditkit.attempts=0 `+read+`creditkit.outcome=not sent creditkit.vendor=knox creditkit.write=false error.type=forbidden`,
			`knox Token (client) 0s+0s Unset "": creditkit.operation=Token creditkit.vendor=knox creditkit.write=false http.response.status_code=200`,
			`knox GetCredit attempt (client) 0s+0s Unset "": `+read+`creditkit.vendor=knox creditkit.write=false http.response.status_code=200`,
			`knox GetCredit (internal) 0s+0s Unset "": creditkit.attempts=1 `+read+`creditkit.vendor=knox creditkit.write=false http.response.status_code=200`,
		)
		if got, want := b.metricLines(t), "creditkit.token.requests ({request}) creditkit.vendor=knox http.response.status_code=200: 1"; !strings.HasSuffix(got, want) {
			t.Errorf("got\n%s\nwant\n%s at the end", got, want)
		}
	})
}

// One provider is enough, and what belongs to the other is not recorded.
func TestObserverWithOneProvider(t *testing.T) {
	for _, test := range []struct {
		name           string
		spans, metrics bool
	}{{"spans", true, false}, {"metrics", false, true}} {
		t.Run(test.name, func(t *testing.T) {
			b := newBackend()
			var tracers trace.TracerProvider
			var meters metric.MeterProvider
			if test.spans {
				tracers = b.tracers
			}
			if test.metrics {
				meters = b.meters
			}
			observe, err := otelcredit.Observer(tracers, meters)
			if err != nil {
				t.Fatal(err)
			}
			fake := credittest.NewMetronome(t)
			if _, err := newUpdater(t, fake, credit.WithObserver(observe)).Update(t.Context(), fake.Ref, trial); err != nil {
				t.Fatal(err)
			}
			if spans, metrics := len(b.spans.GetSpans()) > 0, b.metricLines(t) != ""; spans != test.spans || metrics != test.metrics {
				t.Errorf("spans %v, metrics %v", spans, metrics)
			}
		})
	}
	if _, err := otelcredit.Observer(nil, nil); err == nil {
		t.Error("no error without a provider")
	}
}
