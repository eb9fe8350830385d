package credit_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// The key of an order makes its change once, also if the program crashed after it sent
// the change and sends it again.
func ExampleWithIdempotencyKey() {
	fake := credittest.NewMetronome(nil)
	defer fake.Close()
	updater := client(credit.WithBaseURL(fake.URL)).Updater()

	patch := credit.Patch{Name: credit.Set("Trial")}
	for range 2 {
		result, err := updater.Update(context.Background(), fake.Ref, patch, credit.WithIdempotencyKey("order-17"))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(result.IdempotencyKey)
	}
	applied := 0
	for _, write := range fake.Writes() {
		if write.Applied {
			applied++
		}
	}
	fmt.Println(len(fake.Writes()), "writes,", applied, "applied")
	// Output:
	// order-17
	// order-17
	// 2 writes, 1 applied
}

// A metered transport counts the requests of a client.
type metered struct {
	next     http.RoundTripper
	requests int
}

func (m *metered) RoundTrip(req *http.Request) (*http.Response, error) {
	m.requests++
	return m.next.RoundTrip(req)
}

// A transport sees every attempt, and sends each with its context.
func ExampleWithTransport() {
	fake := credittest.NewMetronome(nil)
	defer fake.Close()
	transport := &metered{next: http.DefaultTransport}
	updater := client(credit.WithBaseURL(fake.URL), credit.WithTransport(transport)).Updater()

	_, err := updater.Update(context.Background(), fake.Ref, credit.Patch{Name: credit.Set("Trial")})
	fmt.Println(transport.requests, err)
	// Output: 1 <nil>
}

// Each attempt is one record at debug level.
func ExampleWithLogger() {
	fake := credittest.NewMetronome(nil)
	defer fake.Close()
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == "duration" {
				return slog.Attr{} // differs from run to run
			}
			return a
		},
	}))
	updater := client(credit.WithBaseURL(fake.URL), credit.WithLogger(logger)).Updater()

	_, err := updater.Update(context.Background(), fake.Ref, credit.Patch{Name: credit.Set("Trial")})
	fmt.Println(err)
	// Output:
	// level=DEBUG msg="creditkit attempt" vendor=metronome op=EditCredit attempt=1 status=200 request_id=""
	// <nil>
}

// The info of a call is filled whether it fails or not.
func ExampleWithInfo() {
	fake := credittest.NewMetronome(nil)
	defer fake.Close()
	updater := client(credit.WithBaseURL(fake.URL)).Updater()

	fake.Queue(credittest.Respond(http.StatusForbidden, `{"message":"not yours"}`).OnWrite())
	var info credit.CallInfo
	_, err := updater.Update(context.Background(), fake.Ref, credit.Patch{Name: credit.Set("Trial")}, credit.WithInfo(&info))
	fmt.Println(errors.Is(err, credit.ErrForbidden), info.Attempts, info.StatusCode)
	// Output: true 1 403
}

// All iterates over the fields that a patch sets or clears.
func ExamplePatch_All() {
	patch := credit.Patch{
		Note:    credit.Clear[string](),
		Balance: credit.Set(credit.MustParseDecimal("39.50")),
	}
	for field, op := range patch.All() {
		if op.IsClear() {
			fmt.Println("clear", field)
		} else {
			fmt.Println("set", field, "to", op)
		}
	}
	// Output:
	// clear note
	// set balance to 39.50
}
