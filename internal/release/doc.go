// Release checks and builds a release of the modules of this repository:
//
//	release tidy                    go.mod and go.sum of every module are tidy
//	release tidy -write             makes them so
//	release check -version v0.1.0   versions, CHANGELOG.md and API, then the tags
//	release build -version v0.1.0   archives, checksums and bills of materials
//	release proxy -version v0.1.0 -out DIR   the published modules, for GOPROXY=file://DIR
//
// It works on the files that git lists, in the repository that has the current
// directory. It creates no tag and sends nothing anywhere.
package main
