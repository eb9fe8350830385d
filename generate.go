// Package creditkit is the root of an SDK that updates credits at five SaaS
// vendors. It contains no code. Import a vendor package (knox,
// thoughtindustries, nexudus, flexprice or metronome) for one vendor's own API,
// or credit for the API that all vendors share.
package creditkit

//go:generate env GOWORK=off go run -C openapi ./codecs -check knox thoughtindustries nexudus flexprice metronome
//go:generate env GOWORK=off go tool -modfile=openapi/go.mod oapi-codegen -config openapi/codegen.yaml -package knox -o knox/openapi.gen.go openapi/knox.yaml
//go:generate env GOWORK=off go tool -modfile=openapi/go.mod oapi-codegen -config openapi/codegen.yaml -package thoughtindustries -o thoughtindustries/openapi.gen.go openapi/thoughtindustries.yaml
//go:generate env GOWORK=off go tool -modfile=openapi/go.mod oapi-codegen -config openapi/codegen.yaml -package nexudus -o nexudus/openapi.gen.go openapi/nexudus.yaml
//go:generate env GOWORK=off go tool -modfile=openapi/go.mod oapi-codegen -config openapi/codegen.yaml -package flexprice -o flexprice/openapi.gen.go openapi/flexprice.yaml
//go:generate env GOWORK=off go tool -modfile=openapi/go.mod oapi-codegen -config openapi/codegen.yaml -package metronome -o metronome/openapi.gen.go openapi/metronome.yaml
//go:generate env GOWORK=off go run -C openapi ./records
//go:generate env GOWORK=off go run -C openapi ./codecs knox thoughtindustries nexudus flexprice metronome
