package journal

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

// loadText reads a file as OpenDir does, and returns the events of its keys in order.
func loadText(text []byte) (lines [][]byte, end int64, err error) {
	d := new(Dir)
	if end, err = d.load("journal.log", bytes.NewReader(text)); err != nil {
		return nil, 0, err
	}
	for _, key := range d.index.keys {
		for _, e := range d.index.events[key] {
			line, err := encodeLine(&e)
			if err != nil {
				return nil, 0, err
			}
			lines = append(lines, line)
		}
	}
	return lines, end, nil
}

// A file with any content is read or is a DamageError. What is read stays the same if the
// unfinished end is removed.
func FuzzDirLoad(f *testing.F) {
	for _, events := range [][]Event{nil, fullEvents()} {
		text := []byte(dirHeader)
		for _, e := range events {
			line, err := encodeLine(&e)
			if err != nil {
				f.Fatal(err)
			}
			text = append(text, line...)
		}
		f.Add(text)
		f.Add(text[:len(text)-1])
		f.Add(append(slices.Clone(text), "00000000 {}"...))
		f.Add(append(slices.Clone(text), "00000000 {}\n"...))
	}
	f.Add([]byte("creditkit journal 2\n"))
	f.Add([]byte("creditkit jour"))
	f.Fuzz(func(t *testing.T, text []byte) {
		lines, end, err := loadText(text)
		if err != nil {
			if _, ok := errors.AsType[*DamageError](err); !ok {
				t.Fatalf("got %v", err)
			}
			return
		}
		again, sameEnd, err := loadText(text[:end])
		if err != nil || sameEnd != end || !slices.EqualFunc(again, lines, bytes.Equal) {
			t.Errorf("without the end: %d of %d events, %d of %d bytes, error %v", len(again), len(lines), sameEnd, end, err)
		}
	})
}

// A file that was cut, or in which one bit was changed, is refused, or has the first of its
// events: never others, and never fewer of those that end with a newline before the cut.
func FuzzDirDamage(f *testing.F) {
	for i, e := range fullEvents() {
		text, err := e.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, uint16(1000), uint16(0), byte(0))
		f.Add(text, uint16(100*i), uint16(30*i), byte(1<<i))
	}
	f.Fuzz(func(t *testing.T, text []byte, cut, at uint16, flip byte) {
		e, err := Decode(text)
		if err != nil {
			return
		}
		whole, ends := []byte(dirHeader), []int{}
		for range 3 {
			line, err := encodeLine(&e)
			if err != nil {
				t.Fatal(err)
			}
			whole = append(whole, line...)
			ends = append(ends, len(whole))
		}
		want, _, err := loadText(whole)
		if err != nil || len(want) != 3 {
			t.Fatalf("the file as it was written: %d events, error %v", len(want), err)
		}
		damaged := slices.Clone(whole[:min(int(cut), len(whole))])
		stored := 0
		for _, end := range ends {
			if end <= len(damaged) {
				stored++
			}
		}
		flip &= -flip // its lowest bit: one bit is what the checksum always finds
		isDamaged := flip != 0 && int(at) < len(damaged)
		if isDamaged {
			damaged[at] ^= flip
		}
		got, _, err := loadText(damaged)
		if err != nil {
			if _, ok := errors.AsType[*DamageError](err); !ok || !isDamaged {
				t.Errorf("got %v", err)
			}
			return
		}
		if len(got) != stored || !slices.EqualFunc(got, want[:stored], bytes.Equal) {
			t.Errorf("%d events of %d that were stored", len(got), stored)
		}
	})
}
