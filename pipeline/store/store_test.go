package store_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/go-cmp/cmp"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/pipeline/store/counting"
	"amparo/pipeline/store/engine/enginetest"
	"amparo/schemas/event"
)

// noon is the instant around which the tests' cases lie.
var noon = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)

var databases atomic.Int64

// opened is a store on a database of its own, and a plain connection to it.
func opened(t *testing.T) (*store.Store, clickhouse.Conn) {
	t.Helper()
	name := fmt.Sprintf("store_%d", databases.Add(1))
	s := open(t, name)
	options := enginetest.Options(t)
	options.Auth.Database = name
	conn, err := clickhouse.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Exec(context.WithoutCancel(t.Context()), "DROP DATABASE IF EXISTS "+name+" SYNC"); err != nil {
			t.Error(err)
		}
		conn.Close()
	})
	return s, conn
}

func open(t *testing.T, database string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{
		Transport: enginetest.Open(t).Transport(), Database: database, Log: slog.New(slog.DiscardHandler),
	}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func recorded(t *testing.T, caseID, id string, seq uint64, data string) store.Recorded {
	t.Helper()
	parsed, err := event.ParseData([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	e := event.Event{
		Subject: caseID, Source: "urn:pe:test", ID: id, Type: "report.received", At: noon, RecordedAt: noon.Add(time.Minute), Data: parsed,
	}
	return store.Recorded{Event: e, Digest: event.Digest{byte(seq)}, Seq: seq, ReceivedAt: noon.Add(time.Hour)}
}

func insertEvents(t *testing.T, s *store.Store, events ...store.Recorded) {
	t.Helper()
	if err := s.InsertEvents(t.Context(), events); err != nil {
		t.Fatal(err)
	}
}

func TestEventsComeBackAsTheyWent(t *testing.T) {
	s, _ := opened(t)
	e := recorded(t, "c-1", "e-1", 7, `{"ubigeo":"040101","channel":"police","urgent":true,"violence":["physical","sexual"]}`)
	e.DataSchema = "urn:schema"
	insertEvents(t, s, e)
	history, err := s.History(t.Context(), []string{"c-1", "c-2"})
	if err != nil {
		t.Fatal(err)
	}
	want := e
	want.ReceivedAt = time.Time{} // Set on insert only.
	if len(history) != 1 || len(history["c-1"]) != 1 {
		t.Fatalf("history = %v, want the one event of c-1", history)
	}
	got := history["c-1"][0]
	gotData, wantData := canonical(t, got.Data), canonical(t, want.Data)
	if gotData != wantData {
		t.Errorf("data = %s, want %s", gotData, wantData)
	}
	if got.Digest != want.Digest || got.Seq != want.Seq || got.DataSchema != want.DataSchema ||
		!got.At.Equal(want.At) || !got.RecordedAt.Equal(want.RecordedAt) || !got.ReceivedAt.IsZero() {
		t.Errorf("event = %+v, want %+v", got, want)
	}
	if got.Place() != "040101" {
		t.Errorf("place = %q", got.Place())
	}
}

func canonical(t *testing.T, d event.Data) string {
	t.Helper()
	b, err := d.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestDoubleInsertCountsOnce(t *testing.T) {
	s, _ := opened(t)
	events := []store.Recorded{
		recorded(t, "c-1", "e-1", 1, `{"ubigeo":"04"}`), recorded(t, "c-1", "e-2", 2, `{"ubigeo":"04"}`), recorded(t, "c-2", "e-1", 3, `{"ubigeo":"04"}`),
	}
	insertEvents(t, s, events...)
	insertEvents(t, s, events[1:]...)
	insertEvents(t, s, events[:2]...)
	got, err := s.Extent(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(store.Extent{Events: 3, Cases: 2, LastEventAt: noon, LastSeq: 3}, got); diff != "" {
		t.Error(diff)
	}
	var cases []string
	for c, err := range s.Cases(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		cases = append(cases, fmt.Sprint(c.CaseID, len(c.Plain())))
	}
	if diff := cmp.Diff([]string{"c-12", "c-21"}, cases); diff != "" {
		t.Error(diff)
	}
}

func TestOfOneIdentityTheLowestSequenceStays(t *testing.T) {
	for _, order := range [][]uint64{{5, 9}, {9, 5}} {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			s, _ := opened(t)
			for _, seq := range order {
				insertEvents(t, s, recorded(t, "c-1", "e-1", seq, fmt.Sprintf(`{"ubigeo":"0%d"}`, seq)))
			}
			history, err := s.History(t.Context(), []string{"c-1"})
			if err != nil {
				t.Fatal(err)
			}
			if got := history["c-1"]; len(got) != 1 || got[0].Seq != 5 || got[0].Place() != "05" {
				t.Errorf("history = %+v, want the event of sequence 5 alone", got)
			}
		})
	}
}

func TestStoredCasesAreThoseWithEvents(t *testing.T) {
	s, _ := opened(t)
	insertEvents(t, s, recorded(t, "c-1", "e-1", 1, `{"ubigeo":"04"}`), recorded(t, "c-1", "e-2", 2, `{"ubigeo":"04"}`), recorded(t, "c-3", "e-1", 3, `{"ubigeo":"04"}`))
	for _, asked := range [][]string{{"c-1", "c-2", "c-3"}, {"c-2"}, nil} {
		got, err := s.StoredCases(t.Context(), asked)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]bool{}
		for _, id := range asked {
			if id != "c-2" {
				want[id] = true
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("of %v (-want +got):\n%s", asked, diff)
		}
	}
}

// Frames hold many events at one sequence; the line decides, behind the sequence.
func TestOfOneIdentityTheFirstLineOfAFrameStays(t *testing.T) {
	type place struct {
		seq  uint64
		line int
	}
	for _, order := range [][]place{{{5, 2}, {5, 7}}, {{5, 7}, {5, 2}}, {{6, 1}, {5, 2000}, {5, 2}}, {{5, 2}, {1 << 40, 1}}, {{5, 2}, {6, 0}}} {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			s, _ := opened(t)
			for _, at := range order {
				e := recorded(t, "c-1", "e-1", at.seq, fmt.Sprintf(`{"place":"%d/%d"}`, at.seq, at.line))
				e.Line, e.DataText = at.line, fmt.Appendf(nil, `{"place":"%d/%d"}`, at.seq, at.line)
				insertEvents(t, s, e)
			}
			history, err := s.History(t.Context(), []string{"c-1"})
			if err != nil {
				t.Fatal(err)
			}
			if got := history["c-1"]; len(got) != 1 || got[0].Data.Text("place") != "5/2" {
				t.Errorf("history = %+v, want the second line of frame 5 alone", got)
			}
		})
	}
}

func TestCasesSinceASequence(t *testing.T) {
	s, _ := opened(t)
	insertEvents(t, s, recorded(t, "c-1", "e-1", 1, `{"ubigeo":"04"}`), recorded(t, "c-2", "e-1", 2, `{"ubigeo":"04"}`), recorded(t, "c-2", "e-2", 3, `{"ubigeo":"04"}`))
	got, err := s.CasesSince(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"c-2"}, got); diff != "" {
		t.Error(diff)
	}
}

// owed is an open obligation that falls due a day after noon.
func owed(caseID string) obligation.Obligation {
	due := noon.Add(24 * time.Hour)
	return obligation.Obligation{
		CaseID: caseID, Duty: "measures-decided", Instance: "-", Regime: "pm-24h", Kind: "law", Confidence: "high",
		Implication: "protection-measures", InstitutionKind: "family-court", Institution: "jf-1", Place: "040101",
		Risk: "severe", Area: "urban", StartedAt: noon, DueAt: due, LapsesFrom: due.Add(time.Millisecond), LapsesBy: due.Add(time.Millisecond),
	}
}

func insert(t *testing.T, s *store.Store, changes ...store.Change) {
	t.Helper()
	if err := s.InsertObligations(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
}

func stored(t *testing.T, s *store.Store) []obligation.Obligation {
	t.Helper()
	var out []obligation.Obligation
	for o, err := range s.Obligations(t.Context(), noon.AddDate(50, 0, 0)) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, o)
	}
	return out
}

func TestObligationsComeBackAsTheyWentAndInOrder(t *testing.T) {
	s, _ := opened(t)
	first, second := owed("c-1"), owed("c-2")
	second.DoneAt, second.Settled = noon.Add(time.Hour), obligation.Met
	insert(t, s, store.Change{Obligation: &second, Catalogue: "x", Version: 1}, store.Change{Obligation: &first, Catalogue: "x", Version: 1})
	if diff := cmp.Diff([]obligation.Obligation{first, second}, stored(t, s)); diff != "" {
		t.Error(diff)
	}
	known, err := s.Known(t.Context(), []string{"c-1", "c-3"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[obligation.Key]uint64{first.Key(): (&store.Change{Obligation: &first, Catalogue: "x"}).Digest()}, known); diff != "" {
		t.Error(diff)
	}
}

func TestObligationsReplaceByVersionAndTombstonesVanish(t *testing.T) {
	done := owed("c-1")
	done.DoneAt, done.Settled = noon.Add(time.Hour), obligation.Met
	for _, c := range []struct {
		name    string
		changes []store.Change
		want    []obligation.Obligation
	}{
		{"the higher version stays", []store.Change{{Obligation: new(owed("c-1")), Version: 1}, {Obligation: &done, Version: 2}}, []obligation.Obligation{done}},
		{"an older fold that comes late changes nothing", []store.Change{{Obligation: &done, Version: 2}, {Obligation: new(owed("c-1")), Version: 1}}, []obligation.Obligation{done}},
		{"a tombstone removes the row", []store.Change{{Obligation: &done, Version: 2}, {Obligation: &done, Version: 3, Gone: true}}, nil},
		{"an old tombstone removes nothing", []store.Change{{Obligation: &done, Version: 3}, {Obligation: &done, Version: 2, Gone: true}}, []obligation.Obligation{done}},
		{"a row may come back", []store.Change{{Obligation: &done, Version: 2, Gone: true}, {Obligation: &done, Version: 3}}, []obligation.Obligation{done}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := opened(t)
			for _, change := range c.changes {
				insert(t, s, change)
			}
			if diff := cmp.Diff(c.want, stored(t, s)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRebuildPutsTheNewTableInPlace(t *testing.T) {
	s, _ := opened(t)
	insert(t, s, store.Change{Obligation: new(owed("old")), Version: 9})
	for range 2 { // The second one finds what the first left behind.
		r, err := s.StartRebuild(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Insert(t.Context(), store.Rows{Obligations: []store.Change{{Obligation: new(owed("new")), Version: 1}}}); err != nil {
			t.Fatal(err)
		}
		if err := r.Finish(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]obligation.Obligation{owed("new")}, stored(t, s)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestAnUnfinishedRebuildChangesNothing(t *testing.T) {
	s, _ := opened(t)
	insert(t, s, store.Change{Obligation: new(owed("old")), Version: 9})
	r, err := s.StartRebuild(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Insert(t.Context(), store.Rows{Obligations: []store.Change{{Obligation: new(owed("new")), Version: 1}}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]obligation.Obligation{owed("old")}, stored(t, s)); diff != "" {
		t.Error(diff)
	}
}

// A rebuild of very many inserts lets its parts be merged while it goes on: ClickHouse would slow it down, and then refuse
// it. Inserts of nothing count, and leave no part.
func TestALongRebuildMergesWhileItIsFilled(t *testing.T) {
	s, _ := opened(t)
	r, err := s.StartRebuild(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fill := func(inserts int, caseID string) {
		t.Helper()
		for range inserts - 1 {
			if err := r.Insert(t.Context(), store.Rows{}); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Insert(t.Context(), store.Rows{Obligations: []store.Change{{Obligation: new(owed(caseID)), Version: 1}}}); err != nil {
			t.Fatal(err)
		}
	}
	merge := func() error { return s.Exec(t.Context(), "OPTIMIZE TABLE obligations_next FINAL") }
	fill(1, "c-1")
	fill(498, "c-2")
	if err := merge(); err == nil {
		t.Error("499 inserts are merged already")
	}
	fill(1, "c-3")
	if err := merge(); err != nil {
		t.Errorf("500 inserts are not merged: %v", err)
	}
	fill(1, "c-4")
	if err := r.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]obligation.Obligation{owed("c-1"), owed("c-2"), owed("c-3"), owed("c-4")}, stored(t, s)); diff != "" {
		t.Error(diff)
	}
}

// While tables are filled anew their parts wait; afterwards they are merged again, in
// the table that is in use now.
func TestARebuildMergesAtTheEnd(t *testing.T) {
	s, _ := opened(t)
	r, err := s.StartRebuild(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, caseID := range []string{"c-1", "c-2"} {
		if err := r.Insert(t.Context(), store.Rows{Obligations: []store.Change{{Obligation: new(owed(caseID)), Version: 1}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Exec(t.Context(), "OPTIMIZE TABLE obligations_next FINAL"); err == nil {
		t.Error("parts are merged while the table is filled")
	}
	if err := r.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"obligations", "contributions"} {
		if err := s.Exec(t.Context(), "OPTIMIZE TABLE "+table+" FINAL"); err != nil {
			t.Errorf("parts are never merged again: %v", err)
		}
	}
}

func TestLaggingFindsCasesWhosePeriodsEndTooSoon(t *testing.T) {
	s, _ := opened(t)
	period := func(caseID, instance string, due time.Time, settled obligation.Status) store.Change {
		o := owed(caseID)
		o.Duty, o.Instance, o.DueAt, o.Settled = "periodic-report", instance, due, settled
		return store.Change{Obligation: &o, Version: 1}
	}
	near, far := noon.AddDate(0, 6, 0), noon.AddDate(2, 0, 0)
	insert(t, s,
		period("c-near", "m-1/1", near, ""),
		period("c-far", "m-1/1", near, ""), period("c-far", "m-1/2", far, ""),
		period("c-void", "m-1/1", near, obligation.Void),
		period("c-two", "m-1/1", far, ""), period("c-two", "m-2/1", near, obligation.Met),
	)
	for _, c := range []struct {
		name   string
		duties []string
		want   []string
	}{
		{"one measure that lags is enough", []string{"periodic-report"}, []string{"c-near", "c-two"}},
		{"other duties do not recur", []string{"measures-decided"}, nil},
		{"no duty, no case", nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := s.Lagging(t.Context(), c.duties, noon.AddDate(1, 0, 0))
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(got)
			if diff := cmp.Diff(c.want, got, equateEmpty); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestStateIsRemembered(t *testing.T) {
	s, _ := opened(t)
	if got, err := s.State(t.Context(), "a-name"); err != nil || got != "" {
		t.Fatalf("State = %q, %v, want none", got, err)
	}
	if err := s.SetState(t.Context(), "a-name", "ley-30364/1"); err != nil {
		t.Fatal(err)
	}
	if got, err := s.State(t.Context(), "a-name"); err != nil || got != "ley-30364/1" {
		t.Fatalf("State = %q, %v", got, err)
	}
}

func TestSnapshotsAreKeptOnce(t *testing.T) {
	s, conn := opened(t)
	numbers := []store.Number{{Name: "amparo_obligations", Labels: map[string]string{"region": "coast", "duty": "d"}, Value: 3}}
	for range 2 {
		if err := s.InsertSnapshot(t.Context(), noon, "ley-30364/1", numbers); err != nil {
			t.Fatal(err)
		}
	}
	var n uint64
	var sum float64
	if err := conn.QueryRow(t.Context(), "SELECT count(), sum(value) FROM snapshots FINAL").Scan(&n, &sum); err != nil {
		t.Fatal(err)
	}
	if n != 1 || sum != 3 {
		t.Errorf("%d rows with the sum %v, want one row of 3", n, sum)
	}
}

func TestOpeningTwiceMigratesOnce(t *testing.T) {
	s, conn := opened(t)
	insert(t, s, store.Change{Obligation: new(owed("c-1")), Version: 1})
	ledger := func() (n uint64) {
		t.Helper()
		if err := conn.QueryRow(t.Context(), "SELECT count() FROM migrations").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := ledger()
	var database string
	if err := conn.QueryRow(t.Context(), "SELECT currentDatabase()").Scan(&database); err != nil {
		t.Fatal(err)
	}
	again := open(t, database)
	if after := ledger(); before == 0 || after != before {
		t.Errorf("%d migrations recorded, then %d", before, after)
	}
	if got := stored(t, again); len(got) != 1 {
		t.Errorf("%d obligations after opening again, want 1", len(got))
	}
}

func TestErrorsSayWhatTheyMean(t *testing.T) {
	t.Run("a table that is not there is our fault", func(t *testing.T) {
		s, conn := opened(t)
		if err := conn.Exec(t.Context(), "DROP TABLE obligations SYNC"); err != nil {
			t.Fatal(err)
		}
		err := s.InsertObligations(t.Context(), []store.Change{{Obligation: new(owed("c-1")), Version: 1}})
		e := asError(t, err)
		if e.Temporary() || e.BadRow() || e.Code != 60 {
			t.Errorf("error %v: code %d, temporary %t, bad row %t", e, e.Code, e.Temporary(), e.BadRow())
		}
	})
	t.Run("a column that is not there is our fault", func(t *testing.T) {
		s, conn := opened(t)
		if err := conn.Exec(t.Context(), "ALTER TABLE obligations DROP COLUMN area"); err != nil {
			t.Fatal(err)
		}
		for _, err := range s.Obligations(t.Context(), noon) {
			if e := asError(t, err); e.Temporary() || e.BadRow() {
				t.Errorf("error %v: temporary %t, bad row %t", e, e.Temporary(), e.BadRow())
			}
		}
	})
	t.Run("a cancelled context stays what it is", func(t *testing.T) {
		s, _ := opened(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Extent(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want the cancellation", err)
		}
	})
}

func asError(t *testing.T, err error) *store.Error {
	t.Helper()
	e, ok := errors.AsType[*store.Error](err)
	if !ok {
		t.Fatalf("error %v is not of the store", err)
	}
	return e
}

func TestDatabaseNamesAreChecked(t *testing.T) {
	for _, name := range []string{"Amparo", "a-b", "a b", "a;DROP", "ñ", "a.b"} {
		_, err := store.Open(t.Context(), store.Config{
			Transport: enginetest.Open(t).Transport(), Database: name, Log: slog.New(slog.DiscardHandler),
		}, time.Now)
		if err == nil {
			t.Errorf("database %q was accepted", name)
		}
	}
}

func TestAStoreNeedsAnAddress(t *testing.T) {
	if _, err := store.Open(t.Context(), store.Config{Log: slog.New(slog.DiscardHandler)}, time.Now); err == nil {
		t.Error("a store without an address was opened")
	}
}

// What is stored answers for an instant only under the law that judged it, with no
// event after the instant and with periods written beyond it.
func TestStoredRowsAnswerOnlyWhatTheyAreOf(t *testing.T) {
	s, _ := opened(t)
	answers := func(label string, asOf time.Time) bool {
		t.Helper()
		got, err := s.Answers(t.Context(), label, asOf)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	insertEvents(t, s, recorded(t, "c-1", "e-1", 1, `{"ubigeo":"0401"}`))
	if answers("law/1", noon) {
		t.Error("a store that nobody judged answers")
	}
	if err := s.SetJudgedBy(t.Context(), "law/1"); err != nil {
		t.Fatal(err)
	}
	if answers("law/1", noon) {
		t.Error("a store without periods answers")
	}
	if err := s.SetPeriodsUntil(t.Context(), noon.AddDate(0, 1, 0)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		label string
		asOf  time.Time
		want  bool
	}{
		{"law/1", noon, true},
		{"law/1", noon.Add(time.Hour), true},
		{"law/1", noon.Add(-time.Millisecond), false}, // an event lies after it
		{"law/1", noon.AddDate(0, 1, 1), false},       // periods may begin before it
		{"law/2", noon, false},
	} {
		if got := answers(c.label, c.asOf); got != c.want {
			t.Errorf("%s at %s: answers %t, want %t", c.label, c.asOf, got, c.want)
		}
	}
}

// A scratch holds rows of its own, and is gone when it is closed.
func TestAScratchIsApart(t *testing.T) {
	s, conn := opened(t)
	scratch, err := s.Scratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := scratch.Insert(t.Context(), store.Rows{Obligations: []store.Change{{Obligation: new(owed("c-1")), Version: 1}}}); err != nil {
		t.Fatal(err)
	}
	cut := counting.Cut{AsOf: noon, Choice: store.Choice{Kinds: []string{"law"}}}
	for of, want := range map[*store.Store]int{s: 0, scratch.Store: 1} {
		counts, err := counting.Of(of).ObligationCounts(t.Context(), cut)
		if err != nil || len(counts) != want {
			t.Errorf("%v, %v, want %d", counts, err, want)
		}
	}
	if err := scratch.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	var left uint64
	if err := conn.QueryRow(t.Context(), "SELECT count() FROM system.databases WHERE startsWith(name, 'amparo_scratch_')").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d scratch databases left, %v", left, err)
	}
}
