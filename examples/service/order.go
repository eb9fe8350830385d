package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/journal"
)

// An order is a product that a customer has bought for a credit. Its id stands for it
// for all time.
type order struct {
	ID      string `json:"id"`
	Product string `json:"product"`
	Credit  string `json:"credit"`
	Owner   string `json:"owner,omitempty"`
}

// orderID allows what needs no escape in a URL.
var orderID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// decodeOrder decodes a JSON object. encoding/json alone would accept members in
// another case, members that occur twice, and text that is not UTF-8, and would replace
// half a surrogate pair.
func decodeOrder(body []byte) (order, error) {
	var o order
	if !utf8.Valid(body) {
		return o, errors.New("body: is not UTF-8")
	}
	members := map[string]*string{"id": &o.ID, "product": &o.Product, "credit": &o.Credit, "owner": &o.Owner}
	tokens := json.NewDecoder(bytes.NewReader(body))
	if first, err := tokens.Token(); err != nil || first != json.Delim('{') {
		return o, errors.New("body: must be a JSON object")
	}
	for tokens.More() {
		name, err := tokens.Token()
		if err != nil {
			return o, fmt.Errorf("body: is not JSON: %w", err)
		}
		member, known := members[fmt.Sprint(name)]
		if !known {
			return o, fmt.Errorf("%.50q: is unknown or occurs twice", name)
		}
		delete(members, fmt.Sprint(name))
		value, err := tokens.Token()
		if err != nil {
			return o, fmt.Errorf("body: is not JSON: %w", err)
		}
		text, ok := value.(string)
		if !ok {
			return o, fmt.Errorf("%s: must be a string", name)
		}
		if strings.ContainsRune(text, utf8.RuneError) { // encoding/json puts it for half a surrogate pair
			return o, fmt.Errorf("%s: has an invalid character", name)
		}
		*member = text
	}
	if _, err := tokens.Token(); err != nil {
		return o, errors.New("body: is not JSON: the object does not end")
	}
	if _, err := tokens.Token(); !errors.Is(err, io.EOF) {
		return o, errors.New("body: must be one JSON object")
	}
	return o, o.validate()
}

func (o order) validate() error {
	if !orderID.MatchString(o.ID) {
		return errors.New(`id: must be 1 to 100 letters, digits, ".", "_" and "-", and begin with a letter or a digit`)
	}
	if o.Product == "" {
		return errors.New("product: is missing")
	}
	if err := credit.ValidateID(o.Credit); err != nil {
		return errors.New("credit: must be the id of a credit at the vendor")
	}
	return nil
}

// A status is an order and what the journal knows about its change.
type status struct {
	order
	Received time.Time
	Entry    *journal.Entry
}

// MarshalJSON returns what a customer of the service sees.
func (s status) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		order
		Received  time.Time      `json:"received_at"`
		State     journal.State  `json:"state"`
		Outcome   credit.Outcome `json:"outcome,omitzero"`
		Error     string         `json:"error,omitempty"`
		Attempts  int            `json:"attempts"`
		SettledBy string         `json:"settled_by,omitempty"`
	}{s.order, s.Received, s.Entry.State, s.Entry.Outcome, s.Entry.Error, s.Entry.Attempts, s.Entry.SettledBy})
}
