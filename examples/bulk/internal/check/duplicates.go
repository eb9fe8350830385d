package check

import (
	"crypto/sha256"
	"fmt"
	"iter"
	"regexp"
	"strings"

	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// A duplicateFinder finds rows that change the same credit, or have the same key.
// Rows are sent in parallel, so the order of two changes of one credit would be
// random.
//
// It stores the first 16 bytes of a SHA-256 for each row. The probability of a
// collision is 10^-20 for a file of a billion rows, and a collision would be
// reported, not lost.
type duplicateFinder struct {
	seen    *sorter // the hashes of all rows; equal ones are neighbours
	repeats *sorter // the rows that repeat an earlier one, in the order of the file
}

// What two rows can have in common.
const (
	kindCredit = 'c'
	kindKey    = 'k'
)

func newDuplicateFinder(dir string) *duplicateFinder {
	return &duplicateFinder{seen: newSorter(dir), repeats: newSorter(dir)}
}

// add stores a row, even if it has problems. The id of a credit is unique at a
// vendor, so the owner does not count.
func (f *duplicateFinder) add(r row.PositionedRow) error {
	if r.Vendor != "" && r.Ref.ID != "" {
		// Neither of the two contains a zero byte, and neither does a key.
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

// normalizeID makes two spellings of a UUID equal, whose letters may be upper case.
func normalizeID(id string) string {
	if uuidPattern.MatchString(id) {
		return strings.ToLower(id)
	}
	return id
}

// problems returns a problem for each row that repeats the credit or the key of an
// earlier row, in the order of the file.
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
		e.Hash, e.Begin = [16]byte{}, first.Begin // sorts the repeats by row number
		if err := f.repeats.add(e); err != nil {
			return err
		}
	}
	return nil
}

// problem returns the problem of a repeated row. Its Begin is the line of the first
// row.
func (e entry) problem() row.Problem {
	reason := "id: changes the same credit as line %d: put both changes into one row, or into two files"
	if e.Kind == kindKey {
		reason = "key: line %d has the same key: each change must have its own key"
	}
	return row.Problem{Number: e.Number, Line: int(e.Line), Column: int(e.Column), Reason: fmt.Sprintf(reason, e.Begin)}
}

func (f *duplicateFinder) discard() {
	f.seen.discard()
	f.repeats.discard()
}
