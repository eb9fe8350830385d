package main

import (
	"bytes"
	"os"
	"slices"
	"testing"
)

// The table of creditctl doctor is what the specs say.
func TestTableIsTheCommittedOne(t *testing.T) {
	got, err := makeTable("..")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../" + tableFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("examples/creditctl/records.gen.json differs from the specs: run go generate . in the module root")
	}
}

func TestShapes(t *testing.T) {
	table, err := makeTable("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		// a required number with its format
		"   \"quantity\": {\n    \"type\": \"number\",\n    \"format\": \"decimal\",\n    \"required\": true\n   }",
		// the values of an enum behind a $ref
		"   \"status\": {\n    \"type\": \"string\",\n    \"enum\": [\n     \"active\"\n    ]\n   }",
		// free JSON may be null
		"   \"CustomFields\": {\n    \"nullable\": true\n   }",
		// a map
		"   \"metadata\": {\n    \"type\": \"object\",\n    \"values\": {\n     \"type\": \"string\"\n    }\n   }",
	} {
		if !bytes.Contains(table, []byte(want)) {
			t.Errorf("the table does not contain\n%s", want)
		}
	}
}

func TestEverySpecHasARecord(t *testing.T) {
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	var specs int
	for _, e := range entries {
		name, isYAML := bytes.CutSuffix([]byte(e.Name()), []byte(".yaml"))
		if !isYAML || slices.Contains([]string{"codegen", "go.overlay"}, string(name)) {
			continue
		}
		specs++
		if recordSchemas[string(name)] == "" {
			t.Errorf("%s has no record", name)
		}
	}
	if specs != len(recordSchemas) {
		t.Errorf("%d specs and %d records", specs, len(recordSchemas))
	}
}
