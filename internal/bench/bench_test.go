package bench

import "testing"

// BenchmarkCall runs every contender of every work over the Stub.
func BenchmarkCall(b *testing.B) {
	for _, w := range Works() {
		b.Run("work="+w.Name, func(b *testing.B) {
			for _, c := range w.Contenders {
				b.Run("by="+c.Name, func(b *testing.B) { measure(b, w, c) })
			}
		})
	}
}

func measure(b *testing.B, w Work, c Contender) {
	call, err := c.Make(Target{URL: w.URL, Transport: Stub{}})
	if err != nil {
		b.Fatal(err)
	}
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if err := call(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

// TestCalls makes each call once, so that no figure is that of a failure.
func TestCalls(t *testing.T) {
	for _, w := range Works() {
		for _, c := range w.Contenders {
			t.Run(w.Name+"/"+c.Name, func(t *testing.T) {
				call, err := c.Make(Target{URL: w.URL, Transport: Stub{}})
				if err != nil {
					t.Fatal(err)
				}
				if err := call(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
}
