// Package bench measures what a call costs with this SDK and with its peers,
// against the floor: a hand-written call on net/http and encoding/json over a
// transport that keeps its connections. cmd/benchtables measures all of it and
// writes the tables of docs/bench.md. testdata/allocations.txt holds the
// allocations that each call of the SDK may make, which a test enforces. The
// module is separate so that importers of the SDK do not see the peers.
package bench

//go:generate env GOWORK=off go tool -modfile=../../openapi/go.mod oapi-codegen -config stock/codegen.yaml -package metronome -o stock/metronome/client.gen.go ../../openapi/metronome.yaml
//go:generate env GOWORK=off go tool -modfile=../../openapi/go.mod oapi-codegen -config stock/codegen.yaml -package flexprice -o stock/flexprice/client.gen.go ../../openapi/flexprice.yaml
//go:generate env GOWORK=off go tool -modfile=../../openapi/go.mod oapi-codegen -config stock/codegen.yaml -package knox -o stock/knox/client.gen.go ../../openapi/knox.yaml
//go:generate env GOWORK=off go tool -modfile=../../openapi/go.mod oapi-codegen -config stock/codegen.yaml -package nexudus -o stock/nexudus/client.gen.go ../../openapi/nexudus.yaml
//go:generate env GOWORK=off go tool -modfile=../../openapi/go.mod oapi-codegen -config stock/codegen.yaml -package thoughtindustries -o stock/thoughtindustries/client.gen.go ../../openapi/thoughtindustries.yaml
