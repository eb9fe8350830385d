// Command codecs generates the code that writes a vendor's requests and reads
// its answers: codecs.gen.go in the vendor's package, and codecs.gen_test.go,
// which compares that code with encoding/json.
//
// Usage, in this module's directory, after oapi-codegen has run:
//
//	go run ./codecs vendor...
//
// The vendor's spec says which types are sent and which are answers. Their
// fields are those that oapi-codegen gave them in openapi.gen.go.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	for _, vendor := range os.Args[1:] {
		if err := generate(vendor+".yaml", filepath.Join("..", vendor)); err != nil {
			fmt.Fprintf(os.Stderr, "codecs: %s: %v\n", vendor, err)
			os.Exit(1)
		}
	}
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
	//nolint:gosec // the directory is that of a vendor that the developer names
	if err := os.WriteFile(filepath.Join(dir, "codecs.gen.go"), code, 0o600); err != nil {
		return err
	}
	//nolint:gosec // as above
	return os.WriteFile(filepath.Join(dir, "codecs.gen_test.go"), test, 0o600)
}
