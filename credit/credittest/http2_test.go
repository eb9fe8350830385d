package credittest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit/credittest"
)

func TestHTTP2(t *testing.T) {
	t.Parallel()
	eachVendor(t, func(t *testing.T, v vendor) {
		fake := v.fake(t)
		url, transport := fake.HTTP2()
		for range 2 {
			got, err := v.writeOf(t, fake, "changed").over(t, transport, url)
			if err != nil || got.status != 200 || !v.changed(t, fake) {
				t.Errorf("the answer is %+v, %v", got, err)
			}
		}
		fake.Queue(credittest.GaveUp(460), credittest.Slow(time.Millisecond))
		if got, err := v.writeOf(t, fake, "a").over(t, transport, url); err != nil || got.status != 460 {
			t.Errorf("the answer is %+v, %v", got, err)
		}
		if got, err := v.readOf(fake).over(t, transport, url); err != nil || got.status != 200 || !strings.Contains(got.body, `"a"`) {
			t.Errorf("what is read is %+v, %v", got, err)
		}
		for _, r := range fake.Requests() {
			if r.Header.Get("Authorization")+r.Header.Get("X-Api-Key") == "" {
				t.Errorf("the headers are %v", r.Header)
			}
		}
	})
}

// The vendor acts on each of them once, and none is answered.
func TestHTTP2Faults(t *testing.T) {
	t.Parallel()
	type test struct {
		name  string
		fault credittest.Fault
		says  string
	}
	tests := []test{
		{"lost", credittest.LostAfter(), ""},
		{"truncated", credittest.TruncatedAt(-3), "INTERNAL_ERROR"},
	}
	for code := range uint32(14) {
		tests = append(tests,
			test{fmt.Sprintf("RST_STREAM %d", code), credittest.StreamReset(code), h2Code[code]},
			test{fmt.Sprintf("GOAWAY %d", code), credittest.GoAway(code), ""},
			test{fmt.Sprintf("GOAWAY %d for no stream", code), credittest.GoAwayUnprocessed(code), ""})
	}
	eachVendor(t, func(t *testing.T, v vendor) {
		fake := v.fake(t)
		url, transport := fake.HTTP2()
		for i, test := range tests {
			fake.Reset()
			fake.Queue(test.fault.OnWrite())
			text := fmt.Sprint("write ", i)
			got, err := v.writeOf(t, fake, text).over(t, transport, url)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s: the answer is %+v, %v", test.name, got, err)
			}
			if writes := fake.Writes(); len(writes) != 1 || !writes[0].Applied || v.valueOf(t, fake) != text {
				t.Errorf("%s: %d writes left %q", test.name, len(writes), v.valueOf(t, fake))
			}
			if got, err := v.readOf(fake).over(t, transport, url); err != nil || got.status != 200 {
				t.Errorf("%s: the next answer is %+v, %v", test.name, got, err)
			}
		}
	})
}

// h2Code are the names of the error codes, as net/http writes them. A reset with
// NO_ERROR or CANCEL is an end without a reason.
var h2Code = map[uint32]string{
	1: "PROTOCOL_ERROR", 2: "INTERNAL_ERROR", 3: "FLOW_CONTROL_ERROR", 4: "SETTINGS_TIMEOUT", 5: "STREAM_CLOSED", 6: "FRAME_SIZE_ERROR",
	7: "REFUSED_STREAM", 9: "COMPRESSION_ERROR", 10: "CONNECT_ERROR", 11: "ENHANCE_YOUR_CALM", 12: "INADEQUATE_SECURITY", 13: "HTTP_1_1_REQUIRED",
}

// net/http sends a request again by itself where it has a GetBody: a reset with
// PROTOCOL_ERROR is such a case.
func TestHTTP2ResetIsRetriedByNetHTTP(t *testing.T) {
	t.Parallel()
	fake := credittest.NewThoughtIndustries(t)
	url, transport := fake.HTTP2()
	c := vendors[1].writeOf(t, fake, "changed")
	fake.Queue(credittest.StreamReset(1), credittest.StreamReset(1))
	req, err := http.NewRequestWithContext(t.Context(), c.method, url+c.path, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = c.header
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if n := len(fake.Writes()); n != 3 {
		t.Errorf("%d writes arrived", n)
	}
}

func TestFrameFaultsOverHTTP1LoseResponse(t *testing.T) {
	t.Parallel()
	fake := credittest.NewKnox(t)
	for _, transport := range []http.RoundTripper{http.DefaultTransport, fake.Transport()} {
		for _, fault := range []credittest.Fault{credittest.StreamReset(8), credittest.GoAway(0)} {
			fake.Reset()
			fake.Queue(fault)
			if _, err := vendors[0].writeOf(t, fake, "changed").over(t, transport, fake.URL); err == nil || !fake.Writes()[0].Applied {
				t.Errorf("the call ends with %v", err)
			}
		}
	}
}

// A silent connection answers no ping.
func TestHTTP2SilentConnection(t *testing.T) {
	t.Parallel()
	fake := credittest.NewKnox(t)
	url, pinging := fake.HTTP2()
	pinging.HTTP2 = &http.HTTP2Config{SendPingTimeout: 50 * time.Millisecond, PingTimeout: 50 * time.Millisecond}
	v := vendors[0]
	if _, err := v.readOf(fake).over(t, pinging, url); err != nil {
		t.Fatal(err)
	}
	fake.Queue(credittest.Silent().OnWrite())
	if got, err := v.writeOf(t, fake, "changed").over(t, pinging, url); err == nil || !v.changed(t, fake) {
		t.Errorf("the answer is %+v, %v", got, err)
	}
	if _, err := v.readOf(fake).over(t, pinging, url); err != nil {
		t.Errorf("another connection is silent as well: %v", err)
	}

	for _, transport := range []http.RoundTripper{http.DefaultTransport, fake.Transport()} {
		fake.Queue(credittest.Silent().OnWrite())
		c := v.writeOf(t, fake, "again")
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, c.method, fake.URL+c.path, io.NopCloser(strings.NewReader(c.body)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = c.header
		if _, err := transport.RoundTrip(req); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the call ends with %v", err)
		}
	}
	if v.valueOf(t, fake) != "again" {
		t.Errorf("the value is %q", v.valueOf(t, fake))
	}
}
