package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A bookmark remembers up to which line a file was accepted, so that an import
// that was stopped goes on there. It only saves work: importing a line twice is
// harmless. It is removed once the file is through.
type bookmark struct {
	path string
	line int
}

type bookmarkFile struct {
	Line int `json:"line"`
}

// openBookmark finds the bookmark of a file, by the file's contents, in the data
// folder. Standard input has none.
func openBookmark(dir, file string) (*bookmark, error) {
	if file == "-" || dir == "" {
		return &bookmark{}, nil
	}
	f, err := os.Open(file) //nolint:gosec // The user names the file.
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // Read only.
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	folder := filepath.Join(dir, "imports")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of bookmarks: %w", err)
	}
	b := &bookmark{path: filepath.Join(folder, hex.EncodeToString(h.Sum(nil))[:32]+".json")}
	text, err := os.ReadFile(b.path)
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read bookmark: %w", err)
	}
	var saved bookmarkFile
	if json.Unmarshal(text, &saved) == nil { // A damaged bookmark is none.
		b.line = saved.Line
	}
	return b, nil
}

// set moves the bookmark on. The file is replaced in one step.
func (b *bookmark) set(line int) error {
	if b.path == "" || line <= b.line {
		return nil
	}
	text, err := json.Marshal(bookmarkFile{line})
	if err != nil {
		return err
	}
	if err := os.WriteFile(b.path+".new", text, 0o600); err != nil {
		return fmt.Errorf("write bookmark: %w", err)
	}
	return os.Rename(b.path+".new", b.path)
}

// done removes the bookmark.
func (b *bookmark) done() error {
	if b.path == "" {
		return nil
	}
	if err := os.Remove(b.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove bookmark: %w", err)
	}
	return nil
}
