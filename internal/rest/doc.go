// Package rest makes one call: check the arguments, build the request, send
// it, judge the answer, decode it. It is the only place that makes a
// *credit.Error. What a vendor says and means is the vendor package's business:
// it hands in its operations and an Explain function.
package rest
