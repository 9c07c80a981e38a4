// Package ledger keeps the access log: who looked at what, and what was changed
// about who may.
//
// It is a chain of rows on disk. Each row carries the hash of the one before it
// and a signature, so that a row that was changed, removed or put in between
// shows; a signed head says how many there are, so that it shows as well when
// the last ones are missing. Who holds the key could write another chain: so the
// head is handed out as a receipt, and Verify asks for those that were kept
// elsewhere.
package ledger

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"amparo/services/access"
)

// A Row is one line of the log.
type Row struct {
	N  uint64    `json:"n"`
	At time.Time `json:"at"`
	access.Entry
	Prev string `json:"prev"` // hash of the row before
	Hash string `json:"hash,omitempty"`
	Sig  string `json:"sig,omitempty"`
}

// A Receipt says how far the log had come: whoever keeps one can tell later
// whether the log still is what it was.
type Receipt struct {
	N    uint64    `json:"n"`
	At   time.Time `json:"at"`
	Hash string    `json:"hash"`
	Sig  string    `json:"sig"`
}

// LeastRetention is the shortest time for which rows are kept.
const LeastRetention = 2 * 365 * 24 * time.Hour

// Config says where the log is and how long its rows are kept.
type Config struct {
	Dir  string
	Keep time.Duration // LeastRetention where it is zero
	Now  func() time.Time
}

// A Ledger appends to the log and reads it. Several processes may have the same
// one open.
type Ledger struct {
	cfg  Config
	key  ed25519.PrivateKey
	lock *flock.Flock

	mu   sync.Mutex
	file *os.File // the segment that is written to
	last Receipt  // the head as this process last wrote it
}

// ErrRetention means that rows would be kept for too short a time.
var ErrRetention = errors.New("the access log is kept for at least two years")

// Open opens the log, and makes it where there is none.
func Open(cfg Config) (*Ledger, error) {
	if cfg.Keep == 0 {
		cfg.Keep = LeastRetention
	}
	if cfg.Keep < LeastRetention {
		return nil, fmt.Errorf("open the access log: %w: give a longer retention", ErrRetention)
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the access log: %w", err)
	}
	l := &Ledger{cfg: cfg, lock: flock.New(filepath.Join(cfg.Dir, "lock"))}
	if err := l.locked(l.start); err != nil {
		return nil, fmt.Errorf("open the access log: %w", err)
	}
	return l, nil
}

// Close closes the log.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}

// locked runs while no other process touches the log.
func (l *Ledger) locked(do func() error) (err error) {
	if err := l.lock.Lock(); err != nil {
		return fmt.Errorf("lock the access log: %w", err)
	}
	defer func() { err = errors.Join(err, l.lock.Unlock()) }()
	return do()
}

// start loads the key, and writes the first row of a new log: where there is a
// key, there were rows.
func (l *Ledger) start() error {
	made, err := l.loadKey()
	if err != nil || !made {
		return err
	}
	return l.write(Receipt{}, access.Entry{Did: access.LogStarted})
}

// loadKey reads the key that rows are signed with, or makes one.
func (l *Ledger) loadKey() (made bool, err error) {
	path := filepath.Join(l.cfg.Dir, "key")
	seed, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		seed = make([]byte, ed25519.SeedSize)
		if _, err := rand.Read(seed); err != nil {
			return false, fmt.Errorf("make a key: %w", err)
		}
		made, err = true, writeWhole(path, seed)
	}
	if err != nil {
		return false, fmt.Errorf("read the key: %w", err)
	}
	if len(seed) != ed25519.SeedSize {
		return false, fmt.Errorf("the key %s is damaged: put it back from a backup", path)
	}
	l.key = ed25519.NewKeyFromSeed(seed)
	return made, nil
}

// Record appends an entry. It is on disk when Record returns.
func (l *Ledger) Record(ctx context.Context, e access.Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.locked(func() error { return l.append(e) })
}

func (l *Ledger) append(e access.Entry) error {
	head, err := l.head()
	if err != nil && !errors.Is(err, ErrDamaged) { // One that is damaged is as one that is missing.
		return err
	}
	if l.file == nil || head.N != l.last.N || head.Hash != l.last.Hash {
		// At the start, and when another process has written since.
		if head, err = l.recover(head); err != nil {
			return err
		}
	}
	return l.write(head, e)
}

// write appends one row after a head, and puts the new head in its place.
func (l *Ledger) write(head Receipt, e access.Entry) error {
	e.Who, e.Object, e.Detail = bounded(e.Who), bounded(e.Object), bounded(e.Detail)
	row := Row{N: head.N + 1, At: l.cfg.Now().UTC().Truncate(time.Millisecond), Entry: e, Prev: head.Hash}
	if err := l.openSegment(row.At); err != nil {
		return err
	}
	row.Hash = row.digest()
	row.Sig = l.sign("row", row.Hash)
	line, err := json.Marshal(&row)
	if err != nil {
		return fmt.Errorf("encode row %d: %w", row.N, err)
	}
	if _, err := l.file.Write(append(line, '\n')); err != nil {
		return l.forget(fmt.Errorf("write row %d: %w", row.N, err))
	}
	if err := l.file.Sync(); err != nil {
		return l.forget(fmt.Errorf("flush row %d: %w", row.N, err))
	}
	next := Receipt{N: row.N, At: row.At, Hash: row.Hash}
	next.Sig = l.sign("head", next.text())
	if err := l.writeReceipt("head.json", next); err != nil {
		return l.forget(err)
	}
	l.last = next
	return nil
}

// bounded is a text as a row holds it: whole characters, and not too many.
func bounded(text string) string {
	const most = 2000
	return strings.ToValidUTF8(text[:min(len(text), most)], "")
}

// forget makes the next append look at the disk again: nobody knows how far this
// one came.
func (l *Ledger) forget(err error) error {
	l.last = Receipt{}
	err = errors.Join(err, l.file.Close())
	l.file = nil
	return err
}

// digest is the hash over everything in a row but hash and signature.
func (r *Row) digest() string {
	bare := *r
	bare.Hash, bare.Sig = "", ""
	b, err := json.Marshal(&bare)
	if err != nil {
		return "" // A row of texts, numbers and a time can be encoded.
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func (r Receipt) text() string {
	return fmt.Sprintf("%d %s %s", r.N, r.At.UTC().Format(time.RFC3339Nano), r.Hash)
}

// sign signs what is said of a kind of thing, so that no signature can stand for
// another.
func (l *Ledger) sign(kind, text string) string {
	return hex.EncodeToString(ed25519.Sign(l.key, []byte("amparo access log "+kind+"\n"+text)))
}

func (l *Ledger) signed(kind, text, sig string) bool {
	b, err := hex.DecodeString(sig)
	public, ok := l.key.Public().(ed25519.PublicKey)
	return err == nil && ok && ed25519.Verify(public, []byte("amparo access log "+kind+"\n"+text), b)
}

// head reads the signed head: the zero receipt where there is none.
func (l *Ledger) head() (Receipt, error) { return l.readReceipt("head.json", "head") }

// base is the last row that was pruned: the zero receipt where none was.
func (l *Ledger) base() (Receipt, error) { return l.readReceipt("base.json", "base") }

// ErrDamaged means that what says how far the log goes is damaged.
var ErrDamaged = errors.New("the access log is damaged")

func (l *Ledger) readReceipt(name, kind string) (Receipt, error) {
	var r Receipt
	b, err := os.ReadFile(filepath.Join(l.cfg.Dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return r, fmt.Errorf("read %s: %w", name, err)
	}
	if err := json.Unmarshal(b, &r); err != nil || !l.signed(kind, r.text(), r.Sig) {
		return Receipt{}, fmt.Errorf("%w: %s is not what was signed", ErrDamaged, name)
	}
	return r, nil
}

func (l *Ledger) writeReceipt(name string, r Receipt) error {
	b, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	if err := writeWhole(filepath.Join(l.cfg.Dir, name), b); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// writeWhole puts a file in place in one step, on disk before that.
func writeWhole(path string, b []byte) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// recover finds the end of the log. A row that a crash tore is taken off: nobody
// was told that it was written. Rows that the head did not get to are counted
// in. Rows that are missing stay missing: the chain goes on from the head, a row
// says so, and Verify will find the gap for as long as it is kept.
func (l *Ledger) recover(head Receipt) (Receipt, error) {
	if l.file != nil {
		l.file.Close() //nolint:errcheck // It is opened again.
		l.file = nil
	}
	end, found, err := l.end(head)
	if err != nil {
		return head, err
	}
	base, err := l.base()
	if err != nil {
		return head, err
	}
	damage := ""
	switch {
	case head.N == 0 && found:
		damage = "the head is missing"
		head = end
	case head.N == 0 && base.N == 0:
		damage = "all rows are missing"
	case found && end.N >= head.N:
		head = end
	case head.N > max(end.N, base.N):
		damage = fmt.Sprintf("rows after %d are missing, there were %d", end.N, head.N)
	}
	if head.N == 0 && base.N > 0 {
		head = base
	}
	if damage == "" {
		return head, nil
	}
	if err := l.write(head, access.Entry{Did: access.LogDamaged, Detail: damage}); err != nil {
		return head, err
	}
	return l.last, nil
}

// end reads the last segment and returns its last row.
func (l *Ledger) end(head Receipt) (last Receipt, found bool, err error) {
	segments, err := l.segments()
	if err != nil || len(segments) == 0 {
		return last, false, err
	}
	path := segments[len(segments)-1].path
	var whole int64
	err = eachLine(path, func(line []byte) error {
		if !bytes.HasSuffix(line, []byte("\n")) {
			return nil
		}
		var row Row
		if json.Unmarshal(line, &row) == nil && row.Hash == row.digest() && l.signed("row", row.Hash, row.Sig) {
			last, found = Receipt{N: row.N, At: row.At, Hash: row.Hash}, true
		}
		whole += int64(len(line))
		return nil
	})
	if err != nil {
		return last, found, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return last, found, fmt.Errorf("look at %s: %w", path, err)
	}
	if info.Size() > whole && last.N >= head.N {
		if err := os.Truncate(path, whole); err != nil {
			return last, found, fmt.Errorf("take off a torn row: %w", err)
		}
	}
	return last, found, nil
}
