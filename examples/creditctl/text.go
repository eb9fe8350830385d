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
)

// writeText writes the report for people: results to out, errors to errs.
func (r *report) writeText(out, errs screen) {
	switch {
	case r.err != nil:
		fmt.Fprintf(errs, "%s %s\n", errs.bad.Sprint(prefix), printable(r.Message))
		for _, hint := range r.hints() {
			fmt.Fprintln(errs, hint)
		}
	case r.Outcome == outcomeRead:
		fmt.Fprintln(out, r.title(out))
		r.writeRecord(out)
	case r.Outcome == outcomePlanned:
		fmt.Fprintf(out, "%s %s\n", r.title(out), out.warn.Sprint("would change; nothing was written"))
		r.writeChanges(out)
		r.writeRequest(out)
	default:
		fmt.Fprintf(out, "%s %s\n", r.title(out), out.good.Sprint("changed"))
		r.writeChanges(out)
		r.writeEvidence(out)
	}
}

// hints returns what the text of the error does not say: what ended the request,
// what to do, and the idempotency key.
func (r *report) hints() (hints []string) {
	if s, ok := errors.AsType[interrupt.Signal](r.err); ok {
		hints = append(hints, "the program was interrupted by a signal: "+s.String())
	}
	advice := r.advice()
	if advice != "" {
		hints = append(hints, advice)
	}
	wasSent := r.Outcome != credit.NotSent.String()
	if wasSent && r.IdempotencyKey != "" && !strings.Contains(advice, r.IdempotencyKey) {
		hints = append(hints, "idempotency key "+r.IdempotencyKey)
	}
	return hints
}

func (r *report) advice() string {
	unknown := r.Outcome == credit.Unknown.String()
	e, ok := errors.AsType[*credit.Error](r.err)
	switch {
	case r.Kind == kindUsage:
		return "see creditctl -help, and creditctl update -help for the values of -set"
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

func (r *report) title(out screen) string {
	name := r.Vendor
	if r.Fake {
		name += " (fake)"
	}
	return out.strong.Sprintf("%s credit %s:", name, printable(r.ID))
}

func (r *report) writeRecord(out screen) {
	if r.Credit["owner"] != nil {
		row(out, "owner", fmt.Sprint(r.Credit["owner"]))
	}
	for _, f := range credit.Fields() {
		if v, ok := r.Credit[string(f)]; ok {
			row(out, string(f), formatValue(f, v))
		}
	}
}

func formatValue(f credit.Field, v any) string {
	switch v := v.(type) {
	case nil:
		return empty
	case string:
		if f == credit.FieldName || f == credit.FieldNote {
			return strconv.Quote(v)
		}
		return v
	}
	text, _ := encodeJSON(v) // a map of strings always encodes
	return strings.TrimSpace(string(text))
}

const empty = "(empty)"

// widest is the length of the longest field name, expires_at.
const widest = 10

func row(out io.Writer, name, value string) {
	fmt.Fprintf(out, "  %-*s  %s\n", widest, name, printable(value))
}

func (r *report) writeChanges(out screen) {
	shown := func(s string) string {
		if s == "" {
			return empty
		}
		return printable(s)
	}
	for _, c := range r.Changes {
		fmt.Fprintf(out, "  %-*s  %s -> %s\n", widest, c.Field, out.dim.Sprint(shown(c.Before)), out.good.Sprint(shown(c.After)))
	}
}

// writeEvidence writes what shows that the change was made.
func (r *report) writeEvidence(out screen) {
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
		notes = append(notes, "request id "+printable(r.RequestID))
	}
	if r.IdempotencyKey != "" {
		notes = append(notes, "idempotency key "+r.IdempotencyKey)
	}
	fmt.Fprintln(out, out.dim.Sprint(strings.Join(notes, ", ")))
}

func (r *report) writeRequest(out screen) {
	if r.Request == nil {
		return
	}
	fmt.Fprintf(out, "%s %s\n", r.Request.Method, printable(r.Request.Path))
	var body bytes.Buffer
	if json.Indent(&body, r.Request.Body, "", "  ") != nil {
		body.Write(r.Request.Body) // an Indent that fails has written nothing
	}
	for line := range strings.Lines(body.String()) {
		fmt.Fprintln(out, printable(strings.TrimSuffix(line, "\n")))
	}
}

// printable replaces characters that would control the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
