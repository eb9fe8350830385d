// Command codecs generates the code that writes a vendor's requests and reads
// its answers: codecs.gen.go in the vendor's package, and codecs.gen_test.go,
// which compares that code with encoding/json.
//
// Usage, in this module's directory:
//
//	go run ./codecs -check vendor...   before oapi-codegen runs
//	go run ./codecs vendor...          after it
//
// With -check it only checks each operation's x-credit-write, because the template
// for oapi-codegen cannot name the operation in an error.
//
// The vendor's spec says which types are sent and which are answers. Their
// fields are those that oapi-codegen gave them in openapi.gen.go.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/creditkit/creditkit/openapi"
)

func main() {
	checkOnly := flag.Bool("check", false, "only check the specs, and write nothing")
	flag.Parse()
	for _, vendor := range flag.Args() {
		err := check(vendor + ".yaml")
		if err == nil && !*checkOnly {
			err = generate(vendor+".yaml", filepath.Join("..", vendor))
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "codecs: %s: %v\n", vendor, err)
			os.Exit(1)
		}
	}
}

// check returns an error for an operation without a complete x-credit-write.
func check(spec string) error {
	doc, err := openapi3.NewLoader().LoadFromFile(spec)
	if err != nil {
		return err
	}
	return openapi.CheckCreditWrites(doc)
}

// generate writes the codecs of the spec's types into the package in dir.
func generate(spec, dir string) error {
	used, err := readSpec(spec)
	if err != nil {
		return err
	}
	pkg, err := readPackage(filepath.Join(dir, "openapi.gen.go"))
	if err != nil {
		return err
	}
	code, err := pkg.codecs(used)
	if err != nil {
		return err
	}
	test, err := pkg.codecTests(used)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "codecs.gen.go"), code, 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "codecs.gen_test.go"), test, 0o600)
}
