package credit_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/metronome"
)

// responses is a transport that stands for the vendor: it returns one
// status and body after the other, and the last one for ever.
type responses []string

func (a *responses) RoundTrip(*http.Request) (*http.Response, error) {
	status, body, _ := strings.Cut((*a)[0], " ")
	if len(*a) > 1 {
		*a = (*a)[1:]
	}
	resp := &http.Response{Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
	_, err := fmt.Sscan(status, &resp.StatusCode)
	return resp, err
}

func client(opts ...credit.Option) *metronome.Client {
	c, err := metronome.New("token", opts...)
	if err != nil {
		panic(err)
	}
	return c
}

var rename = metronome.EditCreditRequest{
	CreditID:   "5e7e82cf-ccb7-428c-a96f-a8e4f67af822",
	CustomerID: "4c91c473-fc12-445a-9c38-40421d47023f",
	Name:       new("Trial"),
}

// Before anything else, check whether the change was made.
func Example() {
	c := client(credit.WithTransport(&responses{`500 {"message":"oops"}`}))
	_, err := c.EditCredit(context.Background(), rename)
	switch credit.OutcomeOf(err) {
	case 0:
		fmt.Println("done")
	case credit.NotSent:
		fmt.Println("nothing was sent: remove the cause and try again")
	case credit.Rejected:
		fmt.Println("the vendor rejected the change")
	case credit.Unknown:
		fmt.Println("read the credit before doing anything")
	case credit.Applied:
		fmt.Println("done, but the response is unreadable")
	}
	fmt.Println(err)
	// Output:
	// read the credit before doing anything
	// metronome: EditCredit: HTTP 500 unavailable: oops; whether the change was made is unknown, and the idempotency key is used up: read the credit before sending the change again under a new key
}

// A kind is the reason of an error, in terms that are the same at every vendor.
func ExampleKind() {
	c := client(credit.WithTransport(&responses{`400 {"code":"CustomerNotFound","message":"no such customer"}`}))
	_, err := c.EditCredit(context.Background(), rename)
	fmt.Println(errors.Is(err, credit.ErrNotFound), errors.Is(err, credit.ErrInvalid))
	// Output: true false
}

// An Error holds the vendor's response.
func ExampleError() {
	c := client(credit.WithTransport(&responses{`400 {"code":"InvalidArgument","message":"the contract is locked"}`}))
	_, err := c.EditCredit(context.Background(), rename, credit.WithIdempotencyKey("job-7"))
	if e, ok := errors.AsType[*credit.Error](err); ok {
		fmt.Println(e.StatusCode, e.Kind, e.Outcome)
		fmt.Println(e.Code, e.Message)
		fmt.Println(e.IdempotencyKey)
	}
	// Output:
	// 400 invalid rejected
	// InvalidArgument the contract is locked
	// job-7
}

// All invalid arguments are reported together, and nothing is sent.
func ExampleInvalidError() {
	_, err := client().EditCredit(context.Background(), metronome.EditCreditRequest{Name: new("Trial")})
	fmt.Println(err)
	fmt.Println(errors.Is(err, credit.ErrInvalid), credit.OutcomeOf(err))
	// Output:
	// metronome: invalid credit_id: is empty; invalid customer_id: is empty; nothing was sent
	// true not sent
}

// An outcome is found through wrapping. An error without one gives
// Unknown, because nothing proves that the change did not happen.
func ExampleOutcomeOf() {
	fmt.Println(credit.OutcomeOf(fmt.Errorf("job 7: %w", &credit.Error{Outcome: credit.Rejected})))
	fmt.Println(credit.OutcomeOf(context.Canceled))
	fmt.Println(credit.OutcomeOf(nil))
	// Output:
	// rejected
	// unknown
	// none
}

// A request whose response was lost is sent again where that is safe, with the same
// idempotency key: nothing is applied twice.
func ExampleWithRetry() {
	policy := credit.RetryPolicy{MaxAttempts: 3, MinWait: time.Millisecond, MaxWait: 10 * time.Millisecond}
	c := client(
		credit.WithRetry(policy),
		credit.WithTransport(&responses{"503 ", "502 ", `200 {"data":{"id":"5e7e82cf"}}`}),
	)
	response, err := c.EditCredit(context.Background(), rename)
	fmt.Println(response.Data.ID, err)

	c = client(
		credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}), // nothing is sent again
		credit.WithTransport(&responses{"503 ", `200 {"data":{"id":"5e7e82cf"}}`}),
	)
	_, err = c.EditCredit(context.Background(), rename)
	fmt.Println(credit.OutcomeOf(err))
	// Output:
	// 5e7e82cf <nil>
	// unknown
}

// A test server is reached over plain http, on a loopback host only.
func ExampleWithBaseURL() {
	_, err := metronome.New("token", credit.WithBaseURL("http://127.0.0.1:8080"))
	fmt.Println(err)
	_, err = metronome.New("token", credit.WithBaseURL("http://metronome.example.com"))
	fmt.Println(err)
	// Output:
	// <nil>
	// metronome: invalid WithBaseURL: must be https: plain http is for loopback hosts only; nothing was sent
}

// A source of a token that was obtained elsewhere does not show it.
func ExampleStaticToken() {
	source := credit.StaticToken("s3cr3t")
	fmt.Printf("%v %+v %#v\n", source, source, source)
	// Output: [redacted] [redacted] [redacted]
}
