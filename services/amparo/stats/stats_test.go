package stats_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"amparo/services/amparo/command"
	"amparo/services/amparo/stats"
)

// amparo runs a command line as the program does: wrong usage and invalid input end with code 2.
func amparo(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var cli struct {
		Stats stats.Cmd `cmd:""`
	}
	parser, err := kong.New(&cli, kong.Name("amparo"))
	if err != nil {
		t.Fatal(err)
	}
	given, err := parser.Parse(append([]string{"stats"}, args...))
	if err != nil {
		return "", err.Error(), 2
	}
	var out, warnings bytes.Buffer
	err = given.Run(&command.Streams{Out: &out, Err: &warnings})
	var invalid *stats.InvalidInput
	switch {
	case errors.As(err, &invalid):
		return out.String(), warnings.String() + invalid.Error(), 2
	case err != nil:
		return out.String(), warnings.String() + err.Error(), 1
	}
	return out.String(), warnings.String(), 0
}

// object runs a command that succeeds and decodes its JSON.
func object(t *testing.T, args ...string) map[string]any {
	t.Helper()
	stdout, stderr, code := amparo(t, append(args, "--format", "json")...)
	if code != 0 {
		t.Fatalf("%v: code %d, %s", args, code, stderr)
	}
	return decode(t, stdout)
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// written puts a CSV file into the test's folder.
func written(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// rounded compares numbers up to 1e-8.
var rounded = cmpopts.EquateApprox(1e-8, 1e-9)

func TestCountsGiveOneObject(t *testing.T) {
	for _, c := range []struct {
		args string
		want string
	}{
		{"proportion 0 20", `{"estimate":0,"low":0,"high":0.16112515805}`},
		{"proportion 81 263 --method clopper-pearson", `{"estimate":0.307984790874,"low":0.252736745585,"high":0.367621921}`},
		{"proportion 10 10 --level 0.95", `{"estimate":1,"low":0.722467200,"high":1}`},
		{"difference 10 10 0 20", `{"estimate":1,"low":0.679086,"high":1}`},
		{"difference 0 7 0 7", `{"estimate":0,"low":-0.354330,"high":0.354330}`},
		{"funnel --target 0.8 --n 50,20", `{"limits":[
			{"n":50,"low998":0.600856,"low95":0.672906,"high95":0.895595,"high998":0.945224},
			{"n":20,"low998":0.460746,"low95":0.583885,"high95":0.938316,"high998":0.995663}]}`},
	} {
		t.Run(c.args, func(t *testing.T) {
			got := object(t, strings.Fields(c.args)...)
			if diff := cmp.Diff(decode(t, c.want), got, cmpopts.EquateApprox(0, 1e-6)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWrongUsageExitsWithTwoAndPrintsNoResult(t *testing.T) {
	good := written(t, "time,event,entry,group\n1,1,0,a\n2,0,0,b\n")
	survival := func(content string, more ...string) []string {
		return append([]string{"survival", written(t, content), "--time", "time", "--event", "event"}, more...)
	}
	strata := func(content string) []string {
		return []string{"strata", written(t, "stratum,group,success,total\n"+content)}
	}
	xmr := func(content string) []string { return []string{"xmr", written(t, content), "--value", "v"} }
	for _, c := range []struct {
		name  string
		args  []string
		names string // What the message must name.
	}{
		{"level in percent", []string{"proportion", "1", "2", "--level", "95"}, "--level"},
		{"level of 1", []string{"difference", "1", "2", "1", "2", "--level", "1"}, "--level"},
		{"level that is no number", []string{"proportion", "1", "2", "--level", "nan"}, "--level"},
		{"K that is not whole", []string{"proportion", "1.5", "2"}, "K"},
		{"K above N", []string{"proportion", "3", "2"}, "K"},
		{"N of zero", []string{"proportion", "0", "0"}, "N"},
		{"negative K", []string{"proportion", "-1", "2"}, "-1"},
		{"N2 of zero", []string{"difference", "1", "2", "0", "0"}, "N2"},
		{"unknown method", []string{"proportion", "1", "2", "--method", "wald"}, "--method"},
		{"missing argument", []string{"difference", "1", "2", "3"}, "n2"},
		{"unknown command", []string{"regression"}, "regression"},
		{"target of 1", []string{"funnel", "--target", "1", "--n", "5"}, "--target"},
		{"funnel size that is not whole", []string{"funnel", "--target", "0.5", "--n", "5,6.5"}, "--n"},
		{"funnel size of zero", []string{"funnel", "--target", "0.5", "--n", "5,0"}, "--n"},
		{"empty funnel size", []string{"funnel", "--target", "0.5", "--n", "5,,6"}, "--n"},

		{"no such file", []string{"survival", "nowhere.csv", "--time", "time", "--event", "event"}, "nowhere.csv"},
		{"a folder", []string{"xmr", t.TempDir(), "--value", "v"}, ""},
		{"empty file", survival(""), "data.csv"},
		{"header only", survival("time,event\n"), "data.csv"},
		{"only missing cells", survival("time,event\nNA,1\n2,\n"), "data.csv"},
		{"unknown column", []string{"survival", good, "--time", "days", "--event", "event"}, `"days"`},
		{"unknown group column", []string{"survival", good, "--time", "time", "--event", "event", "--group", "x"}, `"x"`},
		{"empty group column name", []string{"survival", good, "--time", "time", "--event", "event", "--group="}, `""`},
		{"column twice", survival("time,event,time\n1,1,1\n"), `"time"`},
		{"time that is no number", survival("time,event\n1,1\nsoon,1\n"), `data.csv:3: columna "time"`},
		{"time with a comma", survival("time,event\n\"1,5\",1\n"), `data.csv:2: columna "time"`},
		{"infinite time", survival("time,event\nInf,1\n"), `data.csv:2: columna "time"`},
		{"hexadecimal time", survival("time,event\n0x10,1\n"), `data.csv:2: columna "time"`},
		{"negative time", survival("time,event\n-1,1\n"), `data.csv:2: columna "time"`},
		{"event code of 2", survival("time,event\n1,2\n"), `data.csv:2: columna "event"`},
		{"event of one half", survival("time,event\n1,0.5\n"), `data.csv:2: columna "event"`},
		{"negative entry", survival("time,event,entry\n1,1,-1\n", "--entry", "entry"), `data.csv:2: columna "entry"`},
		{"every entry too late", survival("time,event,entry\n1,1,1\n", "--entry", "entry"), "data.csv"},
		{"negative instant", []string{"survival", good, "--time", "time", "--event", "event", "--at=-5"}, "--at"},
		{"instant that is no number", []string{"survival", good, "--time", "time", "--event", "event", "--at", "5,x"}, "--at"},
		{"horizon that is no number", []string{"survival", good, "--time", "time", "--event", "event", "--rmst", "x"}, "--rmst"},
		{"row of another width", survival("time,event\n1,1\n2\n"), "data.csv:3"},
		{"open quotes", survival("time,event\n\"1,1\n"), "data.csv"},
		{"label that is not UTF-8", survival("time,event,g\n1,1,\xe9\n", "--group", "g"), `data.csv:2: columna "g"`},

		{"cuminc without instants", []string{"cuminc", good, "--time", "time", "--event", "event"}, "--at"},
		{"event code of 3", []string{"cuminc", written(t, "t,e\n1,3\n"), "--time", "t", "--event", "e", "--at", "1"}, `"e"`},

		{"more successes than trials", strata("s,a,3,2\n"), `data.csv:2: columna "success"`},
		{"count that is not whole", strata("s,a,1.5,2\n"), `data.csv:2: columna "success"`},
		{"stratum and group twice", strata("s,a,1,2\ns,b,1,2\ns,a,1,2\n"), `data.csv:4: columna "group"`},
		{"three groups", strata("s,a,1,2\ns,b,1,2\ns,c,1,2\n"), `data.csv:4: columna "group"`},
		{"one group", strata("s,a,1,2\nr,a,1,2\n"), `"a"`},
		{"one group with cases", strata("s,a,1,2\ns,b,0,0\n"), `"a"`},
		{"no stratum column", []string{"strata", written(t, "group,success,total\na,1,2\n")}, `"stratum"`},

		{"gap in a series", xmr("v,w\n1,1\nNA,1\n2,1\n"), `data.csv:3: columna "v"`},
		{"empty line in a series", xmr("v\n1\n\n2\n"), `data.csv:3: columna "v"`},
		{"series of one value", xmr("v\n1\n"), "data.csv"},
		{"series with a word", xmr("v\n1\nx\n"), `data.csv:3: columna "v"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			stdout, stderr, code := amparo(t, append(c.args, "--format", "json")...)
			if code != 2 || stdout != "" || !strings.Contains(stderr, c.names) || stderr == "" {
				t.Errorf("code %d, stdout %q, stderr %q; want code 2 and a message with %q", code, stdout, stderr, c.names)
			}
		})
	}
}

// generated is a case whose answer came from R.
type generated struct {
	File    string         `json:"file"`
	Late    bool           `json:"late"`
	Strata  bool           `json:"strata"`
	At      []float64      `json:"at"`
	RMST    float64        `json:"rmst"`
	Groups  map[string]any `json:"groups"`
	LogRank map[string]any `json:"logrank"`
}

func TestSurvivalMatchesR(t *testing.T) {
	expected, err := os.ReadFile(filepath.Join("testdata", "survival", "expected.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(strings.TrimSpace(string(expected)), "\n") {
		var c generated
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(c.File, ".csv"), func(t *testing.T) {
			args := []string{
				"survival", filepath.Join("testdata", "survival", c.File), "--time", "time", "--event", "event", "--group", "group",
				"--at", strings.Trim(strings.Join(strings.Fields(fmt.Sprint(c.At)), ","), "[]"), "--rmst", fmt.Sprint(c.RMST),
			}
			if c.Late {
				args = append(args, "--entry", "entry")
			}
			if c.Strata {
				args = append(args, "--strata", "stratum")
			}
			got := object(t, args...)
			groups := map[string]any{}
			for _, g := range got["groups"].([]any) {
				group := g.(map[string]any)
				groups[group["group"].(string)] = group
				delete(group, "group")
				for i, at := range group["at"].([]any) {
					if at.(map[string]any)["time"] != c.At[i] {
						t.Errorf("instant %d is %v, want %v", i, at, c.At[i])
					}
					delete(at.(map[string]any), "time")
				}
			}
			if diff := cmp.Diff(c.Groups, groups, rounded); diff != "" {
				t.Error(diff)
			}
			logRank, _ := got["logrank"].(map[string]any)
			if _, whole := c.LogRank["df"]; !whole { // Of the score test only the statistic is known.
				delete(logRank, "df")
				delete(logRank, "p")
			}
			if diff := cmp.Diff(c.LogRank, logRank, rounded); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSurvivalOfLungCancerHasEveryKey(t *testing.T) {
	path := filepath.Join("..", "..", "..", "pipeline", "statistics", "testdata", "lung.csv")
	stdout, stderr, code := amparo(t, "survival", path, "--time", "time", "--event", "event", "--group", "sex", "--strata", "ecog", "--format", "json")
	if code != 0 || !strings.Contains(stderr, "1") || strings.Count(stderr, "\n") != 1 {
		t.Fatalf("code %d, stderr %q; want one warning about one row", code, stderr)
	}
	want := decode(t, `{"groups":[
		{"group":"1","n":137,"events":111,"median":270,"median_low":212,"median_high":310,"at":[],"rmst":null},
		{"group":"2","n":90,"events":53,"median":426,"median_low":345,"median_high":524,"at":[],"rmst":null}],
		"logrank":{"chisq":10.79505963,"df":1,"p":0.001017713}}`)
	if diff := cmp.Diff(want, decode(t, stdout), rounded); diff != "" {
		t.Error(diff)
	}
}

func TestSurvivalReadsAnyCSV(t *testing.T) {
	want := object(t, "survival", written(t, "time,event,g\n3,1,\"x, y\"\n2,0,b\n1,1,b\n"), "--time", "time", "--event", "event", "--group", "g")
	for name, content := range map[string]string{
		"byte-order mark":       "\uFEFFtime,event,g\n3,1,\"x, y\"\n2,0,b\n1,1,b\n",
		"quoted header and BOM": "\uFEFF\"time\",\"event\",\"g\"\n3,1,\"x, y\"\n2,0,b\n1,1,b\n",
		"carriage returns":      "time,event,g\r\n3,1,\"x, y\"\r\n2,0,b\r\n1,1,b\r\n",
		"no last line break":    "time,event,g\n3,1,\"x, y\"\n2,0,b\n1,1,b",
		"other order of rows":   "time,event,g\n1,1,b\n2,0,b\n3,1,\"x, y\"\n",
		"other columns":         "note,g,event,time\n\"a\nb\",\"x, y\",1.0,3.0\n,b,0,2\nNA,b,1,1e0\n",
		"missing cells":         "time,event,g\n3,1,\"x, y\"\nNA,1,b\n2,0,b\n1,1,b\n5,1,\n5,,b\n",
	} {
		t.Run(name, func(t *testing.T) {
			got := object(t, "survival", written(t, content), "--time", "time", "--event", "event", "--group", "g")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestGroupsComeByValueWhenAllAreNumbers(t *testing.T) {
	for content, want := range map[string]string{
		"10,9,1.0,1,-3": "-3,1,1.0,9,10",
		"10,9,b,1":      "1,10,9,b",
		"é,z,Z,a":       "Z,a,z,é",
	} {
		rows := "time,event,g\n"
		for label := range strings.SplitSeq(content, ",") {
			rows += "1,1," + label + "\n"
		}
		var labels []string
		for _, g := range object(t, "survival", written(t, rows), "--time", "time", "--event", "event", "--group", "g")["groups"].([]any) {
			labels = append(labels, g.(map[string]any)["group"].(string))
		}
		if got := strings.Join(labels, ","); got != want {
			t.Errorf("%s comes as %s, want %s", content, got, want)
		}
	}
}

func TestSurvivalWithoutAComparison(t *testing.T) {
	got := object(t, "survival", written(t, "time,event\n0,1\n4,0\n"), "--time", "time", "--event", "event", "--at", "9,4,0")
	want := decode(t, `{"groups":[{"group":"all","n":2,"events":1,"median":2,"median_low":0,"median_high":null,"rmst":null,"at":[
		{"time":9,"survival":null,"std_error":null,"low":null,"high":null},
		{"time":4,"survival":0.5,"std_error":0.3535533906,"low":0.0059830876,"high":0.9104100848},
		{"time":0,"survival":0.5,"std_error":0.3535533906,"low":0.0059830876,"high":0.9104100848}]}],"logrank":null}`)
	if diff := cmp.Diff(want, got, rounded); diff != "" {
		t.Error(diff)
	}
}

func TestRowsThatEnterTooLateAreLeftOutWithAWarning(t *testing.T) {
	path := written(t, "time,event,entry\n5,1,1\n5,1,5\n0.3,1,0.30000000000000004\n1,1,0.9999999999999999\n")
	stdout, stderr, code := amparo(t, "survival", path, "--time", "time", "--event", "event", "--entry", "entry", "--lang", "en", "--format", "json")
	if code != 0 || !strings.Contains(stderr, "entry is not before the time: 3") {
		t.Fatalf("code %d, stderr %q", code, stderr)
	}
	if n := decode(t, stdout)["groups"].([]any)[0].(map[string]any)["n"]; n != 1.0 {
		t.Errorf("n = %v, want 1", n)
	}
}

func TestStrata(t *testing.T) {
	berkeley := filepath.Join("..", "..", "..", "pipeline", "statistics", "testdata", "ucb-admissions.csv")
	want := decode(t, `{"crude":{"rd":0.141645},
		"mh":{"rd":-0.018425,"rd_se":0.014825,"rr":0.944905,"or":0.904697,"or_low":0.771907,"or_high":1.060330},
		"cmh":{"chisq":1.524607,"p":0.216924},"breslow_day":{"chisq":18.825514,"df":5,"p":0.002071}}`)
	if diff := cmp.Diff(want, object(t, "strata", berkeley), cmpopts.EquateApprox(0, 1e-6)); diff != "" {
		t.Error(diff)
	}

	// Group 1 is the one of the first row that counts: a total of 0 is as good as no row, and a missing cell is one.
	content := "total,group,stratum,success\n0,b,s,0\n9,b,q,NA\n4,a,s,1\n8,b,s,4\n5,a,only,5\n"
	stdout, stderr, code := amparo(t, "strata", written(t, content), "--format", "json")
	if code != 0 || strings.Count(stderr, "\n") != 1 {
		t.Fatalf("code %d, stderr %q", code, stderr)
	}
	got := decode(t, stdout)
	if crude := got["crude"].(map[string]any)["rd"].(float64); math.Abs(crude-(6.0/9-4.0/8)) > 1e-12 {
		t.Errorf("crude difference %v", crude)
	}
	if rd := got["mh"].(map[string]any)["rd"].(float64); math.Abs(rd-(1.0/4-4.0/8)) > 1e-12 {
		t.Errorf("pooled difference %v", rd)
	}
	if got["breslow_day"] != nil {
		t.Errorf("Breslow-Day of one stratum: %v", got["breslow_day"])
	}

	empty := object(t, "strata", written(t, "stratum,group,success,total\ns,a,2,2\nr,b,3,3\n"))
	want = decode(t, `{"crude":{"rd":0},"mh":{"rd":null,"rd_se":null,"rr":null,"or":null,"or_low":null,"or_high":null},
		"cmh":null,"breslow_day":null}`)
	if diff := cmp.Diff(want, empty); diff != "" {
		t.Error(diff)
	}
}

func TestXmR(t *testing.T) {
	series := "v\n1\n2\n1\n2\n10\n1\n2\n1\n2\n1\n2\n1\n2\n1\n2\n1\n2\n1\n"
	want := decode(t, `{"mean":1.944444,"low":-0.715556,"high":4.604444,"signals":[{"index":5,"rule":"outside-limits"}]}`)
	if diff := cmp.Diff(want, object(t, "xmr", written(t, series), "--value", "v"), cmpopts.EquateApprox(0, 1e-6)); diff != "" {
		t.Error(diff)
	}
	// Empty lines after the series join nothing.
	want = decode(t, `{"mean":0.1,"low":0.1,"high":0.1,"signals":[]}`)
	constant := written(t, "v\n"+strings.Repeat("0.1\n", 9)+"\n\n")
	if diff := cmp.Diff(want, object(t, "xmr", constant, "--value", "v"), rounded); diff != "" {
		t.Error(diff)
	}
}

func TestCumulativeIncidenceMatchesR(t *testing.T) {
	for _, c := range []struct {
		file, at string
		want     []float64
	}{
		{"twenty-a.csv", "0,0.5445,3.3699,3.9481", []float64{0, 0.05, 0.33872549019607845, 0.41720225127087873}},
		{"twenty-b.csv", "3.4708,0,0.179,1.7209", []float64{0.53453525641025634, 0.05, 0.05, 0.15312500000000001}},
	} {
		got := object(t, "cuminc", filepath.Join("testdata", "cuminc", c.file), "--time", "t", "--event", "e", "--at", c.at)
		var incidences []float64
		for _, at := range got["at"].([]any) {
			incidences = append(incidences, at.(map[string]any)["incidence"].(float64))
		}
		if diff := cmp.Diff(c.want, incidences, rounded); diff != "" {
			t.Errorf("%s: %s", c.file, diff)
		}
	}
	got := object(t, "cuminc", written(t, "t,e\n1,1\n2,2\n2,0\n"), "--time", "t", "--event", "e", "--at", "3")
	if after := got["at"].([]any)[0].(map[string]any)["incidence"]; after != nil {
		t.Errorf("after the last observed time: %v", after)
	}
}

func TestTablesSpeakBothLanguages(t *testing.T) {
	path := filepath.Join("..", "..", "..", "pipeline", "statistics", "testdata", "lung.csv")
	args := []string{"survival", path, "--time", "time", "--event", "event", "--group", "sex", "--at", "365", "--rmst", "365"}
	for lang, words := range map[string][]string{
		"es": {"Grupo", "Mediana", "426", "[345, 524]", "Supervivencia", "gl = 1"},
		"en": {"Group", "Median", "426", "[345, 524]", "Survival", "df = 1"},
	} {
		stdout, stderr, code := amparo(t, append(args, "--lang", lang)...)
		if code != 0 || stderr != "" {
			t.Fatalf("code %d, stderr %q", code, stderr)
		}
		for _, word := range words {
			if !strings.Contains(stdout, word) {
				t.Errorf("%s table has no %q:\n%s", lang, word, stdout)
			}
		}
	}
}

func TestABrokenPipeIsAnError(t *testing.T) {
	given := stats.Proportion{K: "1", N: "2", Level: "0.95", Method: "wilson"}
	err := given.Run(&command.Streams{Out: brokenPipe{}, Err: &bytes.Buffer{}})
	var invalid *stats.InvalidInput
	if err == nil || errors.As(err, &invalid) {
		t.Errorf("a result that nobody received: %v", err)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }
