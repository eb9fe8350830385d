package credittest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit/credittest"
)

// Each of the answers comes after the vendor acted, and, pretended, without.
func TestUnreadableSuccessResponses(t *testing.T) {
	t.Parallel()
	const page = `<!DOCTYPE html><html><body><form action="/login"><input name="user"></form></body></html>`
	for _, test := range []struct {
		name   string
		fault  credittest.Fault
		status int
		body   func(usual string) string
		breaks bool
	}{
		{"Accept", credittest.Accept(202, `{"queued":true}`), 202, always(`{"queued":true}`), false},
		{"Accept {}", credittest.Accept(200, `{}`), 200, always(`{}`), false},
		{"Accept null", credittest.Accept(200, `null`), 200, always(`null`), false},
		{"Empty 202", credittest.Empty(202), 202, always(""), false},
		{"Empty 204", credittest.Empty(204), 204, always(""), false},
		{"OtherStatus 204", credittest.OtherStatus(204), 204, always(""), false},
		{"OtherStatus 206", credittest.OtherStatus(206), 206, defaultVendor, false},
		{"LoginPage", credittest.LoginPage(), 200, always(page), false},
		{"AnotherID", credittest.AnotherID(), 200, otherID, false},
		{"CutAt 9", credittest.CutAt(9), 200, func(u string) string { return u[:9] }, false},
		{"CutAt -3", credittest.CutAt(-3), 200, func(u string) string { return u[:len(u)-3] }, false},
		{"CutAt more", credittest.CutAt(9999), 200, defaultVendor, false},
		{"CutAt -more", credittest.CutAt(-9999), 200, always(""), false},
		{"TruncatedAt 9", credittest.TruncatedAt(9), 200, func(u string) string { return u[:9] }, true},
		{"TruncatedAt -3", credittest.TruncatedAt(-3), 200, func(u string) string { return u[:len(u)-3] }, true},
		{"GaveUp 408", credittest.GaveUp(408), 408, always("<html><body>error</body></html>"), false},
		{"GaveUp 499", credittest.GaveUp(499), 499, always("<html><body>error</body></html>"), false},
	} {
		eachVendor(t, func(t *testing.T, v vendor) {
			for _, way := range []string{"sockets", "memory"} {
				t.Run(way+" "+test.name, func(t *testing.T) {
					fake := v.fake(t)
					transport := fake.Transport()
					if way == "sockets" {
						transport = http.DefaultTransport
					}
					write := v.writeOf(t, fake, "changed")
					first := string(fake.Record(fake.Ref.ID))
					fake.Queue(test.fault.NotApplied())
					pretended, err := write.over(t, transport, fake.URL)
					if (err != nil) != test.breaks || string(fake.Record(fake.Ref.ID)) != first || fake.Writes()[0].Applied {
						t.Errorf("pretended, it ends with %v, and the record is %s", err, fake.Record(fake.Ref.ID))
					}
					fake.Queue(test.fault)
					acted, err := write.over(t, transport, fake.URL)
					if (err != nil) != test.breaks || !v.changed(t, fake) || !fake.Writes()[1].Applied {
						t.Errorf("it ends with %v, and the record is %s", err, fake.Record(fake.Ref.ID))
					}
					usual := must(write.over(t, transport, fake.URL))(t).body
					for _, got := range []answer{pretended, acted} {
						if got.status != test.status || stripTimes(got.body) != stripTimes(test.body(usual)) {
							t.Errorf("the answer is %d %q, want %q", got.status, got.body, test.body(usual))
						}
					}
				})
			}
		})
	}
}

func always(body string) func(string) string { return func(string) string { return body } }

func defaultVendor(body string) string { return body }

// otherID is the usual body with the first character of each id replaced.
func otherID(usual string) string {
	for _, id := range [][2]string{
		{`"credit:7f9`, `"1redit:7f9`},
		{`"id":"9b2f7c1e`, `"id":"1b2f7c1e`},
		{`"Id":8765`, `"Id":1765`},
		{`"cg_01KQ3`, `"1g_01KQ3`},
		{`"id":"182b`, `"id":"282b`},
	} {
		usual = strings.ReplaceAll(usual, id[0], id[1])
	}
	return usual
}

// stripTimes drops the times that the vendors' clocks have written.
func stripTimes(body string) string {
	for _, member := range []string{`"updated_at":"`, `"updatedAt":"`, `"UpdatedOn":"`} {
		if i := strings.Index(body, member); i >= 0 {
			rest := body[i+len(member):]
			if end := strings.IndexByte(rest, '"'); end >= 0 {
				body = body[:i] + rest[end:]
			}
		}
	}
	return body
}

func TestStaleReads(t *testing.T) {
	t.Parallel()
	eachVendor(t, func(t *testing.T, v vendor) {
		fake := v.fake(t)
		read := func() string { return must(v.readOf(fake).over(t, fake.Transport(), fake.URL))(t).body }
		first := read()
		fake.Queue(credittest.Stale())
		if got := read(); got != first {
			t.Errorf("before a write a stale read is %s", got)
		}
		must(v.writeOf(t, fake, "changed").over(t, fake.Transport(), fake.URL))(t).status200(t)
		fake.Queue(credittest.Stale(), credittest.Stale())
		for range 2 {
			if got := read(); got != first {
				t.Errorf("a stale read is %s", got)
			}
		}
		if got := read(); got == first || !v.changed(t, fake) {
			t.Errorf("the read after it is %s", got)
		}
	})
}

func TestWaitSeconds(t *testing.T) {
	t.Parallel()
	fake := credittest.NewNexudus(t)
	fake.Queue(credittest.WaitSeconds(7))
	got := must(vendors[2].writeOf(t, fake, "changed").over(t, fake.Transport(), fake.URL))(t)
	got.says(t, 429, `{"Message":"Wait 7 seconds"}`)
	if got.header.Get("Retry-After") != "" || vendors[2].changed(t, fake) {
		t.Errorf("the header is %v", got.header)
	}
}

func TestMetronomeLimitNamesType(t *testing.T) {
	t.Parallel()
	fake := credittest.NewMetronome(t)
	fake.Limit(1, 1<<40)
	must(vendors[4].readOf(fake).over(t, fake.Transport(), fake.URL))(t).status200(t)
	got := must(vendors[4].readOf(fake).over(t, fake.Transport(), fake.URL))(t)
	if got.status != 429 || got.header.Get("X-Metronome-Rate-Limit-Type") != "client" {
		t.Errorf("the answer is %+v", got)
	}
}
