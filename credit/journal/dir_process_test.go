//go:build unix && !solaris && !aix

package journal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

const childFolder = "CREDITKIT_JOURNAL_CHILD"

// TestDirChild is the program of the other process. It appends until it is killed, and
// prints the claim of each event once its Append has returned. The argument "hold" lets
// it hold the folder until its input ends.
func TestDirChild(t *testing.T) {
	folder, ok := os.LookupEnv(childFolder)
	if !ok {
		return
	}
	d := openDir(t, folder)
	if round := os.Getenv("CREDITKIT_JOURNAL_ROUND"); round != "" {
		appendForever(t, d, round)
	}
	fmt.Println("open")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func appendForever(t *testing.T, d *Dir, round string) {
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				claim := fmt.Sprintf("claim-%s-%d-%d", round, worker, i)
				if _, err := d.Append(t.Context(), startOf(fmt.Sprint("k", worker), claim)); err != nil {
					t.Error(err)
					return
				}
				fmt.Println(claim)
			}
		})
	}
	wg.Wait()
}

// startChild starts the other process on a folder.
func startChild(t *testing.T, folder, round string) (child *exec.Cmd, in io.WriteCloser, out *bufio.Scanner) {
	t.Helper()
	child = exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDirChild$")
	child.Env = append(os.Environ(), childFolder+"="+folder, "CREDITKIT_JOURNAL_ROUND="+round)
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	return child, in, bufio.NewScanner(stdout)
}

func TestDirIsLockedByAnotherProcess(t *testing.T) {
	folder := t.TempDir()
	child, in, out := startChild(t, folder, "")
	if !out.Scan() || out.Text() != "open" {
		t.Fatalf("the child did not open the folder: %q", out.Text())
	}
	if _, err := OpenDir(folder); !errors.Is(err, ErrLocked) {
		t.Errorf("got error %v, want ErrLocked", err)
	}
	in.Close()
	for out.Scan() {
	}
	if err := child.Wait(); err != nil {
		t.Fatal(err)
	}
	openDir(t, folder)
}

// A killed process loses nothing that its Appends have confirmed.
func TestDirKeepsWhatAKilledProcessConfirmed(t *testing.T) {
	folder := t.TempDir()
	confirmed := map[string]bool{}
	for round := range 10 {
		child, _, out := startChild(t, folder, fmt.Sprint(round))
		last := 1 + rand.IntN(150)
		for seen := 0; out.Scan(); seen++ {
			if strings.HasPrefix(out.Text(), "claim-") {
				confirmed[out.Text()] = true
			}
			if seen == last {
				if err := child.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = child.Wait() // it was killed
		d := openDir(t, folder)
		stored := map[string]bool{}
		for worker := range 4 {
			for claim := range strings.FieldsSeq(claims(t, d, fmt.Sprint("k", worker))) {
				stored[claim] = true
			}
		}
		for claim := range confirmed {
			if !stored[claim] {
				t.Errorf("round %d: %s was confirmed and is not there", round, claim)
			}
		}
		if len(confirmed) <= round {
			t.Errorf("round %d: only %d events were confirmed", round, len(confirmed))
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
