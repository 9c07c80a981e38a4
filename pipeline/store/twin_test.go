package store_test

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/schemas/law"
)

var equateEmpty = cmpopts.EquateEmpty()

// someObligations draws obligations around noon, with deadlines on the instants
// at which the tests ask.
func someObligations(t *rapid.T) []store.Change {
	near := rapid.SampledFrom([]time.Duration{-40 * 24 * time.Hour, -25 * time.Hour, -time.Millisecond, 0, time.Millisecond, time.Minute, 26 * time.Hour, 400 * 24 * time.Hour})
	text := func(values ...string) string { return rapid.SampledFrom(values).Draw(t, "text") }
	changes := make([]store.Change, rapid.IntRange(1, 40).Draw(t, "rows"))
	for i := range changes {
		o := owed(fmt.Sprintf("c-%03d", i))
		o.Duty, o.Kind = text("measures-decided", "file-acknowledged"), law.Kind(text("law", "target", "right"))
		o.Confidence, o.InstitutionKind = text("high", "low"), text("family-court", "police-station")
		o.Institution, o.Place = text("", "o-1", "o-2"), text("04", "0401", "040101", "2101", "210101")
		o.Risk, o.Area = text("mild", "severe", "undetermined"), text("", "urban", "rural")
		o.DueAt = noon.Add(near.Draw(t, "due"))
		o.StartedAt = o.DueAt.Add(-rapid.SampledFrom([]time.Duration{time.Minute, 90 * time.Second, 24 * time.Hour, 20 * 24 * time.Hour}).Draw(t, "allowed"))
		o.LapsesFrom = o.DueAt.Add(rapid.SampledFrom([]time.Duration{0, time.Millisecond}).Draw(t, "lapses"))
		o.LapsesBy = o.LapsesFrom.Add(rapid.SampledFrom([]time.Duration{0, 0, 24 * time.Hour}).Draw(t, "span"))
		o.Settled = obligation.Status(text("", "", string(obligation.Met), string(obligation.Late), string(obligation.Void), string(obligation.Unclear)))
		if o.Settled == obligation.Met || o.Settled == obligation.Late {
			o.DoneAt = o.StartedAt.Add(rapid.SampledFrom([]time.Duration{-time.Hour, 0, time.Millisecond, time.Minute, 61 * time.Second, 11*24*time.Hour + time.Second}).Draw(t, "done"))
		}
		changes[i] = store.Change{Obligation: o, Version: 1}
	}
	return changes
}

func asObligations(changes []store.Change, startedBy time.Time) store.Obligations {
	return iter.Seq2[obligation.Obligation, error](func(yield func(obligation.Obligation, error) bool) {
		for _, c := range changes {
			if !c.StartedAt.After(startedBy) && !yield(c.Obligation, nil) {
				return
			}
		}
	})
}

// Everything that is counted in SQL is counted in Go as well, for past instants;
// the two must agree on any obligations.
func TestSQLAndGoAgree(t *testing.T) {
	s, conn := opened(t)
	rapid.Check(t, func(rt *rapid.T) {
		if err := conn.Exec(t.Context(), "TRUNCATE TABLE obligations"); err != nil {
			rt.Fatal(err)
		}
		changes := someObligations(rt)
		if err := s.InsertObligations(t.Context(), changes); err != nil {
			rt.Fatal(err)
		}
		asOf := noon.Add(rapid.SampledFrom([]time.Duration{-25 * time.Hour, 0, time.Millisecond, 24 * time.Hour}).Draw(rt, "asOf"))
		agreeOnTotals(rt, s, changes, asOf)
		agreeOnComparison(rt, s, changes, asOf)
		agreeOnWarnings(rt, s, changes, asOf)
	})
}

func agreeOnTotals(t *rapid.T, s *store.Store, changes []store.Change, asOf time.Time) {
	w := store.Windows{AsOf: asOf, MonthFrom: asOf.AddDate(0, -1, 0), MonthTo: asOf, YearFrom: asOf.AddDate(-1, 0, 0)}
	got, err := s.Totals(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	type key struct {
		duty, kind, confidence, province string
		status                           obligation.Status
	}
	want := map[key]store.Total{}
	for o := range asObligations(changes, asOf) {
		k := key{o.Duty, string(o.Kind), o.Confidence, o.Place[:min(4, len(o.Place))], o.Status(asOf)}
		total, ok := want[k]
		if !ok {
			total = store.Total{Duty: k.duty, Kind: k.kind, Confidence: k.confidence, Province: k.province, Status: k.status, FirstDue: o.DueAt}
		}
		total.Add(o.DueAt, w)
		want[k] = total
	}
	have := map[key]store.Total{}
	for _, total := range got {
		have[key{total.Duty, total.Kind, total.Confidence, total.Province, total.Status}] = total
	}
	if diff := cmp.Diff(want, have); diff != "" || len(have) != len(got) {
		t.Fatalf("totals (-Go +SQL):\n%s", diff)
	}
}

func agreeOnComparison(t *rapid.T, s *store.Store, changes []store.Change, asOf time.Time) {
	cut := store.Cut{
		AsOf: asOf, Duties: []string{"measures-decided"}, Choice: store.Choice{Kinds: []string{"law", "target"}, Without: []string{"low"}},
		A:      store.Span{From: noon.Add(-30 * 24 * time.Hour), To: noon},
		B:      store.Span{From: noon.Add(-26 * time.Hour), To: noon.AddDate(50, 0, 0)},
		ByArea: rapid.Bool().Draw(t, "by area"),
	}
	want, err := cut.TallyOffices(asObligations(changes, asOf))
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.OfficeCounts(t.Context(), cut)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "offices", want, got)

	sides := [2]store.Side{{Provinces: []string{"0401", "04"}}, {Provinces: []string{"2101"}, Area: "rural"}}
	durations, err := cut.TallyDurations(sides, asObligations(changes, asOf))
	if err != nil {
		t.Fatal(err)
	}
	gotDurations, err := s.Durations(t.Context(), cut, sides)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "durations", durations, gotDurations)

	zone, err := time.LoadLocation("America/Lima")
	if err != nil {
		t.Fatal(err)
	}
	months, err := cut.TallyMonths(zone, asObligations(changes, asOf))
	if err != nil {
		t.Fatal(err)
	}
	gotMonths, err := s.MonthCounts(t.Context(), cut, zone)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "months", months, gotMonths)
}

func agreeOnWarnings(t *rapid.T, s *store.Store, changes []store.Change, asOf time.Time) {
	of := store.Choice{Kinds: []string{"law", "target"}, Without: rapid.SampledFrom([][]string{nil, {"low"}}).Draw(t, "without")}
	want, err := store.TallyOpenAges(asOf, asOf.Add(24*time.Hour), of, asObligations(changes, asOf))
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.OpenAges(t.Context(), asOf, asOf.Add(24*time.Hour), of)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "open ages", want, got)

	regions := map[string]string{"0401": "highlands", "04": "highlands", "2101": "coast"}
	strata, err := store.TallyStrata(asOf, noon.AddDate(0, -1, 0), of, regions, asObligations(changes, asOf))
	if err != nil {
		t.Fatal(err)
	}
	gotStrata, err := s.StratumDurations(t.Context(), asOf, noon.AddDate(0, -1, 0), of, regions)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "strata", strata, gotStrata)
}

// equal compares rows in any order.
func equal[T any](t *rapid.T, what string, want, got []T) {
	byText := func(a, b T) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }
	slices.SortFunc(want, byText)
	slices.SortFunc(got, byText)
	if diff := cmp.Diff(want, got, equateEmpty); diff != "" {
		t.Fatalf("%s (-Go +SQL):\n%s", what, diff)
	}
}

func TestProvincesAreThoseSeen(t *testing.T) {
	s, _ := opened(t)
	if got, err := s.Provinces(t.Context()); err != nil || len(got) != 0 {
		t.Fatalf("Provinces = %v, %v, want none", got, err)
	}
	insert(t, s, store.Change{Obligation: owed("c-1"), Version: 1}, store.Change{Obligation: owed("c-2"), Version: 1})
	got, err := s.Provinces(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"0401"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestTimesAreOfOneDuty(t *testing.T) {
	s, _ := opened(t)
	for _, duties := range [][]string{nil, {"a", "b"}} {
		cut := store.Cut{AsOf: noon, Duties: duties, Choice: store.Choice{Kinds: []string{"law"}}}
		if _, err := s.Durations(t.Context(), cut, [2]store.Side{}); err == nil {
			t.Errorf("durations of %v were counted", duties)
		}
		if _, err := s.MonthCounts(t.Context(), cut, time.UTC); err == nil {
			t.Errorf("months of %v were counted", duties)
		}
	}
}
