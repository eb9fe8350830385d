//go:build !unix

package main

// ignoreFileSizeLimit does nothing: the system has no such signal.
func ignoreFileSizeLimit() {}
