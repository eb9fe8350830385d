module github.com/creditkit/creditkit/internal/mutants

go 1.26.0
