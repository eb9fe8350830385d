package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

var vendors = []string{"knox", "thoughtindustries", "nexudus", "flexprice", "metronome"}

// The committed codecs are those that the specs and the generated types give.
func TestCodecsAreTheCommittedOnes(t *testing.T) {
	for _, vendor := range vendors {
		from := filepath.Join("..", "..", vendor)
		types, err := os.ReadFile(filepath.Join(from, "openapi.gen.go"))
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "openapi.gen.go"), types, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := generate(filepath.Join("..", vendor+".yaml"), dir); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{"codecs.gen.go", "codecs.gen_test.go"} {
			want, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(filepath.Join(from, file)); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s/%s is not what the generator writes (%v): run go generate", vendor, file, err)
			}
		}
	}
}

// Every object that a spec's requests are made of has an append function, and
// every object of its answers a scan function.
func TestEveryTypeHasItsCodecs(t *testing.T) {
	for _, vendor := range vendors {
		doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join("..", vendor+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, path := range doc.Paths.InMatchingOrder() {
			for _, op := range doc.Paths.Value(path).Operations() {
				if op.RequestBody != nil {
					want = append(want, objects("append", op.RequestBody.Value.Content)...)
				}
				for status, r := range op.Responses.Map() {
					if strings.HasPrefix(status, "2") {
						want = append(want, objects("scan", r.Value.Content)...)
					}
				}
			}
		}
		slices.Sort(want)
		if got := functions(t, vendor); !slices.Equal(got, slices.Compact(want)) {
			t.Errorf("%s: functions\n%q, want\n%q", vendor, got, want)
		}
	}
}

// objects lists the functions for the objects in a body.
func objects(verb string, body openapi3.Content) []string {
	var names []string
	var follow func(ref *openapi3.SchemaRef)
	follow = func(ref *openapi3.SchemaRef) {
		if ref == nil {
			return
		}
		_, name, _ := strings.Cut(ref.Ref, "schemas/")
		if name = verb + name; name != verb && len(ref.Value.Properties) > 0 {
			if slices.Contains(names, name) {
				return
			}
			names = append(names, name)
		}
		for _, p := range ref.Value.Properties {
			follow(p)
		}
		for _, part := range ref.Value.AllOf {
			follow(part)
		}
		follow(ref.Value.Items)
		follow(ref.Value.AdditionalProperties.Schema)
	}
	for _, m := range body {
		follow(m.Schema)
	}
	return names
}

// functions lists the append and scan functions of a vendor.
func functions(t *testing.T, vendor string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", vendor, "codecs.gen.go"), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if ok && f.Recv == nil && (strings.HasPrefix(f.Name.Name, "append") || strings.HasPrefix(f.Name.Name, "scan")) {
			names = append(names, f.Name.Name)
		}
	}
	slices.Sort(names)
	return names
}

// gen generates the codecs of a request R and an answer A.
func gen(t *testing.T, types string) (code string, err error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "openapi.gen.go")
	if err := os.WriteFile(file, []byte("package acme\n"+types), 0o600); err != nil {
		t.Fatal(err)
	}
	pkg, err := readPackage(file)
	if err != nil {
		return "", err
	}
	out, err := pkg.codecs(usage{requests: []string{"R"}, answers: []string{"A"}})
	return string(out), err
}

func TestCodecsOfATag(t *testing.T) {
	const answer = "\ntype A struct{}"
	for field, want := range map[string]string{
		"F string `json:\"f\"`":                                                              "b.Name(`\"f\":`)\n\tjsonenc.AppendText(b, &v.F)\n",
		"F string `json:\"f,omitempty\"`":                                                    `if v.F != "" {`,
		"F bool `json:\"f,omitzero\"`":                                                       "if v.F {",
		"F int64 `json:\"f,omitempty\"`":                                                     "if v.F != 0 {",
		"F *bool `json:\"f,omitempty\"`":                                                     "if v.F != nil {\n\t\tb.Name(`\"f\":`)\n\t\tjsonenc.AppendBool(b, v.F)\n",
		"F []string `json:\"f,omitzero\"`":                                                   "if v.F != nil {\n\t\tb.Name(`\"f\":`)\n\t\tjsonenc.AppendList(b, &v.F, jsonenc.AppendText)\n",
		"F []string `json:\"f,omitempty\"`":                                                  "if len(v.F) > 0 {",
		"F json.RawMessage `json:\"f,omitempty,omitzero\"`":                                  "if len(v.F) > 0 {",
		"F credit.Decimal `json:\"f,omitzero\"`":                                             "if v.F != (credit.Decimal{}) {",
		"F time.Time `json:\"f,omitzero\"`":                                                  "if !v.F.IsZero() {",
		"F time.Time `json:\"f,omitempty\"`":                                                 "b.Open()\n\tb.Name(`\"f\":`)\n\tjsonenc.AppendTime(b, &v.F)\n",
		"F map[string]string `json:\"f,omitzero\"`":                                          "jsonenc.AppendTexts(b, &v.F)",
		"F map[string][]string `json:\"f,omitzero\"`":                                        "jsonenc.AppendMap(b, &v.F, func(b *jsonenc.Buffer, v *[]string) { jsonenc.AppendList(b, v, jsonenc.AppendText) })",
		"F nullable.Nullable[[]string] `json:\"f,omitempty,omitzero\"`":                      "if value, ok := jsonenc.AppendNullable(b, &v.F); ok {\n\t\t\tjsonenc.AppendList(b, &value, jsonenc.AppendText)\n",
		"F Kind `json:\"f\"`\n}\ntype Kind string\ntype Other struct{":                       "jsonenc.AppendText(b, &v.F)",
		"F []Item `json:\"f\"`\n}\ntype Item struct{G int64 `json:\"g\"`":                    "jsonenc.AppendList(b, &v.F, appendItem)",
		"AdditionalProperties map[string]json.RawMessage `json:\"-\"`":                       "b.Unknown(v.AdditionalProperties, rMembers)",
		"F *Item `json:\"f,omitempty\"`\n}\ntype Item struct{G *bool `json:\"g,omitempty\"`": "appendItem(b, v.F)",
	} {
		code, err := gen(t, "type R struct{ "+field+" }"+answer)
		if err != nil || !strings.Contains(code, want) {
			t.Errorf("%s: %v, without\n%s\nin\n%s", field, err, want, code)
		}
	}
}

func TestCodecsOfAnAnswer(t *testing.T) {
	const request = "\ntype R struct{}"
	for field, want := range map[string]string{
		"F string `json:\"f\"`": "case \"f\":\n\t\t\ts.Once(&seen[0])\n\t\t\tjsonenc.ScanText(s, &v.F)\n\t\tdefault:\n\t\t\ts.SkipUnknown(aMembers)",
		"F *Kind `json:\"f\"`\n}\ntype Kind string\ntype Other struct{":                     "jsonenc.ScanOptional(s, &v.F, &optional.F, jsonenc.ScanText)",
		"F [][]Item `json:\"f\"`\n}\ntype Item struct{":                                     "jsonenc.ScanList(s, &v.F, func(s *jsonenc.Scanner, v *[]Item) { jsonenc.ScanList(s, v, scanItem) })",
		"F nullable.Nullable[bool] `json:\"f\"`":                                            "var value bool\n\t\t\tisNull := s.Null()\n\t\t\tif !isNull {\n\t\t\t\tjsonenc.ScanBool(s, &value)\n\t\t\t}\n\t\t\tjsonenc.SetNullable(&v.F, isNull, value)",
		"F bool `json:\"f\"`\nAdditionalProperties map[string]json.RawMessage `json:\"-\"`": "s.Once(&seen[0])\n\t\t\tjsonenc.ScanBool(s, &v.F)\n\t\tdefault:\n\t\t\ts.Keep(&unknown)",
	} {
		code, err := gen(t, "type A struct{ "+field+" }"+request)
		if err != nil || !strings.Contains(code, want) {
			t.Errorf("%s: %v, without\n%s\nin\n%s", field, err, want, code)
		}
	}
}

func TestGeneratorRefuses(t *testing.T) {
	const request, answer = "\ntype R struct{}", "\ntype A struct{}"
	for types, want := range map[string]string{
		"type R struct{ F float64 `json:\"f\"` }" + answer:                           "R.F: float64: no codec for this type",
		"type R struct{ F [2]string `json:\"f\"` }" + answer:                         "R.F: [2]string: no codec",
		"type R struct{ F *string `json:\"f\"` }" + answer:                           "R.F: a pointer that is always sent",
		"type R struct{ F Item `json:\"f,omitzero\"` }\ntype Item struct{}" + answer: "R.F: omitzero on a Item",
		"type R struct{ F map[bool]string `json:\"f\"` }" + answer:                   "R.F: map[bool]string: no codec",
		"type R struct{ F string }" + answer:                                         "R: a field without one name and a tag",
		"type R struct{ F string `json:\"-\"` }" + answer:                            "R.F: a field without a member",
		"type A struct{ F any `json:\"f\"` }" + request:                              "A.F: any: no codec",
		"type R struct{ F []nullable.Nullable[string] `json:\"f\"` }" + answer:       "R.F: nullable.Nullable[string]: no codec",
		request: "A: no struct of this name",
		answer:  "R: no struct of this name",
		"type":  "expected",
	} {
		if code, err := gen(t, types); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v and %d bytes, want an error with %q", types, err, len(code), want)
		}
	}
}

func TestSpecWithoutANameForABodyIsRefused(t *testing.T) {
	const head = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    put:\n      operationId: put\n"
	const inline = "content: {application/json: {schema: {type: object}}}"
	for _, body := range []string{
		"      requestBody: {" + inline + "}\n      responses: {default: {description: d}}\n",
		"      responses: {'201': {description: d, " + inline + "}}\n",
	} {
		file := filepath.Join(t.TempDir(), "acme.yaml")
		if err := os.WriteFile(file, []byte(head+body), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readSpec(file); err == nil || !strings.Contains(err.Error(), "has no name") {
			t.Errorf("%s: got %v, want an error", body, err)
		}
	}
}
