package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/internal/bench"
)

// One short round of the parts that make calls: each table has a row for each of
// its contenders, and each figure a value. The notes of an earlier file stay.
func TestTablesAreComplete(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bench.md")
	const notes = notesHeading + "\nThe profile.\n"
	if err := os.WriteFile(file, []byte("earlier tables\n"+notes), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, buildProgram(t), "-sets", "stub,load", "-rounds", "1", "-stub", "1ms", "-load", "1ms", file)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if tables, ok := strings.CutSuffix(string(text), notes); !ok || strings.Contains(tables, "earlier") {
		t.Error("the notes were not kept behind new tables")
	}
	rows := map[string]int{}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(line, " | "); len(cells) > 1 {
			rows[strings.TrimPrefix(cells[0], "| ")]++
		}
		if strings.Contains(line, "NaN") || strings.Contains(line, "Inf") || strings.Contains(line, "| - |") {
			t.Errorf("a figure is missing: %s", line)
		}
	}
	want := map[string]int{}
	for _, w := range bench.Works() {
		if !strings.Contains(string(text), "\n"+w.About+":\n") {
			t.Errorf("no table for %s", w.Name)
		}
		for _, c := range w.Contenders {
			want[c.Name]++
		}
	}
	for _, by := range peers() {
		want[by] += 3 // rate, CPU, bursts
	}
	for by, n := range want {
		if rows[by] != n {
			t.Errorf("%s has %d rows, want %d", by, rows[by], n)
		}
	}
}
