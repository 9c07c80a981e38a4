package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amparo/pipeline/store/engine/enginetest"
)

// asMain tells the test binary to be the program itself, with the race detector
// in it.
const asMain = "AMPARO_TEST_AS_MAIN"

// built is the program as it is shipped, built once for all tests.
var program string

func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		os.Exit(process())
	}
	os.Exit(withProgram(m))
}

func withProgram(m *testing.M) int {
	dir, err := os.MkdirTemp("", "amparo-program-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "amparo")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the program: %v\n%s", err, out)
		return 1
	}
	return enginetest.Run(m)
}

// built is the program with some arguments, as a process of its own.
func built(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	enginetest.Library(t) // fetched once, before anything is timed or killed
	cache, err := enginetest.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append(os.Environ(), "AMPARO_ENGINE_CACHE="+cache)
	return cmd
}

// checkedForRaces is the same with the race detector, which is slower.
func checkedForRaces(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := built(t, args...)
	cmd.Path = os.Args[0]
	cmd.Env = append(cmd.Env, asMain+"=1")
	return cmd
}

// amparo runs the program to its end and expects an exit code.
func amparo(t *testing.T, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	cmd := built(t, args...)
	cmd.Stdout, cmd.Stderr = &out, &err
	cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Fatalf("amparo %s: exit code %d, want %d\n%s", strings.Join(args, " "), got, code, err.String())
	}
	return out.String(), err.String()
}

// asOf is the instant of the simulation's truth.
const asOf = "2025-12-31T23:59:59-05:00"

// simulated makes events and truth in a folder of the test.
func simulated(t *testing.T, args ...string) (events, truth string) {
	t.Helper()
	dir := t.TempDir()
	amparo(t, 0, append([]string{"simulate", "--out", dir, "--as-of", asOf, "--from", "2021-06-01"}, args...)...)
	return filepath.Join(dir, "events.ndjson"), read(t, filepath.Join(dir, "truth.csv"))
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// wantTruth compares what is judged with the truth, row for row.
func wantTruth(t *testing.T, data, truth string) {
	t.Helper()
	got, _ := amparo(t, 0, "obligations", "--data", data, "--as-of", asOf, "--format", "csv")
	got = without(t, "data", without(t, "reported_until", got)) // which the truth does not know
	if got == truth {
		return
	}
	want := strings.Split(truth, "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(want) || line != want[i] {
			t.Fatalf("row %d differs (-truth +judged):\n%s", i, cmp.Diff(slices.Concat(want[i:min(i+1, len(want))]), []string{line}))
		}
	}
	t.Fatalf("%d rows judged, the truth has %d", strings.Count(got, "\n"), strings.Count(truth, "\n"))
}

func TestImportJudgesAsTheTruthSays(t *testing.T) {
	events, truth := simulated(t, "--cases", "80", "--seed", "7")
	data := t.TempDir()
	amparo(t, 0, "import", events, "--data", data)
	wantTruth(t, data, truth)

	t.Run("delivered twice", func(t *testing.T) {
		amparo(t, 0, "import", events, "--data", data)
		wantTruth(t, data, truth)
	})
	t.Run("rebuilt", func(t *testing.T) {
		amparo(t, 0, "rebuild", "--data", data)
		wantTruth(t, data, truth)
	})
	t.Run("restored from the stream when the store is lost", func(t *testing.T) {
		if err := os.RemoveAll(filepath.Join(data, "clickhouse")); err != nil {
			t.Fatal(err)
		}
		nothing := filepath.Join(t.TempDir(), "nothing.ndjson")
		write(t, nothing, "")
		amparo(t, 0, "import", nothing, "--data", data)
		wantTruth(t, data, truth)
	})
	t.Run("stored rows say what folded ones say", func(t *testing.T) {
		// At an instant after the last event the stored rows answer; --known-at
		// makes the same question be folded from the events.
		now := time.Now().UTC().Format(time.RFC3339)
		stored, _ := amparo(t, 0, "obligations", "--data", data, "--as-of", now, "--format", "csv")
		folded, _ := amparo(t, 0, "obligations", "--data", data, "--as-of", now, "--known-at", now, "--format", "csv")
		if diff := cmp.Diff(strings.Split(without(t, "known_at", folded), "\n"), strings.Split(stored, "\n")); diff != "" {
			t.Errorf("-folded +stored:\n%.2000s", diff)
		}
	})
}

func TestOrderOfArrivalChangesNothing(t *testing.T) {
	events, truth := simulated(t, "--cases", "60", "--seed", "8")
	lines := strings.Split(strings.TrimSuffix(read(t, events), "\n"), "\n")
	rand.New(rand.NewPCG(8, 8)).Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	shuffled := filepath.Join(t.TempDir(), "shuffled.ndjson")
	write(t, shuffled, strings.Join(lines, "\n"))
	data := t.TempDir()
	amparo(t, 0, "import", shuffled, "--data", data)
	wantTruth(t, data, truth)
}

// Few events travel alone, many in frames: here both, each event by one way or
// the other and some by both, in any order, through kills.
func TestFramesAndSingleEventsAreJudgedAlike(t *testing.T) {
	events, truth := simulated(t, "--cases", "30", "--seed", "10")
	lines := strings.Split(strings.TrimSuffix(read(t, events), "\n"), "\n")
	random := rand.New(rand.NewPCG(10, 10))
	random.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	var many, few []string
	for i, line := range lines {
		if i%4 == 0 {
			few = append(few, line)
		}
		if i%4 != 0 || i%8 == 0 {
			many = append(many, line)
		}
	}
	dir := t.TempDir()
	var files []string
	save := func(lines []string) {
		file := filepath.Join(dir, fmt.Sprintf("%03d.ndjson", len(files)))
		write(t, file, strings.Join(lines, "\n"))
		files = append(files, file)
	}
	save(many[:len(many)/2])
	for part := range slices.Chunk(few, 10) {
		save(part)
	}
	save(many[len(many)/2:])
	data := t.TempDir()
	args := append([]string{"import", "--data", data}, files...)
	for range 2 {
		cmd := built(t, args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(700+random.IntN(1500))*time.Millisecond, func() { cmd.Process.Kill() })
		cmd.Wait()
		timer.Stop()
	}
	amparo(t, 0, args...)
	wantTruth(t, data, truth)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestKilledImportGoesOnAndLosesNothing(t *testing.T) {
	events, truth := simulated(t, "--cases", "120", "--seed", "9")
	data := t.TempDir()
	random := rand.New(rand.NewPCG(9, 9))
	for range 3 {
		cmd := built(t, "import", events, "--data", data)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Wherever this falls, in start, publishing, storing or judging, the
		// outcome must be the same.
		timer := time.AfterFunc(time.Duration(500+random.IntN(2500))*time.Millisecond, func() { cmd.Process.Kill() })
		cmd.Wait()
		timer.Stop()
	}
	amparo(t, 0, "import", events, "--data", data)
	wantTruth(t, data, truth)
}

func TestBadLinesAreRefusedAloneWithLineAndReason(t *testing.T) {
	good := func(id string) string {
		return fmt.Sprintf(`{"specversion":"1.0","id":"%s","source":"urn:pe:pnp","type":"report.received","subject":"c-1","time":"2024-03-01T10:15:00-05:00","data":{"ubigeo":"040101","channel":"police"}}`, id)
	}
	change := func(from, to string) string { return strings.Replace(good("x"), from, to, 1) }
	lines := []struct{ line, reason string }{
		{good("e-1"), ""},
		{good("e-2")[:80], "broken-json"},
		{change("report.received", "report.recieved"), "unknown-type in type"},
		{change(`"channel"`, `"nota":"x","channel"`), "unknown-field in data.nota"},
		{change(`"channel":"police"`, `"channel":"police","institution":"45678912"`), "personal-data in data.institution"},
		{change("10:15:00-05:00", "10:15:00"), "bad-time in time"},
		{change("2024-03-01", "2999-03-01"), "future-time in time"},
		{change("040101", "990101"), "unknown-place in data.ubigeo"},
		{change(`"channel":"police"`, `"channel":"pidgeon"`), "bad-value in data.channel"},
		{change(`,"channel":"police"`, ""), "missing in data.channel"},
		{good("e-3"), ""},
		{strings.Replace(good("e-1"), "police", "digital", 1), "conflict"},
		{good("e-1"), ""}, // a duplicate is no error
	}
	var text strings.Builder
	for _, l := range lines {
		text.WriteString(l.line + "\n")
	}
	file := filepath.Join(t.TempDir(), "events.ndjson")
	write(t, file, text.String())
	data := t.TempDir()
	_, stderr := amparo(t, 2, "import", file, "--data", data)
	for i, l := range lines {
		at := fmt.Sprintf("%s:%d: ", file, i+1)
		if l.reason == "" && strings.Contains(stderr, at) {
			t.Errorf("line %d is good and was refused", i+1)
		}
		if l.reason != "" && !strings.Contains(stderr, at+l.reason) {
			t.Errorf("line %d: want %q in\n%s", i+1, at+l.reason, stderr)
		}
	}
	if strings.Contains(stderr, "45678912") {
		t.Error("the document number is repeated")
	}

	explained, _ := amparo(t, 0, "explain", "c-1", "--data", data)
	if n := strings.Count(explained, "Denuncia recibida"); n < 2 {
		t.Errorf("the two good events are not in the explanation:\n%s", explained)
	}
	listed, _ := amparo(t, 0, "rejected", "list", "--data", data, "--format", "csv")
	rows, err := csv.NewReader(strings.NewReader(listed)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1+10 {
		t.Errorf("%d rejected events are listed, want 10:\n%s", len(rows)-1, listed)
	}
	for _, row := range rows[1:] {
		shown, _ := amparo(t, 0, "rejected", "show", row[0], "--data", data)
		if strings.Contains(shown, "45678912") {
			t.Error("the document number was kept")
		}
	}
	t.Run("imported again it says the same", func(t *testing.T) {
		_, again := amparo(t, 2, "import", file, "--data", data)
		if diff := cmp.Diff(strings.Split(stderr, "\n"), strings.Split(again, "\n")); diff != "" {
			t.Errorf("-first +second:\n%s", diff)
		}
	})
}
