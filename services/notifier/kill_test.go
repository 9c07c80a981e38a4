package notifier

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/store"
	"amparo/pipeline/store/engine"
	"amparo/pipeline/store/engine/enginetest"
	"amparo/pipeline/stream"
	"amparo/pipeline/stream/host"
	"amparo/schemas/law"
)

// These, when set in the environment, make the test binary the notifier that is
// killed.
const (
	childNATS     = "NOTIFIER_TEST_NATS"
	childStore    = "NOTIFIER_TEST_STORE"
	childDatabase = "NOTIFIER_TEST_DATABASE"
	childDir      = "NOTIFIER_TEST_DIR"

	testToken = "a-token-for-tests"
)

// announceUntilKilled is the child: a whole notifier on the parent's servers.
func announceUntilKilled() error {
	ctx, log := context.Background(), slog.New(slog.DiscardHandler)
	from, err := stream.Open(ctx, stream.Config{URL: os.Getenv(childNATS), Token: testToken})
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Config{DSN: os.Getenv(childStore), Database: os.Getenv(childDatabase), Log: log}, time.Now)
	if err != nil {
		return err
	}
	cat := &law.Catalogue{} // The one that ships takes long to load, and notices ask it for places alone.
	leads, err := LoadLeads("", cat)
	if err != nil {
		return err
	}
	secret, err := LoadSecret(os.Getenv(childDir))
	if err != nil {
		return err
	}
	s, err := New(ctx, Config{PollEvery: 20 * time.Millisecond}, Deps{
		Catalogue: cat, Store: db, Log: from, Leads: leads, Secret: secret,
		Judged: func(context.Context) (uint64, error) { return 1, nil },
		Now:    time.Now, Logger: log, Metrics: NewMetrics(prometheus.NewRegistry()),
	})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	return s.Run(ctx)
}

// startChild starts a notifier and waits until it is at work.
func startChild(t *testing.T, env []string) *exec.Cmd {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env, child.Stderr = append(os.Environ(), env...), os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if lines := bufio.NewScanner(out); !lines.Scan() {
		t.Fatalf("the notifier ended before it was ready: %v", child.Wait())
	}
	return child
}

func kill(t *testing.T, child *exec.Cmd) {
	t.Helper()
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil {
		t.Fatal("the notifier ended by itself")
	}
}

func TestKilledAroundTheDueInstantItAnnouncesAllOnce(t *testing.T) {
	const rounds, each = 20, 60
	server, err := host.Start(host.Config{Dir: t.TempDir(), Host: "127.0.0.1", Port: -1, Token: testToken, MaxStore: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	from, err := stream.Open(t.Context(), stream.Config{Server: server})
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	db, database := openStore(t)
	web := httptest.NewServer(engine.Handler(enginetest.Open(t), testToken, slog.New(slog.DiscardHandler)))
	defer web.Close()
	dsn := url.URL{Scheme: "http", User: url.UserPassword("amparo", testToken), Host: strings.TrimPrefix(web.URL, "http://"), Path: "/default"}
	dir := t.TempDir()
	env := []string{childNATS + "=" + server.URL(), childStore + "=" + dsn.String(), childDatabase + "=" + database, childDir + "=" + dir}

	kill(t, startChild(t, env)) // The first start: what lapses from here on is announced.
	for round := range rounds {
		child := startChild(t, env)
		at := time.Now().UTC().Truncate(time.Millisecond).Add(300 * time.Millisecond)
		changes := make([]store.Change, each)
		for i := range changes {
			changes[i] = store.Change{Obligation: new(due(fmt.Sprintf("c-%d-%d", round, i), at)), Catalogue: "law/1", Version: 2}
		}
		if err := db.InsertObligations(t.Context(), changes); err != nil {
			t.Fatal(err)
		}
		// From just before the instant to well after its notices, in small steps.
		<-time.After(time.Until(at) + time.Duration(4*round-10)*time.Millisecond)
		kill(t, child)
	}
	last := startChild(t, env)
	const want = 2 * rounds * each // A warning, since the lead has begun, and the miss; or the miss alone.
	missed := map[string]int{}
	for deadline := time.Now().Add(time.Minute); len(missed) < rounds*each; {
		clear(missed)
		ids := map[string]int{}
		notices := noticesOf(t, from)
		for _, n := range notices {
			ids[n.ID]++
			if n.Kind == Missed {
				missed[n.Token]++
			}
		}
		if len(ids) != len(notices) || len(notices) > want {
			t.Fatalf("%d notices, of which %d are different", len(notices), len(ids))
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d announced as missed", len(missed), rounds*each)
		}
		<-time.After(50 * time.Millisecond)
	}
	kill(t, last)
	secret, err := LoadSecret(dir)
	if err != nil {
		t.Fatal(err)
	}
	for round := range rounds {
		for i := range each {
			o := due(fmt.Sprintf("c-%d-%d", round, i), noon)
			if n := missed[secret.Token(o.Key())]; n != 1 {
				t.Errorf("obligation %d of round %d: announced as missed %d times", i, round, n)
			}
		}
	}
}
