package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"slices"
	"testing"
	"time"
)

var archiveEntries = []entry{
	{name: "creditkit/bulk", content: []byte("binary"), executable: true},
	{name: "creditkit/LICENSES.txt", content: []byte("text")},
}

func TestArchivesDoNotDependOnOrderOfEntries(t *testing.T) {
	reversed := slices.Clone(archiveEntries)
	slices.Reverse(reversed)
	for name, pack := range map[string]func([]entry) ([]byte, error){"tar.gz": tarGz, "zip": zipped} {
		first, err := pack(archiveEntries)
		if err != nil {
			t.Fatal(err)
		}
		second, err := pack(reversed)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, second) {
			t.Errorf("%s: the same entries in another order give other bytes", name)
		}
	}
}

func TestTarGzHasFixedTimesAndModes(t *testing.T) {
	archive, err := tarGz(archiveEntries)
	if err != nil {
		t.Fatal(err)
	}
	uncompressed, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	if !uncompressed.ModTime.IsZero() {
		t.Errorf("gzip time is %v, want none", uncompressed.ModTime)
	}
	reader := tar.NewReader(uncompressed)
	for _, want := range []struct {
		name string
		mode int64
	}{{"creditkit/LICENSES.txt", 0o644}, {"creditkit/bulk", 0o755}} {
		header, err := reader.Next()
		if err != nil {
			t.Fatal(err)
		}
		if header.Name != want.name || header.Mode != want.mode || !header.ModTime.Equal(archiveTime) || header.Uname != "" || header.Uid != 0 {
			t.Errorf("got %+v, want name %s, mode %o and fixed time and owner", header, want.name, want.mode)
		}
	}
	if _, err := reader.Next(); err != io.EOF {
		t.Errorf("got %v after the last entry, want EOF", err)
	}
}

func TestZipHasFixedTimes(t *testing.T) {
	archive, err := zipped(archiveEntries)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range reader.File {
		names = append(names, file.Name)
		if !file.Modified.Equal(time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%s has time %v", file.Name, file.Modified)
		}
	}
	if want := []string{"creditkit/LICENSES.txt", "creditkit/bulk"}; !slices.Equal(names, want) {
		t.Errorf("names are %v, want %v", names, want)
	}
}

func TestCompareEntriesFindsOtherBytes(t *testing.T) {
	if err := compareEntries(archiveEntries, archiveEntries); err != nil {
		t.Error(err)
	}
	other := slices.Clone(archiveEntries)
	other[1].content = []byte("other")
	for _, got := range [][]entry{other, archiveEntries[:1]} {
		if compareEntries(got, archiveEntries) == nil {
			t.Errorf("%v: want an error", got)
		}
	}
}
