package credit_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// A change waits in a queue as JSON and comes back as it was.
func ExamplePatch_json() {
	type job struct {
		Ref   credit.Ref   `json:"ref"`
		Patch credit.Patch `json:"patch"`
	}
	message, err := json.Marshal(job{
		Ref: credit.Ref{ID: "c-17"},
		Patch: credit.Patch{
			Total:     credit.Set(credit.MustParseDecimal("12.50")),
			ExpiresAt: credit.Clear[time.Time](),
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(message))

	var received job
	if err := json.Unmarshal(message, &received); err != nil {
		fmt.Println(err)
		return
	}
	total, _ := received.Patch.Total.Get()
	fmt.Println(total, received.Patch.ExpiresAt.IsClear(), received.Patch.Note.IsZero())

	// A name that is not known does not go unnoticed.
	fmt.Println(json.Unmarshal([]byte(`{"ref":{"id":"c-17"},"patch":{"expiresAt":null}}`), &received))
	// Output:
	// {"ref":{"id":"c-17"},"patch":{"total":12.50,"expires_at":null}}
	// 12.50 true true
	// credit: patch: expiresAt: unknown name
}
