package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"golang.org/x/oauth2"
	"resty.dev/v3"

	"github.com/creditkit/creditkit/credit"
)

const token = "a-token-of-ordinary-length-0123456789"

// ours returns the options of this SDK's clients: the target, and no others.
func ours(t Target) []credit.Option {
	opts := []credit.Option{credit.WithBaseURL(t.URL)}
	if t.Transport != nil {
		opts = append(opts, credit.WithTransport(t.Transport))
	}
	return opts
}

func tokens() oauth2.TokenSource { return credit.StaticToken(token) }

// newResty returns resty with its defaults and the vendor's credential.
func newResty(t Target, name, value string) *resty.Client {
	c := resty.New().SetBaseURL(t.URL).SetHeader(name, value)
	if t.Transport != nil {
		c.SetTransport(t.Transport)
	}
	return c
}

func restyCall(ctx context.Context, c *resty.Client, method, path string, in, out any) error {
	req := c.R().SetContext(ctx).SetResult(out)
	if in != nil {
		req.SetBody(in)
	}
	resp, err := req.Execute(method, path)
	if err != nil {
		return err
	}
	if !resp.IsStatusSuccess() {
		return errors.New(resp.Status())
	}
	return nil
}

// doer returns the HTTP client for the peers that accept one.
func doer(t Target) *http.Client { return &http.Client{Transport: t.Transport} }

// authorized adds the credential, for oapi-codegen's request editors.
func authorized(name, value string) func(context.Context, *http.Request) error {
	return func(_ context.Context, req *http.Request) error {
		req.Header.Set(name, value)
		return nil
	}
}

// missing returns the error for a generated client's answer without a decoded body.
func missing(resp *http.Response) error { return fmt.Errorf("no answer of 200: %s", resp.Status) }

var errWrong = errors.New("the answer is not about the record that was changed")
