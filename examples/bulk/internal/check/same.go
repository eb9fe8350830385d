package check

import (
	"crypto/sha256"
	"fmt"
	"iter"
	"regexp"
	"strings"

	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// same finds the rows that change the same credit, or have the same key. Rows
// are sent side by side, so that which of two came last would be chance.
//
// Of each row it remembers hashes, the first 16 bytes of a SHA-256. That two
// different credits have the same one happens once in 10^20 files of a billion
// rows, and would be reported, not lost.
type same struct {
	seen   *sorter // what each row changes; equal ones are neighbours
	second *sorter // the rows that are not the first, in the order of the file
}

// The kinds of what rows can have in common.
const (
	sameCredit = 'c'
	sameKey    = 'k'
)

func newSame(dir string) *same {
	return &same{seen: newSorter(dir), second: newSorter(dir)}
}

// add remembers a row, also one that is bad otherwise: it was meant to change
// the credit too. A vendor's id is that of one credit whoever owns it, so the
// owner does not count.
func (s *same) add(r row.Placed) error {
	if r.Vendor != "" && r.Ref.ID != "" {
		// None of the two holds a control character, and neither does a key.
		if err := s.remember(r, sameCredit, "id", r.Vendor+"\x00"+folded(r.Ref.ID)); err != nil {
			return err
		}
	}
	if r.Key == "" {
		return nil
	}
	return s.remember(r, sameKey, "key", r.Key)
}

func (s *same) remember(r row.Placed, kind byte, part, text string) error {
	hash := sha256.Sum256([]byte(text))
	line, column := r.Position(part)
	return s.seen.add(entry{
		Hash: [16]byte(hash[:16]), Number: r.Number, Kind: kind,
		Begin: int64(r.Line), Line: int64(line), Column: int64(column),
	})
}

var uuid = regexp.MustCompile(`^[[:xdigit:]]{8}(-[[:xdigit:]]{4}){3}-[[:xdigit:]]{12}$`)

// folded is an id as it is compared: the letters of a UUID may be capitals.
func folded(id string) string {
	if uuid.MatchString(id) {
		return strings.ToLower(id)
	}
	return id
}

// problems are those of all rows but the first that change the same credit or
// have the same key, in the order of the file.
func (s *same) problems() iter.Seq2[row.Problem, error] {
	return func(yield func(row.Problem, error) bool) {
		if err := s.findSecond(); err != nil {
			yield(row.Problem{}, err)
			return
		}
		for e, err := range s.second.sorted() {
			if !yield(e.problem(), err) {
				return
			}
		}
	}
}

func (s *same) findSecond() error {
	var first entry
	for e, err := range s.seen.sorted() {
		if err != nil {
			return err
		}
		if e.Hash != first.Hash {
			first = e
			continue
		}
		e.Hash, e.Begin = [16]byte{}, first.Begin // to be sorted by number
		if err := s.second.add(e); err != nil {
			return err
		}
	}
	return nil
}

// problem is that of an entry whose Begin is that of the first of its kind.
func (e entry) problem() row.Problem {
	reason := "id: changes the same credit as line %d: put both changes into one row, or into two files"
	if e.Kind == sameKey {
		reason = "key: is that of line %d as well: a key stands for one change"
	}
	return row.Problem{Number: e.Number, Line: int(e.Line), Column: int(e.Column), Reason: fmt.Sprintf(reason, e.Begin)}
}

func (s *same) discard() {
	s.seen.discard()
	s.second.discard()
}
