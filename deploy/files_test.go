// Package deploy_test checks that what is deployed agrees with the program: every
// metric of a rule or a panel exists, every alert has a runbook, and the servers
// beside it are set up as the program expects.
package deploy_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/prometheus/client_golang/prometheus"

	"amparo/deploy/deploytest"
	"amparo/pipeline/store"
	"amparo/pipeline/store/engine/enginetest"
	"amparo/schemas/law/load"
	ley30364 "amparo/schemas/ley-30364"
	"amparo/services/aggregator"
)

type rule struct {
	Alert       string            `yaml:"alert"`
	Record      string            `yaml:"record"`
	Expr        string            `yaml:"expr"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// rules are all rules of all files.
func rules(t *testing.T) []rule {
	t.Helper()
	files, err := filepath.Glob("prometheus/rules/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no rule files: %v", err)
	}
	var all []rule
	for _, file := range files {
		var f struct {
			Groups []struct {
				Rules []rule `yaml:"rules"`
			} `yaml:"groups"`
		}
		readYAML(t, file, &f)
		for _, g := range f.Groups {
			all = append(all, g.Rules...)
		}
	}
	return all
}

func TestEveryAlertHasARunbookAndEveryRunbookAnAlert(t *testing.T) {
	files, err := filepath.Glob("runbooks/*.md")
	if err != nil {
		t.Fatal(err)
	}
	orphans := map[string]bool{}
	for _, file := range files {
		orphans[strings.TrimSuffix(filepath.Base(file), ".md")] = true
	}
	for _, r := range rules(t) {
		if r.Alert == "" {
			continue
		}
		if !orphans[r.Alert] {
			t.Errorf("alert %s has no runbook", r.Alert)
			continue
		}
		delete(orphans, r.Alert)
		b, err := os.ReadFile("runbooks/" + r.Alert + ".md")
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		if !strings.HasPrefix(text, "# "+r.Alert+"\n") || !strings.Contains(text, "## Español") || !strings.Contains(text, "## English") {
			t.Errorf("runbook %s: wants its name as title, and both languages", r.Alert)
		}
		if !strings.Contains(text, "**"+r.Labels["severity"]+"**") {
			t.Errorf("runbook %s does not state the severity %s", r.Alert, r.Labels["severity"])
		}
		if n := strings.Count(text, "\n"); n > 50 {
			t.Errorf("runbook %s has %d lines, more than a screen", r.Alert, n)
		}
	}
	for name := range orphans {
		t.Errorf("runbook %s has no alert", name)
	}
}

// permitted are the only labels that a message may show.
var permitted = []string{"department", "region", "duty", "institution_kind", "job", "instance", "integration"}

func TestAlertsSayWhatToDoAndNothingOfAPerson(t *testing.T) {
	label := regexp.MustCompile(`\$labels\.(\w+)`)
	for _, r := range rules(t) {
		if r.Alert == "" {
			continue
		}
		for _, name := range []string{"summary", "summary_en", "description", "runbook_url", "dashboard_url"} {
			if r.Annotations[name] == "" {
				t.Errorf("%s has no %s", r.Alert, name)
			}
		}
		if want := "deploy/runbooks/" + r.Alert + ".md"; r.Annotations["runbook_url"] != want {
			t.Errorf("%s: runbook_url %s, want %s", r.Alert, r.Annotations["runbook_url"], want)
		}
		if r.Labels["severity"] == "" || r.Labels["category"] == "" {
			t.Errorf("%s wants the labels severity and category", r.Alert)
		}
		for name, text := range r.Annotations {
			for _, found := range label.FindAllStringSubmatch(text, -1) {
				if !slices.Contains(permitted, found[1]) {
					t.Errorf("%s: %s shows the label %s", r.Alert, name, found[1])
				}
			}
			// A count of a small place tells of its people; a pipeline's does not.
			if strings.Contains(text, "$value") && strings.Contains(text, "department") {
				t.Errorf("%s: %s shows a number of a department", r.Alert, name)
			}
		}
	}
}

var (
	ours     = regexp.MustCompile(`\bamparo[_:][a-z0-9_:]+`)
	ofServer = regexp.MustCompile(`(?m)^([a-z_:][a-z0-9_:]*)[{ ]`)
)

func TestEveryMetricExistsAndTheyAreFewEnough(t *testing.T) {
	enginetest.Library(t)
	process := deploytest.Start(t, deploytest.Build(t), "run", "--demo", "--demo-cases", "400", "--every", "1s",
		"--listen", "127.0.0.1:0", "--data", t.TempDir())
	url := process.URL(t)
	var text string
	deploytest.Eventually(t, "the metrics of the demo", func() bool {
		text = deploytest.Get(t.Context(), url+"/metrics")
		return strings.Contains(text, "amparo_department_last_event") && strings.Contains(text, "amparo_oldest_missed") &&
			strings.Contains(text, "amparo_next_deadline")
	})
	exists, series := map[string]bool{}, 0
	for _, line := range ofServer.FindAllStringSubmatch(text, -1) {
		exists[line[1]] = true
		series++
	}
	for _, name := range described(t) {
		exists[name] = true // also those that are absent while too little is known
	}
	const most = 10_000
	if series > most {
		t.Errorf("%d series, at most %d", series, most)
	}
	t.Logf("%d series", series)

	all := rules(t)
	for _, r := range all {
		exists[r.Record] = true
	}
	for _, r := range all {
		for _, name := range ours.FindAllString(r.Expr, -1) {
			if !exists[name] {
				t.Errorf("rule %s%s: no metric %s", r.Alert, r.Record, name)
			}
		}
	}
	for board, queries := range boardQueries(t) {
		for _, q := range queries {
			for _, name := range ours.FindAllString(q, -1) {
				if !exists[name] {
					t.Errorf("dashboard %s: no metric %s", board, name)
				}
			}
		}
	}
	t.Run("the public endpoint serves only thresholded values", func(t *testing.T) {
		var public string
		deploytest.Eventually(t, "the public shares", func() bool {
			public = deploytest.Get(t.Context(), url+"/metrics/public")
			return strings.Contains(public, "amparo_public_counted_timestamp_seconds")
		})
		for _, line := range ofServer.FindAllStringSubmatch(public, -1) {
			// That data are made up is no number about anybody.
			if !strings.HasPrefix(line[1], "amparo_public_") && line[1] != "amparo_data_synthetic" {
				t.Errorf("%s is public", line[1])
			}
		}
	})
}

// A recorder is a registry that only writes down what collectors describe.
type recorder struct{ names []string }

var nameOfDesc = regexp.MustCompile(`fqName: "([^"]+)"`)

// Register implements prometheus.Registerer.
func (r *recorder) Register(c prometheus.Collector) error {
	descs := make(chan *prometheus.Desc)
	go func() {
		c.Describe(descs)
		close(descs)
	}()
	for desc := range descs {
		r.names = append(r.names, nameOfDesc.FindStringSubmatch(desc.String())[1])
	}
	return nil
}

// MustRegister implements prometheus.Registerer.
func (r *recorder) MustRegister(all ...prometheus.Collector) {
	for _, c := range all {
		r.Register(c)
	}
}

// Unregister implements prometheus.Registerer.
func (r *recorder) Unregister(prometheus.Collector) bool { return false }

// described are the metrics that the aggregator says it can have.
func described(t *testing.T) []string {
	t.Helper()
	cat, err := load.Catalogue(ley30364.Files)
	if err != nil {
		t.Fatal(err)
	}
	var r recorder
	aggregator.New(aggregator.Config{Every: time.Second, Grouping: cat.Places.Groupings[0]}, cat, &store.Store{}, time.Now, slog.New(slog.DiscardHandler), &r)
	return r.names
}

// boardQueries are the queries of every dashboard.
func boardQueries(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("grafana/dashboards/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	queries := map[string][]string{}
	for _, file := range files {
		var board struct {
			Panels []struct {
				Targets []struct {
					Expr string `yaml:"expr"`
				} `yaml:"targets"`
			} `yaml:"panels"`
			Annotations struct {
				List []struct {
					Expr string `yaml:"expr"`
				} `yaml:"list"`
			} `yaml:"annotations"`
			Templating struct {
				List []struct {
					Query string `yaml:"query"`
				} `yaml:"list"`
			} `yaml:"templating"`
		}
		readYAML(t, file, &board)
		for _, p := range board.Panels {
			for _, target := range p.Targets {
				queries[file] = append(queries[file], target.Expr)
			}
		}
		if len(board.Annotations.List) == 0 {
			t.Errorf("%s does not mark changes of law in its trends", file)
		}
		for _, a := range board.Annotations.List {
			queries[file] = append(queries[file], a.Expr)
		}
		for _, v := range board.Templating.List {
			queries[file] = append(queries[file], v.Query)
		}
	}
	return queries
}

func TestComposeIsClosed(t *testing.T) {
	type mount = any
	var compose struct {
		Services map[string]struct {
			Image       string            `yaml:"image"`
			User        string            `yaml:"user"`
			ReadOnly    bool              `yaml:"read_only"`
			CapDrop     []string          `yaml:"cap_drop"`
			Ports       []string          `yaml:"ports"`
			Command     []string          `yaml:"command"`
			Environment map[string]string `yaml:"environment"`
			Secrets     []mount           `yaml:"secrets"`
			Volumes     []string          `yaml:"volumes"`
			NetworkMode string            `yaml:"network_mode"`
			Entrypoint  []string          `yaml:"entrypoint"`
			Profiles    []string          `yaml:"profiles"`
			Health      map[string]any    `yaml:"healthcheck"`
		} `yaml:"services"`
		Volumes map[string]any `yaml:"volumes"`
		Secrets map[string]struct {
			File string `yaml:"file"`
		} `yaml:"secrets"`
	}
	readYAML(t, "../docker-compose.yml", &compose)
	for _, want := range []string{"intake", "sink", "aggregator", "notifier", "nats", "clickhouse", "prometheus", "alertmanager", "grafana"} {
		if _, ok := compose.Services[want]; !ok {
			t.Errorf("no service %s", want)
		}
	}
	for name, s := range compose.Services {
		once := s.NetworkMode == "none" // prepares a volume, and ends
		if _, tag, ok := strings.Cut(s.Image, ":"); !ok || tag == "latest" {
			t.Errorf("%s: image %q is not pinned", name, s.Image)
		}
		if s.User == "" || strings.HasPrefix(s.User, "0") && !once {
			t.Errorf("%s runs as root", name)
		}
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) {
			t.Errorf("%s: root file system or capabilities are open", name)
		}
		if len(s.Health) == 0 && !once {
			t.Errorf("%s has no health check", name)
		}
		for _, port := range s.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s: port %s is open to others", name, port)
			}
		}
		for key, value := range s.Environment {
			if strings.Contains(key, "PASSWORD") && !strings.HasSuffix(key, "__FILE") {
				t.Errorf("%s: %s=%s is a password in the open", name, key, value)
			}
		}
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			if strings.HasPrefix(from, ".") {
				if _, err := os.Stat(filepath.Join("..", from)); err != nil {
					t.Errorf("%s mounts what is not there: %v", name, err)
				}
			} else if _, ok := compose.Volumes[from]; !ok {
				t.Errorf("%s: no volume %s", name, from)
			}
		}
		for _, secret := range s.Secrets {
			source, ok := secret.(string)
			if !ok {
				source, _ = secret.(map[string]any)["source"].(string)
			}
			if compose.Secrets[source].File == "" {
				t.Errorf("%s: no secret %v", name, secret)
			}
		}
	}
	t.Run("the intake reads the book that the command about senders writes", func(t *testing.T) {
		intake, tool := compose.Services["intake"], compose.Services["senders"]
		book := "senders:/data" // and AMPARO_DATA of the image is /data
		if !slices.Contains(intake.Volumes, book) || !slices.Equal(tool.Volumes, []string{book}) || intake.User != tool.User {
			t.Errorf("the intake mounts %v as %s, the command %v as %s", intake.Volumes, intake.User, tool.Volumes, tool.User)
		}
		if !slices.Equal(tool.Entrypoint, []string{"/usr/bin/amparo", "senders"}) || len(tool.Profiles) == 0 {
			t.Errorf("the command is %v in the profiles %v: it must not start with the services", tool.Entrypoint, tool.Profiles)
		}
		image, err := os.ReadFile("docker/Dockerfile")
		if err != nil || !strings.Contains(string(image), "ENV AMPARO_DATA=/data\n") {
			t.Errorf("the image has its data elsewhere: %v", err)
		}
	})
	t.Run("NATS is the version that is tested", func(t *testing.T) {
		mod, err := os.ReadFile("../go.mod")
		if err != nil {
			t.Fatal(err)
		}
		version, _, _ := strings.Cut(strings.TrimPrefix(compose.Services["nats"].Image, "nats:"), "-")
		if !slices.Contains(strings.Fields(string(mod)), "v"+version) || !strings.Contains(string(mod), "nats-server/v2 v"+version) {
			t.Errorf("the image is %s, go.mod has another version", compose.Services["nats"].Image)
		}
	})
}

func TestNATSIsSetUpAsTheOneInside(t *testing.T) {
	root := t.TempDir()
	place := func(path, text string) {
		if err := os.MkdirAll(filepath.Join(root, filepath.Dir(path)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	conf, err := os.ReadFile("nats/nats.conf")
	if err != nil {
		t.Fatal(err)
	}
	place("etc/nats/nats.conf", string(conf))
	place("run/secrets/nats_auth", `token: "of-the-test"`)
	opts, err := natsserver.ProcessConfigFile(filepath.Join(root, "etc/nats/nats.conf"))
	if err != nil {
		t.Fatal(err)
	}
	if opts.Authorization != "of-the-test" {
		t.Error("the token of the secret is not used")
	}
	if !opts.SyncAlways {
		t.Error("accepted would not mean flushed")
	}
	want := natsserver.JSLimitOpts{
		MaxBatchSize: 1000, MaxBatchInflightPerStream: 50, MaxBatchInflightTotal: 200, MaxBatchTimeout: 10e9,
	}
	if opts.JetStreamLimits != want {
		t.Errorf("limits %+v, want %+v", opts.JetStreamLimits, want)
	}
	if opts.MaxPayload != 1<<20 || opts.MaxConn != 1024 || opts.MaxControlLine != 4096 {
		t.Errorf("payload %d, connections %d, control line %d", opts.MaxPayload, opts.MaxConn, opts.MaxControlLine)
	}
}

func TestHolidaysOfPeopleAreThoseOfTheLaw(t *testing.T) {
	cat, err := load.Catalogue(ley30364.Files)
	if err != nil {
		t.Fatal(err)
	}
	if cat.Zone.String() != "America/Lima" {
		t.Fatalf("zone %s", cat.Zone)
	}
	var holidays struct {
		DaysOff []struct {
			Date string `yaml:"date"`
		} `yaml:"days_off"`
	}
	b, err := ley30364.Files.ReadFile("calendars/holidays.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(b, &holidays); err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, d := range holidays.DaysOff {
		if d.Date != "" {
			want = append(want, d.Date)
		}
	}
	var config struct {
		Intervals []struct {
			Name      string `yaml:"name"`
			Intervals []struct {
				Months []string `yaml:"months"`
				Days   []string `yaml:"days_of_month"`
			} `yaml:"time_intervals"`
		} `yaml:"time_intervals"`
	}
	readYAML(t, "alertmanager/alertmanager.yml", &config)
	months := []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}
	for _, named := range config.Intervals {
		if named.Name != "feriados" {
			continue
		}
		for _, i := range named.Intervals {
			for _, day := range i.Days {
				month := slices.Index(months, i.Months[0]) + 1
				got = append(got, twoDigits(month)+"-"+strings.Repeat("0", 2-len(day))+day)
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("holidays of the law %v, of people %v", want, got)
	}
}

func twoDigits(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }
