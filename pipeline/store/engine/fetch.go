package engine

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// ErrIntegrity means that a downloaded package is not the pinned one.
var ErrIntegrity = errors.New("the package is not the pinned one")

// FetchConfig says where the library goes and where it comes from.
type FetchConfig struct {
	CacheDir string       // holds a folder per version; made if it is not there
	NPM      string       // the npm client; "npm" if empty
	Tarball  string       // for machines without a network: the package's tarball
	Log      *slog.Logger // nil for silence
}

// lockPoll is how often a second fetch looks whether the first one is done.
const lockPoll = 200 * time.Millisecond

// Fetch puts the pinned library into the cache and returns its path; if it is
// there already and whole, nothing is downloaded. The package comes through
// the user's own npm client, from the registry that client is set up for, and
// is used only if its SHA-512 is the pinned one. Several processes may fetch
// at once: one does, the others wait for it.
func Fetch(ctx context.Context, cfg FetchConfig) (string, error) {
	p, err := Pinned()
	if err != nil {
		return "", err
	}
	return fetch(ctx, cfg, p)
}

func fetch(ctx context.Context, cfg FetchConfig, p Package) (string, error) {
	log := logger(cfg.Log)
	dir := folder(cfg.CacheDir, p)
	library := filepath.Join(dir, libraryFile)
	if CheckLibrary(library) == nil { // before the lock: the cache may be read-only
		return library, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // A cache is no secret.
		return "", fmt.Errorf("make the library's folder: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "fetch.lock"))
	if _, err := lock.TryLockContext(ctx, lockPoll); err != nil {
		return "", fmt.Errorf("wait for another fetch into %s: %w", dir, err)
	}
	defer lock.Unlock() //nolint:errcheck // The lock goes with the process at the latest.

	if CheckLibrary(library) == nil { // the fetch that was waited for
		return library, nil
	}
	if err := removeLeftovers(dir); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(dir, "fetch-")
	if err != nil {
		return "", fmt.Errorf("make a folder to unpack in: %w", err)
	}
	defer os.RemoveAll(work) //nolint:errcheck // A temporary folder.

	tarball := cfg.Tarball
	if tarball == "" {
		log.Info("fetching the ClickHouse library (about 180 MB)", "package", p.String())
		if tarball, err = download(ctx, cfg.NPM, p, work); err != nil {
			return "", err
		}
	}
	if err := checkIntegrity(tarball, p); err != nil {
		return "", err
	}
	unpacked := filepath.Join(work, libraryFile)
	digest, err := unpack(ctx, tarball, unpacked)
	if err != nil {
		return "", fmt.Errorf("unpack %s: %w", tarball, err)
	}
	if err := os.Rename(unpacked, library); err != nil {
		return "", fmt.Errorf("move the library to its place: %w", err)
	}
	if err := writeRecord(library, digest, p); err != nil {
		return "", fmt.Errorf("record the library: %w", err)
	}
	log.Info("ClickHouse library ready", "package", p.String(), "path", library)
	return library, nil
}

// removeLeftovers deletes what fetches that were killed left behind. The caller
// holds the lock, so no fetch is under way.
func removeLeftovers(dir string) error {
	left, err := filepath.Glob(filepath.Join(dir, "fetch-*"))
	if err != nil {
		return err
	}
	for _, name := range left {
		if err := os.RemoveAll(name); err != nil {
			return fmt.Errorf("delete what an earlier fetch left: %w", err)
		}
	}
	return nil
}

// download lets npm put the package's tarball into the folder. npm's own cache
// goes there too: it would only keep the 180 MB a second time.
func download(ctx context.Context, npm string, p Package, dir string) (string, error) {
	if npm == "" {
		npm = "npm"
	}
	var errout bytes.Buffer
	cmd := exec.CommandContext(ctx, npm, "pack", p.String(), //nolint:gosec // The program is named here.
		"--pack-destination", dir, "--cache", filepath.Join(dir, "npm"), "--ignore-scripts", "--loglevel", "error")
	cmd.Dir = dir
	cmd.Stderr = &errout
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", fmt.Errorf("fetch %s: %w", p, ctx.Err())
		}
		if errors.Is(err, exec.ErrNotFound) {
			return "", fmt.Errorf("fetch %s: %w; install npm (it comes with Node.js), or give the package's tarball", p, err)
		}
		return "", fmt.Errorf("fetch %s with npm: %w\n%s", p, err, strings.TrimSpace(errout.String()))
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("fetch %s: npm left %d tarballs instead of one", p, len(found))
	}
	return found[0], nil
}

func checkIntegrity(tarball string, p Package) error {
	file, err := os.Open(tarball)
	if err != nil {
		return fmt.Errorf("open the package: %w", err)
	}
	defer file.Close() //nolint:errcheck // Read only.
	hash := sha512.New()
	if _, err := io.Copy(hash, file); err != nil {
		return fmt.Errorf("read the package: %w", err)
	}
	if got := "sha512-" + base64.StdEncoding.EncodeToString(hash.Sum(nil)); got != p.Integrity {
		return fmt.Errorf("%w: %s should be %s and %s is %s; ask for it again, and if it stays so do not use it",
			ErrIntegrity, p, p.Integrity, tarball, got)
	}
	return nil
}

// unpack writes the library out of the tarball and returns its SHA-256. The
// file is flushed before it gets its name, so that a power cut leaves either no
// library or a whole one.
func unpack(ctx context.Context, tarball, target string) (string, error) {
	file, err := os.Open(tarball)
	if err != nil {
		return "", err
	}
	defer file.Close() //nolint:errcheck // Read only.
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return "", err
	}
	for entries := tar.NewReader(unzipped); ; {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return "", fmt.Errorf("the package holds no %s", libraryFile)
		}
		if err != nil {
			return "", err
		}
		if header.Name == "package/"+libraryFile {
			return writeFile(ctx, target, entries)
		}
	}
}

func writeFile(ctx context.Context, target string, content io.Reader) (string, error) {
	file, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755) //nolint:gosec // A library is no secret.
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	_, err = io.Copy(io.MultiWriter(file, hash), interruptible(ctx, content))
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// readFunc is a reader made of a function.
type readFunc func(p []byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// interruptible stops a long copy when its context ends.
func interruptible(ctx context.Context, r io.Reader) io.Reader {
	return readFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return r.Read(p)
	})
}

func logger(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}
