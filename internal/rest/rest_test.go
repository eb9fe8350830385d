package rest

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

const secret = "sk-live-4711-abc"

// The operations of a vendor that does not exist.
var (
	opRead     = Operation{ID: "GetCredit", Method: "GET", Path: "/credits/{id}", Reads: true, Repeat: Safe}
	opSafe     = Operation{ID: "UpdateCredit", Method: "PUT", Path: "/credits/{tenant}/{id}", Repeat: Safe}
	opUnsafe   = Operation{ID: "AddCredit", Method: "PUT", Path: "/credits", Repeat: Unsafe}
	opKeyed    = Operation{ID: "EditCredit", Method: "POST", Path: "/credits/edit", Repeat: Keyed}
	opThrottle = Operation{ID: "PutCredit", Method: "PUT", Path: "/credits", Repeat: Safe, Throttle409: true}
)

type thing struct {
	ID     string         `json:"id"`
	Amount credit.Decimal `json:"amount,omitzero"`
}

// decodeErrorBody reads {"code", "message", "fields": {...}, "outcome"}.
func decodeErrorBody(resp *Response) ErrorDetails {
	body := ParseObject(resp.Body)
	r := ErrorDetails{Kind: StandardKind(resp.Status), Code: JSONString(body["code"]), Message: JSONString(body["message"])}
	for field, message := range ParseObject(body["fields"]) {
		r.Fields = append(r.Fields, credit.FieldError{Field: field, Message: JSONString(message)})
	}
	if body == nil {
		r.Message = PlainText(resp)
	}
	return r
}

// fast retries without noticeable waits.
var fast = credit.WithRetry(credit.RetryPolicy{MaxAttempts: 4, MinWait: 1, MaxWait: 1})

func newClient(t *testing.T, rt http.RoundTripper, opts ...credit.Option) *Client {
	t.Helper()
	c, err := New(Config{Vendor: "acme", BaseURL: "https://api.acme.test/v1", Auth: APIKey("apiKey", secret, "X-Api-Key", ""), DecodeError: decodeErrorBody},
		append([]credit.Option{fast, credit.WithTransport(rt)}, opts...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A script is a transport that plays one step per request and remembers the
// requests. A step is "lost" or "dial", or an answer: status and body.
type script struct {
	steps []string
	label string      // the Content-Type
	head  http.Header // of every answer

	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
}

func play(steps ...string) *script { return &script{steps: steps, label: "application/json"} }

var errLost = io.ErrUnexpectedEOF

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body := ""
	if req.Body != nil {
		data, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		body = string(data)
	}
	s.requests, s.bodies = append(s.requests, req), append(s.bodies, body)
	if len(s.requests) > len(s.steps) {
		return nil, errors.New("the script has no such step")
	}
	switch step := s.steps[len(s.requests)-1]; step {
	case "lost":
		return nil, errLost
	case "cut": // a success whose body breaks off
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: broken{errLost}, ContentLength: -1}, nil
	case "dial": // as net/http reports it: a connection asked for and never held
		httptrace.ContextClientTrace(req.Context()).GetConn("api.acme.test:443")
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("refused")}
	default:
		return s.answer(step), nil
	}
}

func (s *script) answer(step string) *http.Response {
	status, body, _ := strings.Cut(step, " ")
	resp := &http.Response{Header: http.Header{"Content-Type": {s.label}}, Body: io.NopCloser(strings.NewReader(body))}
	for name, values := range s.head {
		resp.Header[name] = values
	}
	for _, digit := range status {
		resp.StatusCode = 10*resp.StatusCode + int(digit-'0')
	}
	return resp
}

func (s *script) sent() int { return len(s.requests) }

// failure wants err to be a *credit.Error.
func failure(t *testing.T, err error) *credit.Error {
	t.Helper()
	e, ok := errors.AsType[*credit.Error](err)
	if !ok {
		t.Fatalf("the error is %v (%T), want a *credit.Error", err, err)
	}
	return e
}

// refusal wants err to be a *credit.InvalidError of field, and nothing sent.
func refusal(t *testing.T, s *script, err error, field string) *credit.InvalidError {
	t.Helper()
	invalid, ok := errors.AsType[*credit.InvalidError](err)
	if !ok || invalid.Field != field || invalid.Vendor != "acme" || invalid.Reason == "" {
		t.Fatalf("the error is %v (%T), want acme's InvalidError of %s", err, err, field)
	}
	if credit.OutcomeOf(err) != credit.NotSent || s.sent() != 0 {
		t.Fatalf("outcome %v after %d requests, want none sent", credit.OutcomeOf(err), s.sent())
	}
	return invalid
}

// send makes a call with the ids that the operation's path asks for.
func send(t *testing.T, c *Client, op *Operation, opts ...credit.CallOption) (*thing, error) {
	t.Helper()
	call := Call{Options: opts}
	for range strings.Count(op.Path, "{") {
		call.IDs, call.IDFields = append(call.IDs, "7"), append(call.IDFields, "id")
	}
	if !op.Reads {
		call.Body = thing{ID: "7"}
	}
	return do(t, c, op, call)
}

func do(t *testing.T, c *Client, op *Operation, call Call) (*thing, error) {
	t.Helper()
	result, err := Send(t.Context(), c, op, call, Whole)
	if err != nil {
		return nil, err
	}
	return Decode[thing](result)
}
