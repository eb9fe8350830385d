package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/creditkit/creditkit/credit"
)

// people says it in words: what there is on standard output, what went wrong on
// standard error.
func (r *report) people(out, errs screen) {
	switch {
	case r.err != nil:
		fmt.Fprintf(errs, "%s %s\n", errs.bad.Sprint("creditctl:"), printable(r.Message))
		if hint := r.hint(); hint != "" {
			fmt.Fprintln(errs, hint)
		}
	case r.Outcome == found:
		fmt.Fprintln(out, r.title(out))
		r.showRecord(out)
	case r.Outcome == planned:
		fmt.Fprintf(out, "%s %s\n", r.title(out), out.warn.Sprint("would change; nothing was written"))
		r.showChanges(out)
		r.showRequest(out)
	default:
		fmt.Fprintf(out, "%s %s\n", r.title(out), out.good.Sprint("changed"))
		r.showChanges(out)
		r.showProof(out)
	}
}

// hint is what to do about an error whose text does not say it.
func (r *report) hint() string {
	switch {
	case r.Kind == kindUsage:
		return "creditctl -help shows how, and creditctl update -help what -set takes"
	case r.Kind == "mismatch":
		return "look at the credit with creditctl get before changing it again"
	case r.Outcome == credit.Unknown.String() && r.IdempotencyKey != "":
		return "the same change with -idempotency-key " + r.IdempotencyKey + " is applied once, whether this one was made or not"
	case r.Outcome == credit.Unknown.String() && r.Repeatable:
		return "making the same change again is harmless, unless somebody else has changed the credit since"
	case r.Kind == "failed":
		return "nothing tells whether the change was made: read the credit first"
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

func (r *report) showRecord(out screen) {
	if r.Before["owner"] != nil {
		row(out, "owner", fmt.Sprint(r.Before["owner"]))
	}
	for _, f := range credit.Fields() {
		if v, told := r.Before[string(f)]; told {
			row(out, string(f), inWords(f, v))
		}
	}
}

func inWords(f credit.Field, v any) string {
	switch v := v.(type) {
	case nil:
		return empty
	case string:
		if f == credit.FieldName || f == credit.FieldNote {
			return strconv.Quote(v)
		}
		return v
	}
	text, _ := inJSON(v) // a map of strings always encodes
	return strings.TrimSpace(string(text))
}

const empty = "(empty)"

// widest is the longest name of a field, expires_at.
const widest = 10

func row(out io.Writer, name, value string) {
	fmt.Fprintf(out, "  %-*s  %s\n", widest, name, printable(value))
}

func (r *report) showChanges(out screen) {
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

// showProof says how much is known about a change.
func (r *report) showProof(out screen) {
	switch {
	case r.Verified:
		fmt.Fprintln(out, "read back: it is there")
	case r.After == nil:
		fmt.Fprintln(out, "the vendor says so and does not show the credit; -verify reads it back")
	case len(r.Untold) > 0:
		fmt.Fprintf(out, "the vendor says so and does not show %s; -verify reads it back\n", strings.Join(r.Untold, ", "))
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

func (r *report) showRequest(out screen) {
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

// printable keeps what a vendor says from steering the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
