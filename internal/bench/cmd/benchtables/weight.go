package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/creditkit/creditkit/internal/bench"
)

// weights are the smallest programs that make a metronome edit with each
// contender.
var weights = []struct{ by, imports, call string }{
	{bench.Floor, `"net/http"; "encoding/json"; "bytes"; "io"; "os"`, `
	body, _ := json.Marshal(map[string]string{"credit_id": "c", "customer_id": "d", "name": "n"})
	resp, err := http.Post("https://api.metronome.com/v2/contracts/credits/edit", "application/json", bytes.NewReader(body))
	if err != nil { panic(err) }
	data, _ := io.ReadAll(resp.Body)
	var out struct{ Data struct{ ID string } }
	if json.Unmarshal(data, &out) != nil { os.Exit(1) }`},
	{bench.Native, `"context"; "github.com/creditkit/creditkit/metronome"`, `
	c, err := metronome.New("token")
	if err != nil { panic(err) }
	if _, err := c.EditCredit(context.Background(), metronome.EditCreditRequest{CreditID: "c", CustomerID: "d", Name: new("n")}); err != nil { panic(err) }`},
	{bench.Stock, `"context"; metronome "github.com/creditkit/creditkit/internal/bench/consumer/stock"`, `
	c, err := metronome.NewClientWithResponses("https://api.metronome.com")
	if err != nil { panic(err) }
	if _, err := c.EditCreditWithResponse(context.Background(), nil, metronome.EditCreditRequest{Name: new("n")}); err != nil { panic(err) }`},
	{bench.Resty, `"resty.dev/v3"`, `
	var out struct{ Data struct{ ID string } }
	if _, err := resty.New().R().SetBody(map[string]string{"name": "n"}).SetResult(&out).Post("https://api.metronome.com/v2/contracts/credits/edit"); err != nil { panic(err) }`},
	{bench.Official, `"context"; metronome "github.com/Metronome-Industries/metronome-go/v2"; "github.com/Metronome-Industries/metronome-go/v2/option"`, `
	c := metronome.NewClient(option.WithBearerToken("token"))
	if _, err := c.V2.Contracts.EditCredit(context.Background(), metronome.V2ContractEditCreditParams{CreditID: "c", CustomerID: "d"}); err != nil { panic(err) }`},
}

// weightSet builds them, each in a module of its own.
func weightSet(out *bytes.Buffer, _ settings) error {
	here, err := output("", "go", "list", "-f", "{{.Dir}}", "github.com/creditkit/creditkit/internal/bench")
	if err != nil {
		return err
	}
	fmt.Fprint(out, "\n## What an importer gets\n\nA program that makes one metronome edit: modules in its graph, packages in its\nbuild (the standard library's too), and its size without symbols.\n\n| | modules | packages | MB | above the floor |\n| --- | --- | --- | --- | --- |\n")
	var floor float64
	for _, w := range weights {
		source := "package main\n\nimport (" + w.imports + ")\n\nfunc main() {" + w.call + "\n}\n"
		modules, packages, size, err := weigh(strings.TrimSpace(string(here)), source)
		if err != nil {
			return fmt.Errorf("%s: %w", w.by, err)
		}
		if w.by == bench.Floor {
			floor = size
		}
		fmt.Fprintf(out, "| %s | %d | %d | %.2f | %+.2f |\n", w.by, modules, packages, size, size-floor)
	}
	return nil
}

// weigh builds one program. Its go.mod starts as the benchmark's, for the same
// versions, and is tidied down to what the program needs.
func weigh(here, source string) (modules, packages int, size float64, err error) {
	dir, err := os.MkdirTemp("", "benchtables")
	if err != nil {
		return 0, 0, 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := consumer(dir, here, source); err != nil {
		return 0, 0, 0, err
	}
	var texts [4][]byte
	for i, args := range [][]string{
		{"mod", "tidy"},
		{"list", "-m", "all"},
		{"list", "-deps", "."},
		{"build", "-trimpath", "-ldflags=-s -w", "-o", "consumer", "."},
	} {
		if texts[i], err = output(dir, append([]string{"env", "GOWORK=off", "GOFLAGS=-mod=mod", "go"}, args...)...); err != nil {
			return 0, 0, 0, err
		}
	}
	info, err := os.Stat(filepath.Join(dir, "consumer"))
	if err != nil {
		return 0, 0, 0, err
	}
	lines := func(text []byte) int { return bytes.Count(text, []byte("\n")) - 1 } // but for the program itself
	return lines(texts[1]), lines(texts[2]), float64(info.Size()) / 1e6, nil
}

// consumer writes the program's module, with oapi-codegen's client in it, which
// is generated into its users.
func consumer(dir, here, source string) error {
	files := map[string]string{"main.go": source}
	for to, from := range map[string]string{"go.mod": "go.mod", "go.sum": "go.sum", "stock/client.gen.go": "stock/metronome/client.gen.go"} {
		text, err := os.ReadFile(filepath.Join(here, from)) //nolint:gosec // of this module
		if err != nil {
			return err
		}
		files[to] = string(text)
	}
	files["go.mod"] = strings.Replace(files["go.mod"], "/internal/bench\n", "/internal/bench/consumer\n", 1) +
		"\nreplace github.com/creditkit/creditkit => " + filepath.Join(here, "..", "..") + "\n"
	if !strings.Contains(source, "consumer/stock") {
		delete(files, "stock/client.gen.go")
	}
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
