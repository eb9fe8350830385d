package format_test

import (
	"testing"

	"github.com/creditkit/creditkit/examples/bulk/internal/format"
)

func TestCountGroupsDigits(t *testing.T) {
	for _, c := range []struct {
		n    int64
		want string
	}{
		{0, "0"}, {7, "7"}, {999, "999"}, {1000, "1,000"}, {12345, "12,345"}, {999999, "999,999"}, {1234567, "1,234,567"},
		{-999, "-999"}, {-1000, "-1,000"}, {-123456, "-123,456"},
	} {
		if got := format.Count(c.n); got != c.want {
			t.Errorf("Count(%d) = %q, want %q", c.n, got, c.want)
		}
	}
}

func TestCountedAddsPlural(t *testing.T) {
	for _, c := range []struct {
		n    int64
		want string
	}{
		{0, "0 rows"}, {1, "1 row"}, {2, "2 rows"}, {1000, "1,000 rows"},
	} {
		if got := format.Counted(c.n, "row"); got != c.want {
			t.Errorf("Counted(%d) = %q, want %q", c.n, got, c.want)
		}
	}
}
