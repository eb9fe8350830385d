// Package contract tests that the specs, the clients and the fakes agree.
// README.md explains how. Nothing imports it.
package contract

//go:generate env GOWORK=off go tool -modfile=../../openapi/go.mod oapi-codegen -config codegen.yaml -package knox -o gen/knox/server.gen.go ../../openapi/knox.yaml
//go:generate env GOWORK=off go tool -modfile=../../openapi/go.mod oapi-codegen -config codegen.yaml -package thoughtindustries -o gen/thoughtindustries/server.gen.go ../../openapi/thoughtindustries.yaml
//go:generate env GOWORK=off go tool -modfile=../../openapi/go.mod oapi-codegen -config codegen.yaml -package nexudus -o gen/nexudus/server.gen.go ../../openapi/nexudus.yaml
//go:generate env GOWORK=off go tool -modfile=../../openapi/go.mod oapi-codegen -config codegen.yaml -package flexprice -o gen/flexprice/server.gen.go ../../openapi/flexprice.yaml
//go:generate env GOWORK=off go tool -modfile=../../openapi/go.mod oapi-codegen -config codegen.yaml -package metronome -o gen/metronome/server.gen.go ../../openapi/metronome.yaml
