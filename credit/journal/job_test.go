package journal

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

func amountPatch(amount string) credit.Patch {
	return credit.Patch{Total: credit.Set(credit.MustParseDecimal(amount))}
}

func TestJobValidate(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*Job)
		fields string // that are refused
	}{
		{"complete", func(*Job) {}, ""},
		{"without a key", func(j *Job) { j.Key = "" }, "key"},
		{"longest key", func(j *Job) { j.Key = strings.Repeat("k", 200) }, ""},
		{"too long a key", func(j *Job) { j.Key = strings.Repeat("k", 201) }, "key"},
		{"key with a newline", func(j *Job) { j.Key = "a\nb" }, "key"},
		{"key that is not UTF-8", func(j *Job) { j.Key = "a\xff" }, "key"},
		{"key with other letters", func(j *Job) { j.Key = "Bestellung Ä-1 / 注文" }, ""},
		{"without a vendor", func(j *Job) { j.Vendor = "" }, "vendor"},
		{"vendor with a tab", func(j *Job) { j.Vendor = "knox\tA" }, "vendor"},
		{"without an id", func(j *Job) { j.Ref.ID = "" }, "id"},
		{"id that is not UTF-8", func(j *Job) { j.Ref.ID = "\xff" }, "job"},
		{"longest actor", func(j *Job) { j.Actor = strings.Repeat("a", 2000) }, ""},
		{"too long an actor", func(j *Job) { j.Actor = strings.Repeat("a", 2001) }, "actor"},
		{"too long a reason", func(j *Job) { j.Reason = strings.Repeat("a", 2001) }, "reason"},
		{"reason of two lines", func(j *Job) { j.Reason = "order 1\ngift" }, ""},
		{"reason that is not UTF-8", func(j *Job) { j.Reason = "\xff" }, "reason"},
		{"no change", func(j *Job) { j.Patch = credit.Patch{} }, "patch"},
		{"only an amount to add", func(j *Job) { j.Patch, j.Add.Total = credit.Patch{}, credit.NewDecimal(5) }, ""},
		{"total set and added to", func(j *Job) { j.Patch = amountPatch("1"); j.Add.Total = credit.NewDecimal(5) }, "add"},
		{"balance cleared and added to", func(j *Job) {
			j.Patch.Balance = credit.Clear[credit.Decimal]()
			j.Add.Balance = credit.NewDecimal(5)
		}, "add"},
		{"total set, balance added to", func(j *Job) { j.Patch = amountPatch("1"); j.Add.Balance = credit.NewDecimal(5) }, ""},
		{"unset amount", func(j *Job) { j.Patch.Total = credit.Set(credit.Decimal{}) }, "job"},
		{"name that is not UTF-8", func(j *Job) { j.Patch.Name = credit.Set("\xff") }, "job"},
		{"expects nothing", func(j *Job) { j.Expect = &credit.Record{ID: "c"} }, "expect"},
		{"expects a record whose raw text is not JSON", func(j *Job) {
			j.Expect = &credit.Record{Values: credit.Values(amountPatch("1")), Raw: []byte("<html>")} // is not stored
		}, ""},
		{"all at once", func(j *Job) { *j = Job{} }, "key vendor id patch"},
	} {
		t.Run(test.name, func(t *testing.T) {
			job := modelJob("a")
			test.change(&job)
			err := job.validate()
			var fields []string
			for _, f := range credit.FieldErrors(err) {
				fields = append(fields, f.Field)
			}
			if got := strings.Join(fields, " "); got != test.fields {
				t.Errorf("refused %q, want %q: %v", got, test.fields, err)
			}
			if err != nil && (credit.OutcomeOf(err) != credit.NotSent || !errors.Is(err, credit.ErrInvalid)) {
				t.Errorf("the outcome of %v is %s", err, credit.OutcomeOf(err))
			}
		})
	}
}

func TestSameChange(t *testing.T) {
	full := func() Job {
		return Job{
			Key: "a", Vendor: "knox", Ref: credit.Ref{ID: "c", Owner: "o"}, Patch: amountPatch("1.0"),
			Add:    Amounts{Balance: credit.MustParseDecimal("2.0")},
			Expect: &credit.Record{Values: credit.Values(amountPatch("3.0"))},
		}
	}
	for _, test := range []struct {
		name   string
		change func(*Job)
		same   bool
	}{
		{"equal", func(*Job) {}, true},
		{"another actor and reason", func(j *Job) { j.Actor, j.Reason = "ann", "again" }, true},
		{"the same total with another scale", func(j *Job) { j.Patch = amountPatch("1.00") }, true},
		{"the same added amount with another scale", func(j *Job) { j.Add.Balance = credit.MustParseDecimal("2") }, true},
		{"the same expectation with another scale", func(j *Job) { j.Expect.Values = credit.Values(amountPatch("3")) }, true},
		{"an expectation with a raw record", func(j *Job) { j.Expect.Raw = json.RawMessage("{}") }, true},
		{"another vendor", func(j *Job) { j.Vendor = "knox/b" }, false},
		{"another credit", func(j *Job) { j.Ref.ID = "d" }, false},
		{"another owner", func(j *Job) { j.Ref.Owner = "p" }, false},
		{"another total", func(j *Job) { j.Patch = amountPatch("1.01") }, false},
		{"a cleared total", func(j *Job) { j.Patch.Total = credit.Clear[credit.Decimal]() }, false},
		{"a further field", func(j *Job) { j.Patch.Name = credit.Set("n") }, false},
		{"a further field that is cleared", func(j *Job) { j.Patch.Name = credit.Clear[string]() }, false},
		{"another added amount", func(j *Job) { j.Add.Balance = credit.NewDecimal(3) }, false},
		{"nothing added", func(j *Job) { j.Add = Amounts{} }, false},
		{"a further added amount", func(j *Job) { j.Add.Total = credit.NewDecimal(0) }, false},
		{"another expectation", func(j *Job) { j.Expect.Values = credit.Values(amountPatch("4")) }, false},
		{"no expectation", func(j *Job) { j.Expect = nil }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, b := full(), full()
			test.change(&b)
			if a.sameChange(&b) != test.same || b.sameChange(&a) != test.same {
				t.Errorf("sameChange is %t and %t, want %t", a.sameChange(&b), b.sameChange(&a), test.same)
			}
		})
	}
}

// Vendor and key are quoted in what is hashed, so that no two pairs give the same text.
func TestIdempotencyKeysDiffer(t *testing.T) {
	seen := make(map[string]bool)
	for _, pair := range [][2]string{{"metronome", "a"}, {"metronome/b", "a"}, {"metronome", "b"}, {"metronome ", "a"}, {"metronome", " a"}, {`m" "`, "a"}, {"m", `" "a`}} {
		for round := range 3 {
			j := Job{Vendor: pair[0], Key: pair[1]}
			key := j.idempotencyKey(round)
			if seen[key] || len(key) > 64 || key != j.idempotencyKey(round) {
				t.Errorf("%q, round %d: %s", pair, round, key)
			}
			seen[key] = true
		}
	}
	// Other versions of this package must send the same key.
	if got := (&Job{Vendor: "metronome", Key: "order-1842"}).idempotencyKey(1); got != "creditkit-d443521f3500eca6e5cbe607652d83a9-1" {
		t.Errorf("the key has changed: %s", got)
	}
}

func TestJobThroughJSON(t *testing.T) {
	job := Job{
		Key: "a", Vendor: "knox", Ref: credit.Ref{ID: "c", Owner: "o"}, Patch: amountPatch("1.50"),
		Add:    Amounts{Balance: credit.MustParseDecimal("-2.0")},
		Expect: &credit.Record{Values: credit.Values(amountPatch("3.0"))}, Actor: "ann", Reason: "gift",
	}
	text, err := json.Marshal(job)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"key":"a","vendor":"knox","ref":{"id":"c","owner":"o"},"patch":{"total":1.50},"add":{"balance":-2.0},"expect":{"total":3.0},"actor":"ann","reason":"gift"}`
	var back Job
	if err := json.Unmarshal(text, &back); err != nil || string(text) != want || !back.sameChange(&job) || back.Reason != "gift" {
		t.Errorf("%v: %s\n%+v", err, text, back)
	}
}
