package credittest_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

func TestLateWrites(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		faults []credittest.Fault
		states []string // after each of the writes "1", "2", ...
		late   int      // what Deliver acts on at the end
		end    string
	}{
		{"after the next write", []credittest.Fault{credittest.Late(1)}, []string{"", "1", "3"}, 0, "3"},
		{"after two writes", []credittest.Fault{credittest.Late(2)}, []string{"", "2", "1"}, 0, "1"},
		{"two, in order", []credittest.Fault{credittest.Late(1), credittest.Late(1)}, []string{"", "", "2"}, 0, "2"},
		{"two, the first one later", []credittest.Fault{credittest.Late(2), credittest.Late(1)}, []string{"", "", "2", "1"}, 0, "1"},
		{"on delivery", []credittest.Fault{credittest.Late(0)}, []string{"", "2", "3"}, 1, "1"},
		{"on delivery, in order", []credittest.Fault{credittest.Late(0), credittest.Late(5)}, []string{"", "", "3"}, 2, "2"},
		{"a lost write does not count", []credittest.Fault{credittest.Late(1), credittest.LostBefore()}, []string{"", "", "1"}, 0, "1"},
		{"a refused one counts", []credittest.Fault{credittest.Late(1), credittest.Slow(0).NotApplied()}, []string{"", "1", "3"}, 0, "3"},
		{"a gateway's answer", []credittest.Fault{credittest.GaveUp(504).Late(1)}, []string{"", "1"}, 0, "1"},
		{"a gateway's 500", []credittest.Fault{credittest.GaveUp(500).Late(1)}, []string{"", "1"}, 0, "1"},
	} {
		eachVendor(t, func(t *testing.T, v vendor) {
			t.Run(test.name, func(t *testing.T) {
				fake := v.fake(t)
				first := v.valueOf(t, fake)
				fake.Queue(test.faults...)
				for i, want := range test.states {
					write := v.writeOf(t, fake, string(rune('1'+i))).withKey(string(rune('a' + i)))
					_, err := write.over(t, fake.Transport(), fake.URL)
					if lost := i == 0 && test.faults[0].Lost; (err != nil) != (lost || i < len(test.faults) && test.faults[i].Lost) {
						t.Errorf("write %d ends with %v", i+1, err)
					}
					if want == "" {
						want = first
					}
					if got := v.valueOf(t, fake); got != want {
						t.Errorf("after write %d the value is %q, want %q", i+1, got, want)
					}
				}
				if late := fake.Deliver(); late != test.late {
					t.Errorf("%d writes were late, want %d", late, test.late)
				}
				if got := v.valueOf(t, fake); got != test.end {
					t.Errorf("the value is %q in the end, want %q", got, test.end)
				}
				if !fake.Writes()[0].Applied {
					t.Error("the late write is not marked as applied")
				}
			})
		})
	}
}

// The attempt times out, the update goes on with another, and the first one
// arrives after another writer's.
func TestLateWriteAfterTimeout(t *testing.T) {
	t.Parallel()
	eachVendor(t, func(t *testing.T, v vendor) {
		fake := v.fake(t)
		updater := v.updater(t, fake, credit.WithTransport(fake.Transport()))
		fake.Queue(credittest.Late(2).After(time.Hour))
		synctest.Test(t, func(t *testing.T) {
			if _, err := updater.Update(t.Context(), fake.Ref, v.patch); err != nil {
				t.Fatal(err)
			}
			if !v.changed(t, fake) || len(fake.Writes()) != 2 {
				t.Fatalf("%d writes left %q", len(fake.Writes()), v.valueOf(t, fake))
			}
			if _, err := v.writeOf(t, fake, "other").over(t, fake.Transport(), fake.URL); err != nil {
				t.Fatal(err)
			}
			// Metronome knows the key of the late one: its edit was made.
			if late, keyed := v.changed(t, fake), v.name == "metronome"; late == keyed {
				t.Errorf("the value is %q", v.valueOf(t, fake))
			}
		})
	})
}

func TestLateWriteOutlivesCaller(t *testing.T) {
	t.Parallel()
	fake := credittest.NewFlexprice(t)
	v := vendors[3]
	fake.Queue(credittest.Late(0).After(time.Hour))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := v.updater(t, fake).Update(ctx, fake.Ref, v.patch)
		done <- err
	}()
	for len(fake.Writes()) == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the call ends with %v", err)
	}
	fake.Reset() // which leaves late writes alone
	fake.Close() // which waits for the fake
	if v.changed(t, fake) || fake.Deliver() != 1 || !v.changed(t, fake) || fake.Deliver() != 0 {
		t.Errorf("the value is %q", v.valueOf(t, fake))
	}
}

func TestMetronomeRejectsKeyInFlight(t *testing.T) {
	t.Parallel()
	const inFlight = `{"message":"Another request with this Idempotency-Key is in progress"}`
	v := vendors[4]
	fake := credittest.NewMetronome(t)
	write := v.writeOf(t, fake, "changed").withKey("k")
	send := func() answer { return must(write.over(t, fake.Transport(), fake.URL))(t) }

	fake.Queue(credittest.KeyInFlight())
	send().says(t, 409, inFlight)
	if v.changed(t, fake) {
		t.Error("a refusal changed the credit")
	}
	fake.Queue(credittest.InFlight(2))
	if _, err := write.over(t, fake.Transport(), fake.URL); err == nil {
		t.Error("the first request was answered")
	}
	send().says(t, 409, inFlight)
	if v.changed(t, fake) {
		t.Error("the request in flight was finished early")
	}
	must(v.writeOf(t, fake, "other").withKey("l").over(t, fake.Transport(), fake.URL))(t).says(t, 200, editDone)
	send().says(t, 200, editDone)
	var applied []bool
	for _, w := range fake.Writes() {
		applied = append(applied, w.Applied)
	}
	// The one of KeyInFlight, the one in flight, the 409, the other, the repeat.
	if want := []bool{false, true, false, true, false}; !slices.Equal(applied, want) || !v.changed(t, fake) {
		t.Errorf("applied are %v, want %v, and the value is %q", applied, want, v.valueOf(t, fake))
	}
}

// A request that has arrived and is not answered yet keeps its key in flight.
func TestMetronomeSlowEditHoldsKey(t *testing.T) {
	t.Parallel()
	fake := credittest.NewMetronome(t)
	write := vendors[4].writeOf(t, fake, "changed").withKey("k")
	fake.Queue(credittest.Slow(time.Minute))
	synctest.Test(t, func(t *testing.T) {
		first := make(chan int)
		go func() { first <- must(write.over(t, fake.Transport(), fake.URL))(t).status }()
		synctest.Wait()
		if got := must(write.over(t, fake.Transport(), fake.URL))(t); got.status != 409 {
			t.Errorf("the second request is answered with %d %s", got.status, got.body)
		}
		if status := <-first; status != 200 {
			t.Errorf("the first request is answered with %d", status)
		}
		must(write.over(t, fake.Transport(), fake.URL))(t).says(t, 200, editDone)
		must(vendors[4].writeOf(t, fake, "other").withKey("k").over(t, fake.Transport(), fake.URL))(t).
			says(t, 409, `{"message":"Idempotency-Key was used with other parameters"}`)
	})
}

// Flexprice's server reads a grant, and writes back what it has read.
func TestFlexpriceOverlappingUpdateLosesChange(t *testing.T) {
	t.Parallel()
	const end = `"2999-01-01T00:00:00Z"`
	for _, test := range []struct {
		name            string
		grant           string
		first, meantime string
		want            []string
	}{
		{"metadata, by a rename", "", `{"name":"n"}`, `{"metadata":{"a":"1"}}`, []string{"name", `"n"`}},
		{"a name, by metadata", "", `{"metadata":{"a":"1"}}`, `{"name":"n"}`, []string{"metadata", `{"a":"1"}`}},
		{"an end date, by a rename", "", `{"name":"n"}`, `{"end_date":` + end + `}`, []string{"name", `"n"`}},
		{"an archiving, by a rename", credittest.FlexpricePlanGrant, `{"name":"n"}`, `{"end_date":` + end + `}`, []string{"name", `"n"`}},
		{"a name, by an end date", "", `{"end_date":` + end + `}`, `{"name":"n"}`, []string{"end_date", end}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, way := range []string{"InFlight", "Slow"} {
				fake := credittest.NewFlexprice(t)
				id := test.grant
				if id == "" {
					id = fake.Ref.ID
				}
				want := edited(t, fake.Record(id), append([]string{"updated_at", `"now"`}, test.want...)...)
				synctest.Test(t, func(t *testing.T) {
					put := func(body string) (answer, error) {
						write := rawCall{method: "PUT", path: "/creditgrants/" + id, body: body, header: http.Header{"X-Api-Key": {"k"}}}
						return write.over(t, fake.Transport(), fake.URL)
					}
					if way == "InFlight" {
						fake.Queue(credittest.InFlight(1))
						if _, err := put(test.first); err == nil {
							t.Error("the first request was answered")
						}
						must(put(test.meantime))(t).status200(t)
					} else {
						fake.Queue(credittest.Slow(time.Second))
						first := make(chan int)
						go func() { first <- must(put(test.first))(t).status }()
						synctest.Wait()
						must(put(test.meantime))(t).status200(t)
						if status := <-first; status != 200 {
							t.Errorf("the first request is answered with %d", status)
						}
					}
					holds(t, fake, id, want, "updated_at")
				})
			}
		})
	}
}

func (a answer) status200(t *testing.T) {
	t.Helper()
	if a.status != 200 {
		t.Errorf("status %d: %s", a.status, a.body)
	}
}
