package folder

import (
	"os"
	"testing"
)

func TestAgreementIsForOneFile(t *testing.T) {
	f := open(t, t.TempDir())
	if f.Agreed("a") || f.Agreed("") {
		t.Error("a new folder has an agreement")
	}
	if err := f.SaveAgreement("a"); err != nil {
		t.Fatal(err)
	}
	if !f.Agreed("a") || f.Agreed("b") {
		t.Error("the agreement is not for the file")
	}
	if err := os.WriteFile(f.agreement(), []byte(`{"sha256":"a"`), 0o600); err != nil {
		t.Fatal(err)
	}
	if f.Agreed("a") {
		t.Error("a damaged record counts as an agreement")
	}
}
