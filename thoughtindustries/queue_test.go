package thoughtindustries_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	ti "github.com/creditkit/creditkit/thoughtindustries"
)

// An update whose response was lost is sent again before the next update of the batch
// begins, so that the repeat does not undo it. The queue is the same for the facade and
// the vendor's own call, and for an id in other letters.
func TestUpdatesOfOneBatchWaitForEachOther(t *testing.T) {
	for _, firstIsFacade := range []bool{true, false} {
		fake := credittest.NewThoughtIndustries(t) // started outside: a listener would stop the bubble's clock
		synctest.Test(t, func(t *testing.T) {
			client, err := ti.New("acme", "key-0123456789", credit.WithBaseURL(fake.URL), credit.WithTransport(fake.Transport()))
			if err != nil {
				t.Fatal(err)
			}
			facade := func(ctx context.Context, name string) error {
				_, err := client.Updater().Update(ctx, fake.Ref, credit.Patch{Name: credit.Set(name)})
				return err
			}
			native := func(ctx context.Context, name string) error {
				_, err := client.UpdateCreditBatch(ctx, fake.Ref.ID, ti.UpdateCreditBatchRequest{Name: &name})
				return err
			}
			first, second := facade, native
			if !firstIsFacade {
				first, second = native, facade
			}
			fake.Queue(credittest.LostAfter().After(time.Second))
			var group sync.WaitGroup
			group.Go(func() {
				if err := first(t.Context(), "first"); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait() // the first update is under way
			if err := second(t.Context(), "second"); err != nil {
				t.Error(err)
			}
			group.Wait()
			record, err := client.Updater().(credit.Reader).Read(t.Context(), fake.Ref)
			if err != nil {
				t.Fatal(err)
			}
			if name, _ := record.Name.Get(); name != "second" {
				t.Errorf("firstIsFacade %v: the name is %q, and the update to %q succeeded last", firstIsFacade, name, "second")
			}
			if writes := len(fake.Writes()); writes != 3 {
				t.Errorf("firstIsFacade %v: %d writes, want 3", firstIsFacade, writes)
			}
		})
	}
}

// A dry run and an update of another batch do not wait.
func TestOnlyUpdatesOfOneBatchWait(t *testing.T) {
	slow := roundTripper(func(*http.Request) (*http.Response, error) {
		time.Sleep(time.Second)
		return &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody}, nil
	})
	synctest.Test(t, func(t *testing.T) {
		client, err := ti.New("acme", "key-0123456789", credit.WithTransport(slow))
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		var group sync.WaitGroup
		for _, update := range []struct {
			id   string
			opts []credit.CallOption
		}{{id: "b"}, {id: "c"}, {"b", []credit.CallOption{credit.WithDryRun()}}} {
			group.Go(func() {
				patch := credit.Patch{Name: credit.Set("Gold")}
				if _, err := client.Updater().Update(t.Context(), credit.Ref{ID: update.id}, patch, update.opts...); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if took := time.Since(began); took != time.Second {
			t.Errorf("all of it took %v, want 1 s", took)
		}
		group.Go(func() {
			if _, err := client.Updater().Update(t.Context(), credit.Ref{ID: "B"}, credit.Patch{Name: credit.Set("Gold")}); err != nil {
				t.Error(err)
			}
		})
		if _, err := client.Updater().Update(t.Context(), credit.Ref{ID: "b"}, credit.Patch{Name: credit.Set("Gold")}); err != nil {
			t.Error(err)
		}
		group.Wait()
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("two updates of one batch, whose id is written in two ways, ended after %v, want 3 s", took)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (r roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return r(req) }
