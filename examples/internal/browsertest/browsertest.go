// Package browsertest starts a headless Chromium for a test.
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// lifetime is how long the browser of a test may run.
const lifetime = 40 * time.Second

// New starts a Chromium and returns its context. The browser ends with the test. It needs
// Debian's package chromium or the like: without it the test is skipped, or fails if
// CREDITKIT_CHROMIUM is "required".
func New(t testing.TB) context.Context {
	t.Helper()
	path := findChromium()
	if path == "" {
		const missing = "Chromium is not installed: the page was not tested in a browser"
		if os.Getenv("CREDITKIT_CHROMIUM") == "required" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path),
		chromedp.NoSandbox, chromedp.Flag("disable-dev-shm-usage", true)) // containers lack both
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stopBrowser := chromedp.NewContext(ctx)
	t.Cleanup(stopBrowser)
	ctx, stopWaiting := context.WithTimeout(ctx, lifetime)
	t.Cleanup(stopWaiting)
	return ctx
}

// findChromium returns the path of the browser, or "".
func findChromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// Run does one action in the browser and returns its result.
func Run[T any](ctx context.Context, t testing.TB, action chromedp.Action[T]) T {
	t.Helper()
	got, err := chromedp.Run(ctx, action)
	if err != nil {
		t.Fatal(err)
	}
	return got
}
