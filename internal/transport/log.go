package transport

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/creditkit/creditkit/internal/redact"
)

// logged writes one debug line per attempt, of an allow-list of facts. The
// path is left out: it holds the credit's id, and a tenant's name.
type logged struct {
	next   http.RoundTripper
	logger *slog.Logger
	vendor string
}

func (l logged) RoundTrip(req *http.Request) (*http.Response, error) {
	call := callOf(req.Context())
	if !l.logger.Enabled(call, slog.LevelDebug) {
		return l.next.RoundTrip(req)
	}
	start := time.Now()
	resp, err := l.next.RoundTrip(req)
	attrs := []slog.Attr{
		slog.String("vendor", l.vendor),
		slog.String("op", call.Op),
		slog.Int("attempt", call.Attempts),
		slog.Duration("duration", time.Since(start)),
	}
	if call.Answer != nil {
		attrs = append(attrs, slog.Int("status", call.Answer.Status), slog.String("request_id", redact.Text(RequestID(call.Answer.Header), call.Secret, call.Body)))
	}
	if call.Failure != nil {
		attrs = append(attrs, slog.String("error", redact.Text(call.Failure.Error(), call.Secret, call.Body)))
	}
	l.logger.LogAttrs(call, slog.LevelDebug, "creditkit attempt", attrs...)
	return resp, err
}
