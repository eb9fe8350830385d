package openapi_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/creditkit/creditkit/openapi"
)

// The tests here hold each vendor's openapi.gen.go against its spec, as it is
// before the overlay: every exported type and every member, with the Go type
// and the tag that the member must have. README.md has the rules in words.

// generated is what a vendor's openapi.gen.go declares, and the methods and
// variables of its codecs.gen.go.
type generated struct {
	structs map[string]*ast.StructType
	strings map[string]bool              // types that are a plain string
	vars    map[string]*ast.CompositeLit // unexported variables
	methods map[string][]string          // by receiver
	others  []string                     // anything else that is exported
}

func parse(t *testing.T, vendor string) *generated {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../"+vendor+"/openapi.gen.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	if file.Name.Name != vendor {
		t.Errorf("package %s, want %s", file.Name.Name, vendor)
	}
	for _, spec := range file.Imports {
		if strings.Contains(spec.Path.Value, "oapi-codegen/runtime") {
			t.Errorf("imports %s", spec.Path.Value)
		}
	}
	g := &generated{
		structs: map[string]*ast.StructType{},
		strings: map[string]bool{},
		vars:    map[string]*ast.CompositeLit{},
		methods: map[string][]string{},
	}
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv == nil {
				g.others = append(g.others, decl.Name.Name)
				continue
			}
			receiver := strings.TrimPrefix(types.ExprString(decl.Recv.List[0].Type), "*")
			g.methods[receiver] = append(g.methods[receiver], decl.Name.Name)
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					if body, ok := spec.Type.(*ast.StructType); ok {
						g.structs[spec.Name.Name] = body
					} else if !spec.Assign.IsValid() && types.ExprString(spec.Type) == "string" {
						g.strings[spec.Name.Name] = true
					} else {
						g.others = append(g.others, spec.Name.Name)
					}
				case *ast.ValueSpec:
					for i, name := range spec.Names {
						if decl.Tok == token.CONST {
							continue
						}
						body, ok := spec.Values[i].(*ast.CompositeLit)
						if !ok || name.IsExported() {
							g.others = append(g.others, name.Name)
						}
						g.vars[name.Name] = body
					}
				}
			}
		}
	}
	return g
}

// parseCodecs adds the methods and variables of a vendor's codecs.gen.go.
func (g *generated) parseCodecs(t *testing.T, vendor string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../"+vendor+"/codecs.gen.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv != nil {
				receiver := strings.TrimPrefix(types.ExprString(decl.Recv.List[0].Type), "*")
				g.methods[receiver] = append(g.methods[receiver], decl.Name.Name)
			} else if decl.Name.IsExported() {
				g.others = append(g.others, decl.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				if spec, ok := spec.(*ast.ValueSpec); ok {
					g.vars[spec.Names[0].Name], _ = spec.Values[0].(*ast.CompositeLit)
				}
			}
		}
	}
}

func TestModels(t *testing.T) {
	eachVendor(t, func(t *testing.T, vendor string, doc *openapi3.T) {
		g := parse(t, vendor)
		g.parseCodecs(t, vendor)
		if len(g.others) > 0 {
			t.Errorf("declared, but in no spec: %v", g.others)
		}
		used := map[string]bool{}
		for _, op := range operations(doc) {
			if op.RequestBody != nil {
				reach(used, op.RequestBody.Value.Content)
			}
			for _, r := range op.Responses.Map() {
				reach(used, r.Value.Content)
			}
		}
		for name, ref := range doc.Components.Schemas {
			switch body := g.structs[name]; {
			case !used[name]: // the generator drops it
			case len(ref.Value.Enum) > 0:
				if !g.strings[name] {
					t.Errorf("%s: no string type of this name", name)
				}
			case body == nil:
				t.Errorf("%s: no struct of this name", name)
			default:
				checkStruct(t, g, name, ref.Value, body)
			}
		}
		for name := range g.structs {
			if ref := doc.Components.Schemas[name]; ref == nil || len(ref.Value.Enum) > 0 {
				t.Errorf("%s: a struct without a schema", name)
			}
		}
		for name := range g.strings {
			if ref := doc.Components.Schemas[name]; ref == nil || len(ref.Value.Enum) == 0 {
				t.Errorf("%s: a string type without an enum", name)
			}
		}
	})
}

func checkStruct(t *testing.T, g *generated, name string, schema *openapi3.Schema, body *ast.StructType) {
	request, _ := schema.Extensions["x-request"].(bool)
	extra := schema.AdditionalProperties.Schema != nil
	seen := map[string]bool{}
	for _, field := range body.Fields.List {
		if len(field.Names) != 1 {
			t.Errorf("%s: embedded field %s", name, types.ExprString(field.Type))
			continue
		}
		goType := types.ExprString(field.Type)
		tag := fieldTag(field)
		member, options, _ := strings.Cut(tag, ",")
		at := fmt.Sprintf("%s.%s", name, field.Names[0].Name)
		if tag == "-" {
			if !extra || field.Names[0].Name != "AdditionalProperties" || goType != "map[string]json.RawMessage" {
				t.Errorf("%s: %s is in no spec", at, goType)
			}
			seen["-"] = true
			continue
		}
		property := schema.Properties[member]
		if property == nil {
			t.Errorf("%s: member %q is not in the spec", at, member)
			continue
		}
		seen[member] = true
		wantType, wantOptions := expect(property, slices.Contains(schema.Required, member), request, request || keepsNull(property))
		if goType != wantType {
			t.Errorf("%s: type %s, want %s", at, goType, wantType)
		}
		if !slices.Contains(wantOptions, options) {
			t.Errorf("%s: tag options %q, want one of %q", at, options, wantOptions)
		}
	}
	for member := range schema.Properties {
		if !seen[member] {
			t.Errorf("%s: member %s has no field", name, member)
		}
	}

	methods := slices.Sorted(slices.Values(g.methods[name]))
	if !extra {
		if len(methods) > 0 {
			t.Errorf("%s: methods %v", name, methods)
		}
		return
	}
	if !seen["-"] || !slices.Equal(methods, []string{"MarshalJSON", "UnmarshalJSON"}) {
		t.Errorf("%s: unknown members are not kept: methods %v", name, methods)
	}
	known := g.vars[lowerFirst(name)+"Members"]
	if known == nil {
		t.Errorf("%s: no list of known members", name)
		return
	}
	var listed []string
	for _, e := range known.Elts {
		value, err := strconv.Unquote(types.ExprString(e))
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, value)
	}
	var want []string
	for member := range schema.Properties {
		want = append(want, member)
	}
	slices.Sort(listed)
	slices.Sort(want)
	if !slices.Equal(listed, want) {
		t.Errorf("%s: known members %v, want %v", name, listed, want)
	}
}

// expect gives the Go type of a member and the tag options it may have. null
// means that the type distinguishes null from a member that is left out.
func expect(property *openapi3.SchemaRef, required, request, null bool) (goType string, options []string) {
	goType = typeOf(property)
	schema := property.Value
	free := schema.Extensions["x-go-type"] != nil // holds null itself
	inline := property.Ref == "" && len(schema.AllOf) == 0
	switch {
	case property.Ref == "" && schema.Nullable && null && !free:
		goType = "nullable.Nullable[" + goType + "]"
		if required {
			return goType, []string{""}
		}
		return goType, []string{"omitempty", "omitempty,omitzero"}
	case required:
		return goType, []string{""}
	case free, inline && (schema.Type.Is("array") || schema.Type.Is("object") ||
		slices.Contains([]string{"decimal", "date-time", "date-time-local"}, schema.Format)):
		return goType, []string{"omitzero"}
	case request:
		return "*" + goType, []string{"omitempty"}
	default:
		return goType, []string{"omitempty", "omitzero", "omitempty,omitzero"}
	}
}

// typeOf gives the Go type of a schema that is neither null nor left out.
func typeOf(ref *openapi3.SchemaRef) string {
	if ref == nil || ref.Value == nil {
		return "a type that the spec does not name"
	}
	schema := ref.Value
	switch {
	case ref.Ref != "":
		return strings.TrimPrefix(ref.Ref, "#/components/schemas/")
	case schema.Extensions["x-go-type"] != nil:
		return schema.Extensions["x-go-type"].(string)
	case len(schema.AllOf) == 1:
		return typeOf(schema.AllOf[0])
	case schema.Type.Is("array"):
		return "[]" + typeOf(schema.Items)
	case schema.Type.Is("object"):
		return "map[string]" + typeOf(schema.AdditionalProperties.Schema)
	case schema.Type.Is("boolean"):
		return "bool"
	case schema.Type.Is("integer"):
		return "int64"
	case schema.Type.Is("number"):
		return "credit.Decimal"
	case schema.Format == "decimal":
		return "credit.QuotedDecimal"
	case schema.Format == "date-time":
		return "time.Time"
	case schema.Format == "date-time-local":
		return "credit.LocalTime"
	default:
		return "string"
	}
}

func fieldTag(field *ast.Field) string {
	if field.Tag == nil {
		return ""
	}
	text, err := strconv.Unquote(field.Tag.Value)
	if err != nil {
		return ""
	}
	return reflect.StructTag(text).Get("json")
}

func TestDescriptors(t *testing.T) {
	eachVendor(t, func(t *testing.T, vendor string, doc *openapi3.T) {
		if openapi.CheckCreditWrites(doc) != nil {
			return // TestEveryOperationHasCreditWrite fails
		}
		g := parse(t, vendor)
		want := map[string]bool{}
		for _, op := range operations(doc) {
			id := upperFirst(op.OperationID)
			want["op"+id] = true
			body := g.vars["op"+id]
			if body == nil {
				t.Errorf("op%s: not generated", id)
				continue
			}
			write, _ := op.Extensions["x-credit-write"].(map[string]any)
			fields := map[string]string{
				"ID":       strconv.Quote(id),
				"Method":   "http.Method" + upperFirst(strings.ToLower(op.method)),
				"Path":     strconv.Quote(op.path),
				"Statuses": "[]int{" + statuses(op) + "}",
				"Repeat":   fmt.Sprintf("rest.%s", upperFirst(fmt.Sprint(write["repeat"]))),
			}
			if write["mode"] == "read" {
				fields["Reads"] = "true"
			}
			if write["conflict"] == "throttle" {
				fields["Throttle409"] = "true"
			}
			if resend, ok := write["resend"].([]any); ok {
				fields["Resend"] = "[]int{" + strings.ReplaceAll(strings.Trim(fmt.Sprint(resend), "[]"), " ", ", ") + "}"
			}
			fields["Decode"] = "decodeAnswer"
			if op.RequestBody != nil {
				fields["Encode"] = "encodeRequest"
			}
			for _, e := range body.Elts {
				pair := e.(*ast.KeyValueExpr)
				name := types.ExprString(pair.Key)
				if got := text(pair.Value); got != fields[name] {
					t.Errorf("op%s: %s: %s, want %s", id, name, got, fields[name])
				}
				delete(fields, name)
			}
			if len(fields) > 0 {
				t.Errorf("op%s: without %v", id, fields)
			}
		}
		for name := range g.vars {
			if strings.HasPrefix(name, "op") && !want[name] {
				t.Errorf("%s: no such operation", name)
			}
		}
	})
}

// text prints an expression with the elements of a list, which ExprString
// leaves out.
func text(e ast.Expr) string {
	list, ok := e.(*ast.CompositeLit)
	if !ok {
		return types.ExprString(e)
	}
	var elements []string
	for _, element := range list.Elts {
		elements = append(elements, types.ExprString(element))
	}
	return types.ExprString(list.Type) + "{" + strings.Join(elements, ", ") + "}"
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return string(unicode.ToUpper(rune(s[0]))) + s[1:]
}

func lowerFirst(s string) string {
	return string(unicode.ToLower(rune(s[0]))) + s[1:]
}
