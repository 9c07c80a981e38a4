package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"amparo/schemas/law/lawtest"
	"amparo/services/notifier"
)

// example is a block of the operators' page that has a name.
func example(t *testing.T, name string) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/operators.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "```yaml "+name+"\n")
	text, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatalf("the page has no example %q", name)
	}
	return text
}

func TestTheExamplesForOperatorsAreRead(t *testing.T) {
	cat := lawtest.Shipped(t)
	dir := t.TempDir()
	leads, hooks, settings := filepath.Join(dir, "leads.yaml"), filepath.Join(dir, "hooks.yaml"), filepath.Join(dir, "amparo.yaml")
	write(t, leads, example(t, "leads"))
	write(t, hooks, example(t, "webhooks"))
	write(t, filepath.Join(dir, "desk.key"), "a key of at least 16 bytes\n")
	write(t, settings, example(t, "settings"))
	if l, err := notifier.LoadLeads(leads, cat); err != nil || len(l.Rules) != 3 {
		t.Errorf("leads: %v", err)
	}
	if w, err := notifier.LoadWebhooks(hooks, cat); err != nil || len(w) != 1 {
		t.Errorf("webhooks: %v", err)
	}
	if code, _, stderr := inProcess(t, nil, "run", "--check", "--config", settings); code != exitDone {
		t.Errorf("settings: exit code %d: %s", code, stderr)
	}
	unit, err := os.ReadFile("../../deploy/systemd/amparo.service")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(unit)) {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "ExecStart=/usr/local/bin/amparo ")
		if !ok {
			if command, ok = strings.CutPrefix(strings.TrimSpace(line), "ExecStartPre=-/usr/local/bin/amparo "); !ok {
				continue
			}
		}
		args := append(strings.Fields(strings.ReplaceAll(command, "/etc/amparo/amparo.yaml", settings)), "--check")
		if code, _, stderr := inProcess(t, nil, args...); code != exitDone {
			t.Errorf("%s: exit code %d: %s", command, code, stderr)
		}
	}
}
