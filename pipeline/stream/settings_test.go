package stream_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/host"
)

func jetStream(t *testing.T, server *host.Server) jetstream.JetStream {
	t.Helper()
	js, err := jetstream.New(rawConn(t, server))
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// golden compares the settings the server reports, all of them, with a file. What the server notes about itself is left out.
func golden(t *testing.T, name string, settings any, metadata map[string]string) {
	t.Helper()
	for key := range metadata {
		if strings.HasPrefix(key, "_nats.") {
			delete(metadata, key)
		}
	}
	got, err := json.MarshalIndent(settings, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s differs (-want +got):\n%s", name, cmp.Diff(string(want), string(got)))
	}
}

func TestStreamsAndConsumersHaveExactlyTheWrittenSettings(t *testing.T) {
	server := startServer(t, host.Config{Dir: t.TempDir()})
	s := open(t, stream.Config{Server: server})
	js := jetStream(t, server)
	for _, name := range []string{"EVENTS", "REJECTED", "NOTICES"} {
		handle, err := js.Stream(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		settings := handle.CachedInfo().Config
		golden(t, "stream-"+strings.ToLower(name), settings, settings.Metadata)
	}
	for name, departments := range map[string][]string{"all": nil, "range": {"04", "21"}} {
		consumer(t, s, stream.ConsumerConfig{Name: name, Departments: departments})
		handle, err := js.Consumer(t.Context(), "EVENTS", name)
		if err != nil {
			t.Fatal(err)
		}
		settings := handle.CachedInfo().Config
		golden(t, "consumer-"+name, settings, settings.Metadata)
	}
}

// alteredStream creates the stream of events with one other setting and puts one event into it.
func alteredStream(t *testing.T, js jetstream.JetStream, change func(*jetstream.StreamConfig)) {
	t.Helper()
	written, err := os.ReadFile(filepath.Join("testdata", "stream-events.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cfg jetstream.StreamConfig
	if err := json.Unmarshal(written, &cfg); err != nil {
		t.Fatal(err)
	}
	change(&cfg)
	if _, err := js.CreateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), "events.15.x", []byte("event-1")); err != nil {
		t.Fatal(err)
	}
}

func TestOpenCorrectsAStreamWhereThatLosesNothing(t *testing.T) {
	for name, change := range map[string]func(*jetstream.StreamConfig){
		"discard old":          func(c *jetstream.StreamConfig) { c.Discard = jetstream.DiscardOld },
		"an age limit":         func(c *jetstream.StreamConfig) { c.MaxAge = 1e18 },
		"a count limit":        func(c *jetstream.StreamConfig) { c.MaxMsgs = 1000 },
		"no atomic batches":    func(c *jetstream.StreamConfig) { c.AllowAtomicPublish = false },
		"a long window":        func(c *jetstream.StreamConfig) { c.Duplicates = 1e11 },
		"deletion allowed":     func(c *jetstream.StreamConfig) { c.DenyDelete, c.DenyPurge = false, false },
		"narrower subjects":    func(c *jetstream.StreamConfig) { c.Subjects = []string{"events.15.>"} },
		"another description":  func(c *jetstream.StreamConfig) { c.Description = "mine" },
		"a limit in bytes":     func(c *jetstream.StreamConfig) { c.MaxBytes = 1 << 20 },
		"a smaller event size": func(c *jetstream.StreamConfig) { c.MaxMsgSize = 100 },
	} {
		t.Run(name, func(t *testing.T) {
			server := startServer(t, host.Config{Dir: t.TempDir()})
			js := jetStream(t, server)
			alteredStream(t, js, change)
			s := open(t, stream.Config{Server: server})
			handle, err := js.Stream(t.Context(), "EVENTS")
			if err != nil {
				t.Fatal(err)
			}
			settings := handle.CachedInfo().Config
			golden(t, "stream-events", settings, settings.Metadata)
			wantBodies(t, replay(t, s, 1, 0), "1")
		})
	}
}

func TestOpenRefusesAStreamItCouldOnlyCorrectWithALoss(t *testing.T) {
	for _, tt := range []struct {
		name    string
		change  func(*jetstream.StreamConfig)
		config  stream.Config
		mention string
	}{
		{"kept in memory", func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage }, stream.Config{}, "storage is memory, should be file"},
		{"a work queue", func(c *jetstream.StreamConfig) { c.Retention = jetstream.WorkQueuePolicy }, stream.Config{}, "retention is workqueue, should be limits"},
		{"subjects of others too", func(c *jetstream.StreamConfig) { c.Subjects = append(c.Subjects, "others.>") }, stream.Config{}, "subjects is"},
		{"messages that expire", func(c *jetstream.StreamConfig) { c.AllowMsgTTL = true }, stream.Config{}, "allow_msg_ttl is true, should be not set"},
		{"more bytes than the new limit", func(*jetstream.StreamConfig) {}, stream.Config{MaxBytes: 1}, "max_bytes is -1, should be 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := startServer(t, host.Config{Dir: t.TempDir()})
			js := jetStream(t, server)
			alteredStream(t, js, tt.change)
			tt.config.Server = server
			_, err := stream.Open(t.Context(), tt.config)
			if !errors.Is(err, stream.ErrIncompatible) || isTemporary(err) || !strings.Contains(err.Error(), tt.mention) {
				t.Errorf("error %v, want a permanent ErrIncompatible that says %q", err, tt.mention)
			}
			handle, err := js.Stream(t.Context(), "EVENTS")
			if err != nil || handle.CachedInfo().State.Msgs != 1 {
				t.Errorf("the refused stream lost its event (%v)", err)
			}
		})
	}
}

func TestConsumerKeepsItsPositionWhenItsSettingsAreCorrected(t *testing.T) {
	s := open(t, stream.Config{Server: startServer(t, host.Config{Dir: t.TempDir()})})
	publish(t, s, events("15", 1, 3))
	before := consumer(t, s, stream.ConsumerConfig{Name: "sink"})
	ack(t, before, fetch(t, before, 2))
	after := consumer(t, s, stream.ConsumerConfig{Name: "sink", AckWait: 7 * time.Minute})
	wantBodies(t, fetch(t, after, 1), "3")
}

func TestConsumerOfSomethingElseIsRefused(t *testing.T) {
	server := startServer(t, host.Config{Dir: t.TempDir()})
	s := open(t, stream.Config{Server: server})
	if _, err := jetStream(t, server).CreateConsumer(t.Context(), "EVENTS", jetstream.ConsumerConfig{Durable: "sink", AckPolicy: jetstream.AckExplicitPolicy, FilterSubject: "events.>"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Consumer(t.Context(), stream.ConsumerConfig{Name: "sink"}); !errors.Is(err, stream.ErrIncompatible) {
		t.Errorf("error %v, want ErrIncompatible", err)
	}
}
