package report_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/creditkit/creditkit/examples/bulk/internal/report"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
	"github.com/creditkit/creditkit/examples/internal/browsertest"
)

// A person searches, filters and sorts the rows, also those without a place in the plain
// table.
func TestRowsAreSearchedFilteredAndSortedInBrowser(t *testing.T) {
	ctx := browsertest.New(t)
	openPage(ctx, t, run, mixed(1200)...)
	shows(ctx, t, "at first", "Rows 1 to 200 of 1,200", "1", "2")
	browsertest.Run(ctx, t, chromedp.Click("#next"))
	shows(ctx, t, "the next page", "Rows 201 to 400 of 1,200", "201", "202")

	set(ctx, t, "search", "CREDIT-11 lost")
	shows(ctx, t, "search", "Rows 1 to 3 of 3, of 1,200 in all", "11", "111")
	set(ctx, t, "search", "no such text")
	shows(ctx, t, "search without a match", "No row matches.")
	set(ctx, t, "search", "")

	set(ctx, t, "vendor", "=knox")
	shows(ctx, t, "vendor", "Rows 1 to 200 of 600, of 1,200 in all", "2", "4")
	set(ctx, t, "outcome", "rejected")
	shows(ctx, t, "vendor and outcome", "Rows 1 to 119 of 119, of 1,200 in all", "10", "20")
	set(ctx, t, "vendor", "")
	set(ctx, t, "outcome", "")

	browsertest.Run(ctx, t, chromedp.Click(`th[data-sort="line"] button`))
	shows(ctx, t, "lines backwards", "Rows 1 to 200 of 1,200", "1200", "1199")
	browsertest.Run(ctx, t, chromedp.Click(`th[data-sort="difference"] button`))
	shows(ctx, t, "largest difference", "Rows 1 to 200 of 1,200", "700", "4")
	browsertest.Run(ctx, t, chromedp.Click("#outliers-only"))
	shows(ctx, t, "outliers", "Rows 1 to 1 of 1, of 1,200 in all", "700")
}

// Amounts that are equal as floating-point numbers are sorted exactly.
func TestDifferencesAreSortedExactly(t *testing.T) {
	var rows []result.Result
	for i, after := range []string{"9007199254740992.5", "-9007199254740994", "9007199254740993", "0.5", "0", "1E30", "10", "0.05"} {
		rows = append(rows, result.Result{Row: int64(i + 1), Line: i + 1, Vendor: "knox", ID: "c", Outcome: result.Applied, Changes: []result.Change{{Field: "total", Before: "0", After: after}}})
	}
	ctx := browsertest.New(t)
	openPage(ctx, t, run, rows...)
	browsertest.Run(ctx, t, chromedp.Click(`th[data-sort="difference"] button`))
	shows(ctx, t, "by difference", "Rows 1 to 8 of 8", "6", "2", "3", "1", "7", "4", "8", "5")
}

// The table that the script draws has the same texts as the one without scripts, and none
// of them is HTML.
func TestScriptShowsWhatThePlainTableShows(t *testing.T) {
	evil := `</script><img src=x onerror="document.title='run'">&amp;`
	r := result.Result{Row: 1, Line: 2, Vendor: evil, ID: evil, Owner: evil, Key: evil, Outcome: result.Applied, Kind: evil, Code: evil, Error: evil,
		Changes: []result.Change{{Field: "total", Before: "1", After: "100"}, {Field: evil, Before: evil, After: ""}}}
	path := pagePath(t, run, r)
	ctx := browsertest.New(t)
	browsertest.Run(ctx, t, chromedp.Navigate((&url.URL{Scheme: "file", Path: path}).String()))
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	plain := string(page[strings.Index(string(page), `<tbody id="all-rows">`):])
	plain = text(plain[:strings.Index(plain, "</tbody>")])
	drawn := text(browsertest.Run(ctx, t, chromedp.Evaluate[string](`document.querySelector("#all-rows").innerHTML.replaceAll("<", " <")`)))
	for _, escaped := range [][2]string{{"&#34;", `"`}, {"&#39;", "'"}, {"&#43;", "+"}} {
		plain = strings.ReplaceAll(plain, escaped[0], escaped[1])
	}
	if plain != drawn || !strings.Contains(drawn, "exactly 100 times") {
		t.Errorf("drawn\n%s\nplain\n%s", drawn, plain)
	}
	if title := browsertest.Run(ctx, t, chromedp.Title()); title != "changes.csv" {
		t.Errorf("a text was run: the title is %q", title)
	}
}

// On paper there are at most 1,000 of the rows that are shown, and the page says how many
// there are.
func TestPrintSaysWhichRowsItHas(t *testing.T) {
	ctx := browsertest.New(t)
	openPage(ctx, t, run, mixed(1200)...)
	browsertest.Run(ctx, t, chromedp.Click("#next"))
	for _, test := range []struct {
		name, search, event, want string
		rows                      int
	}{
		{"all", "", "beforeprint", "Rows 1 to 1,000 of 1,200", 1000},
		{"afterwards", "", "afterprint", "Rows 1 to 200 of 1,200", 200},
		{"search", "credit-11", "beforeprint", "Rows 1 to 111 of 111, of 1,200 in all", 111},
	} {
		set(ctx, t, "search", test.search)
		got := browsertest.Run(ctx, t, chromedp.Evaluate[string](fmt.Sprintf(`dispatchEvent(new Event(%q)), document.querySelector("#shown").textContent + "; " + document.querySelectorAll("#all-rows tr").length`, test.event)))
		if want := fmt.Sprintf("%s; %d", test.want, test.rows); got != want {
			t.Errorf("%s: got %q, want %q", test.name, got, want)
		}
	}
}

// No part of the page is wider than a narrow screen.
func TestPageFitsNarrowScreen(t *testing.T) {
	ctx := browsertest.New(t)
	browsertest.Run(ctx, t, chromedp.EmulateViewport(360, 800))
	rows := mixed(40)
	rows[3].Changes[0] = result.Change{Field: "total", Before: "12345678901234567890.123456789", After: "1"}
	rows[4].ID, rows[4].Vendor = strings.Repeat("x", 80), "thoughtindustries"
	openPage(ctx, t, run, rows...)
	wide := browsertest.Run(ctx, t, chromedp.Evaluate[[]string](`[...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest("svg, thead")).map((e) => e.outerHTML.slice(0, 100))`))
	if len(wide) > 0 {
		t.Errorf("%d elements are too wide: %q", len(wide), wide[:min(3, len(wide))])
	}
}

// A report of 100,000 rows opens and can be searched. The times are logged and not
// compared: they depend on the machine.
func TestManyRowsCanBeSearched(t *testing.T) {
	rows := mixed(100_000)
	ctx := browsertest.New(t)
	browsertest.Run(ctx, t, chromedp.Navigate("about:blank")) // starts the browser
	began := time.Now()
	path := pagePath(t, run, rows...)
	written := time.Since(began)

	began = time.Now()
	browsertest.Run(ctx, t, chromedp.Navigate((&url.URL{Scheme: "file", Path: path}).String()))
	shows(ctx, t, "at first", "Rows 1 to 200 of 100,000", "1", "2")
	opened := time.Since(began)

	began = time.Now()
	set(ctx, t, "search", "credit-77777")
	shows(ctx, t, "search", "Rows 1 to 1 of 1, of 100,000 in all", "77777")
	t.Logf("written in %v, opened in %v, searched in %v", written, opened, time.Since(began))
}

// mixed returns results of several vendors and outcomes; that of line 700 is an outlier.
func mixed(n int) (rows []result.Result) {
	for i := 1; i <= n; i++ {
		r := result.Result{
			Row: int64(i), Line: i, Vendor: []string{"knox", "nexudus"}[i%2], ID: fmt.Sprintf("credit-%d", i), Outcome: result.Applied, Took: time.Duration(i%900+20) * time.Millisecond,
			Changes: []result.Change{{Field: "total", Before: "250.00", After: fmt.Sprintf("%d.50", 250+i%5)}},
		}
		switch {
		case i == 700:
			r.Changes[0].After = "25000"
		case i%10 == 0:
			r.Outcome, r.Kind, r.Code, r.Error = result.Rejected, "not found", "E404", "the credit does not exist"
			r.Changes[0].After = "250.25"
		case i%100 == 11:
			r.Outcome, r.Kind, r.Error = result.Unknown, "unavailable", "the connection was lost"
		}
		rows = append(rows, r)
	}
	return rows
}

// pagePath writes a page to a file.
func pagePath(t *testing.T, h report.Header, rows ...result.Result) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	h.Rows = int64(len(rows))
	if err := report.Write(f, h, of(rows...)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// openPage opens a page from the disk.
func openPage(ctx context.Context, t *testing.T, h report.Header, rows ...result.Result) {
	t.Helper()
	browsertest.Run(ctx, t, chromedp.Navigate((&url.URL{Scheme: "file", Path: pagePath(t, h, rows...)}).String()))
}

// shows checks the text about the rows that are shown, and the lines of the first of them.
func shows(ctx context.Context, t *testing.T, name, want string, lines ...string) {
	t.Helper()
	if got := browsertest.Run(ctx, t, chromedp.Evaluate[string](`document.querySelector("#shown").textContent`)); got != want {
		t.Errorf("%s: got %q, want %q", name, got, want)
	}
	got := browsertest.Run(ctx, t, chromedp.Evaluate[[]string](fmt.Sprintf(`[...document.querySelectorAll("#all-rows tr")].slice(0, %d).map((row) => row.cells[0].textContent)`, max(1, len(lines)))))
	if strings.Join(got, " ") != strings.Join(lines, " ") {
		t.Errorf("%s: got the lines %v, want %v", name, got, lines)
	}
}

// set gives a field of the page a value, as a person does.
func set(ctx context.Context, t *testing.T, id, value string) {
	t.Helper()
	browsertest.Run(ctx, t, chromedp.Evaluate[bool](fmt.Sprintf(`(() => { const e = document.getElementById(%q); e.value = %q; return e.dispatchEvent(new Event("input")) && e.value === %[2]q; })()`, id, value)))
}
