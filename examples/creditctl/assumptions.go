package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// An assumption is what the library assumes of a vendor, of openapi/README.md, and what a
// read can show of it.
type assumption struct {
	text  string
	check func(r readRecord) finding
}

// A readRecord is the vendor's record of a credit.
type readRecord struct {
	ref     credit.Ref
	members map[string]json.RawMessage
}

// A finding is what a check saw: how many values it checked, and what was wrong. It
// contains no values of the record.
type finding struct {
	checked int
	wrong   []string
}

// see adds a value to the finding.
func (f *finding) see(isRight bool, format string, args ...any) {
	f.checked++
	if !isRight {
		f.wrong = append(f.wrong, fmt.Sprintf(format, args...))
	}
}

// assumptions lists what a read can check, by vendor.
var assumptions = map[string][]assumption{
	"knox": {
		{"a read returns the whole record, with every member that a write must send", hasMembers("id", "type_id", "contact_id", "activity_id",
			"course_registration_id", "event_id", "event_registration_id", "origin", "quantity", "date",
			"sys_created_at", "sys_created_by_id", "sys_last_modified_at", "sys_last_modified_by_id")},
		{"the record has the id of the path", hasID("id")},
		{"quantity is at least 0.01", isAmount("quantity", func(d credit.Decimal) bool { return d.Cmp(credit.MustParseDecimal("0.01")) >= 0 }, "is below 0.01")},
		{"date and expiration_date are dates without a time", isText(isDate, "is not a date", "date", "expiration_date")},
		{"sys_created_at and sys_last_modified_at are times with a zone", isText(hasZone, "is not a time with a zone", "sys_created_at", "sys_last_modified_at")},
		{"no member is null", isNeverNull},
	},
	"thoughtindustries": {
		{"the batch in the list of a client names that client", hasOwner("clientId")},
		{"currentBalance is a whole number", isAmount("currentBalance", credit.Decimal.IsInteger, "is not a whole number")},
		{"times have milliseconds and a Z", isText(hasMillisecondsAndZ, "is another form of time", "expiresOn", "createdAt", "updatedAt")},
		{"status is active", isText(isOneOf("active"), "is another value", "status")},
		{"the record has no version to write against", hasNoVersion},
	},
	"nexudus": {
		{"a read has Id, CoworkerId, BusinessId and TotalCredit, which a write needs", hasMembers("Id", "CoworkerId", "BusinessId", "TotalCredit")},
		{"a read by the id has every list of ids, which a write replaces", hasMembers("ElegibleResourceTypes", "ElegibleProducts", "ElegibleTariffs",
			"EventCategories", "ElegiblePasses")},
		{"a read has RemainingCredit, which goes back as it was read", hasMembers("RemainingCredit")},
		{"commands (Added..., Removed...) are empty in a read", hasNoCommands},
		{"ValidFrom and ExpireDate have a zone", isText(hasZone, "has no zone", "ValidFrom", "ExpireDate")},
		{"the record has no version to write against", hasNoVersion},
	},
	"flexprice": {
		{"members that are always there", hasMembers("id", "name", "scope", "credits", "cadence", "environment_id", "tenant_id", "status",
			"created_at", "created_by", "updated_at", "updated_by")},
		{"a member without a value is left out, never null", isNeverNull},
		{"credits are texts, with 8 decimals at most and no zeros at the end", isText(hasShortDecimals(8), "is another form of number", "credits")},
		{"rates are texts, with 5 decimals at most and no zeros at the end", isText(hasShortDecimals(5), "is another form of number", "conversion_rate", "topup_conversion_rate")},
		{"times are in UTC with a Z", isText(isUTC, "is another form of time", "start_date", "end_date", "credit_grant_anchor", "created_at", "updated_at")},
		{"scope decides what an end date does: PLAN, SUBSCRIPTION or ADDON", isText(isOneOf("PLAN", "SUBSCRIPTION", "ADDON"), "is another value", "scope")},
		{"metadata without entries is left out", isMapWithEntries("metadata")},
	},
	"metronome": {
		{"the list finds the credit by its id", hasID("id")},
		{"the schedule is in the list, and each item has an id", checkItems(func(f *finding, item map[string]json.RawMessage) {
			f.see(textOf(item["id"]) != "", "a schedule item has no id")
		})},
		{"schedule items begin and end on the hour", checkItems(func(f *finding, item map[string]json.RawMessage) {
			for _, name := range []string{"starting_at", "ending_before"} {
				f.see(isOnTheHour(textOf(item[name])), "%s is not on the hour", name)
			}
		})},
		{"amounts are money, not units: access_type is SPEND", checkAccessType},
		{"specifiers are not used together with products or tags", checkSpecifiers},
		{"rate_type is in upper case", isText(isOneOf("LIST_RATE", "COMMIT_RATE"), "is another value", "rate_type")},
	},
}

func hasMembers(names ...string) func(readRecord) finding {
	return func(r readRecord) (f finding) {
		for _, name := range names {
			f.see(r.members[name] != nil, "%s is missing", name)
		}
		return f
	}
}

func hasID(name string) func(readRecord) finding {
	return func(r readRecord) (f finding) {
		f.see(textOf(r.members[name]) == r.ref.ID, "%s is another id than the requested one", name)
		return f
	}
}

func hasOwner(name string) func(readRecord) finding {
	return func(r readRecord) (f finding) {
		f.see(strings.EqualFold(textOf(r.members[name]), r.ref.Owner), "%s is another owner than the requested one", name)
		return f
	}
}

// isText checks members that are texts. One that is missing or null is not checked.
func isText(isRight func(string) bool, wrong string, names ...string) func(readRecord) finding {
	return func(r readRecord) (f finding) {
		for _, name := range names {
			if text := textOf(r.members[name]); text != "" {
				f.see(isRight(text), "%s %s", name, wrong)
			}
		}
		return f
	}
}

func isAmount(name string, isRight func(credit.Decimal) bool, wrong string) func(readRecord) finding {
	return func(r readRecord) (f finding) {
		value, found := r.members[name]
		if !found {
			return f
		}
		amount, err := credit.ParseDecimal(string(value))
		f.see(err == nil && isRight(amount), "%s %s", name, wrong)
		return f
	}
}

func isNeverNull(r readRecord) (f finding) {
	for _, name := range sortedNames(r.members) {
		f.see(jsonType(r.members[name]) != "null", "%s is null", name)
	}
	return f
}

func hasNoVersion(r readRecord) (f finding) {
	for _, name := range sortedNames(r.members) {
		lower := strings.ToLower(name)
		f.see(!strings.Contains(lower, "version") && !strings.Contains(lower, "etag"), "%s may be a version", name)
	}
	return f
}

func hasNoCommands(r readRecord) (f finding) {
	for _, name := range sortedNames(r.members) {
		if strings.HasPrefix(name, "Added") || strings.HasPrefix(name, "Removed") {
			f.see(slices.Contains([]string{"null", "[]"}, string(r.members[name])), "%s is not empty", name)
		}
	}
	return f
}

func isMapWithEntries(name string) func(readRecord) finding {
	return func(r readRecord) (f finding) {
		if value, found := r.members[name]; found {
			f.see(string(value) != "{}", "%s is an empty object", name)
		}
		return f
	}
}

// checkItems checks each item of a metronome schedule.
func checkItems(check func(*finding, map[string]json.RawMessage)) func(readRecord) finding {
	return func(r readRecord) (f finding) {
		var schedule struct {
			Items []map[string]json.RawMessage `json:"schedule_items"`
		}
		if json.Unmarshal(r.members["access_schedule"], &schedule) != nil {
			f.see(false, "access_schedule cannot be read")
		}
		for _, item := range schedule.Items {
			check(&f, item)
		}
		return f
	}
}

func checkAccessType(r readRecord) (f finding) {
	var schedule struct {
		Type string `json:"access_type"`
	}
	if json.Unmarshal(r.members["access_schedule"], &schedule) == nil && schedule.Type != "" {
		f.see(schedule.Type == "SPEND", "access_type is another value: amounts may be units")
	}
	return f
}

func checkSpecifiers(r readRecord) (f finding) {
	isUsed := func(name string) bool {
		return !slices.Contains([]string{"", "null", "[]"}, string(r.members[name]))
	}
	if isUsed("specifiers") {
		f.see(!isUsed("applicable_product_ids") && !isUsed("applicable_product_tags"), "specifiers and products or tags are set")
	}
	return f
}

// textOf returns a text, or the digits of a number, and "" for other values.
func textOf(value json.RawMessage) (text string) {
	switch jsonType(value) {
	case "number":
		return string(value)
	case "string":
		_ = json.Unmarshal(value, &text) // a text of valid JSON
	}
	return text
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func hasZone(s string) bool {
	_, err := time.Parse(time.RFC3339, s)
	return err == nil
}

func isUTC(s string) bool { return hasZone(s) && strings.HasSuffix(s, "Z") }

func hasMillisecondsAndZ(s string) bool {
	_, err := time.Parse("2006-01-02T15:04:05.000Z", s)
	return err == nil
}

func isOnTheHour(s string) bool {
	at, err := time.Parse(time.RFC3339, s)
	return err == nil && at.Truncate(time.Hour).Equal(at)
}

func isOneOf(values ...string) func(string) bool {
	return func(s string) bool { return slices.Contains(values, s) }
}

// hasShortDecimals accepts a decimal number without a zero at the end of its decimals.
func hasShortDecimals(most int) func(string) bool {
	return func(s string) bool {
		_, decimals, hasPoint := strings.Cut(s, ".")
		_, err := credit.ParseDecimal(s)
		return err == nil && len(decimals) <= most && (!hasPoint || decimals != "" && !strings.HasSuffix(decimals, "0"))
	}
}

func sortedNames(members map[string]json.RawMessage) []string {
	var names []string
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
