package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"
)

// difference is one difference between two specs.
type difference struct {
	text     string
	breaking bool
}

// compare returns the differences of the vendor's document from ours. Each text names
// the operation and says what the vendor's document has, or lacks, compared with ours.
func compare(ours, theirs string) ([]difference, error) {
	loader := openapi3.NewLoader()
	base, err := load.NewSpecInfo(loader, load.NewSource(ours))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ours, err)
	}
	if err := base.Spec.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("%s: %w", ours, err)
	}
	loader = openapi3.NewLoader() // without external references
	vendor, err := load.NewSpecInfo(loader, load.NewSource(theirs))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", theirs, err)
	}
	missing := keepUsed(base.Spec, vendor.Spec)
	report, sources, err := diff.GetWithOperationsSourcesMap(diff.NewConfig(), base, vendor)
	if err != nil {
		return nil, err
	}
	all := make([]difference, 0, len(missing))
	for _, operation := range missing {
		all = append(all, difference{operation + ": the operation is missing", true})
	}
	localizer := checker.NewDefaultLocalizer()
	config := checker.NewConfig(checker.GetAllChecks(), checker.WithSeverityLevels(map[string]checker.Level{
		// Our clients read every member that our spec has.
		checker.ResponseOptionalPropertyRemovedId: checker.WARN,
	}))
	for _, change := range checker.CheckBackwardCompatibilityUntilLevel(config, report, sources, checker.INFO) {
		text := change.GetUncolorizedText(localizer)
		if change.GetOperation() != "" {
			text = change.GetOperation() + " " + change.GetPath() + ": " + text
		}
		all = append(all, difference{text, change.GetLevel() >= checker.WARN})
	}
	slices.SortStableFunc(all, func(a, b difference) int { return strings.Compare(a.text, b.text) })
	return slices.Compact(all), nil
}

// keepUsed leaves in both specs only the operations that both have, under our paths,
// and returns those that the vendor's spec lacks. Only operations are compared:
// servers, tags and unused components are dropped.
func keepUsed(ours, theirs *openapi3.T) (missing []string) {
	used, kept := openapi3.NewPaths(), openapi3.NewPaths()
	for _, path := range ours.Paths.InMatchingOrder() {
		item := ours.Paths.Value(path)
		otherPath, other := findPath(theirs, path)
		rename := parameterNames(otherPath, path)
		ourItem, theirItem := &openapi3.PathItem{Parameters: item.Parameters}, &openapi3.PathItem{}
		if other != nil {
			theirItem.Parameters = renamed(other.Parameters, rename)
		}
		for method, operation := range item.Operations() {
			if other == nil || other.GetOperation(method) == nil {
				missing = append(missing, method+" "+path)
				continue
			}
			ourItem.SetOperation(method, operation)
			operation = other.GetOperation(method)
			operation.Parameters = renamed(operation.Parameters, rename)
			theirItem.SetOperation(method, operation)
		}
		used.Set(path, ourItem)
		kept.Set(path, theirItem)
	}
	for _, spec := range []*openapi3.T{ours, theirs} {
		spec.Servers, spec.Tags, spec.Components = nil, nil, nil
	}
	ours.Paths, theirs.Paths = used, kept
	slices.Sort(missing)
	return missing
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// findPath returns the vendor's path and item for one of our paths. The names of
// parameters do not count, and a prefix may be part of the server's URL in one of the
// two specs.
func findPath(spec *openapi3.T, path string) (string, *openapi3.PathItem) {
	want := parameter.ReplaceAllString(path, "{}")
	found := ""
	for _, name := range spec.Paths.InMatchingOrder() {
		got := parameter.ReplaceAllString(strings.TrimSuffix(name, "/"), "{}")
		if got == want {
			return name, spec.Paths.Value(name)
		}
		if got != "" && (strings.HasSuffix(got, want) || strings.HasSuffix(want, got)) {
			found = name
		}
	}
	return found, spec.Paths.Value(found)
}

// parameterNames maps the names of the vendor's path parameters to ours. They are
// counted from the end, because one of the paths may have a longer prefix.
func parameterNames(theirs, ours string) map[string]string {
	from, to := parameter.FindAllString(theirs, -1), parameter.FindAllString(ours, -1)
	names := map[string]string{}
	for i := 1; i <= min(len(from), len(to)); i++ {
		names[strings.Trim(from[len(from)-i], "{}")] = strings.Trim(to[len(to)-i], "{}")
	}
	return names
}

// renamed returns copies of the parameters, which components may share, with our names
// for those of the path.
func renamed(parameters openapi3.Parameters, names map[string]string) openapi3.Parameters {
	list := make(openapi3.Parameters, len(parameters))
	for i, ref := range parameters {
		value := *ref.Value
		if name, ok := names[value.Name]; ok && value.In == openapi3.ParameterInPath {
			value.Name = name
		}
		list[i] = &openapi3.ParameterRef{Value: &value}
	}
	return list
}
