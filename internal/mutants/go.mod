module github.com/creditkit/creditkit/internal/mutants

go 1.26.0

require github.com/creditkit/creditkit v0.1.0
