// Package engine pins the build of ClickHouse that Amparo runs inside its
// process: the npm lock file in this folder names the packages, their one
// version and the SHA-512 of their tarballs.
package engine

import (
	_ "embed"
)

//go:embed package-lock.json
var lock []byte

// Lock returns the npm lock file.
func Lock() []byte {
	return append([]byte(nil), lock...)
}
