//go:build !linux

package pgtest

import (
	"context"
	"os"
	"os/exec"
)

// A user is who runs the server: the user of the test.
type user struct{}

func serverUser() (user, error) { return user{}, nil }

func (user) own(string) error { return nil }

func (user) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	return cmd
}
