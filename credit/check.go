package credit

import (
	"context"
	"time"
	"unicode/utf8"
)

// check refuses a call that cannot be made, before any request.
func (u *updater) check(ctx context.Context, ref Ref, patch Patch, opts []CallOption) (CallConfig, error) {
	if u.driver == nil {
		return CallConfig{}, u.invalid("driver", "is nil")
	}
	cfg, err := NewCallConfig(u.vendor, opts...)
	if err != nil {
		return cfg, err
	}
	if patch.IsEmpty() {
		return cfg, ErrEmptyPatch
	}
	if err := u.checkSupport(patch); err != nil {
		return cfg, err
	}
	owner := u.support.Owner
	if cfg.Verify && owner == Optional {
		owner = Required // a read wants it
	}
	if err := u.checkRef(ctx, ref, owner); err != nil {
		return cfg, err
	}
	if err := u.checkOptions(cfg); err != nil {
		return cfg, err
	}
	return cfg, u.checkValues(patch)
}

// checkSupport compares the whole patch with what the vendor can do.
func (u *updater) checkSupport(patch Patch) error {
	refused := &UnsupportedError{Vendor: u.vendor}
	for _, a := range patch.asked() {
		switch {
		case a.op == set && !u.support.CanSet(a.field):
			refused.Set = append(refused.Set, a.field)
		case a.op == clears && !u.support.CanClear(a.field):
			refused.Clear = append(refused.Clear, a.field)
		}
	}
	if len(refused.Set)+len(refused.Clear) > 0 {
		return refused
	}
	return nil
}

// checkRef wants the owner as the call needs it, not more than the vendor
// knows.
func (u *updater) checkRef(ctx context.Context, ref Ref, owner Need) error {
	var wrong refusals
	if ctx == nil {
		wrong.add("ctx", "is nil")
	}
	wrong.addIf("id", IDProblem(ref.ID))
	switch {
	case u.support.Owner == Refused && ref.Owner != "":
		wrong.add("owner", "means nothing to "+u.vendor)
	case u.support.Owner != Refused && owner == Required && ref.Owner == "":
		wrong.add("owner", "is required")
	case ref.Owner != "":
		wrong.addIf("owner", IDProblem(ref.Owner))
	}
	return wrong.err(u.vendor)
}

func (u *updater) checkOptions(cfg CallConfig) error {
	var wrong refusals
	if cfg.IdempotencyKey != "" && !u.support.IdempotencyKeys {
		wrong.add("WithIdempotencyKey", u.vendor+" has no idempotency keys")
	}
	if cfg.Record != nil && !u.support.Records {
		wrong.add("WithRecord", u.vendor+" changes what is named and needs no record")
	}
	if cfg.Verify && u.reader == nil {
		wrong.add("WithVerify", u.vendor+" cannot be read")
	}
	return wrong.err(u.vendor)
}

// checkValues refuses values that no vendor can be sent.
func (u *updater) checkValues(p Patch) error {
	var wrong refusals
	value(&wrong, FieldName, p.Name, badText)
	value(&wrong, FieldNote, p.Note, badText)
	value(&wrong, FieldTotal, p.Total, badAmount)
	value(&wrong, FieldBalance, p.Balance, badAmount)
	value(&wrong, FieldStartsAt, p.StartsAt, badTime)
	value(&wrong, FieldExpiresAt, p.ExpiresAt, badTime)
	value(&wrong, FieldPriority, p.Priority, badAmount)
	value(&wrong, FieldMetadata, p.Metadata, badEntries)
	return wrong.err(u.vendor)
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
	return &InvalidError{Vendor: vendor, Field: r[0].Field, Reason: r[0].Message, More: r[1:]}
}

func (u *updater) invalid(field, reason string) error {
	return &InvalidError{Vendor: u.vendor, Field: field, Reason: reason}
}
