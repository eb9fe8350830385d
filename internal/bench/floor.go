package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Tuned returns net/http's transport with room for 512 idle connections per host,
// so that bursts of calls reuse connections.
func Tuned() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 0, 512
	return t
}

// floor is the hand-written client: one credential, JSON in and out, an error
// unless the status is 200, and nothing else.
type floor struct {
	client      *http.Client
	name, value string // of the credential's header
}

func newFloor(t Target, name, value string) floor {
	if t.Transport == nil {
		t.Transport = Tuned()
	}
	return floor{client: &http.Client{Transport: t.Transport}, name: name, value: value}
}

func (f floor) call(ctx context.Context, method, url string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return err
	}
	req.Header.Set(f.name, f.value)
	req.Header.Set("Accept", "application/json")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := f.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", resp.Status, data)
	}
	return json.Unmarshal(data, out)
}
