package metronome_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/script"
	"github.com/creditkit/creditkit/metronome"
)

// Every answer that Metronome's pages tell of, and what goes wrong on the way.
func TestEditCreditErrors(t *testing.T) {
	html := http.Header{"Content-Type": {"text/html"}}
	for name, test := range map[string]struct {
		answer script.Answer
		want   credit.Error
	}{
		"400 with a message": {
			script.No(400, `{"message":"amount must be positive"}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Message: "amount must be positive"},
		},
		"400 with a code": {
			script.No(400, `{"code":"InvalidArgument","message":"bad"}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Code: "InvalidArgument", Message: "bad"},
		},
		"400 for an unknown customer": {
			script.No(400, `{"code":"CustomerNotFound","message":"no customer"}`),
			credit.Error{Kind: credit.ErrNotFound, Outcome: credit.Rejected, StatusCode: 400, Code: "CustomerNotFound", Message: "no customer"},
		},
		"400 with odd members": {
			script.No(400, `{"code":7,"message":"bad"}`),
			credit.Error{Kind: credit.ErrInvalid, Outcome: credit.Rejected, StatusCode: 400, Message: "bad"},
		},
		"401": {
			script.No(401, `{"message":"Unauthorized"}`),
			credit.Error{Kind: credit.ErrUnauthorized, Outcome: credit.Rejected, StatusCode: 401, Message: "Unauthorized"},
		},
		"403": {
			script.No(403, `{"message":"read only token"}`),
			credit.Error{Kind: credit.ErrForbidden, Outcome: credit.Rejected, StatusCode: 403, Message: "read only token"},
		},
		"404": {
			script.No(404, `{"message":"not found"}`),
			credit.Error{Kind: credit.ErrNotFound, Outcome: credit.Rejected, StatusCode: 404, Message: "not found"},
		},
		"409": {
			script.No(409, `{"message":"key was used with other parameters"}`),
			credit.Error{Kind: credit.ErrConflict, Outcome: credit.Rejected, StatusCode: 409, Message: "key was used with other parameters"},
		},
		"500": {
			script.No(500, `{"message":"boom"}`),
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 500, Message: "boom"},
		},
		"a page of HTML": {
			script.Answer{Status: 500, Header: html, Body: "<html>secret</html>"},
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 500},
		},
		"a redirect": {
			script.Answer{Status: 302, Header: http.Header{"Location": {"https://elsewhere.example/x?y=z"}}},
			credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Rejected, StatusCode: 302, Message: "redirected to host elsewhere.example, which is refused: check the base URL"},
		},
		"a success of null":       {script.OK(`null`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Applied, StatusCode: 200}},
		"a success of nothing":    {script.OK(``), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Applied, StatusCode: 200}},
		"a success without an id": {script.OK(`{}`), credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Applied, StatusCode: 200}},
		"a success of HTML": {
			script.Answer{Header: html, Body: "<html></html>"},
			credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Applied, StatusCode: 200},
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := connect(t, test.answer)
			response, err := client.EditCredit(t.Context(), metronome.EditCreditRequest{CreditID: "c", CustomerID: "u"}, credit.WithIdempotencyKey("k"))
			got, ok := errors.AsType[*credit.Error](err)
			if !ok || response != nil {
				t.Fatalf("got %v, %v; want a *credit.Error", response, err)
			}
			test.want.Vendor, test.want.Op, test.want.Attempts, test.want.IdempotencyKey = "metronome", "EditCredit", 1, "k"
			if diff := cmp.Diff(test.want, *got, cmpopts.IgnoreFields(credit.Error{}, "Err")); diff != "" {
				t.Error(diff)
			}
			if !errors.Is(err, test.want.Kind) {
				t.Errorf("errors.Is does not see %v in %v", test.want.Kind, err)
			}
		})
	}
}

// The body decides, not its label.
func TestEditCreditReadsAMislabelledAnswer(t *testing.T) {
	client, _ := connect(t, script.Answer{Header: http.Header{"Content-Type": {"text/plain"}}, Body: edited})
	if _, err := client.EditCredit(t.Context(), metronome.EditCreditRequest{CreditID: "c", CustomerID: "u"}); err != nil {
		t.Error(err)
	}
}

func TestEditCreditWaitsForA429(t *testing.T) {
	client, server := connect(t, script.Answer{Status: 429, Header: http.Header{"Retry-After": {"0"}}}, script.OK(edited))
	if _, err := client.EditCredit(t.Context(), metronome.EditCreditRequest{CreditID: "c", CustomerID: "u"}); err != nil || len(server.Requests()) != 2 {
		t.Errorf("%v after %d requests, want success after 2", err, len(server.Requests()))
	}
}
