package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// A proxyConnectError is returned by the shared transport when a proxy answers
// CONNECT with a status other than 200. It holds no text of the proxy.
type proxyConnectError struct{ status int }

func (e *proxyConnectError) Error() string {
	return "the proxy refused the connection: " + statusText(e.status)
}

// checkProxyConnect is the shared transport's OnProxyConnectResponse.
func checkProxyConnect(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode != http.StatusOK {
		return &proxyConnectError{status: resp.StatusCode}
	}
	return nil
}

// errProxyFunc is the text of a Proxy function's error. The error itself may
// quote the proxy's URL with its password.
var errProxyFunc = errors.New("the transport's Proxy function failed")

// A proxyFuncError is the error of a transport's Proxy function: no connection
// was requested.
type proxyFuncError struct{ err error }

func (e *proxyFuncError) Error() string { return safeProxyText(e.err) }

// Is and As see the error of net/http without printing it.
func (e *proxyFuncError) Is(target error) bool {
	return target == errProxyFunc || errors.Is(e.err, target)
}

// As gives errors.As the error of net/http.
func (e *proxyFuncError) As(target any) bool { return errors.As(e.err, target) }

// GoString keeps %#v from the error of net/http.
func (e *proxyFuncError) GoString() string { return e.Error() }

func safeProxyText(err error) string {
	if text, ok := safeReason(err); ok {
		return text
	}
	return errProxyFunc.Error()
}

// proxyFromEnvironment is http.ProxyFromEnvironment with a typed error.
func proxyFromEnvironment(req *http.Request) (*url.URL, error) {
	proxy, err := http.ProxyFromEnvironment(req)
	if err != nil {
		return nil, &proxyFuncError{err: err}
	}
	return proxy, nil
}

// asProxyFuncError returns err as a proxyFuncError if it is the error of the
// Proxy function of rt, a caller's *http.Transport; otherwise it returns err
// unchanged. net/http returns the error of a Proxy function as it is, so the
// function is called once more to compare. It must only be called for an
// attempt that never requested a connection.
func asProxyFuncError(rt http.RoundTripper, req *http.Request, err error) error {
	t, ok := rt.(*http.Transport)
	if !ok || t == nil || t.Proxy == nil || err == nil || req.Context().Err() != nil {
		return err
	}
	if _, own := errors.AsType[*proxyFuncError](err); own {
		return err
	}
	_, proxyErr := t.Proxy(req)
	if proxyErr == nil || !errors.Is(err, proxyErr) && errorText(err) != errorText(proxyErr) {
		return err
	}
	return &proxyFuncError{err: err}
}

// proxyStatus returns the status with which a proxy refused CONNECT. The shared
// transport has a typed error for it; other transports return the reason
// phrase alone, which is recognized if it is the standard one.
func proxyStatus(err error) (status int, ok bool) {
	if e, ok := errors.AsType[*proxyConnectError](err); ok {
		return e.status, true
	}
	status, ok = statusByText[errorText(innermostError(err))]
	return status, ok
}

// statusByText holds the standard reason phrases of refusals.
var statusByText = func() map[string]int {
	m := make(map[string]int)
	for status := 400; status < 600; status++ {
		if text := http.StatusText(status); text != "" {
			m[text] = status
		}
	}
	return m
}()

func statusText(status int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
}
