package senders

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// ErrUnknown means that a credential is none, or is no longer good.
var ErrUnknown = errors.New("the credential is not known, has expired or was revoked")

// A Book is the file of all senders. It is read again when it has changed, so
// that a revoked credential is refused at once, by every process that reads it.
type Book struct {
	path string
	now  func() time.Time

	mu      sync.Mutex
	read    fs.FileInfo // of the version in memory
	senders []*Sender
	byToken map[string]*Sender
}

// Open reads the book. A file that is not there is a book without senders.
func Open(path string, now func() time.Time) (*Book, error) {
	b := &Book{path: path, now: now}
	return b, b.refresh()
}

// Required reports whether events need a credential: once there was a sender,
// revoked or not, nobody is anonymous.
func (b *Book) Required() (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.refresh()
	return len(b.senders) > 0, err
}

// ByToken is the sender whose token it is.
func (b *Book) ByToken(token string) (*Sender, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.refresh(); err != nil {
		return nil, err
	}
	id, secret, ok := split(token)
	if !ok {
		return nil, ErrUnknown
	}
	s := b.byToken[id]
	if s == nil || !s.live() {
		return nil, ErrUnknown
	}
	for i := range s.Tokens {
		if s.Tokens[i].ID == id && s.Tokens[i].fits(secret, b.now()) {
			return s, nil
		}
	}
	return nil, ErrUnknown
}

// ByName is the sender of a name, if it may send.
func (b *Book) ByName(name string) (*Sender, error) {
	return b.find(func(s *Sender) bool { return s.Name == name })
}

// ByNkey is the sender whose public nkey it is.
func (b *Book) ByNkey(public string) (*Sender, error) {
	return b.find(func(s *Sender) bool {
		return slices.ContainsFunc(s.Nkeys, func(k Nkey) bool { return k.Public == public && !expired(k.ExpiresAt, b.now()) })
	})
}

func (b *Book) find(is func(*Sender) bool) (*Sender, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.refresh(); err != nil {
		return nil, err
	}
	for _, s := range b.senders {
		if s.live() && is(s) {
			return s, nil
		}
	}
	return nil, ErrUnknown
}

// All lists the senders by name.
func (b *Book) All() ([]*Sender, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.refresh()
	return slices.Clone(b.senders), err
}

// refresh reads the file if it has changed. A file that cannot be read lets
// nobody in. The caller holds the lock, or is alone.
func (b *Book) refresh() error {
	info, err := os.Stat(b.path)
	if errors.Is(err, fs.ErrNotExist) {
		b.senders, b.byToken, b.read = nil, nil, nil
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the senders: %w", err)
	}
	if b.read != nil && os.SameFile(info, b.read) && info.ModTime().Equal(b.read.ModTime()) && info.Size() == b.read.Size() {
		return nil
	}
	file, err := load(b.path)
	if err != nil {
		return err
	}
	b.senders, b.read, b.byToken = file.Senders, info, map[string]*Sender{}
	for _, s := range file.Senders {
		for _, t := range s.Tokens {
			b.byToken[t.ID] = s
		}
	}
	return nil
}

// bookFile is the file as it is written.
type bookFile struct {
	Format  int       `json:"format"`
	Senders []*Sender `json:"senders"`
}

const format = 1

func load(path string) (bookFile, error) {
	var file bookFile
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return bookFile{Format: format}, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &file)
	}
	if err == nil && file.Format != format {
		err = fmt.Errorf("its format is %d, this program knows %d", file.Format, format)
	}
	if err != nil {
		return file, fmt.Errorf("read the senders %s: %w: restore it from a copy, or add the senders again", path, err)
	}
	return file, nil
}

// change reads the file, changes it and puts it back, alone.
func (b *Book) change(apply func(*bookFile) error) error {
	if err := os.MkdirAll(filepath.Dir(b.path), 0o700); err != nil {
		return fmt.Errorf("make the folder of the senders: %w", err)
	}
	lock := flock.New(b.path + ".lock")
	if err := lock.Lock(); err != nil {
		return fmt.Errorf("lock the senders: %w", err)
	}
	defer lock.Unlock() //nolint:errcheck // It ends with the process.
	file, err := load(b.path)
	if err != nil {
		return err
	}
	if err := apply(&file); err != nil {
		return err
	}
	slices.SortFunc(file.Senders, func(x, y *Sender) int { return strings.Compare(x.Name, y.Name) })
	return save(b.path, file)
}

// save replaces the file whole and flushed: a cut in the middle leaves the old.
func save(path string, file bookFile) error {
	text, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the senders: %w", err)
	}
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write the senders: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return fmt.Errorf("write the senders: %w", err)
	}
	return nil
}
