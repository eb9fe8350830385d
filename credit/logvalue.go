package credit

import (
	"log/slog"
	"maps"
	"strings"
)

// LogValue returns the fields that the patch sets or clears as a group. A field that is
// cleared is nil.
func (p Patch) LogValue() slog.Value { return slog.GroupValue(p.logAttrs()...) }

// LogValue returns the values as [Patch.LogValue] does.
func (v Values) LogValue() slog.Value { return Patch(v).LogValue() }

// LogValue returns the record as a group, without Raw.
func (r Record) LogValue() slog.Value {
	attrs := appendLogString(nil, "id", r.ID)
	attrs = appendLogString(attrs, "owner", r.Owner)
	return slog.GroupValue(append(attrs, (*Patch)(&r.Values).logAttrs()...)...)
}

// LogValue returns the result as a group, without Raw and without the query and the body
// of the request. Log a result only where the error is nil: for a nil pointer, slog
// writes that LogValue panicked.
func (r Result) LogValue() slog.Value {
	attrs := appendLogString(nil, "vendor", r.Vendor)
	attrs = append(appendLogString(attrs, "id", r.ID), slog.Int("attempts", r.Attempts))
	attrs = appendLogString(attrs, "request_id", r.RequestID)
	attrs = appendLogString(attrs, "idempotency_key", r.IdempotencyKey)
	if r.DryRun {
		attrs = append(attrs, slog.Bool("dry_run", true))
	}
	if r.Before != nil {
		attrs = append(attrs, slog.Any("before", r.Before.LogValue()))
	}
	if r.After != nil {
		attrs = append(attrs, slog.Any("after", r.After.LogValue()))
	}
	attrs = appendLogString(attrs, "not_returned", joinFields(r.NotReturned))
	if r.Request != nil {
		attrs = append(attrs, slog.Any("request", r.Request.LogValue()))
	}
	return slog.GroupValue(append(attrs, slog.Any("patch", r.patch.LogValue()))...)
}

// LogValue returns the method and the path as a group, without the query and the body.
func (r Request) LogValue() slog.Value {
	path, _, _ := strings.Cut(r.Path, "?")
	return slog.GroupValue(slog.String("method", r.Method), slog.String("path", path))
}

func (p *Patch) logAttrs() []slog.Attr {
	var attrs []slog.Attr
	for f, op := range p.All() {
		attrs = append(attrs, slog.Attr{Key: string(f), Value: op.logValue()})
	}
	return attrs
}

// logValue returns the value of a field that is set, and nil for one that is cleared.
func (o FieldOp) logValue() slog.Value {
	switch {
	case o.IsClear():
		return slog.AnyValue(nil)
	case o.Text != nil:
		return slog.StringValue(o.Text.value)
	case o.Entries != nil:
		return slog.AnyValue(maps.Clone(o.Entries.value))
	}
	return slog.StringValue(o.String())
}

func appendLogString(attrs []slog.Attr, key, text string) []slog.Attr {
	if text == "" {
		return attrs
	}
	return append(attrs, slog.String(key, text))
}
