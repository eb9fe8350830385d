package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/journal"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// A product is a change of a credit that customers can buy.
type product struct {
	Vendor string          `json:"vendor"`
	Set    credit.Patch    `json:"set,omitzero"`
	Add    journal.Amounts `json:"add,omitzero"`
}

// A catalogue holds the products by name.
type catalogue struct {
	products map[string]product
	offline  map[string]credit.Updater // by vendor: checks a change and sends nothing
}

//go:embed products.json
var exampleProducts []byte

var errUnknownProduct = errors.New("product: is unknown")

// loadCatalogue reads a file of products, or the example's own for "".
func loadCatalogue(file string) (*catalogue, error) {
	text := exampleProducts
	if file != "" {
		var err error
		if text, err = os.ReadFile(file); err != nil { //nolint:gosec // the operator names the file
			return nil, err
		}
	}
	c := &catalogue{offline: make(map[string]credit.Updater)}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c.products); err != nil {
		return nil, fmt.Errorf("products: %w", err)
	}
	if len(c.products) == 0 {
		return nil, errors.New("products: there are none")
	}
	for name, p := range c.products {
		if err := c.addProduct(p); err != nil {
			return nil, fmt.Errorf("products: %s: %w", name, err)
		}
	}
	return c, nil
}

// addProduct checks a product and opens its vendor.
func (c *catalogue) addProduct(p product) error {
	for _, amount := range []credit.Decimal{p.Add.Total, p.Add.Balance} {
		if amount.IsSet() && amount.Sign() <= 0 {
			return errors.New("add: must be positive")
		}
	}
	if p.Set.IsEmpty() && p.Add.IsZero() {
		return errors.New("changes nothing")
	}
	updater, err := vendor.Offline(p.Vendor)
	if err != nil {
		return err
	}
	c.offline[p.Vendor] = updater
	// A field that the vendor cannot change is refused for every order.
	patch := p.largestPatch()
	for field, op := range patch.All() {
		if ability := updater.Support().Fields[field]; !ability.Set || op.IsClear() && !ability.Clear {
			return fmt.Errorf("%s cannot be changed at %s", field, p.Vendor)
		}
	}
	return nil
}

// largestPatch returns the fields that the product changes. Amounts that are added
// stand for their sums, which are not known yet.
func (p product) largestPatch() credit.Patch {
	patch := p.Set
	if p.Add.Total.IsSet() {
		patch.Total = credit.Set(p.Add.Total)
	}
	if p.Add.Balance.IsSet() {
		patch.Balance = credit.Set(p.Add.Balance)
	}
	return patch
}

// job returns the change that an order has bought. It refuses, before anything is
// stored, what the vendor's driver would refuse without asking the vendor, such as an
// id that is not a number at nexudus.
func (c *catalogue) job(ctx context.Context, o order) (journal.Job, error) {
	p, ok := c.products[o.Product]
	if !ok {
		return journal.Job{}, errUnknownProduct
	}
	updater, ref := c.offline[p.Vendor], credit.Ref{ID: o.Credit, Owner: o.Owner}
	_, err := updater.Update(ctx, ref, p.largestPatch())
	if reader, ok := updater.(credit.Reader); ok && !vendor.Refused(err) {
		_, err = reader.Read(ctx, ref) // an addition reads, and so does a person who looks
	}
	if vendor.Refused(err) {
		return journal.Job{}, err
	}
	return journal.Job{
		Key: o.ID, Vendor: p.Vendor, Ref: ref, Patch: p.Set, Add: p.Add,
		Actor: "orders", Reason: fmt.Sprintf("order %s of %s", o.ID, o.Product),
	}, nil
}
