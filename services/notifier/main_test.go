package notifier

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/pipeline/store/engine/enginetest"
	"amparo/pipeline/stream"
	"amparo/pipeline/stream/streamtest"
	"amparo/schemas/law"
	"amparo/schemas/law/load"
	ley30364 "amparo/schemas/ley-30364"
)

func TestMain(m *testing.M) {
	if os.Getenv(childNATS) != "" {
		if err := announceUntilKilled(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(enginetest.Run(m))
}

// noon is when the tests' notifiers start for the first time.
var noon = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)

const (
	hour = time.Hour
	day  = 24 * time.Hour
)

// A fakeClock is set by the test.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *fakeClock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

var catalogueOnce = sync.OnceValues(func() (*law.Catalogue, error) { return load.Catalogue(ley30364.Files) })

func catalogue(t *testing.T) *law.Catalogue {
	t.Helper()
	cat, err := catalogueOnce()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

var databases atomic.Int64

func openStore(t *testing.T) (s *store.Store, database string) {
	t.Helper()
	database = fmt.Sprintf("notifier_%d", databases.Add(1))
	s, err := store.Open(t.Context(), store.Config{
		Transport: enginetest.Open(t).Transport(), Database: database, Log: slog.New(slog.DiscardHandler),
	}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, database
}

// A desk is an installation with a notifier that moves when the test says so.
type desk struct {
	*testing.T
	clock    fakeClock
	store    *store.Store
	stream   *stream.Stream
	log      Log // what the notifier appends to: the stream, unless a test puts something before it
	secret   Secret
	judged   uint64
	registry *prometheus.Registry
	service  *Service
}

// newDesk starts a notifier for the first time, at noon.
func newDesk(t *testing.T) *desk {
	d := &desk{T: t, secret: Secret(strings.Repeat("k", secretBytes)), judged: 1}
	d.clock.set(noon)
	d.store, _ = openStore(t)
	d.stream = streamtest.Open(t)
	d.log = d.stream
	if err := d.store.SetJudgedBy(t.Context(), "law/1"); err != nil {
		t.Fatal(err)
	}
	d.restart(Config{})
	return d
}

// restart puts a new notifier in the place of the old one, which is not told.
func (d *desk) restart(cfg Config) {
	d.Helper()
	d.service = d.another(cfg)
	d.step()
}

func (d *desk) another(cfg Config) *Service {
	d.Helper()
	leads, err := LoadLeads("", catalogue(d.T))
	if err != nil {
		d.Fatal(err)
	}
	d.registry = prometheus.NewRegistry()
	s, err := New(d.Context(), cfg, Deps{
		Catalogue: catalogue(d.T), Store: d.store, Log: d.log, Leads: leads, Secret: d.secret,
		Judged: func(context.Context) (uint64, error) { return d.judged, nil },
		Now:    d.clock.read, Logger: slog.New(slog.DiscardHandler), Metrics: NewMetrics(d.registry),
	})
	if err != nil {
		d.Fatal(err)
	}
	return s
}

// step lets the notifier look around once and announce all that is due.
func (d *desk) step() {
	d.Helper()
	d.stepOf(d.service)
}

func (d *desk) stepOf(s *Service) {
	d.Helper()
	if err := s.plan(d.Context()); err != nil {
		d.Fatal(err)
	}
	for n := 1; n > 0; {
		var err error
		if n, err = s.announce(d.Context()); err != nil {
			d.Fatal(err)
		}
	}
}

// at moves the clock, and then the notifier.
func (d *desk) at(t time.Time) {
	d.Helper()
	d.clock.set(t)
	d.step()
}

// judge stores obligations as a sink does after it has seen one more event.
func (d *desk) judge(list ...obligation.Obligation) { d.Helper(); d.write(false, list...) }

// remove takes obligations away.
func (d *desk) remove(list ...obligation.Obligation) { d.Helper(); d.write(true, list...) }

func (d *desk) write(gone bool, list ...obligation.Obligation) {
	d.Helper()
	d.judged++
	changes := make([]store.Change, len(list))
	for i, o := range list {
		changes[i] = store.Change{Obligation: &o, Catalogue: "law/1", Version: d.judged, Gone: gone}
	}
	if err := d.store.InsertObligations(d.Context(), changes); err != nil {
		d.Fatal(err)
	}
}

// notices are all notices of the stream.
func (d *desk) notices() []Notice {
	d.Helper()
	return noticesOf(d.T, d.stream)
}

func noticesOf(t *testing.T, from *stream.Stream) []Notice {
	t.Helper()
	var out []Notice
	for got, err := range from.NoticesAfter(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		var n Notice
		if err := json.Unmarshal(got.Data, &n); err != nil {
			t.Fatal(err)
		}
		if want := stream.NoticeSubject(n.Department, n.Duty, string(n.Kind)); got.Subject != want {
			t.Errorf("subject %s, want %s", got.Subject, want)
		}
		out = append(out, n)
	}
	return out
}

// said is what was announced of an obligation, in order.
func (d *desk) said(o obligation.Obligation) string {
	d.Helper()
	var kinds []string
	for _, n := range d.notices() {
		if n.Token == d.secret.Token(o.Key()) {
			kinds = append(kinds, string(n.Kind))
		}
	}
	return strings.Join(kinds, " ")
}

func (d *desk) wantSaid(o obligation.Obligation, want string) {
	d.Helper()
	if got := d.said(o); got != want {
		d.Errorf("announced %q, want %q", got, want)
	}
	ids := map[string]bool{}
	for _, n := range d.notices() {
		if ids[n.ID] {
			d.Errorf("notice %s is in the stream twice", n.ID)
		}
		ids[n.ID] = true
	}
}

// due is an open obligation with a limit of a day by the clock.
func due(caseID string, at time.Time) obligation.Obligation {
	return obligation.Obligation{
		CaseID: caseID, Duty: "measures-decided", Instance: "-", Regime: "pm-known-risk-24h-2023", Kind: law.Law, Confidence: "high",
		Implication: "protection-measures", InstitutionKind: "family-court", Institution: "court-aqp-1", Place: "040101", Risk: "mild",
		StartedAt: at.Add(-day), DueAt: at, LapsesFrom: at.Add(time.Millisecond), LapsesBy: at.Add(time.Millisecond),
	}
}

// done is the obligation with a deed.
func done(o obligation.Obligation, at time.Time) obligation.Obligation {
	o.DoneAt, o.Settled = at, obligation.Met
	if at.After(o.DueAt) {
		o.Settled = obligation.Late
	}
	return o
}

func with(o obligation.Obligation, change func(*obligation.Obligation)) obligation.Obligation {
	change(&o)
	return o
}

func count(notices []Notice, kind Kind) int {
	return len(slices.DeleteFunc(slices.Clone(notices), func(n Notice) bool { return n.Kind != kind }))
}
