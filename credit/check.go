package credit

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/creditkit/creditkit/internal/typednil"
)

// check refuses a call that cannot be made, before any request: a patch for
// all that the vendor cannot do, or else the call for all that is wrong in it.
func (u *updater) check(ctx context.Context, ref Ref, patch *Patch, cfg CallConfig) error {
	if u.driver == nil {
		return &InvalidError{Field: "driver", Reason: "is nil"}
	}
	if patch.IsEmpty() {
		return ErrEmptyPatch
	}
	if err := u.checkSupport(patch); err != nil {
		return err
	}
	var wrong refusals
	u.checkRef(ctx, &wrong, ref, cfg.Verify && u.reader != nil)
	u.checkOptions(&wrong, cfg)
	checkValues(&wrong, patch)
	return wrong.err(u.vendor)
}

// checkSupport compares the whole patch with what the vendor can do.
func (u *updater) checkSupport(patch *Patch) error {
	var sets, clearings []Field
	for i, op := range patch.asked() {
		switch f := fields[i]; {
		case op == set && !u.support.CanSet(f):
			sets = append(sets, f)
		case op == clears && !u.support.CanClear(f):
			clearings = append(clearings, f)
		}
	}
	if len(sets)+len(clearings) == 0 {
		return nil
	}
	return &UnsupportedError{Vendor: u.vendor, Set: sets, Clear: clearings}
}

// checkRef wants the owner where the call needs it, and never where the vendor
// knows none.
func (u *updater) checkRef(ctx context.Context, wrong *refusals, ref Ref, reads bool) {
	if typednil.Is(ctx) {
		wrong.add("ctx", "is nil")
	}
	wrong.addIf("id", IDProblem(ref.ID))
	owner := u.support.Owner
	switch {
	case owner == Refused && ref.Owner != "":
		wrong.add("owner", "means nothing to "+u.vendor)
	case ref.Owner != "":
		wrong.addIf("owner", IDProblem(ref.Owner))
	case owner == Required:
		wrong.add("owner", "is required")
	case owner == Optional && reads:
		wrong.add("owner", "is required to read")
	}
}

// checkOptions refuses the options that the call has no use for.
func (u *updater) checkOptions(wrong *refusals, cfg CallConfig) {
	if cfg.IdempotencyKey != "" && !u.support.IdempotencyKeys {
		wrong.add("WithIdempotencyKey", u.vendor+" has no idempotency keys")
	}
	if cfg.Record != nil && !u.support.Records {
		wrong.add("WithRecord", u.vendor+" changes what is named and needs no record")
	}
	switch {
	case cfg.Verify && u.reader == nil:
		wrong.add("WithVerify", u.vendor+" cannot be read")
	case cfg.Verify && cfg.DryRun:
		wrong.add("WithVerify", "has nothing to verify after a dry run")
	}
}

// checkValues refuses values that no vendor can be sent.
func checkValues(wrong *refusals, p *Patch) {
	value(wrong, FieldName, p.Name, badText)
	value(wrong, FieldNote, p.Note, badText)
	value(wrong, FieldTotal, p.Total, badAmount)
	value(wrong, FieldBalance, p.Balance, badAmount)
	value(wrong, FieldStartsAt, p.StartsAt, badTime)
	value(wrong, FieldExpiresAt, p.ExpiresAt, badTime)
	value(wrong, FieldPriority, p.Priority, badAmount)
	value(wrong, FieldMetadata, p.Metadata, badEntries)
}

func value[T any](wrong *refusals, f Field, o Opt[T], bad func(T) string) {
	if v, ok := o.Get(); ok {
		wrong.addIf(string(f), bad(v))
	}
}

// badText refuses what JSON cannot carry: its encoder would put other
// characters in its place.
func badText(s string) string {
	if !utf8.ValidString(s) {
		return notUTF8
	}
	return ""
}

func badAmount(d Decimal) string {
	if !d.IsSet() {
		return "is set to an unset amount"
	}
	return ""
}

func badTime(t time.Time) string {
	switch year := t.UTC().Year(); {
	case t.IsZero():
		return "is set to an unset time"
	case year < 1 || year > 9999:
		return "is outside the years 1 to 9999"
	}
	return ""
}

func badEntries(m map[string]string) string {
	if m == nil {
		return "is set to a nil map: set an empty one, or clear it"
	}
	for key, text := range m {
		if !utf8.ValidString(key) || !utf8.ValidString(text) {
			return "holds text that " + notUTF8
		}
	}
	return ""
}

// refusals collects what is wrong with the arguments of one call.
type refusals []FieldError

func (r *refusals) add(field, reason string) {
	*r = append(*r, FieldError{Field: field, Message: reason})
}

func (r *refusals) addIf(field, reason string) {
	if reason != "" {
		r.add(field, reason)
	}
}

func (r refusals) err(vendor string) error {
	if len(r) == 0 {
		return nil
	}
	err := &InvalidError{Vendor: vendor, Field: r[0].Field, Reason: r[0].Message}
	if len(r) > 1 {
		err.More = r[1:]
	}
	return err
}
