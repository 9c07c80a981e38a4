package engine

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	pin "amparo/deploy/engine"
)

// pack writes a small package and returns what would pin it.
func pack(t *testing.T, files map[string]string) (string, Package) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "package.tgz")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	zipped := gzip.NewWriter(file)
	archive := tar.NewWriter(zipped)
	for path, content := range files {
		err = errors.Join(err, archive.WriteHeader(&tar.Header{Name: path, Mode: 0o644, Size: int64(len(content))}))
		_, writeErr := archive.Write([]byte(content))
		err = errors.Join(err, writeErr)
	}
	if err := errors.Join(err, archive.Close(), zipped.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha512.Sum512(content)
	return name, Package{Name: "@example/library", Version: "1.0.0", Integrity: "sha512-" + base64.StdEncoding.EncodeToString(digest[:])}
}

func TestFetchUnpacksThePinnedPackage(t *testing.T) {
	tarball, p := pack(t, map[string]string{"package/index.js": "", "package/libchdb.so": "machine code"})
	cache := t.TempDir()
	leftover := filepath.Join(folder(cache, p), "fetch-1")
	if err := os.MkdirAll(leftover, 0o755); err != nil {
		t.Fatal(err)
	}
	library, err := fetch(t.Context(), FetchConfig{CacheDir: cache, Tarball: tarball}, p)
	if err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(library); err != nil || string(content) != "machine code" {
		t.Errorf("library %q, %v", content, err)
	}
	if err := errors.Join(CheckLibrary(library), Verify(library)); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(leftover); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what a killed fetch left is still there: %v", err)
	}

	// Nothing is downloaded a second time: there is no such client.
	again, err := fetch(t.Context(), FetchConfig{CacheDir: cache, NPM: "no-such-client"}, p)
	if err != nil || again != library {
		t.Errorf("second fetch: %q, %v", again, err)
	}

	if err := os.WriteFile(library, []byte("Machine code"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Verify(library); !errors.Is(err, ErrCorrupt) {
		t.Errorf("changed library: %v, want %v", err, ErrCorrupt)
	}
	if _, err := fetch(t.Context(), FetchConfig{CacheDir: cache, Tarball: tarball}, p); err != nil {
		t.Fatal(err)
	}
	if err := Verify(library); err != nil {
		t.Errorf("after fetching the damaged library again: %v", err)
	}
}

func TestFetchesAtOnceLeaveOneWholeLibrary(t *testing.T) {
	tarball, p := pack(t, map[string]string{"package/libchdb.so": strings.Repeat("machine code", 100_000)})
	cache := t.TempDir()
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			library, err := fetch(t.Context(), FetchConfig{CacheDir: cache, Tarball: tarball}, p)
			if err == nil {
				err = Verify(library)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	entries, err := os.ReadDir(folder(cache, p))
	if err != nil || len(entries) != 3 {
		t.Errorf("%v (%v), want the library, its record and the lock only", entries, err)
	}
}

func TestFetchRefuses(t *testing.T) {
	good, p := pack(t, map[string]string{"package/libchdb.so": "machine code"})
	empty, emptyPackage := pack(t, map[string]string{"package/index.js": ""})
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	other := p
	other.Integrity = emptyPackage.Integrity
	for _, test := range []struct {
		name string
		ctx  context.Context
		cfg  FetchConfig
		p    Package
		want string
	}{
		{"another package", t.Context(), FetchConfig{Tarball: good}, other, ErrIntegrity.Error()},
		{"a package without the library", t.Context(), FetchConfig{Tarball: empty}, emptyPackage, "holds no libchdb.so"},
		{"no npm", t.Context(), FetchConfig{NPM: "no-such-client"}, p, "install npm"},
		{"a client that fails", t.Context(), FetchConfig{NPM: "false"}, p, "with npm"},
		{"a client that brings nothing", t.Context(), FetchConfig{NPM: "true"}, p, "0 tarballs"},
		{"a cancelled context", cancelled, FetchConfig{Tarball: good}, p, context.Canceled.Error()},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.cfg.CacheDir = t.TempDir()
			_, err := fetch(test.ctx, test.cfg, test.p)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want %q", err, test.want)
			}
			if err := CheckLibrary(filepath.Join(folder(test.cfg.CacheDir, test.p), libraryFile)); !errors.Is(err, ErrMissing) {
				t.Errorf("afterwards: %v, want %v", err, ErrMissing)
			}
		})
	}
}

func TestPinnedPackageOfAPlatform(t *testing.T) {
	glibc := fstest.MapFS{"lib64/ld-linux-x86-64.so.2": {}}
	musl := fstest.MapFS{"lib/ld-musl-x86_64.so.1": {}}
	both := fstest.MapFS{"lib64/ld-linux-x86-64.so.2": {}, "lib/ld-musl-x86_64.so.1": {}}
	for _, test := range []struct {
		name, goos, goarch string
		root               fs.FS
		want               string // of the package, or of the error
	}{
		{"Linux with glibc", "linux", "amd64", glibc, "@chdb/lib-linux-x64-gnu@26.7.3-stable.1"},
		{"Linux with both", "linux", "amd64", both, "@chdb/lib-linux-x64-gnu@26.7.3-stable.1"},
		{"Linux with musl", "linux", "amd64", musl, "needs glibc"},
		{"Windows", "windows", "amd64", glibc, "windows/amd64"},
		{"a package that is not pinned", "darwin", "arm64", fstest.MapFS{}, "@chdb/lib-darwin-arm64 is not pinned"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := pinned(pin.Lock(), test.goos, test.goarch, test.root)
			got := p.String()
			if err != nil {
				if got = err.Error(); !errors.Is(err, ErrPlatform) || !strings.Contains(got, "--clickhouse") {
					t.Errorf("error %v, want %v and what to do", err, ErrPlatform)
				}
			}
			if !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
