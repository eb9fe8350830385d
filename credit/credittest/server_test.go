package credittest_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

func TestFaultsApplyInQueueOrder(t *testing.T) {
	t.Parallel()
	fake := credittest.NewKnox(t)
	refuse := credittest.Respond
	fake.Queue(refuse(601, "").OnWrite(), refuse(602, ""), refuse(603, "").OnToken())
	fake.Queue(refuse(604, "").OnRead(), refuse(605, ""))
	at := knoxURL(fake, fake.Ref.ID)
	var got []string
	for _, request := range []string{"GET", "GET", "PUT", "GET", "PUT", "TOKEN", "TOKEN"} {
		method, url := request, at
		if request == "TOKEN" {
			method, url = "POST", fake.URL+"/oauth/token"
		}
		got = append(got, fmt.Sprint(call(t, method, url, "{}", "Authorization", "Bearer x").status))
	}
	// The first read takes what is for any, the second what is for reads, and
	// the write what is for writes; the last two find no fault.
	if want := "602 604 601 605 400 603 403"; strings.Join(got, " ") != want {
		t.Errorf("statuses are %v, want %s", got, want)
	}
}

func TestResetForgetsRequestsAndFaults(t *testing.T) {
	t.Parallel()
	eachVendor(t, func(t *testing.T, v vendor) {
		fake := v.fake(t)
		updater := v.updater(t, fake)
		if _, err := updater.Update(t.Context(), fake.Ref, v.patch); err != nil {
			t.Fatal(err)
		}
		fake.Queue(credittest.Respond(400, ""), credittest.Respond(400, "").OnWrite())
		fake.Reset()
		if n := len(fake.Requests()) + len(fake.Writes()); n != 0 {
			t.Errorf("%d requests are left", n)
		}
		if !v.changed(t, fake) {
			t.Error("the record is as it was")
		}
		if _, err := updater.Update(t.Context(), fake.Ref, v.patch); err != nil {
			t.Errorf("a fault is left: %v", err)
		}
	})
}

func TestRecordOfUnknownCreditIsNil(t *testing.T) {
	t.Parallel()
	eachVendor(t, func(t *testing.T, v vendor) {
		if record := v.fake(t).Record("none"); record != nil {
			t.Errorf("got %s", record)
		}
	})
}

func TestLimit(t *testing.T) {
	t.Parallel()
	for _, want := range []struct {
		name   string
		status int
		body   string
	}{
		{"knox", 429, `{"message":"too many requests"}`},
		{"thoughtindustries", 429, `{"error":"rate_limit_exceeded","message":"Too many requests","retryAfter":60}`},
		{"nexudus", 409, ``},
		{"flexprice", 429, `{"message":"too many requests"}`},
		{"metronome", 429, `{"message":"too many requests"}`},
	} {
		for _, v := range vendors {
			if v.name != want.name {
				continue
			}
			t.Run(want.name, func(t *testing.T) {
				t.Parallel()
				fake := v.fake(t)
				fake.Limit(1, time.Minute)
				fake.Queue(credittest.Respond(418, ""), credittest.Respond(419, ""))
				if got := call(t, "GET", fake.URL+"/a", ""); got.status != 418 {
					t.Errorf("the first call gives %d", got.status)
				}
				got := call(t, "GET", fake.URL+"/a", "")
				got.says(t, want.status, want.body)
				wait := "60"
				if want.name == "nexudus" {
					wait = "1"
				}
				if got.header.Get("Retry-After") != wait {
					t.Errorf("Retry-After is %q", got.header.Get("Retry-After"))
				}
				if want.name == "thoughtindustries" && got.header.Get("X-RateLimit-Remaining") != "0" {
					t.Errorf("headers are %v", got.header)
				}
				fake.Limit(0, 0)
				if got := call(t, "GET", fake.URL+"/a", ""); got.status != 419 {
					t.Errorf("without the limit: %d", got.status)
				}
				if n := len(fake.Requests()); n != 3 {
					t.Errorf("%d requests are in the log", n)
				}
			})
		}
	}
}

func TestLimitExcludesTokenRequests(t *testing.T) {
	t.Parallel()
	fake := credittest.NewKnox(t)
	fake.Limit(1, time.Hour)
	for _, path := range []string{"/oauth/token", "/oauth/token", "/credits"} {
		if got := call(t, "POST", fake.URL+path, ""); got.status == 429 {
			t.Errorf("%s is refused", path)
		}
	}
	for path, over := range map[string]bool{"/oauth/token": false, "/credits": true} {
		if got := call(t, "POST", fake.URL+path, ""); (got.status == 429) != over {
			t.Errorf("%s gives %d", path, got.status)
		}
	}
}

// A request is in the log while it is on its way, and is acted on when its
// caller goes.
func TestSlowOverAConnection(t *testing.T) {
	t.Parallel()
	eachVendor(t, func(t *testing.T, v vendor) {
		fake := v.fake(t)
		fake.Queue(credittest.Slow(time.Hour).OnWrite())
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			_, err := v.updater(t, fake).Update(ctx, fake.Ref, v.patch)
			done <- err
		}()
		for len(fake.Writes()) == 0 {
			runtime.Gosched()
		}
		if v.changed(t, fake) {
			t.Error("the change was made at once")
		}
		cancel()
		if err := <-done; credit.OutcomeOf(err) != credit.Unknown {
			t.Errorf("the call ends with %v", err)
		}
		fake.Close() // which waits for the fake
		if !v.changed(t, fake) || !fake.Writes()[0].Applied {
			t.Error("the change was not made")
		}
	})
}

func TestCloseEndsDelayedResponses(t *testing.T) {
	t.Parallel()
	fake := credittest.NewKnox(nil)
	fake.Queue(credittest.Slow(time.Hour))
	done := make(chan error)
	go func() {
		_, err := try(t.Context(), "GET", fake.URL, "")
		done <- err
	}()
	for len(fake.Requests()) == 0 {
		runtime.Gosched()
	}
	fake.Close()
	if err := <-done; err == nil {
		t.Error("there is an answer")
	}
	fake.Close()
}

func TestConcurrentRequests(t *testing.T) {
	t.Parallel()
	eachVendor(t, func(t *testing.T, v vendor) {
		fake := v.fake(t)
		record := fake.Record(fake.Ref.ID)
		direct := v.updater(t, fake)
		inMemory := v.updater(t, fake, credit.WithTransport(fake.Transport()))
		var group sync.WaitGroup
		for i := range 16 {
			group.Go(func() {
				u := direct
				if i%2 == 0 {
					u = inMemory
				}
				if _, err := u.Update(t.Context(), fake.Ref, v.patch); err != nil {
					t.Error(err)
				}
				for _, r := range fake.Requests() {
					_ = len(r.Body) + len(r.Header)
				}
			})
			group.Go(func() {
				fake.Queue(credittest.Slow(time.Nanosecond))
				fake.Limit(0, 0)
				if fake.Record(fake.Ref.ID) == nil || fake.TokensIssued() != 0 || len(fake.Writes()) > 16 {
					t.Error("the fake is in disorder")
				}
				if err := fake.Seed([]byte(edited(t, record, "x_other", `1`))); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n := len(fake.Writes()); n != 16 {
			t.Errorf("%d writes", n)
		}
	})
}
