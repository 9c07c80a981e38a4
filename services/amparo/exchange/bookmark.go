package exchange

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
// that was stopped goes on there, and still tells at its end of what was refused
// or in conflict before. It is removed once the file is through. Losing it costs
// only work: importing a line twice is harmless.
type bookmark struct {
	Line    int `json:"line"`
	Refused int `json:"refused"`
	// First and Last are the sequences between which its events were accepted.
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`

	path string
}

// accepted notes where an event went.
func (b *bookmark) accepted(seq uint64) {
	if b.First == 0 || seq < b.First {
		b.First = seq
	}
	b.Last = max(b.Last, seq)
}

// covers reports whether an event of this file may be at a sequence.
func (b *bookmark) covers(seq uint64) bool { return seq != 0 && b.First <= seq && seq <= b.Last }

// openBookmark finds the bookmark of a file, by the file's contents, in a
// folder. Standard input, and an import into a server elsewhere, have none.
func openBookmark(folder, file string) (*bookmark, error) {
	if file == "-" || folder == "" {
		return &bookmark{}, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // Read only.
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of bookmarks: %w", err)
	}
	path := filepath.Join(folder, hex.EncodeToString(h.Sum(nil))[:32]+".json")
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read bookmark: %w", err)
	}
	var b bookmark
	if json.Unmarshal(text, &b) != nil {
		b = bookmark{} // There is none, or it is damaged: begin anew.
	}
	b.path = path
	return &b, nil
}

func (b *bookmark) save() error {
	if b.path == "" {
		return nil
	}
	text, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("encode bookmark: %w", err)
	}
	if err := os.WriteFile(b.path+".new", text, 0o600); err != nil {
		return fmt.Errorf("write bookmark: %w", err)
	}
	return os.Rename(b.path+".new", b.path)
}

// remove ends the bookmark: the file is through.
func (b *bookmark) remove() error {
	if b.path == "" {
		return nil
	}
	if err := os.Remove(b.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove bookmark: %w", err)
	}
	return nil
}
