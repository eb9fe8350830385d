package credit

import (
	"context"
	"unicode"
	"unicode/utf8"

	"github.com/creditkit/creditkit/internal/jsontext"
	"github.com/creditkit/creditkit/internal/typednil"
)

// validateCall validates a call before any request. Its error names all that the vendor
// cannot do, or else all that is wrong with the arguments.
func (u *updater) validateCall(ctx context.Context, ref Ref, patch *Patch, cfg CallConfig) error {
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
	u.checkRef(ctx, &errs, ref, (cfg.Verify || cfg.ReadsFirst()) && u.reader != nil)
	u.checkOptions(&errs, ref, cfg)
	checkValues(&errs, patch)
	return errs.ErrorOrNil()
}

// checkSupport compares the whole patch with what the vendor can do.
func (u *updater) checkSupport(patch *Patch) error {
	var set, clear []Field
	for i, op := range patch.ops() {
		switch f := fields[i]; {
		case op.IsSet() && !u.support.CanSet(f):
			set = append(set, f)
		case op.IsClear() && !u.support.CanClear(f):
			clear = append(clear, f)
		}
	}
	if len(set)+len(clear) == 0 {
		return nil
	}
	return &UnsupportedError{Vendor: u.vendor, Set: set, Clear: clear}
}

// checkRef validates the context, the id and the owner. reads reports that the
// call reads the credit, for which some vendors need the owner.
func (u *updater) checkRef(ctx context.Context, errs *InvalidError, ref Ref, reads bool) {
	if typednil.Is(ctx) {
		errs.Add("ctx", "is nil")
	}
	errs.addReason("id", invalidID(ref.ID))
	owner := u.support.Owner
	switch {
	case owner == OwnerUnsupported && ref.Owner != "":
		errs.Add("owner", "must be empty: "+u.vendor+" has no owners")
	case ref.Owner != "":
		errs.addReason("owner", invalidID(ref.Owner))
	case owner == OwnerRequired:
		errs.Add("owner", "is required")
	case owner == OwnerForReads && reads:
		errs.Add("owner", "is required to read")
	}
}

// checkOptions refuses options that are of no use to the call.
func (u *updater) checkOptions(errs *InvalidError, ref Ref, cfg CallConfig) {
	if cfg.IdempotencyKey != "" && !u.support.IdempotencyKeys {
		errs.Add("WithIdempotencyKey", u.vendor+" has no idempotency keys")
	}
	if cfg.Record != nil && !u.support.ReplacesRecord {
		errs.Add("WithRecord", u.vendor+" changes single fields and needs no record")
	}
	switch {
	case cfg.Verify && u.reader == nil:
		errs.Add("WithVerify", u.vendor+" cannot be read")
	case cfg.Verify && cfg.DryRun:
		errs.Add("WithVerify", "has nothing to verify after a dry run")
	}
	if cfg.Before {
		errs.addReason("WithBefore", u.cannotReadFirst(cfg))
	}
	if cfg.Expect != nil {
		errs.addReason("WithExpect", u.cannotReadFirst(cfg))
		u.checkExpect(errs, ref, cfg.Expect)
	}
}

// cannotReadFirst returns why the credit cannot be read before a write, or "".
func (u *updater) cannotReadFirst(cfg CallConfig) string {
	switch {
	case u.reader == nil:
		return u.vendor + " cannot be read"
	case cfg.Record != nil:
		return "reads the credit, and WithRecord saves the read: leave one of them out"
	}
	return ""
}

// checkValues refuses values that no vendor can be sent.
func checkValues(errs *InvalidError, p *Patch) {
	for i, op := range p.ops() {
		errs.addReason(string(fields[i]), op.invalid())
	}
}

// ValidateID returns a *[InvalidError] if no vendor can be sent the id: if it is
// empty, "." or ".." (which would change a URL's path), holds a control character,
// or is not valid UTF-8 (which JSON would turn into another id).
func ValidateID(id string) error {
	if reason := invalidID(id); reason != "" {
		return &InvalidError{Field: "id", Reason: reason}
	}
	return nil
}

// invalidID returns why id cannot be sent, or "".
func invalidID(id string) string {
	switch {
	case id == "":
		return "is empty"
	case id == "." || id == "..":
		return "must not be . or .."
	case jsontext.IsPlain(id): // as nearly all are
		return ""
	case !utf8.ValidString(id):
		return jsontext.NotUTF8
	}
	for _, r := range id {
		if unicode.IsControl(r) {
			return "holds a control character"
		}
	}
	return ""
}
