package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheDoctorSaysWhatIsIllAndWhatToDo(t *testing.T) {
	dir := t.TempDir()
	states := func(code int, args ...string) map[string]string {
		out, _ := amparo(t, code, append([]string{"doctor", "--lang", "en", "--format", "csv"}, args...)...)
		found := map[string]string{}
		for _, row := range table(t, out) {
			found[row["check"]] = row["state"]
		}
		return found
	}
	none := filepath.Join(dir, "none")
	if got := states(exitDone, "--data", none); got["Data folder"] != "unknown" || got["Catalogue"] != "well" {
		t.Errorf("before the first start: %v", got)
	}
	if _, err := os.Stat(none); !os.IsNotExist(err) {
		t.Errorf("the doctor made a folder: %v", err)
	}

	events, _ := simulated(t, "--cases", "5", "--seed", "41")
	data := filepath.Join(dir, "data")
	amparo(t, exitDone, "import", events, "--data", data)
	got := states(exitDone, "--data", data)
	for _, check := range []string{"NATS: where it keeps", "NATS: clock", "What comes in is judged", "ClickHouse: clock", "ClickHouse library"} {
		if got[check] != "well" {
			t.Errorf("%s is %q: %v", check, got[check], got)
		}
	}
	if got["Sources"] != "warning" {
		t.Errorf("sources that ended long ago are %q", got["Sources"])
	}

	hooks := filepath.Join(dir, "hooks.yaml")
	write(t, hooks, "- {name: BAD NAME}\n")
	if got := states(exitFailed, "--data", data, "--webhooks", hooks); got["Webhooks (--webhooks)"] != "ill" {
		t.Errorf("webhooks that cannot be read: %v", got)
	}
	if err := os.Chmod(data, 0o755); err != nil {
		t.Fatal(err)
	}
	out, _ := amparo(t, exitFailed, "doctor", "--data", data)
	if !strings.Contains(out, "otros usuarios pueden leerla") || !strings.Contains(out, "chmod 700") {
		t.Errorf("%s", out)
	}
	if got := states(exitFailed, "--data", data, "--clickhouse", "http://127.0.0.1:1/"); got["Servers"] != "ill" {
		t.Errorf("a server that is not there: %v", got)
	}
}
