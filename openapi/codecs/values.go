package main

import (
	"fmt"
	"go/ast"
	"go/types"
)

// The functions of jsonenc for the types that fields are made of, without Append
// or Scan before them. A map of texts is common enough to have one.
var scalars = map[string]string{
	"string":               "Text",
	"bool":                 "Bool",
	"int64":                "Int",
	"credit.Decimal":       "Decimal",
	"credit.QuotedDecimal": "QuotedDecimal",
	"credit.LocalTime":     "LocalTime",
	"time.Time":            "Time",
	"json.RawMessage":      "Raw",
	"map[string]string":    "Texts",
}

// A direction is appending or scanning: how its functions are called.
type direction struct {
	verb  string // of the functions' names
	param string // the first parameter's name
	typ   string // and its type
}

var (
	appending = direction{"append", "b", "*jsonenc.Buffer"}
	scanning  = direction{"scan", "s", "*jsonenc.Scanner"}
)

// function returns the function that handles a type, as an expression of type
// func(d.typ, *T).
func (p *goPackage) function(d direction, t ast.Expr) (string, error) {
	name := types.ExprString(t)
	switch {
	case scalars[name] != "":
		return "jsonenc." + upperFirst(d.verb) + scalars[name], nil
	case p.texts[name]:
		return "jsonenc." + upperFirst(d.verb) + "Text", nil
	case p.structs[name] != nil:
		return d.verb + name, nil
	}
	kind, inner := container(t)
	if kind == "" || kind == nullable {
		return "", fmt.Errorf("%s: no codec for this type", name)
	}
	call, err := p.call(d, kind, inner, "v")
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("func(%s %s, v *%s) { %s }", d.param, d.typ, name, call), nil
}

// value returns the statement that handles the value that place points to.
func (p *goPackage) value(d direction, t ast.Expr, place string) (string, error) {
	kind, inner := container(t)
	if kind == nullable {
		return p.nullable(d, inner, place)
	}
	if kind != "" && scalars[types.ExprString(t)] == "" {
		return p.call(d, kind, inner, place)
	}
	f, err := p.function(d, t)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s(%s, %s)", f, d.param, place), nil
}

// nullable returns the statements that handle a value that may be null. The value
// is a local variable that is passed to no function value: it stays on the stack.
func (p *goPackage) nullable(d direction, inner ast.Expr, place string) (string, error) {
	code, err := p.value(d, inner, "&value")
	if d == appending {
		return fmt.Sprintf("if value, ok := jsonenc.AppendNullable(b, %s); ok {\n%s\n}", place, code), err
	}
	return fmt.Sprintf("var value %s\nisNull := s.Null()\nif !isNull {\n%s\n}\njsonenc.SetNullable(%s, isNull, value)",
		types.ExprString(inner), code, place), err
}

// call returns the call that handles a list or a map.
func (p *goPackage) call(d direction, kind string, inner ast.Expr, place string) (string, error) {
	f, err := p.function(d, inner)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("jsonenc.%s%s(%s, %s, %s)", upperFirst(d.verb), kind, d.param, place, f), nil
}

const nullable = "Nullable"

// container returns the kind of a type that holds values of another type.
func container(t ast.Expr) (kind string, inner ast.Expr) {
	switch t := t.(type) {
	case *ast.ArrayType:
		if t.Len == nil {
			return "List", t.Elt
		}
	case *ast.MapType:
		if types.ExprString(t.Key) == "string" {
			return "Map", t.Value
		}
	case *ast.IndexExpr:
		if types.ExprString(t.X) == "nullable.Nullable" {
			return nullable, t.Index
		}
	}
	return "", nil
}

// present returns the condition under which encoding/json writes a field, and
// "" where it always does.
func (p *goPackage) present(f field) (string, error) {
	empty, zero := f.has("omitempty"), f.has("omitzero")
	if !empty && !zero {
		return "", nil
	}
	place, name := "v."+f.name, types.ExprString(f.typ)
	kind, _ := container(f.typ)
	_, isPointer := f.typ.(*ast.StarExpr)
	switch {
	case empty && (kind != "" || name == "json.RawMessage"):
		return "len(" + place + ") > 0", nil
	case isPointer, kind != "", name == "json.RawMessage":
		return place + " != nil", nil
	case name == "string", p.texts[name]:
		return place + ` != ""`, nil
	case name == "bool":
		return place, nil
	case name == "int64":
		return place + " != 0", nil
	case !zero: // omitempty never leaves out a struct
		return "", nil
	case name == "time.Time":
		return "!" + place + ".IsZero()", nil
	case scalars[name] != "": // they have no IsZero
		return place + " != (" + name + "{})", nil
	}
	return "", fmt.Errorf("omitzero on a %s", name)
}
