package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"amparo/schemas/law/lawtest"
	"amparo/services/amparo/command"

	"github.com/google/go-cmp/cmp"
)

// inProcess runs a command line that needs neither stream nor store.
func inProcess(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = Main(t.Context(), args, command.Streams{
		Out: &out, Err: &err,
		Env: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Now: func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) },
	})
	return code, out.String(), err.String()
}

func TestWrongUsageExitsWith2AndSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	unknownKey := filepath.Join(dir, "amparo.yaml")
	write(t, unknownKey, "data: x\nlisten-on: here\n")
	tests := map[string]struct {
		args []string
		says string
	}{
		"no command":                      {nil, "expected one of"},
		"unknown command":                 {[]string{"explode"}, "unexpected argument explode"},
		"unknown flag":                    {[]string{"law", "list", "--colour"}, "unknown flag --colour"},
		"a folder for no data":            {[]string{"law", "list", "--data", dir}, "means nothing for amparo law list"},
		"a server for sums":               {[]string{"stats", "proportion", "3", "10", "--nats", "nats://x"}, "means nothing for amparo stats proportion"},
		"a law for sums":                  {[]string{"stats", "proportion", "3", "10", "--catalogue", dir}, "asks no law"},
		"TLS for a question":              {[]string{"obligations", "--web-config", "x"}, "serves nothing"},
		"no installation":                 {[]string{"obligations", "--data", filepath.Join(dir, "none")}, "no installation"},
		"no such catalogue":               {[]string{"law", "check", "--catalogue", filepath.Join(dir, "none")}, "catalogue.yaml"},
		"no such duty":                    {[]string{"law", "show", "coffee"}, "amparo law list"},
		"a misspelt regime":               {[]string{"law", "show", "pm-covd-24h"}, "did you mean pm-covid-24h?"},
		"no such file":                    {[]string{"import", filepath.Join(dir, "none.ndjson"), "--data", dir}, "none.ndjson"},
		"unknown key in file":             {[]string{"law", "check", "--config", unknownKey}, `unknown key "listen-on"`},
		"share over one":                  {[]string{"stats", "proportion", "3", "10", "--level", "95"}, "level"},
		"a number that is no implication": {[]string{"law", "show", "17"}, "1 to 16"},
		"a number of nothing":             {[]string{"law", "show", "0"}, "1 to 16"},
		"no words of a citation":          {[]string{"law", "show", ""}, "1 to 16"},
		"changes of no duty":              {[]string{"law", "changes", "--duty", "measures-decidde"}, "did you mean measures-decided?"},
		"a catalogue by its folder":       {[]string{"law", "check", "--catalogue", filepath.Join(dir, "none")}, filepath.Join(dir, "none")},
		"a folder of files":               {[]string{"import", dir, "--data", dir}, "it is a folder"},
		"no address":                      {[]string{"run", "--listen", "foo", "--data", dir}, `--listen "foo"`},
		"a port that is none":             {[]string{"run", "--listen", "127.0.0.1:99999", "--data", dir}, "up to 65535"},
		"a chance above one":              {[]string{"simulate", "--out", dir, "--cases", "1", "--miss", "7"}, "from -1 to 1"},
		"a mistyped scope":                {[]string{"senders", "add", "ok", "--source", "urn:a:*", "--type", "report.recieved", "--data", dir}, "did you mean report.received?"},
		"nothing to simulate":             {[]string{"simulate", "--out", dir, "--cases=-1"}, "simulation"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := inProcess(t, nil, tt.args...)
			if code != exitInvalid || !strings.Contains(stderr, tt.says) {
				t.Errorf("exit code %d, want 2; %q is not in:\n%s", code, tt.says, stderr)
			}
			if tt.args != nil && stdout != "" {
				t.Errorf("standard output: %s", stdout)
			}
		})
	}
}

func TestAHelpShowsTheFlagsOfTheCommandFirst(t *testing.T) {
	_, help, _ := inProcess(t, nil, "obligations", "--help")
	own, servers := strings.Index(help, "--status"), strings.Index(help, "--clickhouse")
	if own < 0 || servers < own || !strings.Contains(help[own:servers], "Servers in place of those inside") {
		t.Errorf("%s", help)
	}
	// What the environment says is for all commands.
	if code, _, stderr := inProcess(t, map[string]string{"AMPARO_DATA": "x", "AMPARO_NATS": "nats://x"}, "law", "check"); code != exitDone {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestSettingsComeFromFlagsThenEnvironmentThenFile(t *testing.T) {
	road, err := filepath.Abs("../../examples/road-traffic/catalogue")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "amparo.yaml")
	write(t, file, "catalogue: "+road+"\nlang: en\n")
	show := func(env map[string]string, args ...string) string {
		code, out, stderr := inProcess(t, env, append([]string{"law", "show", "fine-sent", "--config", file}, args...)...)
		if code != exitDone {
			t.Fatalf("exit code %d\n%s", code, stderr)
		}
		return out
	}
	if out := show(nil); !strings.Contains(out, "Starts on") {
		t.Errorf("the file's language is not used:\n%s", out)
	}
	if out := show(map[string]string{"AMPARO_LANG": "es"}); !strings.Contains(out, "Empieza con") {
		t.Errorf("the environment should win over the file:\n%s", out)
	}
	if out := show(map[string]string{"AMPARO_LANG": "es"}, "--lang", "en"); !strings.Contains(out, "Starts on") {
		t.Errorf("the flag should win over the environment:\n%s", out)
	}
}

func TestLawCommandsShowTheCatalogue(t *testing.T) {
	code, out, _ := inProcess(t, nil, "law", "list", "--format", "csv")
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if code != exitDone || err != nil || len(rows) < 90 {
		t.Errorf("exit code %d, %v, %d rows", code, err, len(rows))
	}
	_, shown, _ := inProcess(t, nil, "law", "show", "measures-decided")
	for _, want := range []string{"pm-72h-2015", "pm-covid-24h", "pm-undetermined-48h-2023", "72 horas", "prevalece sobre"} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is not in:\n%s", want, shown)
		}
	}
	for id, wants := range map[string][]string{
		"breach-response-on-time-share": {"indicador", "Numerador", "breach-responded, breach-informed", "en parte meta del proyecto", "Lo que no ve"},
		"exam-wait-p90":                 {"n mínimo: 10", "por encima de 10 (parámetro del proyecto)", "R 57.1", "insufficient-resources", "más bajo"},
		"investigation":                 {"implicancia 6", "police-file-to-court", "exam-performed", "meta del proyecto", "exam-wait-p90"},
		"pm-severe-24h-2018":            {"Dictar o denegar", "art. 16.b", "si risk: severe", "amparo law show measures-decided"},
		"L 16":                          {"artículo nombrado por el estudio", "Implicancia 8", "pm-total-48h-2023 · Ley 30364 art. 16.d"},
		"r20":                           {"R 20", "interpreter-immediate", "relative-as-interpreter-share"},
		"dl 1470":                       {"pm-covid-24h", "pm-execute-immediate", "pm-covid-notify-in-act"},
		"16":                            {"implicancia 16", "L 45.4.E"},
		"poor-policies":                 {"El estudio la encontró: sí", "Sierra: la nombran 2 de 8 personas"},
		"police-file-to-court":          {"el plazo corre desde: violence.occurred"},
		"measures-decided":              {"empieza con: report.received"},
		"bad-luck":                      {"causa 2", "repentina", "synchronous-dip", "El estudio la encontró: no", "no la prueba"},
	} {
		_, shown, _ := inProcess(t, nil, "law", "show", id)
		for _, want := range wants {
			if !strings.Contains(shown, want) {
				t.Errorf("%s: %q is not in:\n%s", id, want, shown)
			}
		}
	}
	if code, out, _ := inProcess(t, nil, "law", "check"); code != exitDone || !strings.Contains(out, "all in order") {
		t.Errorf("exit code %d: %s", code, out)
	}
	if code, _, _ := inProcess(t, nil, "version"); code != exitDone {
		t.Errorf("version: exit code %d", code)
	}
	forms := filepath.Join(t.TempDir(), "forms")
	if code, out, _ := inProcess(t, nil, "law", "schemas", forms); code != exitDone || !strings.Contains(out, "yaml-language-server") {
		t.Errorf("exit code %d, %s", code, out)
	}
	if b, err := os.ReadFile(filepath.Join(forms, "duty.json")); err != nil || !strings.Contains(string(b), "suspended_by") {
		t.Errorf("the schema of duties: %v", err)
	}
}

// What a catalogue says by itself is printed like numbers: with the catalogue beside
// it, in every format, lists as lists and numbers as numbers, in one language.
func TestWhatTheLawSaysNamesItsCatalogue(t *testing.T) {
	for _, args := range [][]string{
		{"law", "list"}, {"law", "changes"}, {"law", "indicators"}, {"law", "diff", "shipped", "shipped"},
	} {
		for _, format := range []string{"table", "csv", "csv-excel", "json", "ndjson", "xlsx"} {
			code, out, stderr := inProcess(t, nil, append(args, "--format", format)...)
			empty := args[1] == "diff" // which has nothing to print a row of
			if code != exitDone || format != "xlsx" && !empty && !strings.Contains(out, "ley-30364/") {
				t.Errorf("%v as %s: exit code %d, %s\n%.300s", args, format, code, stderr, out)
			}
		}
		if args[1] == "diff" {
			if _, out, _ := inProcess(t, nil, args...); !strings.Contains(out, "Nada cambia") || strings.Count(out, "ley-30364/") != 2 {
				t.Errorf("nothing changes: %s", out)
			}
			continue
		}
		_, spanish, _ := inProcess(t, nil, args...)
		for _, word := range []string{" law ", " high ", "begins", "higher", "citation", " share "} {
			if strings.Contains(spanish, word) {
				t.Errorf("%v: %q is in the Spanish table", args, word)
			}
		}
	}
	var list struct {
		Rows []struct {
			MinimumN int `json:"minimum_n"`
			Articles []string
		}
	}
	_, out, _ := inProcess(t, nil, "law", "indicators", "--format", "json")
	if err := json.Unmarshal([]byte(out), &list); err != nil || list.Rows[0].MinimumN == 0 || len(list.Rows[0].Articles) < 2 {
		t.Errorf("%v: %+v", err, list.Rows)
	}
}

func TestEveryIndicatorIsDefined(t *testing.T) {
	cat := lawtest.Shipped(t)
	_, out, _ := inProcess(t, nil, "law", "indicators", "--format", "csv", "--lang", "en")
	rows := table(t, out)
	if len(rows) != len(cat.Indicators) {
		t.Errorf("%d rows, want %d", len(rows), len(cat.Indicators))
	}
	for _, row := range rows {
		for _, column := range []string{"title", "numerator", "denominator", "unit", "direction", "source", "form", "minimum_n", "cannot_see"} {
			if row[column] == "" {
				t.Errorf("%s has no %s", row["indicator"], column)
			}
		}
		if (row["causes"] != "") != (row["signal_above"]+row["signal_below"] != "") || (row["duties"] != "") != (row["kind"] != "") {
			t.Errorf("causes go with signals, duties with their kind: %v", row)
		}
	}
}

func TestAnotherStatuteRunsThroughTheSameBinary(t *testing.T) {
	data, catalogue := t.TempDir(), "../../examples/road-traffic/catalogue"
	amparo(t, 0, "import", "../../examples/road-traffic/sample.csv", "--map", "../../examples/road-traffic/map.yaml",
		"--catalogue", catalogue, "--data", data)
	out, _ := amparo(t, 0, "obligations", "--catalogue", catalogue, "--data", data, "--as-of", "2026-01-01T00:00:00+01:00", "--format", "csv")
	counts := map[string]int{}
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		counts[row[1]+" "+row[14]]++
		if row[8] != "00" {
			t.Errorf("department %q in a catalogue without places", row[8])
		}
	}
	// Counted by hand in the twelve cases of the sample.
	want := map[string]int{
		"fine-sent met": 4, "fine-sent late": 5, "fine-sent void": 2,
		"fine-answered met": 2, "fine-answered late": 3, "fine-answered missed": 3,
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFrontlineObservationsAreEvents(t *testing.T) {
	data := t.TempDir()
	_, stderr := amparo(t, 0, "import", "../../examples/frontline/sample.csv", "--map", "../../examples/frontline/map.yaml", "--data", data)
	if !strings.Contains(stderr, "8 accepted, 0 refused") {
		t.Errorf("%s", stderr)
	}
	explained, _ := amparo(t, 0, "explain", "POLICE-C-PS-02", "--data", data, "--lang", "en")
	if !strings.Contains(explained, "discrepancy") || strings.Contains(explained, "DUTIES") {
		t.Errorf("%s", explained)
	}
}

func TestExplainNamesDutyArticleStartLimitDueDoneAndStatus(t *testing.T) {
	file := filepath.Join(t.TempDir(), "case.ndjson")
	event := func(id, kind, at, data string) string {
		return `{"specversion":"1.0","id":"` + id + `","source":"urn:test","type":"` + kind + `","subject":"c-1","time":"` + at + `","data":{"ubigeo":"040101"` + data + `}}`
	}
	write(t, file, strings.Join([]string{
		event("1", "report.received", "2024-03-01T10:15:00-05:00", `,"channel":"police","institution":"pnp-aqp-017","institution_kind":"police-station"`),
		event("2", "risk.assessed", "2024-03-01T11:00:00-05:00", `,"level":"severe"`),
		event("3", "file.received", "2024-03-02T10:15:01-05:00", `,"from":"police","to":"family-court"`),
		event("4", "measures.decided", "2024-03-03T10:15:01-05:00", `,"measure":"m-1","outcome":"granted"`),
	}, "\n"))
	data := t.TempDir()
	amparo(t, 0, "import", file, "--data", data)
	spanish, _ := amparo(t, 0, "explain", "c-1", "--data", data, "--as-of", "2024-03-20T00:00:00-05:00")
	for _, want := range []string{
		"Denuncia recibida", "Ley 30364 art. 16.a", "24 horas", "02/03/2024 10:15", "CUMPLIDO FUERA DE PLAZO", "después del vencimiento",
		"comisaría pnp-aqp-017", "Plazo legal", "confianza alta", "severo", "Meta del proyecto, no es un plazo legal",
	} {
		if !strings.Contains(spanish, want) {
			t.Errorf("%q is not in:\n%s", want, spanish)
		}
	}
	english, _ := amparo(t, 0, "explain", "c-1", "--data", data, "--as-of", "2024-03-20T00:00:00-05:00", "--lang", "en")
	for _, want := range []string{"DONE LATE", "24 hours", "Limit of the law", "police station pnp-aqp-017"} {
		if !strings.Contains(english, want) {
			t.Errorf("%q is not in:\n%s", want, english)
		}
	}
	t.Run("at an instant before the decision the duty is open", func(t *testing.T) {
		before, _ := amparo(t, 0, "obligations", "--data", data, "--case", "c-1", "--duty", "measures-decided", "--as-of", "2024-03-02T12:00:00-05:00", "--format", "csv")
		if !strings.Contains(before, ",open,") {
			t.Errorf("%s", before)
		}
	})
	t.Run("obligations of named cases are those of all, though only these are folded", func(t *testing.T) {
		other := filepath.Join(t.TempDir(), "other.ndjson")
		write(t, other, strings.ReplaceAll(event("9", "report.received", "2024-03-05T10:15:00-05:00", `,"channel":"police"`), `"c-1"`, `"c-2"`))
		amparo(t, 0, "import", other, "--data", data)
		list := func(args ...string) []string {
			out, _ := amparo(t, 0, append([]string{"obligations", "--data", data, "--format", "csv", "--as-of", "2031-01-01T00:00:00-05:00"}, args...)...)
			return strings.Split(strings.TrimSpace(out), "\n")
		}
		all, named := list(), list("--case", "c-2", "--case", "c-2")
		of := slices.DeleteFunc(slices.Clone(all), func(row string) bool { return strings.HasPrefix(row, "c-1,") })
		if diff := cmp.Diff(of, named); diff != "" || len(named) < 3 || len(of) == len(all) {
			t.Errorf("of %d rows (-of all +named):\n%s", len(all), diff)
		}
		if _, stderr := amparo(t, 2, "obligations", "--data", data, "--case", "c-11"); !strings.Contains(stderr, "did you mean c-1") {
			t.Errorf("%s", stderr)
		}
	})
	t.Run("a case that is not there is an error that names the nearest", func(t *testing.T) {
		out, stderr := amparo(t, 2, "explain", "C-9", "--data", data)
		if !strings.Contains(stderr, `no case "C-9" here: did you mean c-1, c-2?`) || out != "" {
			t.Errorf("%s%s", out, stderr)
		}
	})
	t.Run("text, page and JSON have one sum in both languages", func(t *testing.T) {
		outputs := []string{spanish, english}
		if out, _ := amparo(t, 0, "explain", "c-1", "--data", data, "--format", "pdf"); !strings.HasPrefix(out, "%PDF-") {
			t.Errorf("no PDF: %.40q", out)
		}
		for _, format := range []string{"html", "json"} {
			out, _ := amparo(t, 0, "explain", "c-1", "--data", data, "--as-of", "2024-03-20T00:00:00-05:00", "--format", format)
			outputs = append(outputs, out)
		}
		n := map[string]int{}
		for _, out := range outputs {
			for _, sum := range regexp.MustCompile(`\b[0-9a-f]{64}\b`).FindAllString(out, -1) {
				n[sum]++
			}
		}
		if most := slices.Max(slices.Collect(maps.Values(n))); most != len(outputs) {
			t.Errorf("the commonest sum is in %d of %d outputs: %v", most, len(outputs), n)
		}
	})
}

// running starts `amparo run` in this process's own way: as a process that ends
// with the test.
func running(t *testing.T, data string, args ...string) (stop func()) {
	t.Helper()
	_, stop = started(t, data, args...)
	return stop
}

// runningAt does the same, and tells where its pages are.
func runningAt(t *testing.T, data string, args ...string) (address string, stop func()) {
	t.Helper()
	line, stop := started(t, data, args...)
	address, _, _ = strings.Cut(strings.TrimPrefix(line, "amparo: "), "/  ")
	return address, stop
}

func started(t *testing.T, data string, args ...string) (line string, stop func()) {
	t.Helper()
	cmd := checkedForRaces(t, append([]string{"run", "--data", data, "--listen", "127.0.0.1:0", "--every", "200ms"}, args...)...)
	lines := &firstLine{seen: make(chan string, 1)}
	cmd.Stdout, cmd.Stderr = lines, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case line = <-lines.seen:
	case <-time.After(time.Minute):
		t.Fatal("amparo run said nothing for a minute")
	}
	return line, func() {
		cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("amparo run: %v", err)
		}
	}
}

// firstLine reports the first line that is written to it.
type firstLine struct {
	seen chan string
	done bool
	text []byte
}

// Write implements io.Writer.
func (f *firstLine) Write(p []byte) (int, error) {
	f.text = append(f.text, p...)
	if line, _, ok := strings.Cut(string(f.text), "\n"); ok && !f.done {
		f.done = true
		f.seen <- line
	}
	return len(p), nil
}

func TestOtherCommandsReachTheProcessThatOwnsTheFolder(t *testing.T) {
	events, truth := simulated(t, "--cases", "40", "--seed", "12")
	data := t.TempDir()
	stop := running(t, data)
	info, err := os.Stat(filepath.Join(data, "run.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("run.json: %v, %v", info, err)
	}
	amparo(t, 0, "import", events, "--data", data)
	wantTruth(t, data, truth)
	if _, stderr := amparo(t, 1, "run", "--data", data, "--listen", "127.0.0.1:0"); !strings.Contains(stderr, "in use") {
		t.Errorf("a second owner: %s", stderr)
	}
	stop()
	if _, err := os.Stat(filepath.Join(data, "run.json")); !os.IsNotExist(err) {
		t.Errorf("run.json is still there: %v", err)
	}
	wantTruth(t, data, truth)
}

// The label travels with the events: simulated, imported and served by a process that
// was never told of a demo, they are labelled all the same.
func TestImportedSimulationsStayLabelled(t *testing.T) {
	events, _ := simulated(t, "--cases", "20", "--seed", "21")
	data := t.TempDir()
	amparo(t, 0, "import", events, "--data", data)
	address, stop := runningAt(t, data)
	defer stop()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for !strings.Contains(fetched(t, address+"/metrics"), "amparo_data_synthetic 1") {
		select { // It is known once sources were asked for the first time.
		case <-look.C:
		case <-t.Context().Done():
			t.Fatal("nothing says that the data are made up")
		}
	}
	for path, want := range map[string]string{"/metrics/public": "amparo_data_synthetic 1", "/methods": "Datos sintéticos", "/public": "Datos sintéticos"} {
		if body := fetched(t, address+path); !strings.Contains(body, want) {
			t.Errorf("%s does not say that the data are made up:\n%.400s", path, body)
		}
	}
}

func fetched(t *testing.T, address string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestMadeUpAndRealDataNeverMix(t *testing.T) {
	file := filepath.Join(t.TempDir(), "real.ndjson")
	write(t, file, `{"specversion":"1.0","id":"1","source":"urn:test","type":"report.received","subject":"c-1","time":"2024-03-01T10:15:00-05:00","data":{"ubigeo":"040101","channel":"police"}}`)
	real := t.TempDir()
	amparo(t, 0, "import", file, "--data", real)
	if _, stderr := amparo(t, 2, "run", "--demo", "--data", real, "--listen", "127.0.0.1:0"); !strings.Contains(stderr, "no demo") {
		t.Errorf("%s", stderr)
	}
	out, _ := amparo(t, 0, "obligations", "--data", real, "--format", "csv")
	if strings.Contains(out, "c-1-0000") {
		t.Errorf("made-up cases are among the real ones:\n%s", out)
	}
}
