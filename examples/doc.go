// Package examples holds programs that use creditkit, in a module of their own
// so that what they need never reaches an importer of the library.
package examples
