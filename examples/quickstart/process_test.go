package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit/credittest"
)

// binary is the program, built once for all tests.
var binary string

func TestMain(m *testing.M) { os.Exit(withBinary(m)) }

func withBinary(m *testing.M) int {
	dir, err := os.MkdirTemp("", "quickstart")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "quickstart")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%s%v\n", out, err)
		return 1
	}
	return m.Run()
}

// startBinary starts the program. The returned function waits for its exit.
func startBinary(t *testing.T, stdout *os.File, env []string, args ...string) (cmd *exec.Cmd, wait func() (code int, out, errs string)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	cmd = exec.CommandContext(ctx, binary, args...)
	cmd.Env = append(env, "LANG=C")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if stdout != nil {
		cmd.Stdout = stdout
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, func() (int, string, string) {
		defer cancel()
		err := cmd.Wait()
		if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), out.String(), errs.String()
	}
}

func liveEnv(fake *credittest.Server) []string {
	return []string{"CREDITKIT_TEXT=Autumn", "FLEXPRICE_API_KEY=key", "FLEXPRICE_BASE_URL=" + fake.URL, "FLEXPRICE_GRANT_ID=" + fake.Ref.ID}
}

func TestInvalidArgumentsSendNothing(t *testing.T) {
	fake := credittest.NewFlexprice(t)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"extra"}, `quickstart: unexpected argument "extra"`},
		{[]string{"-live", "flexprice", "extra"}, `quickstart: unexpected argument "extra"`},
		{[]string{"-live", "flexprice", "–help"}, "it begins with an en dash (U+2013)"},
		{[]string{"–live", "flexprice"}, "it begins with an en dash (U+2013)"},
		{[]string{"-live", "stripe"}, `quickstart: -live: unknown vendor "stripe": use one of knox, `},
		{[]string{"-live", ""}, `quickstart: -live: unknown vendor "": use one of knox, `},
		{[]string{"-live"}, "quickstart: flag needs an argument: -live: see quickstart -help\n"},
		{[]string{"-unknown"}, "quickstart: flag provided but not defined: -unknown: see quickstart -help\n"},
		{[]string{"-live", "metronome"}, "METRONOME_TOKEN"},
	} {
		_, wait := startBinary(t, nil, liveEnv(fake), c.args...)
		if code, out, errs := wait(); code != 2 || out != "" || !strings.Contains(errs, c.want) {
			t.Errorf("%q: exit code %d\n%s%s", c.args, code, out, errs)
		}
	}
	if n := len(fake.Requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestUnwritableOutputIsAnError(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	fake := credittest.NewFlexprice(t)
	for _, args := range [][]string{nil, {"-help"}, {"-live", "flexprice"}} {
		_, wait := startBinary(t, full, liveEnv(fake), args...)
		if code, _, errs := wait(); code != 1 || !strings.HasPrefix(errs, "quickstart: done, but the output could not be written: ") {
			t.Errorf("%q: exit code %d\n%s", args, code, errs)
		}
	}
}

func TestSignalReportsTheOutcome(t *testing.T) {
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		fake := credittest.NewFlexprice(t)
		fake.Queue(credittest.Slow(10 * time.Minute).OnWrite())
		cmd, wait := startBinary(t, nil, liveEnv(fake), "-live", "flexprice")
		for deadline := time.Now().Add(time.Minute); len(fake.Writes()) == 0 && time.Now().Before(deadline); {
			<-time.After(time.Millisecond)
		}
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		if code, out, errs := wait(); code != 1 || !strings.Contains(errs, "whether the change was made is unknown") {
			t.Errorf("%v: exit code %d\n%s%s", s, code, out, errs)
		}
	}
}
