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
	errs := InvalidError{Vendor: u.vendor}
	u.checkRef(ctx, &errs, ref, cfg.Verify && u.reader != nil)
	u.checkOptions(&errs, cfg)
	checkValues(&errs, patch)
	return errs.ErrorOrNil()
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
func (u *updater) checkRef(ctx context.Context, errs *InvalidError, ref Ref, reads bool) {
	if typednil.Is(ctx) {
		errs.Add("ctx", "is nil")
	}
	errs.addReason("id", invalidID(ref.ID))
	owner := u.support.Owner
	switch {
	case owner == OwnerUnsupported && ref.Owner != "":
		errs.Add("owner", "means nothing to "+u.vendor)
	case ref.Owner != "":
		errs.addReason("owner", invalidID(ref.Owner))
	case owner == OwnerRequired:
		errs.Add("owner", "is required")
	case owner == OwnerForReads && reads:
		errs.Add("owner", "is required to read")
	}
}

// checkOptions refuses the options that the call has no use for.
func (u *updater) checkOptions(errs *InvalidError, cfg CallConfig) {
	if cfg.IdempotencyKey != "" && !u.support.IdempotencyKeys {
		errs.Add("WithIdempotencyKey", u.vendor+" has no idempotency keys")
	}
	if cfg.Record != nil && !u.support.ReplacesRecord {
		errs.Add("WithRecord", u.vendor+" changes what is named and needs no record")
	}
	switch {
	case cfg.Verify && u.reader == nil:
		errs.Add("WithVerify", u.vendor+" cannot be read")
	case cfg.Verify && cfg.DryRun:
		errs.Add("WithVerify", "has nothing to verify after a dry run")
	}
}

// checkValues refuses values that no vendor can be sent.
func checkValues(errs *InvalidError, p *Patch) {
	validate(errs, FieldName, p.Name, badText)
	validate(errs, FieldNote, p.Note, badText)
	validate(errs, FieldTotal, p.Total, badAmount)
	validate(errs, FieldBalance, p.Balance, badAmount)
	validate(errs, FieldStartsAt, p.StartsAt, badTime)
	validate(errs, FieldExpiresAt, p.ExpiresAt, badTime)
	validate(errs, FieldPriority, p.Priority, badAmount)
	validate(errs, FieldMetadata, p.Metadata, badEntries)
}

func validate[T any](errs *InvalidError, f Field, o Opt[T], bad func(T) string) {
	if v, ok := o.Get(); ok {
		errs.addReason(string(f), bad(v))
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
