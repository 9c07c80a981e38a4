package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSendersAreAddedListedRotatedAndRevoked(t *testing.T) {
	dir := t.TempDir()
	code, added, stderr := inProcess(t, nil, "senders", "add", "pnp-arequipa", "--source", "urn:pe:pnp:*", "--department", "04", "--type", "report.*", "--data", dir)
	if code != exitDone || !strings.Contains(added, "amparo_") || !strings.Contains(added, "SU") || !strings.Contains(stderr, "cannot be shown again") {
		t.Fatalf("exit code %d: %s%s", code, added, stderr)
	}
	code, rotated, stderr := inProcess(t, nil, "senders", "rotate", "pnp-arequipa", "--data", dir)
	if code != exitDone || !strings.Contains(rotated, "amparo_") || rotated == added {
		t.Fatalf("exit code %d: %s%s", code, rotated, stderr)
	}
	token := filepath.Join(dir, "token")
	write(t, token, "of-the-test\n")
	_, accounts, _ := inProcess(t, nil, "senders", "nats-accounts", "--token-file", token, "--data", dir)
	if strings.Count(accounts, "nkey:") != 2 || !strings.Contains(accounts, "of-the-test") {
		t.Errorf("accounts: %s", accounts)
	}
	if code, _, stderr := inProcess(t, nil, "senders", "revoke", "pnp-arequipa", "--data", dir); code != exitDone {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	_, list, _ := inProcess(t, nil, "senders", "list", "--format", "csv", "--data", dir)
	for _, want := range []string{"pnp-arequipa", "revoked", "urn:pe:pnp:*", "04", "report.*"} {
		if !strings.Contains(list, want) {
			t.Errorf("%q is not in:\n%s", want, list)
		}
	}
	if _, accounts, _ := inProcess(t, nil, "senders", "nats-accounts", "--token-file", token, "--data", dir); strings.Contains(accounts, "nkey:") {
		t.Errorf("accounts of a revoked sender: %s", accounts)
	}
	for name, args := range map[string][]string{
		"a mistyped folder":        {"senders", "list", "--data", filepath.Join(dir, "none")},
		"a mistyped name":          {"senders", "revoke", "pnp", "--data", dir},
		"a department that is not": {"senders", "add", "x1", "--source", "urn:x:y", "--department", "99", "--data", dir},
		"no source":                {"senders", "add", "x1", "--data", dir},
	} {
		if code, _, stderr := inProcess(t, nil, args...); code != exitInvalid || stderr == "" {
			t.Errorf("%s: exit code %d: %s", name, code, stderr)
		}
	}
}

// What others can reach is refused before anything is opened, unless it is
// protected or the operator says that it need not be.
func TestServicesRefuseToListenBeyondThisMachine(t *testing.T) {
	dir := t.TempDir()
	for _, service := range []string{"run", "intake", "sink", "aggregator", "notifier"} {
		data := filepath.Join(dir, service)
		code, _, stderr := inProcess(t, map[string]string{"AMPARO_ENGINE_CACHE": os.Getenv("AMPARO_ENGINE_CACHE")}, service, "--listen", "0.0.0.0:0", "--data", data)
		if code != exitInvalid || !strings.Contains(stderr, "other machines can reach") {
			t.Errorf("%s: exit code %d: %s", service, code, stderr)
		}
	}
}
