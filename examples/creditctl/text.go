package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/interrupt"
	"github.com/creditkit/creditkit/examples/internal/jsonline"
)

// writeText writes the report as text: results to out, errors to errs.
func (r *report) writeText(out, errs terminalWriter) {
	switch {
	case r.err != nil:
		fmt.Fprintf(errs, "%s %s\n", errs.bad.Sprint(messagePrefix), replaceControls(r.Message))
		for _, hint := range r.errorHints() {
			fmt.Fprintln(errs, hint)
		}
		r.writeUndoPatch(errs)
	case r.Verdict != "":
		r.writeVerdict(out)
	case r.Outcome == outcomeRead:
		fmt.Fprintln(out, r.formatTitle(out))
		r.writeRecord(out)
	case r.Outcome == outcomePlanned:
		fmt.Fprintf(out, "%s %s\n", r.formatTitle(out), out.warn.Sprint("would change; nothing was written"))
		r.writeChanges(out)
		r.writeRequest(out)
	default:
		fmt.Fprintf(out, "%s %s\n", r.formatTitle(out), out.good.Sprint("changed"))
		r.writeChanges(out)
		r.writeEvidence(out)
	}
}

// errorHints returns lines that complete the error text: the signal that
// interrupted the request, the next step, and the idempotency key.
func (r *report) errorHints() (hints []string) {
	if s, ok := errors.AsType[interrupt.Signal](r.err); ok {
		hints = append(hints, "the program was interrupted by a signal: "+s.String())
	}
	advice := r.nextStep()
	if advice != "" {
		hints = append(hints, advice)
	}
	wasSent := r.Outcome != credit.NotSent.String()
	if wasSent && r.IdempotencyKey != "" && !strings.Contains(advice, r.IdempotencyKey) {
		hints = append(hints, "idempotency key "+r.IdempotencyKey)
	}
	return hints
}

func (r *report) nextStep() string {
	unknown := r.Outcome == credit.Unknown.String()
	e, ok := errors.AsType[*credit.Error](r.err)
	switch {
	case r.Kind == kindUsage:
		return "see creditctl -help, and creditctl COMMAND -help for the flags of a command"
	case r.Kind == string(credit.KindMismatch):
		return "read the credit with creditctl get before changing it again"
	case unknown && ok && isKeyReusable(e):
		return "the same change with -idempotency-key " + r.IdempotencyKey + " is applied once, whether this one was made or not"
	case unknown && r.Repeatable:
		return "the same change may be made again, unless the credit was changed elsewhere since"
	case unknown && !ok:
		return "whether the change was made is unknown: read the credit first"
	}
	return ""
}

func (r *report) formatTitle(out terminalWriter) string {
	name := r.Vendor
	if r.Fake {
		name += " (fake)"
	}
	return out.strong.Sprintf("%s credit %s:", name, replaceControls(r.ID))
}

func (r *report) writeRecord(out terminalWriter) {
	if r.Credit["owner"] != nil {
		writeRow(out, "owner", fmt.Sprint(r.Credit["owner"]))
	}
	writeFields(out, r.Credit)
}

func writeFields(out terminalWriter, r record) {
	for _, f := range credit.Fields() {
		if v, ok := r[string(f)]; ok {
			writeRow(out, string(f), formatValue(f, v))
		}
	}
}

func formatValue(f credit.Field, v any) string {
	switch v := v.(type) {
	case nil:
		return emptyValue
	case string:
		if f == credit.FieldName || f == credit.FieldNote {
			return strconv.Quote(v)
		}
		return v
	}
	text, _ := jsonline.Encode(v) // encoding a map of strings cannot fail
	return string(text)
}

const emptyValue = "(empty)"

// fieldNameWidth is the length of the longest field name, expires_at.
const fieldNameWidth = 10

func writeRow(out io.Writer, name, value string) {
	fmt.Fprintf(out, "  %-*s  %s\n", fieldNameWidth, name, replaceControls(value))
}

func (r *report) writeChanges(out terminalWriter) {
	shown := func(s string) string {
		if s == "" {
			return emptyValue
		}
		return replaceControls(s)
	}
	for _, c := range r.Changes {
		fmt.Fprintf(out, "  %-*s  %s -> %s\n", fieldNameWidth, c.Field, out.dim.Sprint(shown(c.Before)), out.good.Sprint(shown(c.After)))
	}
}

// writeEvidence writes how the change was confirmed.
func (r *report) writeEvidence(out terminalWriter) {
	switch {
	case r.Verified:
		fmt.Fprintln(out, "read back: the change is there")
	case r.After == nil:
		fmt.Fprintln(out, "the vendor confirmed it without showing the credit; -verify reads it back")
	case len(r.NotReturned) > 0:
		fmt.Fprintf(out, "the vendor confirmed it without showing %s; -verify reads it back\n", strings.Join(r.NotReturned, ", "))
	}
	notes := []string{strconv.Itoa(r.Attempts) + " attempts"}
	if r.Attempts == 1 {
		notes[0] = "1 attempt"
	}
	if r.RequestID != "" {
		notes = append(notes, "request id "+replaceControls(r.RequestID))
	}
	if r.IdempotencyKey != "" {
		notes = append(notes, "idempotency key "+r.IdempotencyKey)
	}
	fmt.Fprintln(out, out.dim.Sprint(strings.Join(notes, ", ")))
}

func (r *report) writeRequest(out terminalWriter) {
	if r.Request == nil {
		return
	}
	fmt.Fprintf(out, "%s %s\n", r.Request.Method, replaceControls(r.Request.Path))
	var body bytes.Buffer
	if json.Indent(&body, r.Request.Body, "", "  ") != nil {
		body.Write(r.Request.Body) // a failed Indent writes nothing
	}
	for line := range strings.Lines(body.String()) {
		fmt.Fprintln(out, replaceControls(strings.TrimSuffix(line, "\n")))
	}
}

// replaceControls replaces characters that could control the terminal.
func replaceControls(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
