package result

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/change"
)

// unknownValue is the text of a value that was not read.
const unknownValue = "unknown"

// PatchBefore returns the patch that gives the fields of the changes the values that
// they had before, and the fields whose values were not read.
func PatchBefore(changes []Change) (p credit.Patch, unknown []credit.Field, err error) {
	return patchOf(changes, func(c Change) string { return c.Before })
}

// PatchAfter returns the patch that the changes came from. No value of it is unknown.
func PatchAfter(changes []Change) (credit.Patch, error) {
	p, unknown, err := patchOf(changes, func(c Change) string { return c.After })
	if err == nil && len(unknown) > 0 {
		err = fmt.Errorf("%s: the value after the change is unknown", unknown[0])
	}
	return p, err
}

// Undo returns the patch that puts back a result, and the patch that was applied. It
// returns an error if the result has no changes, or if a value before was not read.
func Undo(r Result) (before, after credit.Patch, err error) {
	if len(r.Changes) == 0 {
		return before, after, errors.New("the results do not have its change")
	}
	before, unknown, err := PatchBefore(r.Changes)
	if err != nil {
		return before, after, fmt.Errorf("changes: %w", err)
	}
	if len(unknown) > 0 {
		var names []string
		for _, f := range unknown {
			names = append(names, string(f))
		}
		return before, after, fmt.Errorf("the values before the change are not known: %s", strings.Join(names, ", "))
	}
	after, err = PatchAfter(r.Changes)
	return before, after, err
}

func patchOf(changes []Change, value func(Change) string) (p credit.Patch, unknown []credit.Field, err error) {
	for _, c := range changes {
		f, err := change.ParseField(c.Field)
		if err != nil {
			return credit.Patch{}, nil, err
		}
		switch text := value(c); text {
		case unknownValue:
			unknown = append(unknown, f)
		case "":
			err = change.Clear(&p, f)
		default:
			err = setValue(&p, f, text)
		}
		if err != nil {
			return credit.Patch{}, nil, fmt.Errorf("%s: %w", f, err)
		}
	}
	return p, unknown, nil
}

// setValue sets a field to a value that [credit.FieldOp.String] has written.
func setValue(p *credit.Patch, f credit.Field, text string) error {
	op := p.Op(f)
	switch {
	case !op.IsZero():
		return errors.New("occurs twice")
	case op.Text != nil:
		value, err := strconv.Unquote(text)
		if err != nil {
			return fmt.Errorf("must be a quoted text, got %s", text)
		}
		*op.Text = credit.Set(value)
		return nil
	case op.Entries != nil:
		entries, err := parseEntries(text)
		if err != nil {
			return err
		}
		*op.Entries = credit.Set(entries)
		return nil
	}
	return change.Set(p, f, text)
}

// parseEntries parses a map of quoted texts, such as {"plan":"gold"}.
func parseEntries(text string) (map[string]string, error) {
	invalid := fmt.Errorf("must be a map of quoted texts, got %s", text)
	rest, ok := strings.CutPrefix(text, "{")
	if !ok || !strings.HasSuffix(rest, "}") {
		return nil, invalid
	}
	entries := make(map[string]string)
	for rest = strings.TrimSuffix(rest, "}"); rest != ""; {
		var pair [2]string
		for i, end := range []string{":", ","} {
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, invalid
			}
			if pair[i], err = strconv.Unquote(quoted); err != nil {
				return nil, invalid
			}
			rest = rest[len(quoted):]
			if after, ok := strings.CutPrefix(rest, end); ok && after != "" {
				rest = after
			} else if rest != "" || end == ":" {
				return nil, invalid
			}
		}
		if _, twice := entries[pair[0]]; twice {
			return nil, invalid
		}
		entries[pair[0]] = pair[1]
	}
	return entries, nil
}
