package report_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/report"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// ownScripts matches the data and the script of the page.
var ownScripts = regexp.MustCompile(`(?s)<script type="application/json" id="data">[^<>&]*</script>|<script>"use strict";.*?</script>`)

// Texts of vendors and files are escaped everywhere on the page.
func TestPageHasNoForeignScriptsOrExternalResources(t *testing.T) {
	evil := `</title></style><script>alert(1)</script><img src="http://x/" onerror=alert(1)>"' onload='x` + "\u202e"
	var all []result.Result
	for _, o := range []result.Outcome{result.Applied, result.Unknown, result.Rejected, result.NotSent, result.Skipped, result.Planned} {
		all = append(all, result.Result{
			Vendor: evil, ID: evil, Owner: evil, Key: evil, Outcome: o, Kind: evil, Code: evil, Error: evil, RequestID: evil,
			IdempotencyKey: evil, Took: time.Second, Changes: []result.Change{{Field: evil, Before: evil, After: evil}},
		})
	}
	for _, dry := range []bool{false, true} {
		page := written(t, report.Header{Title: evil, Digest: evil, Results: evil, DryRun: dry}, of(all...))
		if n := strings.Count(strings.ToLower(page), "<script"); n != 2 || strings.Count(strings.ToLower(page), "</script") != 2 {
			t.Errorf("the page has %d scripts, want the data and its own", n)
		}
		page = ownScripts.ReplaceAllString(page, "")
		for _, tag := range regexp.MustCompile(`<[^>]*>`).FindAllString(page, -1) {
			if regexp.MustCompile(`(?i)^<(script|img|link|iframe|object|embed|base)|\s(src|on\w+)\s*=|https?:|url\(`).MatchString(tag) {
				t.Errorf("the page has %s", tag)
			}
		}
		if n := strings.Count(page, "</style>"); n != 1 {
			t.Errorf("%d styles end", n)
		}
	}
	page := ownScripts.ReplaceAllString(written(t, run, of(result.Result{Vendor: "knox", Outcome: result.Applied, Took: time.Second})), "")
	for _, word := range []string{"http://", "https://", "src=", "<script", "<link", "@import", "javascript:"} {
		if strings.Contains(page, word) {
			t.Errorf("the page has %q", word)
		}
	}
	if strings.Contains(regexp.MustCompile(`url\(#\w+\)`).ReplaceAllString(page, ""), "url(") {
		t.Error("the page refers to external resources")
	}
}
