package transport

import (
	"log/slog"
	"time"

	"github.com/creditkit/creditkit/internal/redact"
)

// logged writes one debug line for each attempt, with an allow-list of facts. The
// path is left out: it holds the credit's id and a tenant's name.
type logged struct {
	next   sender
	logger *slog.Logger
	vendor string
}

func (l logged) send(call *Call) {
	if !l.logger.Enabled(call, slog.LevelDebug) {
		l.next.send(call)
		return
	}
	start := time.Now()
	l.next.send(call)
	attrs := []slog.Attr{
		slog.String("vendor", l.vendor),
		slog.String("op", call.Op),
		slog.Int("attempt", call.Attempts),
		slog.Duration("duration", time.Since(start)),
	}
	if call.Response != nil {
		attrs = append(attrs, slog.Int("status", call.Response.Status), slog.String("request_id", redact.Text(RequestID(call.Response.Header), call.Secret, call.Body)))
	}
	if call.Failure != nil {
		attrs = append(attrs, slog.String("error", redact.Text(call.Failure.Error(), call.Secret, call.Body)))
	}
	l.logger.LogAttrs(call, slog.LevelDebug, "creditkit attempt", attrs...)
}
