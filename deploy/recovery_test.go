package deploy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"amparo/deploy/deploytest"
	"amparo/pipeline/store/engine/enginetest"
)

// A cluster is every part as a process of its own, at an address that stays.
type cluster struct {
	t        *testing.T
	commands map[string][]string // of each part: program and arguments
	parts    map[string]*deploytest.Process
	ports    map[string]int
	data     string // of the engine
	dsn      string // its address and password at its first start
}

// newCluster knows how to start each part, and starts none.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	enginetest.Library(t)
	c := &cluster{t: t, commands: map[string][]string{}, parts: map[string]*deploytest.Process{}, ports: map[string]int{}, data: t.TempDir()}
	program, root := deploytest.Build(t), t.TempDir()
	for _, part := range []string{"nats", "engine", "intake", "sink", "aggregator", "notifier"} {
		c.ports[part] = freePort(t)
	}
	conf := filepath.Join(root, "nats.conf")
	writeFile(t, conf, fmt.Sprintf("listen: \"127.0.0.1:%d\"\nauthorization { token: of-the-test }\nmax_payload: 1MB\n"+
		"jetstream { store_dir: %q, sync_interval: always, max_file_store: 4GB }\n", c.ports["nats"], filepath.Join(root, "nats")))
	token := filepath.Join(root, "token")
	writeFile(t, token, "of-the-test\n")
	c.commands["nats"] = []string{deploytest.BuildNATS(t), "--config", conf}
	c.commands["engine"] = []string{program, "engine", "--data", c.data, "--port", strconv.Itoa(c.ports["engine"])}
	c.start("engine")
	c.parts["engine"].URL(t)
	c.dsn = clickHouseOf(t, c.data)
	settings := filepath.Join(root, "amparo.yaml")
	writeFile(t, settings, fmt.Sprintf("nats: nats://127.0.0.1:%d\nnats-token-file: %s\nclickhouse: %s\n", c.ports["nats"], token, c.dsn))
	c.kill("engine")
	for _, service := range []string{"intake", "sink", "aggregator", "notifier"} {
		c.commands[service] = []string{program, "--config", settings, "--data", t.TempDir(), service, "--listen", fmt.Sprintf("127.0.0.1:%d", c.ports[service])}
	}
	c.commands["aggregator"] = append(c.commands["aggregator"], "--every", "1s")
	return c
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (c *cluster) start(part string) {
	c.parts[part] = deploytest.Start(c.t, c.commands[part][0], c.commands[part][1:]...)
}

func (c *cluster) kill(part string) {
	c.parts[part].Kill()
	delete(c.parts, part)
}

// refuse gives the engine another password for as long as something lasts.
func (c *cluster) refuse(lasts func()) {
	c.t.Helper()
	path := filepath.Join(c.data, "token")
	token, err := os.ReadFile(path)
	if err != nil {
		c.t.Fatal(err)
	}
	again := func(token string) {
		c.kill("engine")
		writeFile(c.t, path, token)
		c.start("engine")
		c.parts["engine"].URL(c.t)
	}
	again(strings.Repeat("0", 48))
	lasts()
	again(string(token))
}

// log is what a part has written so far.
func (c *cluster) log(part string) string { return c.parts[part].Log() }

func (c *cluster) url(part string) string { return fmt.Sprintf("http://127.0.0.1:%d", c.ports[part]) }

// stored is how many events the store has, each once; -1 while it does not say.
func (c *cluster) stored(ctx context.Context) int {
	address, err := url.Parse(c.dsn)
	if err != nil {
		c.t.Fatal(err)
	}
	address.Path = "/"
	address.RawQuery = url.Values{"query": {"SELECT count() FROM amparo.events FINAL"}}.Encode()
	n, err := strconv.Atoi(strings.TrimSpace(deploytest.Get(ctx, address.String())))
	if err != nil {
		return -1
	}
	return n
}

// Traffic sends events until it is stopped: each as often as it takes until the
// intake says that it has it.
type traffic struct {
	target string
	sent   atomic.Int64
	done   chan struct{}
	stop   context.CancelFunc
}

// loadBatch is how many events are sent at once.
const loadBatch = 20

func startTraffic(t *testing.T, target string) *traffic {
	ctx, stop := context.WithCancel(t.Context())
	l := &traffic{target: target, done: make(chan struct{}), stop: stop}
	go func() {
		defer close(l.done)
		at := time.Now().Add(-time.Hour)
		for n := 0; ctx.Err() == nil; n++ {
			var lines []string
			for i := range loadBatch {
				lines = append(lines, eventOf(fmt.Sprintf("load-%d", n%50), fmt.Sprintf("e-%d-%d", n, i), "visit.made", at, `"measure":"m-1"`))
			}
			// An answer that is begun is waited for: what was accepted counts.
			for !l.send(context.WithoutCancel(ctx), strings.Join(lines, "\n")) && ctx.Err() == nil {
				select {
				case <-ctx.Done():
				case <-time.After(50 * time.Millisecond):
				}
			}
		}
	}()
	t.Cleanup(func() { stop(); <-l.done })
	return l
}

// send reports whether the intake has all events, from this time or before.
func (l *traffic) send(ctx context.Context, body string) bool {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.target, strings.NewReader(body))
	if err != nil {
		return false
	}
	request.Header.Set("Content-Type", "application/x-ndjson")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	var report struct{ Accepted, Duplicate int }
	if err != nil || response.StatusCode != http.StatusAccepted || json.Unmarshal(text, &report) != nil || report.Accepted+report.Duplicate != loadBatch {
		return false
	}
	l.sent.Add(loadBatch)
	return true
}

// Ten times some parts are killed, in any order, and started again, in any other,
// while events come in. Nobody is told a new address or password. Then everything
// that was accepted is stored once, and every part does its work.
func TestPartsFindEachOtherAgainInAnyOrder(t *testing.T) {
	c := newCluster(t)
	parts := []string{"nats", "engine", "intake", "sink", "aggregator", "notifier"}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	shuffle := func(list []string) { random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] }) }
	shuffle(parts)
	for _, part := range parts {
		c.start(part)
	}
	events := startTraffic(t, c.url("intake")+"/events")
	for round := range len(parts) {
		victims := slices.Clone(parts)
		shuffle(victims)
		victims = victims[:1+round]
		for _, part := range victims {
			c.kill(part)
		}
		shuffle(victims)
		for _, part := range victims {
			c.start(part)
		}
		before := int(events.sent.Load())
		deploytest.Eventually(t, fmt.Sprintf("new events stored in round %d, with %v back", round, victims), func() bool {
			return c.stored(t.Context()) > before
		})
		for part, process := range c.parts {
			if process.Ended() {
				t.Fatalf("round %d, with %v away: %s ended by itself", round, victims, part)
			}
		}
	}
	for _, service := range []string{"sink", "aggregator", "notifier"} {
		deploytest.Eventually(t, service+" is up", func() bool { return deploytest.Get(t.Context(), c.url(service)+"/healthz") != "" })
	}
	c.refuse(func() {
		before := events.sent.Load()
		deploytest.Eventually(t, "events while the store refuses its password", func() bool { return events.sent.Load() > before+10*loadBatch })
		deploytest.Eventually(t, "the sink tries again", func() bool {
			return strings.Contains(c.log("sink"), "refuses the password")
		})
	})
	before := int(events.sent.Load())
	deploytest.Eventually(t, "new events stored when the password is good again", func() bool { return c.stored(t.Context()) > before })
	if c.parts["sink"].Ended() || c.parts["aggregator"].Ended() || c.parts["notifier"].Ended() {
		t.Fatal("a service that was let in before ended because the store refused its password")
	}
	events.stop()
	<-events.done
	// An answer may have been lost on its way: what it spoke of is stored too.
	deploytest.Eventually(t, "everything accepted is stored", func() bool {
		n, sent := c.stored(t.Context()), int(events.sent.Load())
		return n == sent || n == sent+loadBatch
	})
	if dsn := clickHouseOf(t, c.data); dsn != c.dsn {
		t.Error("the engine has another address or password than at its first start")
	}
	if info, err := os.Stat(filepath.Join(c.data, "token")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the engine's password: %v, %v", info, err)
	}

	in := &installation{intakeURL: c.url("intake")}
	in.send(t, overdue("c-1", time.Now())...)
	missed := regexp.MustCompile(`amparo_department_obligations\{department="04",duty="measures-decided",status="missed"\} 1\n`)
	deploytest.Eventually(t, "the missed deadline at the aggregator", func() bool {
		return missed.MatchString(deploytest.Get(t.Context(), c.url("aggregator")+"/metrics"))
	})
	since := float64(time.Now().Unix())
	looked := regexp.MustCompile(`(?m)^amparo_notifier_last_success_timestamp_seconds (\S+)$`)
	deploytest.Eventually(t, "the notifier is up to date", func() bool {
		found := looked.FindStringSubmatch(deploytest.Get(t.Context(), c.url("notifier")+"/metrics"))
		if found == nil {
			return false
		}
		at, err := strconv.ParseFloat(found[1], 64)
		return err == nil && at >= since
	})
}
