// Package rest makes one call: it validates the arguments, builds the request,
// sends it, classifies the response and decodes it. It makes the *credit.Error of
// every call; only credit's own checks and the fakes make others. A vendor package
// supplies its operations and an [ErrorDecoder].
package rest
