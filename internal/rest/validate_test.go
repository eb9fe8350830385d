package rest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

func TestValidatorNamesAllInvalidFields(t *testing.T) {
	c := Validator{Vendor: "acme"}
	c.ID("id", "")
	c.ID("owner", "..")
	c.Number("number", 0)
	c.Number("other", -1)
	c.Amount("amount", credit.Decimal{})
	c.Time("at", time.Time{})
	c.Text("name", "")
	c.Header("client", "a b")
	c.URL("domain", "http://example.com")
	c.Add("whole", "is odd")
	want := &credit.InvalidError{Vendor: "acme", Field: "id", Reason: "is empty", More: []credit.FieldError{
		{Field: "owner", Message: "must not be . or .."},
		{Field: "number", Message: "is required"},
		{Field: "other", Message: "must not be negative"},
		{Field: "amount", Message: "is required"},
		{Field: "at", Message: "is required"},
		{Field: "name", Message: "is required"},
		{Field: "client", Message: "must be printable ASCII without spaces"},
		{Field: "domain", Message: "must be https: plain http is for loopback hosts only"},
		{Field: "whole", Message: "is odd"},
	}}
	if diff := cmp.Diff(error(want), c.Err()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestValidatorOfOneField(t *testing.T) {
	c := Validator{Vendor: "acme"}
	c.Text("name", "")
	if diff := cmp.Diff(error(Invalid("acme", "name", "is required")), c.Err()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestValidatorAcceptsValidValues(t *testing.T) {
	c := Validator{Vendor: "acme"}
	c.ID("id", "a/b")
	c.Number("number", 1)
	c.Amount("amount", credit.NewDecimal(0))
	c.Time("at", time.Unix(0, 0))
	c.Text("name", " ")
	c.Header("client", "")
	c.Header("client", "~!a")
	if err := c.Err(); err != nil {
		t.Errorf("refused: %v", err)
	}
}

func TestValidatorURLTrimsTheLastSlash(t *testing.T) {
	c := Validator{Vendor: "acme"}
	for address, want := range map[string]string{
		"https://example.com":     "https://example.com",
		"https://example.com/":    "https://example.com",
		"https://example.com/a/":  "https://example.com/a",
		"http://127.0.0.1:8080/a": "http://127.0.0.1:8080/a",
	} {
		if got := c.URL("domain", address); got != want || c.Err() != nil {
			t.Errorf("%s is %s, %v; want %s", address, got, c.Err(), want)
		}
	}
}
