module github.com/creditkit/creditkit/internal/linear

go 1.26.0

require (
	github.com/anishathalye/porcupine v1.3.1
	github.com/creditkit/creditkit v0.1.0
)

require (
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/go-retryablehttp v0.7.8 // indirect
	github.com/oapi-codegen/nullable v1.1.0 // indirect
	golang.org/x/oauth2 v0.37.0 // indirect
)
