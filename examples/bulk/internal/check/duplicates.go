package check

import (
	"crypto/sha256"
	"fmt"
	"iter"
	"regexp"
	"strings"

	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// duplicateFinder finds the rows that change the same credit, or have the same key. Rows
// are sent side by side, so that which of two came last would be chance.
//
// Of each row it remembers hashes, the first 16 bytes of a SHA-256. That two
// different credits have the same one happens once in 10^20 files of a billion
// rows, and would be reported, not lost.
type duplicateFinder struct {
	seen    *sorter // what each row changes; equal ones are neighbours
	repeats *sorter // the rows that are not the first, in the order of the file
}

// The kinds of what rows can have in common.
const (
	kindCredit = 'c'
	kindKey    = 'k'
)

func newDuplicateFinder(dir string) *duplicateFinder {
	return &duplicateFinder{seen: newSorter(dir), repeats: newSorter(dir)}
}

// add remembers a row, also one that is bad otherwise: it was meant to change
// the credit too. A vendor's id is that of one credit whoever owns it, so the
// owner does not count.
func (f *duplicateFinder) add(r row.PositionedRow) error {
	if r.Vendor != "" && r.Ref.ID != "" {
		// None of the two holds a control character, and neither does a key.
		if err := f.addHash(r, kindCredit, "id", r.Vendor+"\x00"+normalizeID(r.Ref.ID)); err != nil {
			return err
		}
	}
	if r.Key == "" {
		return nil
	}
	return f.addHash(r, kindKey, "key", r.Key)
}

func (f *duplicateFinder) addHash(r row.PositionedRow, kind byte, part, text string) error {
	hash := sha256.Sum256([]byte(text))
	line, column := r.Position(part)
	return f.seen.add(entry{
		Hash: [16]byte(hash[:16]), Number: r.Number, Kind: kind,
		Begin: int64(r.Line), Line: int64(line), Column: int64(column),
	})
}

var uuidPattern = regexp.MustCompile(`^[[:xdigit:]]{8}(-[[:xdigit:]]{4}){3}-[[:xdigit:]]{12}$`)

// normalizeID is an id as it is compared: the letters of a UUID may be capitals.
func normalizeID(id string) string {
	if uuidPattern.MatchString(id) {
		return strings.ToLower(id)
	}
	return id
}

// problems are those of all rows but the first that change the same credit or
// have the same key, in the order of the file.
func (f *duplicateFinder) problems() iter.Seq2[row.Problem, error] {
	return func(yield func(row.Problem, error) bool) {
		if err := f.findRepeats(); err != nil {
			yield(row.Problem{}, err)
			return
		}
		for e, err := range f.repeats.sorted() {
			if !yield(e.problem(), err) {
				return
			}
		}
	}
}

func (f *duplicateFinder) findRepeats() error {
	var first entry
	for e, err := range f.seen.sorted() {
		if err != nil {
			return err
		}
		if e.Hash != first.Hash {
			first = e
			continue
		}
		e.Hash, e.Begin = [16]byte{}, first.Begin // to be sorted by number
		if err := f.repeats.add(e); err != nil {
			return err
		}
	}
	return nil
}

// problem is that of an entry whose Begin is that of the first of its kind.
func (e entry) problem() row.Problem {
	reason := "id: changes the same credit as line %d: put both changes into one row, or into two files"
	if e.Kind == kindKey {
		reason = "key: is that of line %d as well: a key stands for one change"
	}
	return row.Problem{Number: e.Number, Line: int(e.Line), Column: int(e.Column), Reason: fmt.Sprintf(reason, e.Begin)}
}

func (f *duplicateFinder) discard() {
	f.seen.discard()
	f.repeats.discard()
}
