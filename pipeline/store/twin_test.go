package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"amparo/pipeline/contribution"
	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/pipeline/store/counting"
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
		changes[i] = store.Change{Obligation: &o, Version: 1}
	}
	return changes
}

// What is counted in SQL is what obligation.Status says of each obligation, on any of
// them: there is one rule, and this is where its two texts are held against each other.
func TestSQLAndGoAgree(t *testing.T) {
	s, conn := opened(t)
	lima, err := time.LoadLocation("America/Lima")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		if err := conn.Exec(t.Context(), "TRUNCATE TABLE obligations"); err != nil {
			rt.Fatal(err)
		}
		changes := someObligations(rt)
		if err := s.InsertObligations(t.Context(), changes); err != nil {
			rt.Fatal(err)
		}
		asOf := noon.Add(rapid.SampledFrom([]time.Duration{-25 * time.Hour, 0, time.Millisecond, 24 * time.Hour}).Draw(rt, "asOf"))
		cut := counting.Cut{
			AsOf: asOf, Choice: store.Choice{Kinds: []string{"law", "target"}, Without: []string{"low"}}, Zone: lima,
			Spans: counting.Spans{{From: asOf.AddDate(0, -1, 0), To: asOf}, {From: noon.Add(-26 * time.Hour), To: noon.AddDate(50, 0, 0)}, {}},
			By:    []counting.By{counting.ByDuty, counting.ByProvince, counting.ByMonth, counting.ByAge},
		}
		got, err := counting.Of(s).ObligationCounts(t.Context(), cut)
		if err != nil {
			rt.Fatal(err)
		}
		equal(rt, "counts", countedInGo(changes, &cut), got)
		cut.By = []counting.By{counting.ByRisk}
		times, err := counting.Of(s).ObligationTimes(t.Context(), cut, counting.FineClock)
		if err != nil {
			rt.Fatal(err)
		}
		equal(rt, "times", timedInGo(changes, &cut), timedInSQL(times))
	})
}

// within reports which spans hold a deadline.
func within(spans counting.Spans, due time.Time) (in counting.InSpans) {
	for i, s := range spans {
		if s == (store.Span{}) || due.After(s.From) && !due.After(s.To) {
			in[i] = 1
		}
	}
	return in
}

func wanted(c *store.Change, cut *counting.Cut) bool {
	return !c.StartedAt.After(cut.AsOf) && slices.Contains(cut.Kinds, string(c.Kind)) && !slices.Contains(cut.Without, c.Confidence)
}

func countedInGo(changes []store.Change, cut *counting.Cut) []counting.ObligationCount {
	counts := map[string]*counting.ObligationCount{}
	for i := range changes {
		c := &changes[i]
		if !wanted(c, cut) {
			continue
		}
		n := counting.ObligationCount{
			Parts: counting.Parts{
				counting.ByDuty: c.Duty, counting.ByProvince: c.Place[:min(4, len(c.Place))],
				counting.ByMonth: c.DueAt.Add(-time.Millisecond).In(cut.Zone).Format("2006-01"),
				counting.ByAge:   fmt.Sprint(int64(cut.AsOf.Sub(c.StartedAt) / time.Minute)),
			},
			Basis: c.Basis(), Status: c.Status(cut.AsOf), FallenDue: !c.DueAt.After(cut.AsOf),
		}
		key := fmt.Sprint(n.Parts, n.Basis, n.Status, n.FallenDue)
		if counts[key] == nil {
			counts[key] = &n
		}
		sum := counts[key]
		sum.Every++
		for i, k := range within(cut.Spans, c.DueAt) {
			sum.In[i] += k
		}
	}
	return values(counts)
}

// A timed counts obligations that ended alike at about the same time after their start.
type timed struct {
	counting.Parts
	Status obligation.Status
	Ended  counting.Ended
	Took   int64
	Every  int64
	In     counting.InSpans
}

func timedInSQL(times []counting.ObligationTimes) []timed {
	var out []timed
	for i := range times {
		t := &times[i]
		for k, took := range t.Took.At {
			out = append(out, timed{t.Parts, t.Status, t.Ended, took, t.Every()[k], counting.InSpans{t.In(0)[k], t.In(1)[k], t.In(2)[k]}})
		}
	}
	return out
}

func timedInGo(changes []store.Change, cut *counting.Cut) []timed {
	counts := map[string]*timed{}
	for i := range changes {
		c := &changes[i]
		if !wanted(c, cut) {
			continue
		}
		n := timed{Parts: counting.Parts{counting.ByRisk: c.Risk}, Status: c.Status(cut.AsOf), Ended: counting.EndedOpen}
		until := cut.AsOf
		switch {
		case n.Status == obligation.Void:
			n.Ended = counting.EndedVoid
			if c.DueAt.Before(until) {
				until = c.DueAt
			}
		case !c.DoneAt.IsZero():
			n.Ended, until = counting.EndedDone, c.DoneAt
		}
		step := time.Minute
		took := max(0, until.Sub(c.StartedAt))
		if took > 10*24*time.Hour {
			step = time.Hour
		}
		n.Took = int64((took + step - 1) / step * (step / time.Minute))
		key := fmt.Sprint(n.Parts, n.Status, n.Ended, n.Took)
		if counts[key] == nil {
			counts[key] = &n
		}
		counts[key].Every++
		for i, k := range within(cut.Spans, c.DueAt) {
			counts[key].In[i] += k
		}
	}
	return values(counts)
}

func values[T any](of map[string]*T) []T {
	var out []T
	for _, v := range of {
		out = append(out, *v)
	}
	return out
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
	insert(t, s, store.Change{Obligation: new(owed("c-1")), Version: 1}, store.Change{Obligation: new(owed("c-2")), Version: 1})
	got, err := s.Provinces(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"0401"}, got); diff != "" {
		t.Error(diff)
	}
}

// How long a wait lasted is rounded in SQL where it has ended, and in Go where it goes on.
func TestWaitsAreRoundedAlike(t *testing.T) {
	s, _ := opened(t)
	day := int64(24 * 60 * 60 * 1000)
	want := map[int64]int64{}
	var rows []contribution.Row
	for _, took := range []int64{0, 29_999, 30_000, 30_001, 89_999, 90_000, day, 30*day - 1, 30 * day, 30*day + 1_799_999, 30*day + 1_800_000, 400*day + 12_345} {
		began := noon.Add(-time.Duration(took) * time.Millisecond)
		for _, until := range []time.Time{{}, noon} {
			r := contribution.Row{Indicator: "i", Role: contribution.Wait, At: began, Until: until}
			if !until.IsZero() {
				r.Ended = contribution.Reached
			}
			rows = append(rows, r)
		}
		want[counting.Waited(took)]++
	}
	if err := s.InsertContributions(t.Context(), []store.Contributions{{CaseID: "c-1", Role: contribution.Wait, Rows: rows, Catalogue: "c", Version: 1}}); err != nil {
		t.Fatal(err)
	}
	waits, err := counting.Of(s).ContributionWaits(t.Context(), counting.Draw{AsOf: noon, Indicators: []string{"i"}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[contribution.End]map[int64]int64{}
	for i := range waits {
		w := &waits[i]
		got[w.Ended] = map[int64]int64{}
		for k, at := range w.Waited.At {
			got[w.Ended][at] += w.In(2)[k]
		}
	}
	if diff := cmp.Diff(map[contribution.End]map[int64]int64{contribution.StillWaits: want, contribution.Reached: want}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
