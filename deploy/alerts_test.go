//go:build alerts

package deploy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"amparo/deploy/deploytest"
	"amparo/pipeline/store"
	"amparo/schemas/event"
)

// tool runs a program of Prometheus or Alertmanager.
func tool(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestRulesPassTheirUnitTests(t *testing.T) {
	tool(t, "prometheus", "promtool", "check", "config", "--syntax-only", "prometheus.yml")
	tool(t, "prometheus/rules", "promtool", "check", "rules", "alerts.yml", "recording.yml")
	tool(t, "prometheus/rules", "promtool", "test", "rules", "alerts_test.yaml", "trends_test.yaml")
}

// A panel's query is checked as if it were a rule, by Prometheus' own parser.
func TestEveryQueryOfADashboardIsPromQL(t *testing.T) {
	variable := regexp.MustCompile(`\$\w+`)
	var text strings.Builder
	text.WriteString("groups:\n  - name: panels\n    rules:\n")
	n := 0
	for _, queries := range boardQueries(t) {
		for _, q := range queries {
			if strings.HasPrefix(q, "label_values(") {
				continue // a function of Grafana, not of PromQL
			}
			fmt.Fprintf(&text, "      - {record: 'panel:%d', expr: %q}\n", n, variable.ReplaceAllString(q, ".*"))
			n++
		}
	}
	file := filepath.Join(t.TempDir(), "panels.yml")
	writeFile(t, file, text.String())
	if out := tool(t, ".", "promtool", "check", "rules", "--lint=none", file); !strings.Contains(out, fmt.Sprintf("%d rules found", n)) || n == 0 {
		t.Errorf("%d queries given, promtool says:\n%s", n, out)
	}
}

func TestAlertmanagerRoutesToThoseWhoCanAct(t *testing.T) {
	tool(t, "alertmanager", "amtool", "check-config", "alertmanager.yml")
	tests := map[string]struct{ labels, receivers string }{
		"what protects a victim wakes the person on duty": {
			"category=obligation severity=critical institution_kind=family-court department=21", "guardia,poder-judicial,mesa-nacional"},
		"a department that takes part hears of its own": {
			"category=obligation severity=critical institution_kind=police-station department=04", "guardia,policia,arequipa,mesa-nacional"},
		"a prosecutor's deadline goes to the public ministry": {
			"category=obligation severity=warning institution_kind=prosecutor-penal region=coast", "ministerio-publico,mesa-nacional"},
		"the pipe goes to its operators alone":         {"category=pipeline severity=critical", "operaciones"},
		"silence goes to the national desk":            {"category=silence severity=warning department=04", "mesa-nacional"},
		"who looked at what goes to the auditor alone": {"category=access severity=critical", "auditoria"},
		"the watchdog goes outside":                    {"category=watchdog", "vigia"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"config", "routes", "test", "--config.file=alertmanager.yml", "--verify.receivers=" + test.receivers}, strings.Fields(test.labels)...)
			tool(t, "alertmanager", "amtool", args...)
		})
	}
}

func TestMessagesSayWhatHappenedWhereToLookAndWhatToDo(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data.json")
	writeFile(t, data, `{"status": "firing", "commonLabels": {"alertname": "MissedProtectionMeasures", "severity": "critical"},
		"commonAnnotations": {}, "alerts": [{"status": "firing", "startsAt": "2024-03-01T10:15:00Z",
		"labels": {"alertname": "MissedProtectionMeasures", "department": "04", "instance": "10.0.0.7"},
		"annotations": {"summary": "Plazo vencido", "description": "Un deber ha vencido.", "dashboard_url": "https://amparo.example/", "runbook_url": "runbooks/X.md"}}]}`)
	out := tool(t, "alertmanager", "amtool", "template", "render", "--template.glob=templates/*.tmpl", "--template.data="+data,
		`--template.text={{ template "amparo.subject" . }}|{{ template "amparo.text" . }}`)
	for _, want := range []string{
		"URGENTE: MissedProtectionMeasures|", "Activas", "- Plazo vencido", "Un deber ha vencido.", "Desde: 01/03/2024 10:15 UTC",
		"Ver: https://amparo.example/", "Qué hacer: runbooks/X.md", "no contiene datos personales",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "10.0.0.7") {
		t.Error("the message shows labels that it was not asked for")
	}
}

// A received is one message of Alertmanager.
type received struct {
	Receiver string
	Status   string
	Alerts   []struct {
		Status      string
		Labels      map[string]string
		Annotations map[string]string
	}
}

// inbox is where all receivers of a test deliver.
type inbox struct {
	sync.Mutex
	messages []received
}

func (in *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var m received
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	in.Lock()
	defer in.Unlock()
	in.messages = append(in.messages, m)
}

// count is how many messages a receiver got that have an alert in a status.
func (in *inbox) count(receiver, status string, labels map[string]string) (n int) {
	in.Lock()
	defer in.Unlock()
	for _, m := range in.messages {
		if m.Receiver != receiver {
			continue
		}
		for _, a := range m.Alerts {
			if a.Status == status && holds(a.Labels, labels) {
				n++
				break
			}
		}
	}
	return n
}

func holds(all, some map[string]string) bool {
	for k, v := range some {
		if all[k] != v {
			return false
		}
	}
	return true
}

// alerting is a real Prometheus and a real Alertmanager on the project's own
// files, with shorter waits.
type alerting struct{ alertmanager string }

func startAlerting(t *testing.T, in *installation, to *inbox) *alerting {
	t.Helper()
	server := httptest.NewServer(to)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	a := &alerting{alertmanager: freeAddress(t)}

	writeFile(t, filepath.Join(dir, "alertmanager.yml"), alertmanagerConfig(t, server.URL))
	deploytest.Start(t, "prometheus-alertmanager", "--config.file="+filepath.Join(dir, "alertmanager.yml"),
		"--storage.path="+filepath.Join(dir, "alertmanager"), "--web.listen-address="+a.alertmanager, "--cluster.listen-address=")

	waits := regexp.MustCompile(`(?m)^\s+(for|interval): \S+\n`)
	for _, name := range []string{"alerts.yml", "recording.yml"} {
		b, err := os.ReadFile("prometheus/rules/" + name)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, name), waits.ReplaceAllString(string(b), ""))
	}
	writeFile(t, filepath.Join(dir, "prometheus.yml"), prometheusConfig(t, in, a.alertmanager, dir))
	deploytest.Start(t, "prometheus", "--config.file="+filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(dir, "prometheus"), "--web.listen-address="+freeAddress(t), "--rules.alert.resend-delay=1s")
	return a
}

// alertmanagerConfig is the project's file with every receiver delivering to one
// address, and people who never sleep.
func alertmanagerConfig(t *testing.T, url string) string {
	t.Helper()
	var config map[string]any
	readYAML(t, "alertmanager/alertmanager.yml", &config)
	delete(config, "global")
	delete(config, "templates")
	for _, r := range config["receivers"].([]any) {
		receiver := r.(map[string]any)
		delete(receiver, "email_configs")
		receiver["webhook_configs"] = []any{map[string]any{"url": url, "send_resolved": true}}
	}
	route := config["route"].(map[string]any)
	route["group_wait"], route["group_interval"] = "3s", "2s"
	for _, r := range route["routes"].([]any) {
		delete(r.(map[string]any), "mute_time_intervals")
	}
	return encode(t, config)
}

// prometheusConfig is the project's file with the addresses of the test.
func prometheusConfig(t *testing.T, in *installation, alertmanager, dir string) string {
	t.Helper()
	var config map[string]any
	readYAML(t, "prometheus/prometheus.yml", &config)
	global := config["global"].(map[string]any)
	global["scrape_interval"], global["evaluation_interval"] = "1s", "1s"
	config["rule_files"] = []any{filepath.Join(dir, "recording.yml"), filepath.Join(dir, "alerts.yml")}
	targets := func(url string) []any {
		return []any{map[string]any{"targets": []any{strings.TrimPrefix(url, "http://")}}}
	}
	config["alerting"].(map[string]any)["alertmanagers"] = []any{map[string]any{"static_configs": targets(alertmanager)}}
	addresses := map[string]string{
		"amparo-intake": in.intakeURL, "amparo-sink": in.sinkURL, "amparo-aggregator": in.aggregatorURL, "amparo-notifier": in.notifierURL,
	}
	var jobs []any
	for _, j := range config["scrape_configs"].([]any) {
		job := j.(map[string]any)
		if url, ok := addresses[job["job_name"].(string)]; ok {
			job["static_configs"] = targets(url)
			jobs = append(jobs, job)
		}
	}
	if len(jobs) != len(addresses) {
		t.Fatalf("%d jobs for %d services", len(jobs), len(addresses))
	}
	config["scrape_configs"] = jobs
	return encode(t, config)
}

func encode(t *testing.T, config map[string]any) string {
	t.Helper()
	b, err := yaml.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	var cfg net.ListenConfig
	l, err := cfg.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// usedToReport stores eight weeks of events from a department, all long ago.
func usedToReport(t *testing.T, dsn, department string) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{DSN: dsn, Database: "amparo", Log: slog.New(slog.DiscardHandler)}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	data, err := event.ParseData(fmt.Appendf(nil, `{"ubigeo":%q,"institution_kind":"cem"}`, department))
	if err != nil {
		t.Fatal(err)
	}
	var events []store.Recorded
	for week := 1; week <= 8; week++ {
		at := time.Now().Add(-time.Duration(week)*7*24*time.Hour - 12*time.Hour)
		for i := range 6 {
			events = append(events, store.Recorded{
				Event: event.Event{
					Subject: "u-1", Source: "urn:pe:test", ID: fmt.Sprint(week, "-", i), Type: "observation.recorded", At: at, RecordedAt: at, Data: data,
				},
				Seq: 1, ReceivedAt: at,
			})
		}
	}
	if err := s.InsertEvents(t.Context(), events); err != nil {
		t.Fatal(err)
	}
}

// inhibited reports whether Alertmanager holds an alert back because of another.
func (a *alerting) inhibited(ctx context.Context, alert string) bool {
	var alerts []struct {
		Status struct{ InhibitedBy []string }
	}
	body := deploytest.Get(ctx, "http://"+a.alertmanager+"/api/v2/alerts?filter=alertname%3D"+alert)
	if err := json.Unmarshal([]byte(body), &alerts); err != nil || len(alerts) == 0 {
		return false
	}
	for _, each := range alerts {
		if len(each.Status.InhibitedBy) == 0 {
			return false
		}
	}
	return true
}

func TestAlertsReachThosePeopleWhoCanAct(t *testing.T) {
	in := startServices(t)
	var to inbox
	usedToReport(t, in.dsn, "21")
	a := startAlerting(t, in, &to)

	missed := map[string]string{
		"alertname": "MissedProtectionMeasures", "department": "04", "duty": "measures-decided", "institution_kind": "family-court", "severity": "critical",
	}
	silent := map[string]string{"alertname": "DepartmentSilent", "department": "21", "severity": "warning"}
	down := map[string]string{"alertname": "ServiceDown", "job": "amparo-sink", "severity": "critical"}

	deploytest.Eventually(t, "the silence of a department", func() bool { return to.count("mesa-nacional", "firing", silent) > 0 })
	if n := to.count("mesa-nacional", "firing", map[string]string{"alertname": "DepartmentSilent", "department": "04"}); n > 0 {
		t.Error("a department that never reported is called silent")
	}

	in.send(t, overdue("c-1", time.Now())...)
	deploytest.Eventually(t, "the missed deadline", func() bool { return to.count("guardia", "firing", missed) > 0 })
	in.send(t, eventOf("c-1", "e-4", "measures.decided", time.Now(), `"measure":"m-1","outcome":"granted","measures":["removal"],"institution_kind":"family-court"`))
	deploytest.Eventually(t, "its end", func() bool { return to.count("guardia", "resolved", missed) > 0 })
	for _, status := range []string{"firing", "resolved"} {
		if n := to.count("guardia", status, missed); n != 1 {
			t.Errorf("the person on duty was told %d times that the alert is %s", n, status)
		}
	}
	if to.count("arequipa", "firing", missed) == 0 || to.count("poder-judicial", "firing", missed) == 0 {
		t.Error("department and court did not hear of it")
	}
	if n := to.count("policia", "firing", missed); n != 0 {
		t.Error("the police were told of a court's deadline")
	}

	in.sink.Stop()
	deploytest.Eventually(t, "the sink that is down", func() bool { return to.count("operaciones", "firing", down) > 0 })
	deploytest.Eventually(t, "silence held back while the pipe is broken", func() bool { return a.inhibited(t.Context(), "DepartmentSilent") })

	to.Lock()
	defer to.Unlock()
	for _, m := range to.messages {
		for _, alert := range m.Alerts {
			if text := fmt.Sprint(alert.Labels, alert.Annotations); strings.Contains(text, "c-1") {
				t.Errorf("a message names a case: %s", text)
			}
		}
	}
}
