package main

import (
	"unicode"
)

// codecTests returns the code of codecs.gen_test.go: a test for each function,
// and a fuzz test for each body of a request or an answer.
func (p *goPackage) codecTests(used usage) ([]byte, error) {
	var out printer
	out.line("\nfunc TestAppend(t *testing.T) {")
	for _, s := range p.reach(used.requests) {
		out.line("t.Run(%q, func(t *testing.T) { jsonenctest.Append(t, append%s, %s) })", s.name, s.name, reference("encode", s))
	}
	out.line("}\n\nfunc TestScan(t *testing.T) {")
	for _, s := range p.reach(used.answers) {
		out.line("t.Run(%q, func(t *testing.T) { jsonenctest.Scan(t, scan%s, %s) })", s.name, s.name, reference("decode", s))
	}
	out.line("}")
	for _, name := range used.requests {
		out.line("\nfunc FuzzAppend%[1]s(f *testing.F) { jsonenctest.FuzzAppend(f, append%[1]s, %[2]s) }", name, reference("encode", p.structs[name]))
	}
	for _, name := range used.answers {
		out.line("\nfunc FuzzScan%[1]s(f *testing.F) { jsonenctest.FuzzScan(f, scan%[1]s, %[2]s) }", name, reference("decode", p.structs[name]))
	}
	return out.file(p.name)
}

// reference is the function that the generated one is compared with; nil stands
// for that of encoding/json.
func reference(verb string, s *structType) string {
	if s.keeps {
		return verb + s.name
	}
	return "nil"
}

func upperFirst(s string) string { return string(unicode.ToUpper(rune(s[0]))) + s[1:] }

func lowerFirst(s string) string { return string(unicode.ToLower(rune(s[0]))) + s[1:] }
