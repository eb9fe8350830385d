package credit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/knox"
	"github.com/creditkit/creditkit/thoughtindustries"
)

// A knoxServer stands for knox, whose writes replace the whole record: it has
// one credit, shows it and takes a new one.
type knoxServer struct {
	*httptest.Server
	record []byte
	keeps  bool // it says yes to a write and keeps what it had
}

func newKnoxServer() *knoxServer {
	s := &knoxServer{record: []byte(`{"id":"cr-1","contact_id":"con-1","quantity":1.50,"notes":"pending","expiration_date":"2027-06-30","seat":"12A"}`)}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	return s
}

func (s *knoxServer) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPut {
		sent, _ := io.ReadAll(r.Body)
		fmt.Printf("knox gets %s\n", sent)
		if !s.keeps {
			s.record = sent
		}
	}
	_, _ = w.Write(s.record)
}

func (s *knoxServer) updater() credit.Updater {
	client, err := knox.New("acme", credit.StaticToken("token"), credit.WithBaseURL(s.URL))
	if err != nil {
		panic(err)
	}
	return client.Updater()
}

// What the patch does not name stays as it is: at knox, whose writes replace the
// record, it is sent back digit by digit.
func ExampleUpdater_Update() {
	server := newKnoxServer()
	defer server.Close()

	result, err := server.updater().Update(context.Background(), credit.Ref{ID: "cr-1"}, credit.Patch{
		Total:     credit.Set(credit.MustParseDecimal("2.25")),
		ExpiresAt: credit.Clear[time.Time](),
	})
	if err != nil {
		fmt.Println(credit.OutcomeOf(err), err)
		return
	}
	for _, c := range result.Changes() {
		fmt.Printf("%s was %q and is %q\n", c.Field, c.Before, c.After)
	}
	total, _ := result.After.Total.Get()
	fmt.Println("knox returned", total)
	// Output:
	// knox gets {"id":"cr-1","contact_id":"con-1","quantity":2.25,"notes":"pending","seat":"12A"}
	// total was "1.50" and is "2.25"
	// expires_at was "2027-06-30T00:00:00Z" and is ""
	// knox returned 2.25
}

// Support reports what a vendor can do, before a call.
func ExampleUpdater_Support() {
	support := client().Updater().Support()
	for _, field := range credit.Fields() {
		fmt.Printf("%s: set %v, clear %v: %q\n", field, support.CanSet(field), support.CanClear(field), support.Fields[field].VendorField)
	}
	fmt.Println("needs an owner:", support.Owner == credit.OwnerRequired)
	// Output:
	// name: set true, clear false: "name"
	// note: set true, clear false: "description"
	// total: set true, clear false: "the one schedule item's amount"
	// balance: set false, clear false: ""
	// starts_at: set true, clear false: "the one item's starting_at (on the hour)"
	// expires_at: set true, clear false: "the one item's ending_before (on the hour)"
	// priority: set true, clear true: "priority"
	// metadata: set false, clear false: ""
	// needs an owner: true
}

// A program picks the vendor by a map of the updaters that it has credentials
// for. Nothing else is needed: an Updater is the same type at every vendor.
func ExampleUpdater_byName() {
	updaters := map[string]credit.Updater{}
	if c, err := flexprice.New("key"); err == nil {
		updaters["flexprice"] = c.Updater()
	}
	if c, err := thoughtindustries.New("acme", "key"); err == nil {
		updaters["thoughtindustries"] = c.Updater()
	}

	// Of a configuration file, say.
	for _, name := range []string{"flexprice", "thoughtindustries", "stripe"} {
		updater, ok := updaters[name]
		if !ok {
			fmt.Printf("%s is none of %v\n", name, slices.Sorted(maps.Keys(updaters)))
			continue
		}
		fmt.Println(name, "can set the balance:", updater.Support().CanSet(credit.FieldBalance))
	}
	// Output:
	// flexprice can set the balance: false
	// thoughtindustries can set the balance: true
	// stripe is none of [flexprice thoughtindustries]
}

// A balance is NotIdempotent: learners redeem credits while the outcome is unknown.
func ExampleSupport_Repeatable() {
	client, err := thoughtindustries.New("acme", "key")
	if err != nil {
		fmt.Println(err)
		return
	}
	support := client.Updater().Support()
	rename := credit.Patch{Name: credit.Set("Spring")}
	refill := credit.Patch{Name: credit.Set("Spring"), Balance: credit.Set(credit.NewDecimal(40))}
	fmt.Println(support.Repeatable(rename), support.Repeatable(refill))
	// Output: true false
}

// A ledger is a program's own table of credits.
type ledger struct {
	mu       sync.Mutex
	balances map[string]credit.Decimal
}

func (*ledger) Vendor() string { return "ledger" }

func (*ledger) Support() credit.Support {
	return credit.Support{Fields: map[credit.Field]credit.Ability{
		credit.FieldBalance: {Set: true, VendorField: "the balance"},
	}}
}

// Apply sees only what Support promises; the rest has been refused.
func (l *ledger) Apply(_ context.Context, ref credit.Ref, patch credit.Patch, cfg credit.CallConfig) (*credit.Result, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, ok := l.balances[ref.ID]
	if !ok {
		return nil, &credit.Error{Vendor: "ledger", Op: "Apply", Kind: credit.ErrNotFound, Outcome: credit.NotSent}
	}
	result := &credit.Result{Before: &credit.Record{ID: ref.ID, Values: credit.Values{Balance: credit.Set(before)}}}
	if cfg.DryRun {
		return result, nil
	}
	l.balances[ref.ID], _ = patch.Balance.Get()
	result.After = &credit.Record{ID: ref.ID, Values: credit.Values{Balance: patch.Balance}}
	return result, nil
}

// A sixth vendor is a Driver; checking the call and comparing the response is
// done for it.
func ExampleNewUpdater() {
	updater := credit.NewUpdater(&ledger{balances: map[string]credit.Decimal{"7": credit.NewDecimal(40)}})
	spend := credit.Patch{Balance: credit.Set(credit.MustParseDecimal("39.50"))}

	result, err := updater.Update(context.Background(), credit.Ref{ID: "7"}, spend)
	fmt.Println(result.Vendor, result.ID, result.Changes(), err)

	_, err = updater.Update(context.Background(), credit.Ref{ID: "8"}, spend)
	fmt.Println(errors.Is(err, credit.ErrNotFound), err)

	_, err = updater.Update(context.Background(), credit.Ref{ID: "7"}, credit.Patch{Name: credit.Set("gold")})
	fmt.Println(err)
	// Output:
	// ledger 7 [{balance 40 39.50}] <nil>
	// true ledger: Apply: not found; no change was sent
	// ledger: cannot set name; nothing was sent
}

// An updater that can read is a Reader as well. What a vendor does not tell is
// neither set nor clear.
func ExampleReader() {
	server := newKnoxServer()
	defer server.Close()

	reader, ok := server.updater().(credit.Reader)
	if !ok {
		fmt.Println("this vendor's credits cannot be read")
		return
	}
	record, err := reader.Read(context.Background(), credit.Ref{ID: "cr-1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	note, ok := record.Note.Get()
	fmt.Println("the note is", note, ok)
	fmt.Println("the start is empty:", record.StartsAt.IsClear())
	fmt.Println("the metadata are unknown:", record.Metadata.IsZero())
	// Output:
	// the note is pending true
	// the start is empty: true
	// the metadata are unknown: true
}

// A Patch leaves alone what it does not name. An empty text, an amount of 0 and
// clearing are three different things.
func ExamplePatch() {
	patch := credit.Patch{
		Note:    credit.Clear[string](),
		Balance: credit.Set(credit.NewDecimal(0)),
	}
	balance, set := patch.Balance.Get()
	fmt.Println(patch.Name.IsZero(), patch.Note.IsClear(), balance, set)
	// Output: true true 0 true
}

// A dry run reads and checks, and shows what would be sent.
func ExampleWithDryRun() {
	server := newKnoxServer()
	defer server.Close()

	patch := credit.Patch{Note: credit.Set("paid")}
	result, err := server.updater().Update(context.Background(), credit.Ref{ID: "cr-1"}, patch, credit.WithDryRun())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Changes())
	fmt.Println(result.Request.Method, result.Request.Path)
	fmt.Println(string(result.Request.Body))
	// Output:
	// [{note "pending" "paid"}]
	// PUT /credits/acme/cr-1
	// {"id":"cr-1","contact_id":"con-1","quantity":1.50,"notes":"paid","expiration_date":"2027-06-30","seat":"12A"}
}

// Metronome's response does not show the credit. WithVerify reads it back, and
// finds what another one has written meanwhile.
func ExampleWithVerify() {
	updater := client(credit.WithTransport(&responses{
		`200 {"data":{"id":"5e7e82cf-ccb7-428c-a96f-a8e4f67af822"}}`,
		`200 {"data":[{"id":"5e7e82cf-ccb7-428c-a96f-a8e4f67af822","type":"CREDIT","name":"Gold","product":{"id":"p","name":"Credits"}}],"next_page":null}`,
	})).Updater()

	ref := credit.Ref{ID: rename.CreditID, Owner: rename.CustomerID}
	_, err := updater.Update(context.Background(), ref, credit.Patch{Name: credit.Set("Trial")}, credit.WithVerify())
	if mismatch, ok := errors.AsType[*credit.MismatchError](err); ok {
		for _, f := range mismatch.Fields {
			fmt.Printf("%s should be %s and is %s\n", f.Field, f.Want, f.Got)
		}
		fmt.Println("attempts:", mismatch.Result.Attempts)
	}
	fmt.Println(credit.OutcomeOf(err))
	// Output:
	// name should be "Trial" and is "Gold"
	// attempts: 1
	// applied
}

// A program that has just read the record hands it in, and spares the read.
func ExampleWithRecord() {
	server := newKnoxServer()
	defer server.Close()

	record := json.RawMessage(`{"id":"cr-1","contact_id":"con-1","quantity":1.50,"notes":"pending","rank":9007199254740993}`)
	patch := credit.Patch{Note: credit.Set("paid")}
	_, err := server.updater().Update(context.Background(), credit.Ref{ID: "cr-1"}, patch, credit.WithRecord(record))
	fmt.Println(err)

	_, err = server.updater().Update(context.Background(), credit.Ref{ID: "cr-2"}, patch, credit.WithRecord(record))
	fmt.Println(errors.Is(err, credit.ErrMalformed), credit.OutcomeOf(err))
	// Output:
	// knox gets {"id":"cr-1","contact_id":"con-1","quantity":1.50,"notes":"paid","rank":9007199254740993}
	// <nil>
	// true not sent
}

// The response is compared with the patch wherever it shows the credit.
func ExampleMismatchError() {
	server := newKnoxServer()
	defer server.Close()
	server.keeps = true

	_, err := server.updater().Update(context.Background(), credit.Ref{ID: "cr-1"}, credit.Patch{Note: credit.Set("paid")})
	fmt.Println(err)
	// Output:
	// knox gets {"id":"cr-1","contact_id":"con-1","quantity":1.50,"notes":"paid","expiration_date":"2027-06-30","seat":"12A"}
	// knox: the vendor reported the change of credit cr-1 as made, and shows other values: note is "pending", not "paid"
}

// A patch that the vendor cannot take is refused whole, with all that it cannot
// do, and nothing is sent.
func ExampleUnsupportedError() {
	_, err := client().Updater().Update(context.Background(), credit.Ref{ID: "5e7e82cf"}, credit.Patch{
		Name:     credit.Clear[string](),
		Total:    credit.Set(credit.NewDecimal(100)),
		Metadata: credit.Set(map[string]string{"team": "blue"}),
	})
	fmt.Println(errors.Is(err, errors.ErrUnsupported))
	fmt.Println(err)
	if unsupported, ok := errors.AsType[*credit.UnsupportedError](err); ok {
		fmt.Println(unsupported.Set, unsupported.Clear)
	}
	// Output:
	// true
	// metronome: cannot set metadata, nor clear name; nothing was sent
	// [metadata] [name]
}

// If the patch could apply to several parts of a credit, the update is refused.
func ExampleAmbiguousError() {
	updater := client(credit.WithTransport(&responses{`200 {"data":[{"id":"5e7e82cf-ccb7-428c-a96f-a8e4f67af822","type":"CREDIT",
		"product":{"id":"p","name":"Credits"},"access_schedule":{"schedule_items":[
		{"id":"first","amount":1,"starting_at":"2027-01-01T00:00:00Z","ending_before":"2027-02-01T00:00:00Z"},
		{"id":"second","amount":1,"starting_at":"2027-02-01T00:00:00Z","ending_before":"2027-03-01T00:00:00Z"}]}}],"next_page":null}`})).Updater()

	ref := credit.Ref{ID: rename.CreditID, Owner: rename.CustomerID}
	_, err := updater.Update(context.Background(), ref, credit.Patch{Total: credit.Set(credit.NewDecimal(2))})
	if ambiguous, ok := errors.AsType[*credit.AmbiguousError](err); ok {
		fmt.Println(ambiguous.Candidates)
	}
	fmt.Println(credit.OutcomeOf(err))
	// Output:
	// [first second]
	// not sent
}

// Every error of an Update has an outcome; a program need not know the types.
func ExampleOutcomeOf_update() {
	server := newKnoxServer()
	defer server.Close()
	server.keeps = true

	for _, patch := range []credit.Patch{
		{},
		{Name: credit.Set("gold")},
		{Total: credit.Set(credit.MustParseDecimal("0.001"))},
		{Note: credit.Set("paid")},
	} {
		_, err := server.updater().Update(context.Background(), credit.Ref{ID: "cr-1"}, patch)
		fmt.Printf("%v: %v\n", credit.OutcomeOf(err), err)
	}
	// Output:
	// not sent: credit: the patch changes nothing; nothing was sent
	// not sent: knox: cannot set name; nothing was sent
	// not sent: knox: invalid total: must be at least 0.01; nothing was sent
	// knox gets {"id":"cr-1","contact_id":"con-1","quantity":1.50,"notes":"paid","expiration_date":"2027-06-30","seat":"12A"}
	// applied: knox: the vendor reported the change of credit cr-1 as made, and shows other values: note is "pending", not "paid"
}

// A Finder lists the credits of an owner. What it found can be read and changed by its
// Ref.
func ExampleFinder() {
	support := credit.Support{
		Fields: map[credit.Field]credit.Ability{credit.FieldTotal: {Set: true}},
		Owner:  credit.OwnerForReads,
	}
	fake := credittest.NewFake(support, // instead of client.Updater()
		credit.Record{ID: "c-1", Owner: "acme", Values: credit.Values{Total: credit.Set(credit.NewDecimal(100))}},
		credit.Record{ID: "c-2", Owner: "acme", Values: credit.Values{Total: credit.Set(credit.MustParseDecimal("2.50"))}},
		credit.Record{ID: "c-3", Owner: "others", Values: credit.Values{Total: credit.Set(credit.NewDecimal(7))}},
	)
	var updater credit.Updater = fake

	finder, ok := updater.(credit.Finder)
	if !ok {
		fmt.Println("the vendor documents no list")
		return
	}
	for found, err := range finder.Find(context.Background(), credit.Query{Owner: "acme"}) {
		if err != nil {
			fmt.Println("others may be missing:", err)
			return
		}
		total, _ := found.Total.Get()
		fmt.Println(credit.Ref{ID: found.ID, Owner: found.Owner}, total)
	}
	// Output:
	// {c-1 acme} 100
	// {c-2 acme} 2.50
}
