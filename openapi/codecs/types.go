package main

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
)

// A goPackage is what oapi-codegen declared for a vendor.
type goPackage struct {
	name    string
	structs map[string]*structType
	texts   map[string]bool // types whose underlying type is string
}

// A structType is a struct that stands for a JSON object.
type structType struct {
	name   string
	fields []field
	keeps  bool // it keeps unknown members in AdditionalProperties
}

// A field is a field of a struct that stands for a member of an object.
type field struct {
	name    string // in Go
	member  string // in JSON
	options []string
	typ     ast.Expr
}

func (f field) has(option string) bool { return slices.Contains(f.options, option) }

// readPackage reads the types in a file that oapi-codegen has written.
func readPackage(file string) (*goPackage, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	pkg := &goPackage{name: parsed.Name.Name, structs: map[string]*structType{}, texts: map[string]bool{}}
	for _, decl := range parsed.Decls {
		decl, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range decl.Specs {
			spec, ok := spec.(*ast.TypeSpec)
			if !ok {
				continue
			}
			switch t := spec.Type.(type) {
			case *ast.StructType:
				s, err := newStruct(spec.Name.Name, t)
				if err != nil {
					return nil, err
				}
				pkg.structs[s.name] = s
			case *ast.Ident:
				pkg.texts[spec.Name.Name] = t.Name == "string"
			}
		}
	}
	return pkg, nil
}

func newStruct(name string, t *ast.StructType) (*structType, error) {
	s := &structType{name: name}
	for _, f := range t.Fields.List {
		if len(f.Names) != 1 || f.Tag == nil {
			return nil, fmt.Errorf("%s: a field without one name and a tag", name)
		}
		tag, err := strconv.Unquote(f.Tag.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		parts := strings.Split(reflect.StructTag(tag).Get("json"), ",")
		if parts[0] == "-" {
			if f.Names[0].Name != "AdditionalProperties" || types.ExprString(f.Type) != "map[string]json.RawMessage" {
				return nil, fmt.Errorf("%s.%s: a field without a member", name, f.Names[0].Name)
			}
			s.keeps = true
			continue
		}
		s.fields = append(s.fields, field{f.Names[0].Name, parts[0], parts[1:], f.Type})
	}
	return s, nil
}

// reach returns the structs that the named ones are made of, and those
// themselves, by name.
func (p *goPackage) reach(names []string) []*structType {
	seen := map[string]bool{}
	var follow func(name string)
	follow = func(name string) {
		s := p.structs[name]
		if s == nil || seen[name] {
			return
		}
		seen[name] = true
		for _, f := range s.fields {
			ast.Inspect(f.typ, func(n ast.Node) bool {
				if ident, ok := n.(*ast.Ident); ok {
					follow(ident.Name)
				}
				return true
			})
		}
	}
	for _, name := range names {
		follow(name)
	}
	var all []*structType
	for name, s := range p.structs {
		if seen[name] {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b *structType) int { return strings.Compare(a.name, b.name) })
	return all
}

// lookUp returns the structs of the names.
func (p *goPackage) lookUp(names []string) ([]*structType, error) {
	var all []*structType
	for _, name := range names {
		s := p.structs[name]
		if s == nil {
			return nil, fmt.Errorf("%s: no struct of this name", name)
		}
		all = append(all, s)
	}
	return all, nil
}
