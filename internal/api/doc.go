// Package api holds the exported API of every public package as text, so that a
// review shows every change of it.
package api
