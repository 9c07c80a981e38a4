package engine

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"time"
)

var (
	// ErrMissing means that the library was not fetched into the cache yet.
	ErrMissing = errors.New("the ClickHouse library is not there")
	// ErrCorrupt means that the library is not the file that was fetched.
	ErrCorrupt = errors.New("the ClickHouse library is damaged")
)

const (
	fetchAdvice   = `run "make engine" or "amparo engine fetch"`
	refetchAdvice = `delete its folder, then run "make engine" or "amparo engine fetch"`
	libraryFile   = "libchdb.so"
	recordFile    = "libchdb.json"
)

// record is written beside the library, after it, so that a library without a
// record is one whose fetch was cut short.
type record struct {
	Package   string    `json:"package"`
	Integrity string    `json:"integrity"`
	Size      int64     `json:"size"`
	Modified  time.Time `json:"modified"`
	SHA256    string    `json:"sha256"`
}

// folder returns where the package's library lives below the cache folder.
func folder(cacheDir string, p Package) string {
	return filepath.Join(cacheDir, p.Version, path.Base(p.Name))
}

// Locate finds the library in the cache folder and checks it as CheckLibrary
// does.
func Locate(cacheDir string) (string, error) {
	p, err := Pinned()
	if err != nil {
		return "", err
	}
	library := filepath.Join(folder(cacheDir, p), libraryFile)
	if err := CheckLibrary(library); err != nil {
		return "", err
	}
	return library, nil
}

// CheckLibrary compares the library's size and time of modification with the
// record that was made when it was fetched. Only if the time differs does it
// read the whole file, as Verify does. Loading a truncated library would
// otherwise end the process with a bus error.
func CheckLibrary(library string) error {
	rec, info, err := readRecord(library)
	if err != nil {
		return err
	}
	if info.Size() != rec.Size {
		return fmt.Errorf("%w: %s has %d bytes instead of %d; %s", ErrCorrupt, library, info.Size(), rec.Size, refetchAdvice)
	}
	if info.ModTime().Equal(rec.Modified) {
		return nil
	}
	return Verify(library)
}

// Verify reads the whole library and compares it with the digest that was
// recorded when it was fetched.
func Verify(library string) error {
	rec, _, err := readRecord(library)
	if err != nil {
		return err
	}
	digest, err := fileSHA256(library)
	if err != nil {
		return fmt.Errorf("read %s: %w", library, err)
	}
	if digest != rec.SHA256 {
		return fmt.Errorf("%w: %s has another SHA-256 than when it was fetched; %s", ErrCorrupt, library, refetchAdvice)
	}
	return nil
}

func readRecord(library string) (record, os.FileInfo, error) {
	info, err := os.Stat(library)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return record{}, nil, fmt.Errorf("%w: %s; %s", ErrMissing, library, fetchAdvice)
	case err != nil:
		return record{}, nil, fmt.Errorf("look at the library: %w", err)
	}
	name := filepath.Join(filepath.Dir(library), recordFile)
	content, err := os.ReadFile(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return record{}, nil, fmt.Errorf("%w: %s has no record beside it, so its fetch was cut short; %s", ErrMissing, library, fetchAdvice)
	case err != nil:
		return record{}, nil, fmt.Errorf("read the library's record: %w", err)
	}
	var rec record
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&rec); err != nil {
		return record{}, nil, fmt.Errorf("%w: its record %s cannot be read (%w); %s", ErrCorrupt, name, err, refetchAdvice)
	}
	return rec, info, nil
}

// writeRecord makes the record of a library that is in its place.
func writeRecord(library, digest string, p Package) error {
	info, err := os.Stat(library)
	if err != nil {
		return err
	}
	content, err := json.MarshalIndent(record{
		Package: p.String(), Integrity: p.Integrity,
		Size: info.Size(), Modified: info.ModTime(), SHA256: digest,
	}, "", "  ")
	if err != nil {
		return err
	}
	name := filepath.Join(filepath.Dir(library), recordFile)
	if err := os.WriteFile(name+".new", append(content, '\n'), 0o644); err != nil { //nolint:gosec // A library is no secret.
		return err
	}
	return os.Rename(name+".new", name)
}

func fileSHA256(name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close() //nolint:errcheck // Read only.
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
