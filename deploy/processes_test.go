package deploy_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"golang.org/x/crypto/bcrypt"

	"amparo/deploy/deploytest"
	"amparo/pipeline/store/engine/enginetest"
)

// An installation is every service as a process of its own, as compose runs
// them: NATS with deploy/nats/nats.conf, ClickHouse over its own interface.
type installation struct {
	dsn                      string
	intake, sink, aggregator *deploytest.Process
	intakeURL, sinkURL       string
	aggregatorURL            string
	notifierURL              string
}

func startServices(t *testing.T) *installation {
	t.Helper()
	enginetest.Library(t)
	program := deploytest.Build(t)
	nats, token := startNATS(t)
	data := t.TempDir()
	deploytest.Start(t, program, "engine", "--data", data, "--port", "0").URL(t)
	in := &installation{dsn: clickHouseOf(t, data)}
	settings := filepath.Join(t.TempDir(), "amparo.yaml")
	writeFile(t, settings, fmt.Sprintf("nats: %s\nnats-token-file: %s\nclickhouse: %s\n", nats, token, in.dsn))
	start := func(service string, args ...string) (*deploytest.Process, string) {
		p := deploytest.Start(t, program, append([]string{"--config", settings, "--data", t.TempDir(), service, "--listen", "127.0.0.1:0"}, args...)...)
		return p, p.URL(t)
	}
	in.intake, in.intakeURL = start("intake")
	in.sink, in.sinkURL = start("sink")
	in.aggregator, in.aggregatorURL = start("aggregator", "--every", "1s")
	_, in.notifierURL = start("notifier")
	return in
}

// startNATS runs a server as its own program would read deploy/nats/nats.conf.
func startNATS(t *testing.T) (url, tokenFile string) {
	t.Helper()
	root := t.TempDir()
	for _, dir := range []string{"etc/nats", "run/secrets"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	conf, err := os.ReadFile("nats/nats.conf")
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(root, "etc/nats/nats.conf"), string(conf))
	writeFile(t, filepath.Join(root, "run/secrets/nats_auth"), `token: "of-the-test"`)
	tokenFile = filepath.Join(root, "run/secrets/nats_token")
	writeFile(t, tokenFile, "of-the-test\n")
	opts, err := natsserver.ProcessConfigFile(filepath.Join(root, "etc/nats/nats.conf"))
	if err != nil {
		t.Fatal(err)
	}
	opts.Host, opts.Port, opts.HTTPPort, opts.HTTPHost = "127.0.0.1", -1, 0, ""
	opts.StoreDir, opts.JetStreamMaxStore, opts.NoSigs, opts.NoLog = filepath.Join(root, "data"), 4<<30, true, true
	server, err := natsserver.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	server.Start()
	t.Cleanup(func() {
		server.Shutdown()
		server.WaitForShutdown()
	})
	if !server.ReadyForConnections(30 * time.Second) {
		t.Fatal("NATS does not answer")
	}
	return server.ClientURL(), tokenFile
}

// clickHouseOf is where the engine of a data folder is served.
func clickHouseOf(t *testing.T, data string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(data, "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	var run struct{ ClickHouse string }
	if err := json.Unmarshal(b, &run); err != nil || run.ClickHouse == "" {
		t.Fatalf("run.json names no ClickHouse: %v", err)
	}
	return run.ClickHouse
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// event is one event of a case in Arequipa.
func eventOf(caseID, id, kind string, at time.Time, data string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"urn:pe:test","type":%q,"subject":%q,"time":%q,"data":{"ubigeo":"040101",%s}}`,
		id, kind, caseID, at.UTC().Format(time.RFC3339), data)
}

// send gives events to the intake and expects all to be accepted.
func (in *installation) send(t *testing.T, events ...string) {
	t.Helper()
	answer := in.post(t, events...)
	if want := fmt.Sprintf(`"accepted":%d`, len(events)); !bytes.Contains(answer, []byte(want)) {
		t.Fatalf("the intake answers %s, want %s", answer, want)
	}
}

// post gives events to the intake and returns its answer.
func (in *installation) post(t *testing.T, events ...string) []byte {
	t.Helper()
	body := strings.NewReader(strings.Join(events, "\n"))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, in.intakeURL+"/events", body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-ndjson")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// overdue are the events of a case of which the measures were due an hour ago.
func overdue(caseID string, now time.Time) []string {
	at := now.Add(-25 * time.Hour)
	return []string{
		eventOf(caseID, "e-1", "report.received", at.Add(-time.Minute), `"channel":"police","institution_kind":"police-station"`),
		eventOf(caseID, "e-2", "risk.assessed", at.Add(-time.Minute), `"level":"severe","institution_kind":"police-station"`),
		eventOf(caseID, "e-3", "file.received", at, `"from":"police","to":"family-court","institution_kind":"family-court"`),
	}
}

func TestServicesAsSeparateProcesses(t *testing.T) {
	in := startServices(t)
	in.send(t, overdue("c-1", time.Now())...)
	missed := regexp.MustCompile(`amparo_department_obligations\{department="04",duty="measures-decided",status="missed"\} 1\n`)
	deploytest.Eventually(t, "the missed deadline at the aggregator", func() bool {
		return missed.MatchString(deploytest.Get(t.Context(), in.aggregatorURL+"/metrics"))
	})
	in.send(t, eventOf("c-1", "e-4", "measures.decided", time.Now(), `"measure":"m-1","outcome":"granted","measures":["removal"],"institution_kind":"family-court"`))
	late := regexp.MustCompile(`amparo_department_obligations\{department="04",duty="measures-decided",status="late"\} 1\n`)
	deploytest.Eventually(t, "the late deed at the aggregator", func() bool {
		return late.MatchString(deploytest.Get(t.Context(), in.aggregatorURL+"/metrics"))
	})
	in.conflict(t)
	for name, url := range map[string]string{"intake": in.intakeURL, "sink": in.sinkURL, "aggregator": in.aggregatorURL, "notifier": in.notifierURL} {
		if !strings.Contains(deploytest.Get(t.Context(), url+"/metrics"), "amparo_") {
			t.Errorf("%s serves no metrics of its own", name)
		}
	}
}

// conflict sends two contents under one identity. The intake knows at once; the
// receipts tell what the sink has decided.
func (in *installation) conflict(t *testing.T) {
	t.Helper()
	at := time.Now().Add(-time.Hour)
	for _, step := range []struct{ data, result, fate string }{
		{`"channel":"police"`, "accepted", "stored"},
		{`"channel":"prosecutor"`, "conflict", "conflict"},
	} {
		answer := in.post(t, eventOf("c-2", "e-1", "report.received", at, step.data))
		var report struct {
			Events []struct{ Result, Receipt string }
		}
		if err := json.Unmarshal(answer, &report); err != nil || len(report.Events) != 1 || report.Events[0].Result != step.result {
			t.Fatalf("the intake answers %s, want one %s (%v)", answer, step.result, err)
		}
		deploytest.Eventually(t, "the fate "+step.fate, func() bool {
			return strings.Contains(deploytest.Get(t.Context(), in.intakeURL+"/events/receipts/"+report.Events[0].Receipt), `"fate":"`+step.fate+`"`)
		})
	}
}

func TestWebConfigAsksForAPassword(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("of-the-test"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "web.yml")
	writeFile(t, config, fmt.Sprintf("basic_auth_users:\n  prometheus: %s\n", hash))
	url := deploytest.Start(t, deploytest.Build(t), "intake", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--web-config", config).URL(t)
	for name, test := range map[string]struct {
		password string
		want     int
	}{
		"none is refused":           {"", http.StatusUnauthorized},
		"a wrong one is refused":    {"wrong", http.StatusUnauthorized},
		"the right one is let pass": {"of-the-test", http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/metrics", nil)
			if err != nil {
				t.Fatal(err)
			}
			if test.password != "" {
				request.SetBasicAuth("prometheus", test.password)
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != test.want {
				t.Errorf("status %d, want %d", response.StatusCode, test.want)
			}
		})
	}
}
