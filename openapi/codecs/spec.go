package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// A usage lists the schemas that a spec's operations use, by name.
type usage struct {
	requests []string // bodies of requests
	answers  []string // bodies of successes
}

// readSpec reads which schemas the operations of a spec send and receive.
func readSpec(file string) (usage, error) {
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		return usage{}, err
	}
	requests, answers := map[string]bool{}, map[string]bool{}
	for _, path := range doc.Paths.InMatchingOrder() {
		for _, op := range doc.Paths.Value(path).Operations() {
			if op.RequestBody != nil {
				if err := addSchemas(requests, op.RequestBody.Value.Content); err != nil {
					return usage{}, fmt.Errorf("%s: the request: %w", op.OperationID, err)
				}
			}
			for status, response := range op.Responses.Map() {
				if !isSuccess(status) {
					continue
				}
				if err := addSchemas(answers, response.Value.Content); err != nil {
					return usage{}, fmt.Errorf("%s: answer %s: %w", op.OperationID, status, err)
				}
			}
		}
	}
	return usage{slices.Sorted(maps.Keys(requests)), slices.Sorted(maps.Keys(answers))}, nil
}

// isSuccess reports whether a response's key in a spec is a status of success.
func isSuccess(status string) bool {
	code, err := strconv.Atoi(status)
	return err == nil && code >= http.StatusOK && code < http.StatusMultipleChoices
}

// addSchemas adds the names of a body's schemas.
func addSchemas(names map[string]bool, body openapi3.Content) error {
	for mediaType, m := range body {
		if !strings.Contains(mediaType, "json") {
			continue
		}
		if m.Schema == nil || m.Schema.Ref == "" {
			return fmt.Errorf("the schema of %s has no name", mediaType)
		}
		names[m.Schema.Ref[strings.LastIndexByte(m.Schema.Ref, '/')+1:]] = true
	}
	return nil
}
