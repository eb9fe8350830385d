package credittest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit/credittest"
)

func TestRequestsReturnsCopies(t *testing.T) {
	t.Parallel()
	fake := credittest.NewMetronome(t)
	call(t, "POST", fake.URL+editPath, `{`+edit+`}`, "Authorization", "Bearer x")
	first := fake.Requests()[0]
	if first.At.IsZero() || time.Since(first.At) > time.Minute {
		t.Errorf("it arrived at %v", first.At)
	}
	first.Body[0], first.Header["Authorization"][0] = 'x', "y"
	again := fake.Requests()[0]
	if again.Body[0] != '{' || again.Header.Get("Authorization") != "Bearer x" {
		t.Errorf("the log is now %+v", again)
	}
	record := fake.Record(fake.Ref.ID)
	record[0] = 'x'
	if fake.Record(fake.Ref.ID)[0] != '{' {
		t.Error("the record was written over")
	}
}

func TestKeepRequestsDropsOldest(t *testing.T) {
	t.Parallel()
	fake := credittest.NewKnox(t)
	send := func(from, to int) {
		for i := from; i < to; i++ {
			must(rawCall{method: "GET", path: fmt.Sprint("/", i)}.over(t, fake.Transport(), fake.URL))(t)
		}
	}
	recorded := func() (paths []string) {
		for _, r := range fake.Requests() {
			paths = append(paths, strings.TrimPrefix(r.Path, "/"))
		}
		return paths
	}
	send(0, 5)
	fake.KeepRequests(3)
	if got := recorded(); !slices.Equal(got, []string{"2", "3", "4"}) {
		t.Errorf("the requests before the limit are %v", got)
	}
	for i := 5; i < 500; i++ {
		send(i, i+1)
		if got := recorded(); len(got) != 3 || got[2] != fmt.Sprint(i) || got[0] != fmt.Sprint(i-2) {
			t.Fatalf("after request %d: %v", i, got)
		}
	}
	fake.KeepRequests(0)
	send(500, 503)
	if got := recorded(); len(got) != 6 || got[0] != "497" {
		t.Errorf("without a limit: %v", got)
	}
	fake.KeepRequests(1)
	fake.Reset()
	if got := recorded(); len(got) != 0 {
		t.Errorf("after Reset: %v", got)
	}
}
