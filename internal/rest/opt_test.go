package rest

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
)

func TestOptFromClearsZeroValues(t *testing.T) {
	type record struct {
		Name   string         `json:"name"`
		Amount credit.Decimal `json:"amount"`
		At     time.Time      `json:"at"`
	}
	for _, body := range []string{`{}`, `{"name":null,"amount":null,"at":null}`, `{"name":"","at":"0001-01-01T00:00:00Z"}`} {
		var r record
		if err := json.Unmarshal([]byte(body), &r); err != nil {
			t.Fatal(err)
		}
		if !OptFrom(r.Name).IsClear() || !OptFrom(r.Amount).IsClear() || !OptFrom(r.At).IsClear() {
			t.Errorf("%s is read as %v, %v, %v; want all of it empty", body, OptFrom(r.Name), OptFrom(r.Amount), OptFrom(r.At))
		}
	}
}

// An amount of 0 is a value, not an empty member.
func TestOptFromSetsValues(t *testing.T) {
	at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	if got, ok := OptFrom(at).Get(); !ok || !got.Equal(at) {
		t.Errorf("a time is read as %v, %v", got, ok)
	}
	for _, amount := range []string{"0", "0.00", "-1", "1.10"} {
		if got, ok := OptFrom(credit.MustParseDecimal(amount)).Get(); !ok || got.String() != amount {
			t.Errorf("%s is read as %q, %v", amount, got, ok)
		}
	}
	if got, ok := OptFrom(" ").Get(); !ok || got != " " {
		t.Errorf("a space is read as %q, %v", got, ok)
	}
}

func TestRecordMissingFromTheListIsNotFound(t *testing.T) {
	e := failure(t, result(t, &opRead, "503", "200 []").NotInList())
	if !errors.Is(e, credit.ErrNotFound) || e.Outcome != credit.NotSent || e.Op != opRead.ID || e.Attempts != 2 || e.Message == "" {
		t.Errorf("got %+v", e)
	}
}
