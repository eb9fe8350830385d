package replace

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/jsonenc"
	"github.com/creditkit/creditkit/internal/rest"
)

// A Record is a vendor's record as JSON text. A field whose member is missing or
// null is cleared; one whose member has another type or occurs twice is unknown. So is
// one whose member is missing in a row of a list.
type Record struct {
	doc   json.RawMessage
	shape *Shape
	found []jsonenc.Found // of the members that the shape names
	id    string          // set by Load and ParseRow

	partial bool // a row of a list: a missing member is unknown
}

var errNoObject = errors.New("the record is not a JSON object")

// parseRecord finds all members that the shape names, in one scan. The text must not
// change afterwards.
func (s *Shape) parseRecord(doc []byte) (*Record, error) {
	names := s.members()
	r := &Record{doc: doc, shape: s, found: make([]jsonenc.Found, len(names))}
	if !jsonenc.Find(doc, names, r.found) {
		return nil, errNoObject
	}
	return r, nil
}

// findMember returns the value of a member, and how often the member occurs.
func (r *Record) findMember(name string) (value json.RawMessage, n int) {
	var found [1]jsonenc.Found
	if i := slices.Index(r.shape.members(), name); i >= 0 {
		found[0] = r.found[i]
	} else {
		jsonenc.Find(r.doc, []string{name}, found[:])
	}
	return found[0].Value, found[0].Count
}

// JSON returns the record's text.
func (r *Record) JSON() json.RawMessage { return slices.Clip(r.doc) }

// Text returns the value of a string member.
func (r *Record) Text(name string) credit.Opt[string] {
	return readMember(r, name, func(raw json.RawMessage) (string, bool) {
		return rest.JSONString(raw), raw[0] == '"'
	})
}

// Amount returns the value of a number member.
func (r *Record) Amount(name string) credit.Opt[credit.Decimal] {
	return readMember(r, name, func(raw json.RawMessage) (credit.Decimal, bool) {
		amount, err := credit.ParseDecimal(string(raw))
		return amount, err == nil
	})
}

// Time returns the value of a string member that is a time in one of the
// layouts. A time without a zone is UTC; an empty string is cleared.
func (r *Record) Time(name string, layouts ...string) credit.Opt[time.Time] {
	text := r.Text(name)
	s, ok := text.Get()
	if text.IsClear() || ok && s == "" {
		return credit.Clear[time.Time]()
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return credit.Set(t)
		}
	}
	return credit.Opt[time.Time]{}
}

// readMember returns the value of a member that decode accepts.
func readMember[T any](r *Record, name string, decode func(json.RawMessage) (T, bool)) credit.Opt[T] {
	raw, n := r.findMember(name)
	switch {
	case n > 1, n == 0 && r.partial:
		return credit.Opt[T]{}
	case n == 0, string(raw) == "null":
		return credit.Clear[T]()
	}
	if v, ok := decode(raw); ok {
		return credit.Set(v)
	}
	return credit.Opt[T]{}
}

// memberValue returns the value of a member, or nil.
func (r *Record) memberValue(name string) json.RawMessage {
	raw, _ := r.findMember(name)
	return raw
}
