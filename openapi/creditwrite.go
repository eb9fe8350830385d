package openapi

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

const extension = "x-credit-write"

// The required keys of x-credit-write, and their values.
var writeRules = []struct {
	key    string
	values []string
}{
	{"mode", []string{"read", "replace", "merge", "edit"}},
	{"repeat", []string{"safe", "keyed", "unsafe"}},
	{"conflict", []string{"throttle", "version", "state", "unknown"}},
}

// CheckCreditWrites returns an error for each operation of a spec whose
// x-credit-write is missing or breaks a rule, joined. Each error names the operation
// and the rule.
func CheckCreditWrites(doc *openapi3.T) error {
	var errs []error
	for _, path := range doc.Paths.InMatchingOrder() {
		byMethod := doc.Paths.Value(path).Operations()
		for _, method := range slices.Sorted(maps.Keys(byMethod)) {
			op := byMethod[method]
			for _, problem := range checkCreditWrite(op) {
				errs = append(errs, fmt.Errorf("operation %s (%s %s): %s", op.OperationID, method, path, problem))
			}
		}
	}
	return errors.Join(errs...)
}

func checkCreditWrite(op *openapi3.Operation) (problems []string) {
	value, ok := op.Extensions[extension]
	if !ok {
		return []string{extension + " is missing: " + describeRules()}
	}
	write, ok := value.(map[string]any)
	if !ok {
		return []string{fmt.Sprintf("%s is %v: %s", extension, value, describeRules())}
	}
	add := func(key, format string, args ...any) {
		problems = append(problems, fmt.Sprintf("%s.%s ", extension, key)+fmt.Sprintf(format, args...))
	}
	keys := []string{"resend"}
	for _, rule := range writeRules {
		keys = append(keys, rule.key)
		value, ok := write[rule.key]
		if !ok {
			add(rule.key, "is missing: must be %s", oneOf(rule.values))
		} else if text, _ := value.(string); !slices.Contains(rule.values, text) {
			add(rule.key, "is %v: must be %s", value, oneOf(rule.values))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(write)) {
		if !slices.Contains(keys, key) {
			add(key, "is an unknown key: the keys are mode, repeat, conflict and, optionally, resend")
		}
	}
	if resend, ok := write["resend"]; ok && !isListOfFailures(resend) {
		add("resend", "is %v: must be a list of statuses from 400 to 599, such as [500]", resend)
	}
	if write["mode"] == "read" && slices.Contains([]any{"keyed", "unsafe"}, write["repeat"]) {
		add("repeat", "is %v: must be safe where mode is read", write["repeat"])
	}
	if write["repeat"] == "keyed" && op.Parameters.GetByInAndName("header", "Idempotency-Key") == nil {
		add("repeat", "is keyed: the operation must have the header parameter Idempotency-Key")
	}
	return problems
}

func isListOfFailures(value any) bool {
	list, _ := value.([]any)
	for _, status := range list {
		if s, _ := status.(float64); s < 400 || s > 599 || s != float64(int(s)) {
			return false
		}
	}
	return len(list) > 0
}

func describeRules() string {
	var rules []string
	for _, rule := range writeRules {
		rules = append(rules, rule.key+" ("+oneOf(rule.values)+")")
	}
	return "it must have " + strings.Join(rules, ", ")
}

// oneOf formats values as "a, b or c".
func oneOf(values []string) string {
	last := len(values) - 1
	return strings.Join(values[:last], ", ") + " or " + values[last]
}
