package notifier

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"amparo/pipeline/obligation"
	"amparo/pipeline/stream"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// A Kind says what a notice announces.
type Kind string

// The kinds.
const (
	DueSoon Kind = "due-soon" // open, and the deadline is near
	Missed  Kind = "missed"   // not done, and the deadline has passed
	Late    Kind = "late"     // done after the deadline
	Cleared Kind = "cleared"  // announced as missed or late, and it is neither after all
)

// Kinds lists all kinds.
func Kinds() []Kind { return []Kind{DueSoon, Missed, Late, Cleared} }

// A Notice is what leaves the house. It says what happened to which duty, and
// nothing about the case: that opens, with the token, after login.
type Notice struct {
	ID              string `json:"id"` // the same whenever this is delivered again
	Kind            Kind   `json:"kind"`
	Duty            string `json:"duty"`
	Limit           string `json:"limit"`      // law or target
	Confidence      string `json:"confidence"` // in what the catalogue says of the norm
	Department      string `json:"department"`
	InstitutionKind string `json:"institution_kind,omitempty"`
	Risk            string `json:"risk"`
	DueAt           string `json:"due_at"`
	Token           string `json:"token"`
}

// Secret is the key of an installation's tokens.
type Secret []byte

const (
	secretFile  = "notices.key"
	secretBytes = 32
	tokenBytes  = 16
)

// LoadSecret reads the secret in a data folder, and makes one that only its
// user can read when there is none.
func LoadSecret(dir string) (Secret, error) {
	path := filepath.Join(dir, secretFile)
	b, err := os.ReadFile(path) //nolint:gosec // The operator names the folder.
	if err == nil && len(b) != secretBytes {
		return nil, fmt.Errorf("read the key of the tokens: %s has %d bytes, not %d: put the key back from the backup", path, len(b), secretBytes)
	}
	if err == nil {
		return b, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the key of the tokens: %w", err)
	}
	return newSecret(dir, path)
}

// newSecret writes a key under another name first, so that nobody ever reads
// half of one; where two do it at once, the first stays.
func newSecret(dir, path string) (Secret, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil { //nolint:gosec // The folder is the installation's own.
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	secret := make(Secret, secretBytes)
	if _, err := rand.Read(secret); err != nil {
		return nil, fmt.Errorf("make the key of the tokens: %w", err)
	}
	f, err := os.CreateTemp(dir, secretFile+"-") // CreateTemp gives 0600.
	if err != nil {
		return nil, fmt.Errorf("write the key of the tokens: %w", err)
	}
	defer os.Remove(f.Name()) //nolint:errcheck // A second name of the file, or its first when linking failed.
	_, err = f.Write(secret)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("write the key of the tokens: %w", err)
	}
	if err := os.Link(f.Name(), path); errors.Is(err, fs.ErrExist) {
		return LoadSecret(dir)
	} else if err != nil {
		return nil, fmt.Errorf("write the key of the tokens: %w", err)
	}
	return secret, nil
}

// digest is a keyed hash of some texts. Each goes in with its length, so that
// no two lists run together.
func (s Secret) digest(texts ...string) string {
	h := hmac.New(sha256.New, s)
	for _, t := range texts {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(t)))
		h.Write(n[:])
		h.Write([]byte(t))
	}
	return hex.EncodeToString(h.Sum(nil)[:tokenBytes])
}

// Token stands for an obligation. Without the secret nobody can tell for which,
// nor try out cases.
func (s Secret) Token(k obligation.Key) string {
	return s.digest("token", k.CaseID, k.Duty, k.Instance)
}

// notice is the announcement of a kind about an obligation of which so many
// notices went before.
func (s Secret) notice(cat *law.Catalogue, o *obligation.Obligation, kind Kind, before int) Notice {
	due := event.FormatInstant(o.DueAt)
	return Notice{
		ID:   s.digest("notice", o.CaseID, o.Duty, o.Instance, string(kind), due, fmt.Sprint(before)),
		Kind: kind, Duty: o.Duty, Limit: string(o.Kind), Confidence: o.Confidence, Department: cat.Places.Department(o.Place),
		InstitutionKind: o.InstitutionKind, Risk: o.Risk, DueAt: due, Token: s.Token(o.Key()),
	}
}

// message is the notice on its way into the stream.
func (n *Notice) message() (stream.Notice, error) {
	body, err := json.Marshal(n)
	if err != nil {
		return stream.Notice{}, fmt.Errorf("encode a notice: %w", err)
	}
	return stream.Notice{Subject: stream.NoticeSubject(n.Department, n.Duty, string(n.Kind)), ID: n.ID, Data: body}, nil
}

func (n *Notice) dueAt() (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, n.DueAt)
	if err != nil {
		return t, fmt.Errorf("read when notice %s was due: %w", n.ID, err)
	}
	return t, nil
}
