package row

import (
	"strings"
	"testing"
)

func BenchmarkRead(b *testing.B) {
	for f, file := range map[Format]string{
		CSV:       "vendor,id,owner,total,expires_at,metadata,clear\n" + strings.Repeat(`metronome,5e7e82cf-ccb7-428c-a96f-a8e4f67af822,4c91c473-fc12-445a-9c38-40421d47023f,12.50,2027-01-01T00:00:00Z,"{""plan"":""gold""}",priority`+"\n", 1000),
		JSONLines: strings.Repeat(`{"vendor":"metronome","id":"5e7e82cf-ccb7-428c-a96f-a8e4f67af822","owner":"4c91c473-fc12-445a-9c38-40421d47023f","set":{"total":12.50,"expires_at":"2027-01-01T00:00:00Z","metadata":{"plan":"gold"}},"clear":["priority"]}`+"\n", 1000),
	} {
		b.Run(f.String(), func(b *testing.B) {
			b.ReportAllocs()
			rows := 0
			for b.Loop() {
				for _, problems := range Read(strings.NewReader(file), f) {
					if rows++; len(problems) > 0 {
						b.Fatal(problems)
					}
				}
			}
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
