package page

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// A Sealer hides where a list goes on: that is behind a case, and not everyone who may
// list cases is told which they are. Its key lives as long as the process: a link to the
// middle of a list is not one to keep, and from the first page a list can be read again.
type Sealer struct{ aead cipher.AEAD }

// NewSealer makes a sealer with a key of its own.
func NewSealer() (*Sealer, error) {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make a cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("make a cipher: %w", err)
	}
	return &Sealer{aead}, nil
}

// Seal is a text for a link that stands for a place in a list; list says which it is of.
func (s *Sealer) Seal(place any, list ...string) (string, error) {
	plain, err := json.Marshal(place)
	if err != nil {
		return "", fmt.Errorf("seal a place in a list: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, plain, named(list))), nil //nolint:gosec // It makes a nonce itself.
}

// Open reads a place in the very list that it was sealed for; it is not ok where it was not
// sealed here, or for another.
func (s *Sealer) Open(text string, place any, list ...string) (ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return false
	}
	plain, err := s.aead.Open(nil, nil, sealed, named(list))
	return err == nil && json.Unmarshal(plain, place) == nil
}

// named tells lists apart.
func named(list []string) []byte { return []byte(strings.Join(list, "\x00")) }
