package credit

// WithBefore makes an [Updater] read the credit before the write where the update would
// not (thoughtindustries; metronome, unless the schedule changes; flexprice, unless the
// end date changes), so that Result.Before and Result.Changes are there at every vendor,
// and CallInfo.Before after an error. It costs one read; at thoughtindustries as many as
// the owner's list has pages up to the credit. If the read fails, nothing is written.
//
// Where the vendor cannot be read, and together with [WithRecord], which saves the read,
// the call returns an [InvalidError]. A vendor's own calls refuse this option.
func WithBefore() CallOption {
	return func(c *CallConfig) error {
		c.Before = true
		return nil
	}
}

// WithExpect makes an [Updater] compare the credit with want before the write. Every field
// that is set or cleared in want must be what the vendor holds when the credit is read for
// the update. Otherwise nothing is written and the error is a [ChangedError] with the
// fields that differ and the credit as it is now. A field that the vendor does not show
// differs. Of want only the fields count; its ID must be empty or that of the [Ref].
//
// To guard a change against everything that was read, pass the record of [Reader] as it
// is. It includes the balance, which any use of the credit changes; to guard only some
// fields, set only those:
//
//	want := credit.Record{Values: credit.Values{Total: before.Total}}
//
// It is not a lock. No vendor of the five ties a write to a version, so the moment between
// the read and the write stays open: another writer's change in that time is not noticed.
// It lasts about one round trip to the vendor, and besides as long as [WithLimiter] and a
// token request delay the write. Except at metronome, updates of one
// credit through one client run one after the other, so among those it is closed.
//
// The credit is read and compared again before each repeat of the write, however short
// the wait was. After an attempt whose outcome is [Unknown] that decides: if the credit
// shows the change and did not before, the update has succeeded; if the fields of the patch
// are as before and those of want as expected, the write is repeated; otherwise the error
// is a ChangedError with the outcome Unknown. If the read fails, nothing more is written
// and the outcome stays as it was. This holds at metronome too: the idempotency key keeps a
// repeat from being applied twice, but not from overwriting what another writer changed in
// between.
//
// It costs the reads of [WithBefore]. With [WithDryRun] the credit is read and compared as
// well. Where the vendor cannot be read, if want has no field or one that the vendor never
// returns (see [Support.CanRead]), and together with [WithRecord], the call returns an
// [InvalidError]. A vendor's own calls refuse this option.
func WithExpect(want Record) CallOption {
	return func(c *CallConfig) error {
		if Patch(want.Values).IsEmpty() {
			return &InvalidError{Field: "WithExpect", Reason: "has no field to compare"}
		}
		c.Expect = &want
		return nil
	}
}

// ReadsFirst reports whether the call needs a read of the credit before the write. A
// [Driver] then reads it, returns it in Result.Before, and passes it to CheckExpect.
func (c *CallConfig) ReadsFirst() bool { return c.Before || c.Expect != nil }

// CheckExpect stores the record that was read before a write in Info, if there is one, and
// returns a *[ChangedError] if it is not as Expect. A [Driver] calls it with each record
// that it reads for an update, and writes nothing after an error.
func (c *CallConfig) CheckExpect(vendor string, now *Record) error {
	if c.Info != nil {
		c.Info.Before = now
	}
	if c.Expect == nil {
		return nil
	}
	want := Patch(c.Expect.Values)
	wrong := mismatches(now, &want, nil)
	if len(wrong) == 0 {
		return nil
	}
	return &ChangedError{Vendor: vendor, ID: now.ID, Fields: wrong, Now: now}
}

// checkExpect refuses an expected record that no read can confirm.
func (u *updater) checkExpect(errs *InvalidError, ref Ref, want *Record) {
	if want.ID != "" && want.ID != ref.ID {
		errs.Add("WithExpect", "is the record of another credit")
	}
	for i, op := range want.ops() {
		switch f := fields[i]; {
		case op.IsZero():
		case !u.support.CanRead(f):
			errs.Add("WithExpect", "has "+string(f)+", which "+u.vendor+" does not return")
		case op.Amount != nil:
			if reason := op.invalid(); reason != "" {
				errs.Add("WithExpect", string(f)+": "+reason)
			}
		}
	}
}
