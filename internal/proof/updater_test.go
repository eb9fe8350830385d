package proof

import (
	"testing"

	"github.com/creditkit/creditkit/credit"
)

// A client makes its Updater once, so that Client.Updater costs nothing.
func TestClientsHaveOneUpdater(t *testing.T) {
	for _, v := range vendors {
		client, err := v.open(credit.WithBaseURL("https://vendor.example"))
		if err != nil {
			t.Fatal(err)
		}
		if client.Updater() != client.Updater() {
			t.Errorf("%s: two calls of Updater return two Updaters", v.name)
		}
		if n := testing.AllocsPerRun(10, func() { client.Updater() }); n != 0 {
			t.Errorf("%s: a call of Updater allocates %v times", v.name, n)
		}
	}
}
