package progress

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-runewidth"
)

// frames collects the writes of a table.
type frames struct{ all []string }

func (f *frames) Write(p []byte) (int, error) {
	f.all = append(f.all, string(p))
	return len(p), nil
}

func wide(n int) func() (int, int) { return func() (int, int) { return n, 24 } }

var three = Snapshot{Time: at(0), Title: "june.csv", Target: "dry run: knox at https://knox.example", Elapsed: 65 * time.Second, Vendors: []Vendor{
	{Name: "knox", Total: 100, Done: 50, Failed: 25},
	{Name: "thoughtindustries", Total: 1_000_000, Done: 123_456, Unknown: 2, Waiting: 7},
	{Name: "nexudus", Total: 10, Skipped: 10, Paused: "rate limit, 12s"},
}}

func TestTableFrames(t *testing.T) {
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "1")
	var out frames
	v := New(&out, true, wide(120))
	v.Show(three)
	want := strings.ReplaceAll(hideCursor+`june.csv, running for 1m05s$
dry run: knox at https://knox.example$
                                                                     done  failed  unknown  waiting  rate  left$
knox               ━━━━━━━━━━━━━━━━━━━━━━━━───────   75%           50/100      25        0        0     -     -$
thoughtindustries  ━━━────────────────────────────   12%  123,456/1,000,000       0        2        7     -     -$
nexudus            ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  100%             0/10       0        0        0     -    0s$
total              ━━━────────────────────────────   12%  123,506/1,000,110      25        2        7     -     -$
nexudus: rate limit, 12s$
`, "$", clearLine) + clearBelow
	// The bar gets the remaining width.
	squeeze := regexp.MustCompile(`[━─ ]+`)
	if got := out.all[0]; squeeze.ReplaceAllString(got, " ") != squeeze.ReplaceAllString(want, " ") {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	v.Show(three)
	if len(out.all) != 2 || !strings.HasPrefix(out.all[1], "\r\x1b[8A") {
		t.Errorf("the second frame does not begin at the first one's top, in one write: %q", out.all[1:])
	}
	v.Close()
	if got := out.all[2]; got != showCursor {
		t.Errorf("the cursor is not back: %q", got)
	}
}

func TestTableIsNeverWiderThanTerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	escapes := regexp.MustCompile(`\x1b\[[?0-9;]*[a-zA-Z]|\r`)
	long := three
	long.Vendors = append(long.Vendors, Vendor{Name: "日本語", Total: 1, Paused: strings.Repeat("a long reason ", 20)})
	for width := 2; width < 200; width++ {
		var out frames
		v := New(&out, true, wide(width))
		v.Show(long)
		for l := range strings.Lines(escapes.ReplaceAllString(out.all[0], "")) {
			if got := runewidth.StringWidth(strings.TrimSuffix(l, "\n")); got > width-1 {
				t.Errorf("at %d columns a line has %d: %q", width, got, l)
			}
		}
	}
}

func TestTableWithUnknownWidth(t *testing.T) {
	t.Setenv("TERM", "xterm")
	var unknown, known frames
	New(&unknown, true, wide(0)).Show(three)
	New(&known, true, wide(80)).Show(three)
	if unknown.all[0] != known.all[0] {
		t.Errorf("got %q", unknown.all[0])
	}
}

func TestNarrowTableOmitsColumnsByRank(t *testing.T) {
	for _, c := range []struct {
		width int
		want  string
	}{{120, "done failed unknown waiting rate left"}, {66, "done failed unknown rate left"}, {55, "done failed unknown"}, {47, "done unknown"}} {
		header := newPalette(false).drawFrame(three, make([]estimate, 3), estimate{}, c.width-1)[2].text()
		if got := strings.Join(strings.Fields(header), " "); got != c.want {
			t.Errorf("at %d: %q, want %q", c.width, got, c.want)
		}
	}
}

// After a resize the position of the last frame is unknown, so the screen is
// cleared.
func TestTableClearsScreenAfterResize(t *testing.T) {
	t.Setenv("TERM", "xterm")
	width, height := 100, 24
	var out frames
	v := New(&out, true, func() (int, int) { return width, height })
	v.Show(three)
	for _, size := range [][2]int{{60, 24}, {100, 24}, {100, 10}} {
		width, height = size[0], size[1]
		v.Show(three)
		if last := out.all[len(out.all)-1]; !strings.HasPrefix(last, clearScreen) {
			t.Errorf("%v: got %q", size, last)
		}
		v.Show(three)
		if last := out.all[len(out.all)-1]; strings.Contains(last, clearScreen) || !strings.HasPrefix(last, "\r\x1b[8A") {
			t.Errorf("%v, without a resize: got %q", size, last)
		}
	}
}

// A frame that is higher than the terminal would scroll, and its top would remain.
func TestTableIsNeverHigherThanTerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	var out frames
	v := New(&out, true, func() (int, int) { return 100, 5 })
	v.Show(three)
	v.Show(three)
	if n := strings.Count(out.all[0], "\n"); n != 4 || !strings.HasPrefix(out.all[1], "\r\x1b[4A") {
		t.Errorf("%d lines, then %q", n, out.all[1])
	}
}

func TestNoColorAndDumbTerminals(t *testing.T) {
	for _, test := range []struct {
		term, noColor   string
		colours, redraw bool
	}{{"xterm", "", true, true}, {"xterm", "1", false, true}, {"dumb", "", false, false}} {
		t.Setenv("TERM", test.term)
		t.Setenv("NO_COLOR", test.noColor)
		var out frames
		v := New(&out, true, wide(100))
		v.Show(three)
		if got := strings.Contains(out.all[0], "\x1b[31m"); got != test.colours {
			t.Errorf("%+v: colours %v", test, got)
		}
		if got := strings.Contains(out.all[0], hideCursor); got != test.redraw {
			t.Errorf("%+v: drawn in place %v", test, got)
		}
	}
}

func TestBarWidths(t *testing.T) {
	for _, test := range []struct {
		v    Vendor
		want string
	}{
		{Vendor{}, "──────────"},
		{Vendor{Total: 10}, "──────────"},
		{Vendor{Total: 10, Done: 2, Failed: 1, Unknown: 1, Skipped: 1}, "━━━━━─────"},
		{Vendor{Total: 1_000_000, Done: 999_999}, "━━━━━━━━━─"},
		{Vendor{Total: 3, Done: 1, Failed: 1, Unknown: 1}, "━━━━━━━━━━"},
		{Vendor{Total: 1, Done: 5}, "━━━━━━━━━━"}, // more than was thought
	} {
		if got := newPalette(false).drawBar(test.v, 10).text(); got != test.want {
			t.Errorf("%+v: %s", test.v, got)
		}
	}
}
