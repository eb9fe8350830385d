// Package api holds the exported API of every public package as text, so that a
// change of it is seen in review.
package api
