package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"

	pin "amparo/deploy/engine"
)

// ErrPlatform means that no pinned build of the library runs on this machine.
var ErrPlatform = errors.New("no ClickHouse library for this platform")

// Package is one pinned npm package that holds the library for one platform.
type Package struct {
	Name      string // npm name, for example @chdb/lib-linux-x64-gnu
	Version   string
	Integrity string // "sha512-" and the digest of the tarball in base64
}

// String returns the package as npm writes it, name@version.
func (p Package) String() string { return p.Name + "@" + p.Version }

// Pinned returns the package for the machine that runs this program.
func Pinned() (Package, error) {
	return pinned(pin.Lock(), runtime.GOOS, runtime.GOARCH, os.DirFS("/"))
}

// pinned is Pinned for any machine, described by its name and its root folder.
func pinned(lock []byte, goos, goarch string, root fs.FS) (Package, error) {
	const instead = `use a ClickHouse server instead ("--clickhouse DSN")`
	names := map[string]string{
		"linux/amd64":  "@chdb/lib-linux-x64-gnu",
		"linux/arm64":  "@chdb/lib-linux-arm64-gnu",
		"darwin/amd64": "@chdb/lib-darwin-x64",
		"darwin/arm64": "@chdb/lib-darwin-arm64",
	}
	platform := goos + "/" + goarch
	name, known := names[platform]
	if !known {
		return Package{}, fmt.Errorf("%w: %s; %s", ErrPlatform, platform, instead)
	}
	if goos == "linux" && onlyMusl(root) {
		return Package{}, fmt.Errorf("%w: %s with musl, and the library needs glibc; %s, or a glibc system such as Debian",
			ErrPlatform, platform, instead)
	}
	var file struct {
		Packages map[string]struct {
			Version   string `json:"version"`
			Integrity string `json:"integrity"`
		} `json:"packages"`
	}
	if err := json.Unmarshal(lock, &file); err != nil {
		return Package{}, fmt.Errorf("read the pinned package list: %w", err)
	}
	entry, listed := file.Packages["node_modules/"+name]
	if !listed || !strings.HasPrefix(entry.Integrity, "sha512-") {
		return Package{}, fmt.Errorf("%w: %s (the package %s is not pinned in deploy/engine/package-lock.json); %s",
			ErrPlatform, platform, name, instead)
	}
	return Package{Name: name, Version: entry.Version, Integrity: entry.Integrity}, nil
}

// onlyMusl says whether a Linux system has musl's loader and not glibc's.
func onlyMusl(root fs.FS) bool {
	musl, _ := fs.Glob(root, "lib/ld-musl-*")
	if len(musl) == 0 {
		return false
	}
	for _, pattern := range []string{"lib64/ld-linux-*", "lib/ld-linux-*"} {
		if glibc, _ := fs.Glob(root, pattern); len(glibc) > 0 {
			return false
		}
	}
	return true
}
