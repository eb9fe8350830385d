package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
)

//go:embed report.js
var scriptText string

// policy is the Content-Security-Policy of the page: it runs its own script and style,
// which have these hashes, and loads nothing.
var policy = "default-src 'none'; base-uri 'none'; form-action 'none'; style-src " + hashSource(styleText) + "; script-src " + hashSource(scriptText)

func hashSource(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
