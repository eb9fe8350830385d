package creditkit_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// vendorLists are the files outside the vendors' packages that name every vendor: a
// check of one file does not run for a vendor that the file does not name.
var vendorLists = []string{
	"README.md",
	"credit/credittest/helpers_test.go",
	"credit/credittest/raw_test.go",
	"credit/credittest/server_test.go",
	"credit/doc.go",
	"examples/bulk/fakes.go",
	"examples/bulk/internal/limit/vendors.go",
	"examples/bulk/internal/target/target.go",
	"examples/creditctl/assumptions.go",
	"examples/creditctl/experiments.go",
	"examples/creditctl/main_test.go",
	"examples/internal/vendor/clients.go",
	"examples/internal/vendor/fake.go",
	"examples/internal/vendor/variables.go",
	"examples/internal/vendor/vendor.go",
	"examples/quickstart/live.go",
	"examples/quickstart/updates.go",
	"generate.go",
	"imports_test.go",
	"internal/api/api_test.go",
	"internal/bench/bench_test.go",
	"internal/bench/doc.go",
	"internal/contract/conformance_test.go",
	"internal/contract/doc.go",
	"internal/contract/prism_test.go",
	"internal/contract/servers_test.go",
	"internal/contract/traffic_test.go",
	"internal/proof/fuzz_test.go",
	"internal/proof/ids_fuzz_test.go",
	"internal/proof/nilclient_test.go",
	"internal/proof/outcomes_test.go",
	"internal/proof/patch_fuzz_test.go",
	"internal/proof/response_fuzz_test.go",
	"internal/proof/secrets_values_test.go",
	"internal/proof/vendors_test.go",
	"openapi/README.md",
	"openapi/codecs/main_test.go",
	"openapi/pages_test.go",
	"openapi/records/main.go",
	"openapi/specs_test.go",
	"support_table_test.go",
}

// A vendor is what has a spec.
func TestEveryVendorIsInEveryList(t *testing.T) {
	specs, err := filepath.Glob("openapi/*.yaml")
	if err != nil || len(specs) == 0 {
		t.Fatalf("%d specs, %v", len(specs), err)
	}
	for _, file := range vendorLists {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, spec := range specs {
			vendor := strings.TrimSuffix(filepath.Base(spec), ".yaml")
			if vendor == "codegen" || vendor == "go.overlay" { // the generator's settings
				continue
			}
			if !strings.Contains(strings.ToLower(string(text)), vendor) {
				t.Errorf("%s does not name the vendor %s", file, vendor)
			}
		}
	}
}
