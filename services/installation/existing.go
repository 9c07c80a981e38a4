package installation

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ErrNoInstallation means that a folder which is only to be read holds none.
var ErrNoInstallation = errors.New("no installation")

// Exists reports whether a folder holds an installation: events or what was judged
// of them.
func Exists(dir string) bool {
	return slices.ContainsFunc([]string{"nats", "clickhouse"}, func(part string) bool {
		info, err := os.Stat(filepath.Join(dir, part))
		return err == nil && info.IsDir()
	})
}

// mustBeInstallation refuses a folder that is none, and names those beside it that
// are: a mistyped name must not answer with an installation that was just made.
func mustBeInstallation(dir string) error {
	if Exists(dir) {
		return nil
	}
	hint := "give --data DIR, or fill a new one with amparo import"
	if others := beside(dir); len(others) > 0 {
		hint = "there are " + strings.Join(others, ", ") + "; " + hint
	}
	return fmt.Errorf("%w in the folder %s: %s", ErrNoInstallation, dir, hint)
}

// mostBeside is how many neighbours are named.
const mostBeside = 5

// beside lists the installations in the folder that would hold this one.
func beside(dir string) []string {
	parent := filepath.Dir(filepath.Clean(dir))
	entries, err := os.ReadDir(parent)
	if err != nil {
		return nil // There is no such folder either.
	}
	var out []string
	for _, entry := range entries {
		if path := filepath.Join(parent, entry.Name()); entry.IsDir() && len(out) < mostBeside && Exists(path) {
			out = append(out, path)
		}
	}
	return out
}
