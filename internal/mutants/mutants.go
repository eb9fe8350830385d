package main

// Packages whose tests hold a rule.
const (
	inCredit    = "./credit"
	inTransport = "./internal/transport ./internal/rest"
	inRest      = "./internal/rest"
	inVendors   = "./knox ./nexudus ./thoughtindustries ./flexprice ./metronome"
	inReplace   = "./internal/replace ./knox ./nexudus"
	inJournal   = "./credit/journal"
	inBulk      = "./examples/bulk/internal/journal ./examples/bulk/internal/work"
	inJSON      = "./internal/jsonenc/... ./internal/rawjson ./internal/jsontext ./metronome ./knox"
)

// mutants are ordered by what they break: outcomes, repeats, keys, reads before a
// repeat, expectations, the journal's doubts, the record that is written back, exact
// values, secrets.
var mutants = []mutant{
	// What an outcome rests on.
	{"a 408 says nothing", "internal/transport/response.go", "http.StatusRequestTimeout, http.StatusTooEarly, 460, 499", "http.StatusTooEarly, 460, 499", inTransport},
	{"a 499 says nothing", "internal/transport/response.go", "http.StatusTooEarly, 460, 499", "http.StatusTooEarly, 460", inTransport},
	{"a 303 is not a refusal", "internal/transport/response.go", "a.Status == http.StatusTemporaryRedirect, a.Status", "a.Status == http.StatusSeeOther, a.Status == http.StatusTemporaryRedirect, a.Status", inTransport},
	{"a 500 says nothing", "internal/transport/response.go", "a.Status >= 400 && a.Status < 500,", "a.Status >= 400 && a.Status <= 500,", inTransport},
	{"the worst attempt decides the outcome", "internal/transport/call.go", "c.Outcome = max(c.Outcome, o)", "c.Outcome = o", inTransport},
	{"a refusal after a doubt is a doubt", "internal/rest/error.go", "max(call.Before, cmp.Or(r.Outcome, call.ResponseOutcome()))", "cmp.Or(r.Outcome, call.ResponseOutcome())", inTransport},
	{"a failed read changes nothing", "internal/rest/error.go", "	if op.Reads {\n		o = credit.NotSent\n	}\n", "", inTransport + " ./knox"},
	{"a held connection proves nothing", "internal/transport/conntrace.go", "			return true, false\n", "			return true, true\n", inTransport},
	{"a transport without a trace proves nothing", "internal/transport/conntrace.go", "	t.notSent = t.requested\n	return t.requested, t.requested", "	t.notSent = true\n	return t.requested, true", inTransport},
	{"written bytes are no proof", "internal/transport/conntrace.go", "	return c.sealed && c.written == before", "	return true", inTransport},
	{"a sealed connection writes nothing", "internal/transport/conntrace.go", "	if c.sealed {\n		return 0, errSealed\n	}\n", "", inTransport},
	{"an alert is not a request", "internal/transport/conntrace.go", "	if !c.encrypted || !isTLSAlert(b) {\n", "	if !c.encrypted || true {\n", inTransport + " ./internal/proof"},
	{"a doubt of a joined error wins", "credit/outcome.go", "most = max(most, outcomeIn(below))", "most = outcomeIn(below)", inCredit},
	{"an error without an outcome is a doubt", "credit/outcome.go", "return cmp.Or(outcomeIn(err), Unknown)", "return cmp.Or(outcomeIn(err), NotSent)", inCredit},
	{"a read needs a 200", "internal/rest/call.go", "		return !op.Reads\n", "		return true\n", inRest + " " + inVendors},
	{"a 202 is not a success", "internal/rest/call.go", "case http.StatusCreated, http.StatusNonAuthoritativeInfo:", "case http.StatusCreated, http.StatusAccepted, http.StatusNonAuthoritativeInfo:", inRest + " " + inVendors},
	{"a success names the record", "internal/rest/result.go", `if id == "" || id == ` + "`\"\"`" + ` || id == "null" || !same(id) {`, `if id == "" {`, inRest + " " + inVendors},
	{"a repeated member is malformed", "internal/rest/result.go", "	if n := found[0].Count; n > 1 {", "	if n := found[0].Count; n > 100 {", inRest + " " + inVendors},
	{"a body that is cut off is a doubt", "internal/transport/response.go", "	default:\n		return nil, err\n	}\n}", "	default:\n		return bytes.TrimRight(body, \"\\x00\"), nil\n	}\n}", inTransport},
	{"a body that is too large is an error", "internal/transport/response.go", "	case int64(len(body)) > limit:\n		return nil, errTooLarge\n", "", inTransport},
	{"nexudus' own 500 is a doubt", "nexudus/errors.go", "	if status >= 400 {\n		r.Outcome", "	if status >= 600 {\n		r.Outcome", "./nexudus"},
	{"nexudus' success names the credit", "nexudus/client.go", "result.DecodeFast(out) && out.WasSuccessful && out.Value.ID == id", "result.DecodeFast(out) && out.WasSuccessful", "./nexudus"},
	{"nexudus' WasSuccessful decides", "nexudus/client.go", "result.DecodeFast(out) && out.WasSuccessful && out.Value.ID == id", "result.DecodeFast(out) && out.Value.ID == id", "./nexudus"},
	{"flexprice's second step can fail after the first", "flexprice/errors.go", "		r.Outcome = credit.Unknown\n", "		r.Outcome = credit.Rejected\n", "./flexprice"},
	{"metronome's 500 uses its key up", "metronome/errors.go", "r.KeyUsedUp = resp.Status == 500", "r.KeyUsedUp = false", "./metronome"},

	// What is sent again.
	{"an unsafe write is sent once", "internal/transport/retry.go", "return !call.sent || call.Repeatable", "return true", inTransport},
	{"a lost answer of an unsafe write is not sent again", "internal/transport/retry.go", "isLost(a.BodyErr) && (call.Reads || call.Repeatable)", "isLost(a.BodyErr)", inTransport},
	{"a 503 is repeated only where that is safe", "internal/transport/retry.go", "slices.Contains(call.Resend, a.Status):\n		return call.Repeatable", "slices.Contains(call.Resend, a.Status):\n		return true", inTransport},
	{"a 409 is a throttle only where the spec says so", "internal/transport/retry.go", "(call.Throttle409 || call.keyInUse())", "true", inTransport + " " + inVendors},
	{"a failure that cannot heal is not repeated", "internal/transport/retry.go", "a == nil && (call.Err() != nil || call.permanent)", "a == nil && call.Err() != nil", inTransport},
	{"a wait does not pass the deadline", "internal/transport/retry.go", "bounded && wait >= time.Until(deadline)", "false && bounded && wait >= time.Until(deadline)", inTransport},
	{"a Retry-After above the limit is returned to the caller", "internal/transport/retry.go", "if wait > c.retry.MaxWait || bounded", "if bounded", inTransport},
	{"a Retry-After does not overflow", "internal/transport/retryafter.go", "if err != nil || n > int64(math.MaxInt64/time.Second) {", "if err != nil {", inTransport},
	{"a request has no GetBody", "internal/transport/attempt.go", "		a.request.ContentLength = int64(len(call.Body))\n", "		a.request.ContentLength = int64(len(call.Body))\n		a.request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(call.Body)), nil }\n", inTransport + " ./internal/proof"},
	{"Thought Industries' balance is not repeatable", "thoughtindustries/updater.go", "{Set: true, NotIdempotent: true, VendorField: \"currentBalance (whole number)\"}", "{Set: true, VendorField: \"currentBalance (whole number)\"}", "./thoughtindustries"},
	{"nexudus' commands are sent once", "nexudus/client.go", "	if update.hasCommands() {\n		call.Repeat = rest.Unsafe\n	}\n", "", "./nexudus"},

	{"a quota bounds the retries", "internal/transport/quota.go", "		if used+oneRetry > q.limit {\n			return false\n		}\n", "", inTransport},

	// Idempotency keys.
	{"a key in use is a doubt", "internal/transport/retry.go", "return c.Keyed && (c.CallersKey || c.Attempts > 1)", "return false", inTransport + " ./metronome"},
	{"a caller's key may be in use", "internal/transport/retry.go", "(c.CallersKey || c.Attempts > 1)", "(c.Attempts > 1)", inTransport + " ./metronome"},

	// The read before a repeat.
	{"a doubt is followed by a read", "internal/rest/guard.go", "	if doubtful {\n		if err := g.resolve(now); err != nil {", "	if false {\n		if err := g.resolve(now); err != nil {", inVendors},
	{"a change that is there is not repeated", "internal/rest/guard.go", "	case verdict == credit.AsAsked && g.changes(before):", "	case false:", inVendors},
	{"a change that was there before is repeated", "internal/rest/guard.go", "credit.AsAsked && g.changes(before):", "credit.AsAsked:", inRest},
	{"another writer's change ends the update", "internal/rest/guard.go", "	case verdict == credit.Neither && (now.Raw == nil", "	case false && (now.Raw == nil", inVendors},
	{"a repeat is built from the fresh record", "internal/replace/replace.go", "	body, err = fresh.With(u.Edits...)\n	return u.Record(fresh), body, err", "	return u.Record(fresh), nil, err", inReplace},
	{"updates of one credit wait for each other", "internal/replace/replace.go", "	if !cfg.DryRun {\n		unlock, err := c.Lock(ctx, op, id)", "	if cfg.DryRun {\n		unlock, err := c.Lock(ctx, op, id)", inReplace + " ./internal/proof"},
	{"an unread field counts as changed", "credit/verdict.go", "(got[i].IsZero() || was[i].IsZero() || !got[i].Equal(was[i]))", "!got[i].Equal(was[i])", inCredit},
	{"a change is not seen without its record", "credit/verdict.go", "	if before == nil {\n		return Neither, wrong\n	}\n", "	if before == nil {\n		return AsBefore, wrong\n	}\n", inCredit},

	// Expectations.
	{"an expectation is compared before the write", "internal/rest/guard.go", "	g.Result.Before, g.readAt = before, time.Now()\n	return g.Config.CheckExpect(g.Vendor, before)", "	g.Result.Before, g.readAt = before, time.Now()\n	return nil", inRest + " " + inVendors},
	{"an expectation is compared before a repeat", "internal/rest/guard.go", "	if err := g.Config.CheckExpect(g.Vendor, now); err != nil {\n		return nil, err\n	}\n", "", inRest + " " + inVendors},
	{"with an expectation every repeat reads", "internal/rest/guard.go", "return g.Config.Expect != nil || g.Replaces", "return g.Replaces", inRest + " " + inVendors},
	{"an undo does not clear what cannot be cleared", "credit/undo.go", "case was.IsClear() && !r.support.CanClear(f):", "case false:", inCredit},

	// The journal.
	{"a start without an end is a doubt", "credit/journal/entry.go", "e.doubt = true // the worker", "// the worker", inJournal},
	{"a doubt stays one after a refusal", "credit/journal/entry.go", "	if e.doubt {\n		e.Outcome = outcomeInDoubt", "	if false {\n		e.Outcome = outcomeInDoubt", inJournal},
	{"a restart does not hide a later change", "credit/journal/entry.go", "return ok && (entry.claim != \"\" || entry.doubt)", "return ok && entry.claim == \"none\"", inJournal},
	{"the store's order decides who runs", "credit/journal/runner.go", "if entry.claim != start.Claim {", "if false {", inJournal},
	{"keys of one credit run one after the other", "credit/journal/runner.go", "if err := r.otherRunning(ctx, prior.Starts); err != nil {", "if err := r.otherRunning(ctx, Starts{}); err != nil {", inJournal},
	{"a repeat does not undo a later change", "credit/journal/doubt.go", "repeatable := last && !r", "repeatable := !r", inJournal},
	{"a late success keeps the credit busy", "credit/journal/entry.go", "return ok && entry.ended && entry.claim == \"\"", "return ok && entry.ended", inJournal},
	{"a poll that learns nothing stores nothing", "credit/journal/runner.go", "if found.isKnown(entry) {", "if false {", inJournal},
	{"a read before the start can be out of date", "credit/journal/runner.go", "found.resolution = nil //", "//", inJournal},
	{"a doubt is read within the lease", "credit/journal/runner.go", "calls, cancel := r.withinLease(ctx, entry)\n\t\tdefer", "calls, cancel := context.WithCancel(ctx)\n\t\tdefer", inJournal},
	{"a sum comes too late after the lease", "credit/journal/entry.go", "!e.exclusive && !e.isRunning(event.At) || e.ended || e.doubt {", "e.ended || e.doubt {", inJournal},
	{"a start without its sum leaves no doubt", "credit/journal/entry.go", "return e.Job.Add.IsZero() || e.prepared", "return true", inJournal},
	{"the start after one without its sum counts", "credit/journal/runner.go", "if entry.State == StateQueued && entry.claim != \"\" {", "if false {", inJournal},
	{"a key is used only as long as it is remembered", "credit/journal/rules.go", "time.Since(firstSent) < support.KeyLifetime-keyMargin", "time.Since(firstSent) < 23*time.Hour", inJournal},
	{"what is not repeatable is resolved by reading", "credit/journal/rules.go", "return support.Repeatable(patch)", "return true", inJournal},
	{"a job has one idempotency key", "credit/journal/runner.go", "start.IdempotencyKey = r.job.idempotencyKey(entry.usedKeys)", "start.IdempotencyKey = rand.Text()", inJournal},
	{"a call ends before its lease", "credit/journal/runner.go", "context.WithDeadline(ctx, entry.Lease.Add(-r.lease/4))", "context.WithCancel(ctx)", inJournal},
	{"a doubt that must only be read is not sent", "credit/journal/doubt.go", "!r.runner.ResolveOnly && MayRepeat(", "MayRepeat(", inJournal},
	{"an exclusive worker waits for the store", "credit/journal/runner.go", "	if !r.runner.Exclusive {\n		return context", "	if true {\n		return context", inJournal},
	{"a late failure does not end another's start", "credit/journal/entry.go", "|| !current && event.Outcome != credit.Applied", "|| !current && false", inJournal},

	// bulk's store of the journal.
	{"a start sees the starts before it", "examples/bulk/internal/journal/row.go", "prior := changes.Prior{Events: events}", "prior := changes.Prior{}", inBulk},
	{"events of one message see each other", "examples/bulk/internal/journal/row.go", "r.keep(place.sequence, place.together)", "r.keep(place.sequence, []Event{stored})", inBulk},
	{"earlier tries are remembered", "examples/bulk/internal/journal/row.go", "if key != r.key || r.journal.dryRun {", "if true {", inBulk},
	{"a second copy is not another event", "examples/bulk/internal/journal/row.go", "			if seen[e.ID] {", "			if seen[e.ID] && e.ID == before {", inBulk},
	{"a row without its mark is not sent", "examples/bulk/internal/journal/row.go", "err != nil && e.Kind == changes.Started {", "err != nil && false {", inBulk},
	{"an end that was not stored is kept", "examples/bulk/internal/journal/row.go", "	if e.Kind != changes.Started {\n		r.mu.Lock()", "	if false {\n		r.mu.Lock()", inBulk},
	{"the queue's lease is the only one", "examples/bulk/internal/work/try.go", "Exclusive: true, ", "", inBulk},
	{"a row with a result is not started", "examples/bulk/internal/journal/row.go", "if place.done && e.Kind == changes.Started {", "if false {", inBulk},
	{"a result speaks for its own start", "examples/bulk/internal/journal/state.go", "row.claim != e.Claim && result.Unknown", "false && result.Unknown", inBulk},
	{"a gap makes a refusal a doubt", "examples/bulk/internal/journal/damage.go", "|| r.salvage.Missing == 0)", "|| r.salvage.Missing >= 0)", inBulk},

	// The record that is written back, and what is asked of the vendor.
	{"a record has its required members", "internal/replace/replace.go", "			if _, n := r.findMember(name); n != 1 {", "			if _, n := r.findMember(name); n > 1 {", inReplace},
	{"a record is the one that was asked for", "internal/replace/replace.go", "	if !r.hasID(s.ID, id) || strings.ContainsRune(id, utf8.RuneError) {", "	if strings.ContainsRune(id, utf8.RuneError) {", inReplace},
	{"commands are not written back", "internal/replace/replace.go", "	if len(r.shape.Commands) > 0 {", "	if false {", inReplace},
	{"a cleared member is null at nexudus", "internal/replace/replace.go", "if e.clears && !r.shape.Nulls {", "if e.clears {", inReplace},
	{"an unsupported patch is refused whole", "credit/validate.go", "	if err := u.checkSupport(patch); err != nil {\n		return err\n	}\n", "", inCredit},
	{"an id does not leave its path", "credit/validate.go", `case id == "." || id == "..":`, `case id == ".":`, inCredit},
	{"an id has no control characters", "credit/validate.go", "		if unicode.IsControl(r) {", "		if false && unicode.IsControl(r) {", inCredit},
	{"metronome's one item is the only one", "metronome/updater.go", "	case len(items) > 1:", "	case len(items) > 100:", "./metronome"},

	// Exact values.
	{"an amount keeps its digits", "internal/replace/replace.go", "value = json.RawMessage(amount.String())", "f, _ := strconv.ParseFloat(amount.String(), 64); value = f", inReplace},
	{"unknown members are kept", "internal/rawjson/append.go", "	if len(unknown) == 0 {\n		return doc, nil\n	}\n", "	if len(unknown) >= 0 {\n		return doc, nil\n	}\n", inJSON},
	{"a known member is not sent twice", "internal/rawjson/append.go", "		if slices.Contains(known, name) {", "		if false {", inJSON},

	// Secrets.
	{"credentials print as redacted", "internal/transport/auth.go", "func (Credentials) Format(f fmt.State, _ rune) { redact.Print(f) }", "func (c Credentials) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.Secret) }", inTransport},
	{"a vendor's message is masked", "internal/rest/error.go", "e.Message = sanitize(r.Message, call)", "e.Message = r.Message", inRest},
	{"a vendor's field errors are masked", "internal/rest/error.go", "Message: sanitize(r.Fields[i].Message, call)}", "Message: r.Fields[i].Message}", inRest},
	{"a token endpoint's text is not shown", "internal/transport/auth.go", "		if isCode(retrieve.ErrorCode) {", "		if true {", inTransport},
	{"a secret in base64 is masked", "internal/redact/mask.go", "	return append(cuts, findEncoded(v, secret)...)", "	return cuts", "./internal/redact " + inRest},
}
