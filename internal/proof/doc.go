// Package proof holds the tests of what a user would otherwise have to believe:
// that every change is made once whatever goes wrong, that nothing leaks, and
// that no secret shows.
package proof
