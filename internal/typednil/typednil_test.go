package typednil

import (
	"context"
	"net/http"
	"testing"
	"unsafe"
)

func TestIs(t *testing.T) {
	var none http.RoundTripper
	for _, v := range []any{
		nil, none, (*http.Transport)(nil), http.HandlerFunc(nil), http.Header(nil), []int(nil), (chan int)(nil), unsafe.Pointer(nil),
	} {
		if !Is(v) {
			t.Errorf("a nil %T is not found", v)
		}
	}
	for _, v := range []any{
		0, "", struct{ http.RoundTripper }{}, &http.Transport{}, http.HandlerFunc(http.NotFound), http.Header{}, []int{}, make(chan int),
		context.Background(), t.Context(),
	} {
		if Is(v) {
			t.Errorf("%v of type %T is taken for nil", v, v)
		}
	}
}
