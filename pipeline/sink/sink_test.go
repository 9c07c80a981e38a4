package sink

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/pipeline/stream"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/schemas/law/load"
	ley30364 "amparo/schemas/ley-30364"
)

// The failures of store and stream are made here, in memory: they cannot be
// made at will with the real ones. The whole with real parts is tested where
// the program is.

// memory is a store in memory, with the store's own rules: an event stays as it
// was first stored, an obligation as its last change says.
type memory struct {
	events      map[string][]store.Recorded
	obligations map[obligation.Key]store.Change
	added       map[store.ContributionKey]store.Contributions
	inserts     int
	rebuilds    func(n int) string // what the store says of rebuilds when asked the n-th time
	fail        func(call string, n int) error
	calls       map[string]int
}

func newMemory() *memory {
	return &memory{
		events: map[string][]store.Recorded{}, obligations: map[obligation.Key]store.Change{},
		added: map[store.ContributionKey]store.Contributions{},
		fail:  func(string, int) error { return nil }, calls: map[string]int{},
	}
}

func (m *memory) call(name string) error {
	m.calls[name]++
	return m.fail(name, m.calls[name])
}

func (m *memory) InsertEvents(_ context.Context, events []store.Recorded) error {
	if err := m.call("InsertEvents"); err != nil {
		return err
	}
	for _, e := range events {
		if strings.HasPrefix(e.ID, "poison") {
			return badRow{}
		}
	}
	for _, e := range events {
		if !slices.ContainsFunc(m.events[e.Subject], func(o store.Recorded) bool { return o.Identity() == e.Identity() }) {
			m.events[e.Subject] = append(m.events[e.Subject], e)
			m.inserts++
		}
	}
	return nil
}

func (m *memory) Stored(_ context.Context, identities []event.Identity) (map[event.Identity]store.Version, error) {
	out := map[event.Identity]store.Version{}
	for _, id := range identities {
		for _, e := range m.events[id.Subject] {
			if e.Identity() == id {
				out[id] = store.Version{Digest: e.Digest, Seq: e.Seq}
			}
		}
	}
	return out, m.call("Stored")
}

func (m *memory) State(_ context.Context, name string) (string, error) {
	if name != Rebuilding || m.rebuilds == nil {
		return "", m.call("State")
	}
	return m.rebuilds(m.calls["State"] + 1), m.call("State")
}

func (m *memory) StoredCases(_ context.Context, ids []string) (map[string]bool, error) {
	out := map[string]bool{}
	for _, id := range ids {
		if len(m.events[id]) > 0 {
			out[id] = true
		}
	}
	return out, m.call("StoredCases")
}

func (m *memory) History(_ context.Context, ids []string) (map[string][]store.Recorded, error) {
	out := map[string][]store.Recorded{}
	for _, id := range ids {
		if events := m.events[id]; len(events) > 0 {
			out[id] = slices.Clone(events)
		}
	}
	return out, m.call("History")
}

func (m *memory) Known(_ context.Context, ids []string) (map[obligation.Key]uint64, error) {
	out := map[obligation.Key]uint64{}
	for key, c := range m.obligations {
		if slices.Contains(ids, key.CaseID) && !c.Gone {
			out[key] = c.Digest()
		}
	}
	return out, m.call("Known")
}

func (m *memory) KnownContributions(_ context.Context, ids []string) (map[store.ContributionKey]uint64, error) {
	out := map[store.ContributionKey]uint64{}
	for key, c := range m.added {
		if slices.Contains(ids, key.CaseID) {
			out[key] = c.Digest()
		}
	}
	return out, m.call("KnownContributions")
}

func (m *memory) Insert(_ context.Context, rows store.Rows) error {
	if err := m.call("Insert"); err != nil {
		return err
	}
	for _, c := range rows.Obligations {
		if before, ok := m.obligations[c.Key()]; !ok || c.Version >= before.Version {
			m.obligations[c.Key()] = c
		}
	}
	for _, c := range rows.Contributions {
		key := store.ContributionKey{CaseID: c.CaseID, Role: c.Role}
		if before, ok := m.added[key]; !ok || c.Version >= before.Version {
			m.added[key] = c
		}
	}
	return nil
}

func (m *memory) Lagging(context.Context, []string, time.Time) ([]string, error) {
	var ids []string
	for id := range m.events {
		ids = append(ids, id)
	}
	return ids, m.call("Lagging")
}

func (m *memory) SetState(context.Context, string, string) error { return m.call("SetState") }

func (m *memory) SetJudgedBy(context.Context, string) error { return m.call("SetJudgedBy") }

func (m *memory) SetPeriodsUntil(context.Context, time.Time) error { return m.call("SetState") }

type badRow struct{}

func (badRow) Error() string   { return "the row cannot be stored" }
func (badRow) BadRow() bool    { return true }
func (badRow) Temporary() bool { return false }

type wrongTables struct{}

func (wrongTables) Error() string   { return "no such table" }
func (wrongTables) Temporary() bool { return false }

// queue is a stream in memory: what is not acknowledged comes again after Retry.
type queue struct {
	events   []stream.Delivered
	acked    uint64
	next     int
	rejected []stream.Rejected
	failAck  func(n int) error
	acks     int
	atMost   int // events a fetch, where it is not 0
	done     context.CancelFunc
}

func (q *queue) Fetch(ctx context.Context, most int, wait time.Duration) ([]stream.Delivered, error) {
	if q.next == len(q.events) {
		if q.acked == uint64(len(q.events)) {
			q.done()
		}
		pause(ctx, wait)
		return nil, ctx.Err()
	}
	if q.atMost > 0 {
		most = min(most, q.atMost)
	}
	batch := q.events[q.next:min(q.next+most, len(q.events))]
	q.next += len(batch)
	return batch, nil
}

func (q *queue) Ack(_ context.Context, seq uint64) error {
	q.acks++
	if q.failAck != nil {
		if err := q.failAck(q.acks); err != nil {
			return err
		}
	}
	q.acked = max(q.acked, seq)
	return nil
}

func (q *queue) Retry(context.Context) error {
	q.next = int(q.acked)
	return nil
}

func (q *queue) Reject(_ context.Context, events []stream.Rejected) error {
	q.rejected = append(q.rejected, events...)
	return nil
}

var start = time.Date(2024, 3, 1, 15, 0, 0, 0, time.UTC)

// line is an event of a case, at some minutes after the start.
func line(id, caseID, kind string, minutes int, data string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"urn:test","type":%q,"subject":%q,"time":%q,"data":{"ubigeo":"040101"%s}}`,
		id, kind, caseID, start.Add(time.Duration(minutes)*time.Minute).Format(time.RFC3339), data)
}

// deliveries numbers lines as a stream does.
func deliveries(lines ...string) []stream.Delivered {
	var out []stream.Delivered
	for i, l := range lines {
		out = append(out, stream.Delivered{Seq: uint64(i + 1), Data: []byte(l), ReceivedAt: start.Add(24 * time.Hour)})
	}
	return out
}

// twoCases are what most tests feed: two cases, a late fact in one, and a fact
// that is taken back.
func twoCases() []string {
	return []string{
		line("e-1", "c-1", "report.received", 0, `,"channel":"police"`),
		line("e-2", "c-2", "report.received", 5, `,"channel":"family-court"`),
		line("e-3", "c-1", "file.received", 600, `,"from":"police","to":"family-court"`),
		line("e-4", "c-2", "measures.decided", 900, `,"measure":"m-1","outcome":"granted"`),
		line("e-5", "c-2", "event.retracted", 1000, `,"source":"urn:test","id":"e-4"`),
		line("e-6", "c-1", "risk.assessed", 30, `,"level":"severe"`),
	}
}

var shipped = func() *law.Catalogue {
	var files fs.FS = ley30364.Files
	cat, err := load.Catalogue(files)
	if err != nil {
		panic(err)
	}
	return cat
}()

// drain runs a sink in virtual time until everything is acknowledged.
func drain(t *testing.T, q *queue, to *memory, cfg Config) (*prometheus.Registry, error) {
	t.Helper()
	registry := prometheus.NewRegistry()
	var err error
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
		defer cancel()
		q.done = cancel
		s := New(cfg, Deps{
			Catalogue: shipped, From: q, Rejects: q, To: to, Log: slog.New(slog.DiscardHandler), Metrics: NewMetrics(registry),
			Now: func() time.Time { return start.Add(48 * time.Hour) },
		})
		err = s.Run(ctx)
	})
	return registry, err
}

// judged is what a store says of its obligations, as text.
func judged(m *memory) []string {
	var out []string
	for _, c := range m.obligations {
		if !c.Gone {
			out = append(out, strings.Join(c.Record(shipped, "natural", start.Add(48*time.Hour)), ","))
		}
	}
	slices.Sort(out)
	return out
}

// undisturbed is the outcome that every disturbance must come to.
func undisturbed(t *testing.T) []string {
	t.Helper()
	q, m := &queue{events: deliveries(twoCases()...)}, newMemory()
	if _, err := drain(t, q, m, Config{}); err != nil {
		t.Fatal(err)
	}
	rows := judged(m)
	if len(rows) < 10 || q.acked != 6 {
		t.Fatalf("%d rows, acknowledged to %d", len(rows), q.acked)
	}
	return rows
}

func TestDisturbancesChangeNothing(t *testing.T) {
	want := undisturbed(t)
	unknown := errors.New("nobody knows")
	interrupted := fmt.Errorf("lost: %w", stream.ErrInterrupted)
	tests := map[string]struct {
		lines   []string
		cfg     Config
		fail    func(call string, n int) error
		failAck func(n int) error
	}{
		"one event a batch":              {cfg: Config{MaxBatch: 1}},
		"two events a batch":             {cfg: Config{MaxBatch: 2}},
		"two events held":                {cfg: Config{MaxHeld: 2}},
		"two singles held":               {cfg: Config{Alone: true, MaxSingles: 2}},
		"every event twice":              {lines: append(twoCases(), twoCases()...)},
		"in reverse":                     {lines: func() []string { l := twoCases(); slices.Reverse(l); return l }()},
		"insert fails for a while":       {fail: failFirst("InsertEvents", 7, unknown)},
		"judging fails after the insert": {fail: failFirst("Insert", 4, unknown)},
		"judging fails, small batches":   {cfg: Config{MaxBatch: 2}, fail: failFirst("Insert", 4, unknown)},
		"history fails":                  {fail: failFirst("History", 2, unknown)},
		"looking up fails":               {fail: failFirst("Stored", 5, unknown)},
		"acknowledging fails":            {failAck: func(n int) error { return onceUpTo(n, 3, unknown) }},
		"deliveries are interrupted":     {failAck: func(n int) error { return onceUpTo(n, 2, interrupted) }},
	}
	for name, tt := range tests {
		disturb := func(t *testing.T) {
			lines := tt.lines
			if lines == nil {
				lines = twoCases()
			}
			q, m := &queue{events: deliveries(lines...), failAck: tt.failAck}, newMemory()
			if tt.fail != nil {
				m.fail = tt.fail
			}
			if _, err := drain(t, q, m, tt.cfg); err != nil {
				t.Fatal(err)
			}
			if q.acked != uint64(len(lines)) {
				t.Errorf("acknowledged to %d of %d", q.acked, len(lines))
			}
			if m.inserts != 6 {
				t.Errorf("%d events are stored, want 6", m.inserts)
			}
			if diff := cmp.Diff(want, judged(m)); diff != "" {
				t.Errorf("-undisturbed +disturbed:\n%s", diff)
			}
		}
		t.Run(name, disturb)
		tt.cfg.Alone = true
		if tt.fail == nil {
			tt.fail = failFirst("StoredCases", 3, unknown)
		}
		t.Run(name+", alone", disturb)
	}
}

// A case that begins in a batch is whole in memory: the store is asked whether it
// has the case, and nothing else. Once it has, all is asked.
func TestOfACaseThatBeginsNothingIsAsked(t *testing.T) {
	want := undisturbed(t)
	m := newMemory()
	if _, err := drain(t, &queue{events: deliveries(twoCases()...)}, m, Config{Alone: true}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, judged(m)); diff != "" {
		t.Errorf("judged otherwise:\n%s", diff)
	}
	if asked := m.calls["Stored"] + m.calls["History"]; asked > 0 {
		t.Errorf("the store was asked: %v", m.calls)
	}
	if _, err := drain(t, &queue{events: deliveries(twoCases()...)}, m, Config{Alone: true}); err != nil {
		t.Fatal(err)
	}
	if m.calls["Stored"] != 1 || m.inserts != 6 {
		t.Errorf("when all come again the store was asked %v and has %d events", m.calls, m.inserts)
	}
}

// What is left of a frame whose events were all erased stores nothing, and holds
// up nothing.
func TestAMessageWithoutEventsIsAcknowledged(t *testing.T) {
	for _, alone := range []bool{false, true} {
		events := deliveries(append(twoCases(), "", "")...)
		events[6].Void, events[7].Void = true, true
		events[6].Data, events[7].Data = nil, nil
		q, m := &queue{events: events}, newMemory()
		registry, err := drain(t, q, m, Config{Alone: alone, MaxBatch: 1})
		if err != nil {
			t.Fatal(err)
		}
		if q.acked != 8 || m.inserts != 6 || len(q.rejected) > 0 {
			t.Errorf("acknowledged to %d, %d events stored, rejected %+v", q.acked, m.inserts, q.rejected)
		}
		wantCount(t, registry, "stored", 6)
		wantCount(t, registry, "duplicate", 0)
	}
}

// What is held until it is judged is bounded, whatever the batch may be.
func TestHeldEventsAreBounded(t *testing.T) {
	var lines []string
	for i := range 40 {
		lines = append(lines, line(fmt.Sprintf("e-%d", i), fmt.Sprintf("c-%d", i), "report.received", i, `,"channel":"police"`))
	}
	framed := deliveries(lines...)
	for i := range framed { // Five events a message.
		framed[i].Seq, framed[i].Line = uint64(i/5+1), i%5+1
	}
	for name, c := range map[string]struct {
		events  []stream.Delivered
		cfg     Config
		last    uint64
		batches int
	}{
		"events":                         {deliveries(lines...), Config{Alone: true, MaxHeld: 10}, 40, 4},
		"singles":                        {deliveries(lines...), Config{Alone: true, MaxSingles: 10}, 40, 4},
		"frames are no singles":          {framed, Config{Alone: true, MaxSingles: 10}, 8, 1},
		"what is read back is no burden": {deliveries(lines...), Config{MaxSingles: 10}, 40, 1},
	} {
		t.Run(name, func(t *testing.T) {
			q, m := &queue{events: c.events, atMost: 5}, newMemory()
			if _, err := drain(t, q, m, c.cfg); err != nil {
				t.Fatal(err)
			}
			if q.acks != c.batches || q.acked != c.last {
				t.Errorf("acknowledged up to %d in %d batches, want %d in %d", q.acked, q.acks, c.last, c.batches)
			}
		})
	}
}

// A rebuild beside a batch may have judged a case by the events that were there
// then: what it took for owed and is not must go.
func TestWhatARebuildHasJudgedBesideABatchIsAskedFor(t *testing.T) {
	want := undisturbed(t)
	for name, rebuilds := range map[string]func(n int) string{
		"it runs":              func(int) string { return rebuildRuns + "1" },
		"it ran meanwhile":     func(n int) string { return rebuildDone + fmt.Sprint(n) },
		"it has begun":         func(n int) string { return map[bool]string{true: "", false: rebuildRuns + "1"}[n == 1] },
		"none since the start": func(int) string { return rebuildDone + "1" },
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory()
			m.rebuilds = rebuilds
			gone := obligation.Key{CaseID: "c-2", Duty: "measures-notified-to-parties", Instance: "m-1"}
			m.obligations[gone] = store.Change{Obligation: &obligation.Obligation{CaseID: "c-2", Duty: gone.Duty, Instance: gone.Instance}, Version: 1}
			if _, err := drain(t, &queue{events: deliveries(twoCases()...)}, m, Config{Alone: true}); err != nil {
				t.Fatal(err)
			}
			if asked := m.calls["Known"] > 0; asked == (name == "none since the start") {
				t.Errorf("asked for what is known: %t", asked)
			}
			if diff := cmp.Diff(want, judged(m)); name != "none since the start" && diff != "" {
				t.Errorf("judged otherwise:\n%s", diff)
			}
			if m.calls["History"] > 0 {
				t.Error("the history was read, though it is in memory")
			}
		})
	}
}

// Another sink may have stored the rest of a case: then nothing may be taken for
// whole.
func TestASinkAmongSeveralAsksForTheWholeCase(t *testing.T) {
	want := undisturbed(t)
	m := newMemory()
	other := deliveries(twoCases()[:2]...) // those of another department, unseen by this sink
	m.fail = func(call string, n int) error {
		if call == "InsertEvents" && n == 1 {
			for i := range other {
				e, refusal := decodeOne(shipped.Door(), shipped.Label(), nil, &other[i])
				if refusal != nil {
					t.Fatal(refusal)
				}
				m.events[e.Subject] = append(m.events[e.Subject], e)
			}
		}
		return nil
	}
	late := deliveries(twoCases()...)
	if _, err := drain(t, &queue{events: late, next: 2, acked: 2}, m, Config{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, judged(m)); diff != "" {
		t.Errorf("judged otherwise:\n%s", diff)
	}
}

func failFirst(call string, times int, err error) func(string, int) error {
	return func(c string, n int) error {
		if c == call {
			return onceUpTo(n, times, err)
		}
		return nil
	}
}

func onceUpTo(n, times int, err error) error {
	if n <= times {
		return err
	}
	return nil
}

func TestConflictIsRejectedAndTheFirstStays(t *testing.T) {
	other := strings.Replace(twoCases()[0], "police", "digital", 1)
	for name, cfg := range map[string]Config{"in one batch": {}, "in two batches": {MaxBatch: 1}} {
		t.Run(name, func(t *testing.T) {
			q, m := &queue{events: deliveries(append(twoCases(), other)...)}, newMemory()
			registry, err := drain(t, q, m, cfg)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(undisturbed(t), judged(m)); diff != "" {
				t.Errorf("the second content changed something:\n%s", diff)
			}
			if len(q.rejected) != 1 || q.rejected[0].Reason != "conflict" || q.rejected[0].Seq != 7 || q.rejected[0].EventID != "e-1" {
				t.Errorf("rejected: %+v", q.rejected)
			}
			wantCount(t, registry, "rejected", 1)
		})
	}
}

func TestWhatTheDoorRefusesIsRejectedAlone(t *testing.T) {
	lines := slices.Insert(twoCases(), 2, `{"broken`, line("e-9", "c-1", "no.such-type", 0, ""))
	q, m := &queue{events: deliveries(lines...)}, newMemory()
	registry, err := drain(t, q, m, Config{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(undisturbed(t), judged(m)); diff != "" {
		t.Errorf("good events were touched:\n%s", diff)
	}
	var reasons []string
	for _, r := range q.rejected {
		reasons = append(reasons, r.Reason)
	}
	if diff := cmp.Diff([]string{"broken-json", "unknown-type"}, reasons); diff != "" {
		t.Error(diff)
	}
	wantCount(t, registry, "stored", 6)
	wantCount(t, registry, "rejected", 2)
}

// What was checked under this catalogue and sealed is not checked again; what
// was sealed under another one is.
func TestOnlyWhatThisCatalogueHasCheckedIsBelieved(t *testing.T) {
	cat, err := load.Catalogue(ley30364.Files)
	if err != nil {
		t.Fatal(err)
	}
	for label, want := range map[string]string{cat.Label(): "stored", cat.Label() + "-2": "rejected", "": "rejected"} {
		t.Run(label, func(t *testing.T) {
			// The door would refuse the place, which no catalogue has.
			canonical := `{"data":{"channel":"police","ubigeo":"990101"},"id":"e-1","recordedtime":"2024-03-01T15:00:00Z",` +
				`"source":"urn:test","specversion":"1.0","subject":"c-1","time":"2024-03-01T15:00:00Z","type":"report.received"}`
			events := deliveries(canonical)
			events[0].Line, events[0].SealedBy = 1, label
			q, m := &queue{events: events}, newMemory()
			registry, err := drain(t, q, m, Config{})
			if err != nil {
				t.Fatal(err)
			}
			wantCount(t, registry, want, 1)
			for _, e := range m.events["c-1"] {
				if e.Line != 1 || string(e.DataText) != `{"channel":"police","ubigeo":"990101"}` || e.Digest != event.DigestOf([]byte(canonical)) {
					t.Errorf("stored %+v", e)
				}
			}
			for _, r := range q.rejected {
				if r.Seq != 1 || r.Line != 1 || r.Reason != "unknown-place" {
					t.Errorf("rejected %+v", r)
				}
			}
		})
	}
}

func TestOneUnstorableEventIsFoundAndGivenUpAlone(t *testing.T) {
	lines := append(twoCases(), line("poison-1", "c-1", "report.registered", 40, ""))
	q, m := &queue{events: deliveries(lines...)}, newMemory()
	if _, err := drain(t, q, m, Config{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(undisturbed(t), judged(m)); diff != "" {
		t.Errorf("good events were touched:\n%s", diff)
	}
	if len(q.rejected) != 1 || q.rejected[0].Reason != "unstorable" || q.rejected[0].Seq != 7 {
		t.Errorf("rejected: %+v", q.rejected)
	}
	if q.acked != 7 {
		t.Errorf("acknowledged to %d", q.acked)
	}
}

func TestWrongTablesStopTheSinkAndNothingIsAcknowledged(t *testing.T) {
	q, m := &queue{events: deliveries(twoCases()...)}, newMemory()
	m.fail = failFirst("InsertEvents", 1, wrongTables{})
	if _, err := drain(t, q, m, Config{}); !errors.As(err, &wrongTables{}) {
		t.Errorf("got %v, want the error about the tables", err)
	}
	if q.acked != 0 {
		t.Errorf("acknowledged to %d", q.acked)
	}
}

func TestARetractionWithdrawsTheObligationItHadStarted(t *testing.T) {
	decided := twoCases()[:4]
	q, m := &queue{events: deliveries(decided...)}, newMemory()
	if _, err := drain(t, q, m, Config{}); err != nil {
		t.Fatal(err)
	}
	key := obligation.Key{CaseID: "c-2", Duty: "measures-notified-to-parties", Instance: "m-1"}
	if c, ok := m.obligations[key]; !ok || c.Gone {
		t.Fatal("the decision should oblige to notify")
	}
	next := deliveries(twoCases()...)
	q2 := &queue{events: next, next: 4, acked: 4}
	if _, err := drain(t, q2, m, Config{}); err != nil {
		t.Fatal(err)
	}
	if !m.obligations[key].Gone {
		t.Error("the decision was retracted, but the obligation stands")
	}
}

// wantCount asserts a count of events by result.
func wantCount(t *testing.T, registry *prometheus.Registry, result string, want float64) {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == "amparo_sink_events_total" && m.GetLabel()[0].GetValue() == result && m.GetCounter().GetValue() != want {
				t.Errorf("%s: %v events are counted, want %v", result, m.GetCounter().GetValue(), want)
			}
		}
	}
}
