package folder

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

const agreementFile = "agreed.json"

// An agreement records that the outliers of a file may be sent.
type agreement struct {
	SHA256 string    `json:"sha256"` // of the file, in hex
	At     time.Time `json:"at"`
}

// Agreed reports whether the outliers of the file with the digest may be sent. It is false
// if the record is damaged: the question is then asked again.
func (f *Folder) Agreed(digest string) bool {
	text, err := os.ReadFile(f.agreement())
	var a agreement
	return err == nil && json.Unmarshal(text, &a) == nil && a.SHA256 == digest
}

// SaveAgreement records that the outliers of the file with the digest may be sent, so that
// a later run does not ask again.
func (f *Folder) SaveAgreement(digest string) error {
	return result.WriteFile(f.agreement(), func(w io.Writer) error {
		return json.NewEncoder(w).Encode(agreement{digest, time.Now().UTC()})
	})
}

func (f *Folder) agreement() string { return filepath.Join(f.Dir, agreementFile) }
