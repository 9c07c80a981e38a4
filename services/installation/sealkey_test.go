package installation

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestADataFolderHasOneSealKeyForEver(t *testing.T) {
	dir := t.TempDir()
	keys := make([][]byte, 8)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			var err error
			if keys[i], err = sealKey(Options{Dir: dir}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, key := range keys {
		if len(key) < sealKeyBytes || !bytes.Equal(key, keys[0]) {
			t.Fatalf("keys %q and %q, want one of at least %d bytes", keys[0], key, sealKeyBytes)
		}
	}
	info, err := os.Stat(filepath.Join(dir, sealKeyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v (%v), want it for its owner alone", info, err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, sealKeyFile+"-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

func TestSealKeysOfServersElsewhereAreNamed(t *testing.T) {
	dir := t.TempDir()
	if key, err := sealKey(Options{Dir: dir, NATS: "nats://127.0.0.1:4222"}); key != nil || err != nil {
		t.Errorf("key %q (%v), want none: another process cannot know it", key, err)
	}
	path := filepath.Join(dir, "shared")
	if err := os.WriteFile(path, []byte(strings.Repeat("k", sealKeyBytes)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if key, err := sealKey(Options{NATS: "nats://127.0.0.1:4222", SealKeyFile: path}); err != nil || len(key) != sealKeyBytes {
		t.Errorf("key %q (%v), want that of the file", key, err)
	}
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, filepath.Join(dir, "missing")} {
		if _, err := sealKey(Options{SealKeyFile: name}); err == nil {
			t.Errorf("%s was taken for a key", name)
		}
	}
}
