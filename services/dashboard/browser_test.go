//go:build pages

package dashboard_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestPagesInABrowser looks at every page in headless Chromium: both languages, a
// desktop and a phone, light and dark, with axe-core, without JavaScript, by keyboard.
// What it needs is installed by make tools-pages.
func TestPagesInABrowser(t *testing.T) {
	server := served(t, nora)
	shots := os.Getenv("AMPARO_SCREENSHOTS")
	if shots == "" {
		shots = filepath.Join(t.TempDir(), "screenshots")
	}
	cmd := exec.CommandContext(t.Context(), "node", append([]string{"check.mjs", server.URL, shots}, addresses...)...)
	cmd.Dir = "browser"
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("look at the pages: %v", err)
	}
	pictures, err := filepath.Glob(filepath.Join(shots, "*.png"))
	if err != nil || len(pictures) < 4*len(addresses) {
		t.Errorf("%d screenshots of %d pages in %s, %v", len(pictures), len(addresses), shots, err)
	}
}
