package credit

import "testing"

// JSON keeps the patch of a Result and not the Support: Update finds what cannot be
// put back.
func TestUndoWithoutSupportLeavesItToUpdate(t *testing.T) {
	r := Result{Before: &Record{Values: Values{Name: Clear[string]()}}, patch: Patch{Name: Set("gold")}}
	undo, err := r.Undo()
	if err != nil || !undo.Name.IsClear() {
		t.Errorf("the patch is %v: %v", undo, err)
	}
}
