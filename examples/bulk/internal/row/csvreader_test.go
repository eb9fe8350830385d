package row

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// FuzzCSVReader compares the reader with encoding/csv: the same rows at the same
// positions, and errors in the same rows.
func FuzzCSVReader(f *testing.F) {
	for _, seed := range csvSeeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		mine := newCSVReader(bufio.NewReader(strings.NewReader(file)))
		theirs := csv.NewReader(strings.NewReader(file))
		theirs.FieldsPerRecord = -1
		for {
			record, err := theirs.Read()
			more, mineErr := mine.readRow()
			if more == errors.Is(err, io.EOF) || mineErr != nil {
				t.Fatalf("a row: %t, %v; encoding/csv has %v", more, mineErr, err)
			}
			if !more {
				return
			}
			if (mine.fault.reason != "") != (err != nil) {
				t.Fatalf("the row of line %d: %q; encoding/csv has %v", mine.begin.line, mine.fault.reason, err)
			}
			if err != nil {
				if failed, _ := errors.AsType[*csv.ParseError](err); failed.StartLine != mine.begin.line {
					t.Fatalf("a bad row of line %d; encoding/csv has %v", mine.begin.line, err)
				}
				continue
			}
			if mine.count != len(record) {
				t.Fatalf("%d cells; encoding/csv has %q", mine.count, record)
			}
			i := 0
			for at, text := range mine.cellTexts {
				line, column := theirs.FieldPos(i)
				if text := strings.ReplaceAll(text, "\r\n", "\n"); text != record[i] || at != (position{line, column}) {
					t.Fatalf("cell %d is %q at %v; encoding/csv has %q at %d:%d", i, text, at, record[i], line, column)
				}
				i++
			}
		}
	})
}

var csvSeeds = []string{
	"", "\n", "\r", "a", "a,b\nc,d\n", "a,b\r\nc,d\r\n", ",\n,,\n", "\"a\",\"b,\"\"c\"\"\"\n", "\"a\nb\"\n\n\"\"\n",
	"\"a\r\nb\r\",c\r\r\n", "a\"b,c\nd\n", "\"a\"b\nc\n", "\"a\n\"b\nc\n", "a,\"b\nc,d\n", "\"\"\"", "\"\"\r", "a\rb\n", "\xff,\x00\n",
}

// The memory of a row is bounded, whatever the file contains.
func TestCSVReaderMemoryIsBounded(t *testing.T) {
	for what, file := range map[string]string{
		"a cell": strings.Repeat("a", 3*maxRow), "cells": strings.Repeat(",", 3*maxRow),
		"lines in quotes": `"` + strings.Repeat("\n", 3*maxRow) + `",`,
	} {
		c := newCSVReader(bufio.NewReader(strings.NewReader(file + "\na,b\n")))
		if more, err := c.readRow(); !more || err != nil || !strings.HasPrefix(c.fault.reason, tooLong) {
			t.Errorf("%s: %t, %v, %q", what, more, err, c.fault.reason)
		}
		if cap(c.text) > 2*maxRow || cap(c.row) > maxCells {
			t.Errorf("%s: %d bytes and %d cells are held", what, cap(c.text), cap(c.row))
		}
		var texts []string
		more, err := c.readRow()
		for _, text := range c.cellTexts {
			texts = append(texts, text)
		}
		if !more || err != nil || !slices.Equal(texts, []string{"a", "b"}) || c.fault.reason != "" {
			t.Errorf("%s: the next row is %q, %q, %v", what, texts, c.fault.reason, err)
		}
	}
}
