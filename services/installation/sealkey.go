package installation

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	// sealKeyFile is the secret of a data folder with which its intake seals what
	// it has checked, and its sink believes it.
	sealKeyFile = "seal.key"
	// sealKeyBytes is the least length of a key.
	sealKeyBytes = 32
)

// sealKey is the key of an installation: that of the file that was named, else
// that of the data folder. With servers elsewhere and no file there is none, and
// the sinks check everything again.
func sealKey(opt Options) ([]byte, error) {
	switch {
	case opt.SealKeyFile != "":
		return readSealKey(opt.SealKeyFile)
	case opt.NATS != "":
		return nil, nil
	}
	path := filepath.Join(opt.Dir, sealKeyFile)
	key, err := readSealKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := newSealKey(opt.Dir, path); err != nil {
		return nil, fmt.Errorf("make the key of the seals: %w", err)
	}
	return readSealKey(path)
}

func readSealKey(path string) ([]byte, error) {
	key, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the key of the seals: %w", err)
	}
	if key = bytes.TrimSpace(key); len(key) < sealKeyBytes {
		return nil, fmt.Errorf("read the key of the seals: %s has %d bytes, at least %d are needed: make one with openssl rand -hex 32", path, len(key), sealKeyBytes)
	}
	return key, nil
}

// newSealKey writes a key under another name first, so that nobody ever reads
// half of one; where two do it at once, the first stays.
func newSealKey(dir, path string) error {
	secret := make([]byte, sealKeyBytes)
	if _, err := rand.Read(secret); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, sealKeyFile+"-") // CreateTemp gives 0600.
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // A second name of the file, or its first when linking failed.
	_, err = f.WriteString(hex.EncodeToString(secret) + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
