package comparison

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"amparo/pipeline/indicator"
	"amparo/pipeline/statistics"
	"amparo/pipeline/store"
	"amparo/pipeline/store/counting"
	"amparo/schemas/law"
	"amparo/schemas/law/load"
	ley30364 "amparo/schemas/ley-30364"
)

func catalogue(t testing.TB) *law.Catalogue {
	t.Helper()
	cat, err := load.Catalogue(ley30364.Files)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

func TestGroupsAreRead(t *testing.T) {
	cat := catalogue(t)
	for _, c := range []struct{ text, name string }{
		{"highlands", "Highlands"}, {"department:04", "Arequipa"}, {"04", "Arequipa"}, {"urban", "urban"},
		{"before:2023-03-23", "before 2023-03-23"}, {"after:2023-03-23", "from 2023-03-23"}, {"period:2024-01..2024-06", "2024-01–2024-06"}, {"period:2024-01", "2024-01"},
	} {
		g, err := ParseGroup(cat, "natural", c.text)
		if err != nil || !strings.EqualFold(g.Name.In("en"), c.name) {
			t.Errorf("%s: %q, %v, want %q", c.text, g.Name.In("en"), err, c.name)
		}
	}
	for _, text := range []string{"", "x", "department:99", "99", "before:2023", "after:", "period:2024-06..2024-01", "period:x", "department:"} {
		if _, err := ParseGroup(cat, "natural", text); !errors.Is(err, ErrGroup) {
			t.Errorf("%q: %v, want %v", text, err, ErrGroup)
		}
	}
}

// holdsDeadline reports whether a span holds what falls due at an instant.
func holdsDeadline(s *store.Span, at time.Time) bool { return at.After(s.From) && !at.After(s.To) }

func TestSpansMeetWithoutOverlap(t *testing.T) {
	cat := catalogue(t)
	midnight := time.Date(2023, 3, 23, 0, 0, 0, 0, cat.Zone)
	for _, c := range []struct {
		due           time.Time
		before, after bool
	}{{midnight, true, false}, {midnight.Add(time.Millisecond), false, true}, {midnight.AddDate(0, 0, -1), true, false}} {
		for text, want := range map[string]bool{"before:2023-03-23": c.before, "after:2023-03-23": c.after} {
			g, err := ParseGroup(cat, "natural", text)
			if err != nil || holdsDeadline(g.span, c.due) != want {
				t.Errorf("%s holds %v: %t, %v", text, c.due, !want, err)
			}
		}
	}
}

func request(t *testing.T, cat *law.Catalogue, a, b string) Request {
	t.Helper()
	req := Request{Grouping: "natural", Terms: DefaultTerms(), Window: indicator.All}
	var err error
	if req.A, err = ParseGroup(cat, "natural", a); err != nil {
		t.Fatal(err)
	}
	if req.B, err = ParseGroup(cat, "natural", b); err != nil {
		t.Fatal(err)
	}
	return req
}

// An office is what one institution did under a duty, all of it in every span.
type office struct {
	duty, province, risk, name string
	met, failed                uint64
}

// offices are their counts as the store gives them.
func offices(of ...office) []counting.ObligationOutcome {
	var out []counting.ObligationOutcome
	for _, o := range of {
		n := counting.Outcomes{Met: int64(o.met), Failed: int64(o.failed)}
		out = append(out, counting.ObligationOutcome{
			Parts: counting.Parts{counting.ByDuty: o.duty, counting.ByProvince: o.province, counting.ByRisk: o.risk, counting.ByInstitution: o.name},
			In:    [3]counting.Outcomes{n, n, n},
		})
	}
	return out
}

func TestCountsGoToTheirSide(t *testing.T) {
	cat := catalogue(t)
	req := request(t, cat, "highlands", "coast")
	counts := offices(
		office{duty: "d", province: "2101", risk: "mild", name: "o-1", met: 3, failed: 1},
		office{duty: "d", province: "1501", risk: "mild", met: 5},
		office{duty: "d", province: "1601", risk: "mild", met: 9}, // jungle
	)
	got, err := req.assign(cat, counts)
	if err != nil {
		t.Fatal(err)
	}
	want := []SideCount{
		{Side: 0, Stratum: "mild", Office: "o-1", Counts: Counts{Met: 3, Failed: 1}},
		{Side: 1, Stratum: "mild", Counts: Counts{Met: 5}},
	}
	slices.SortFunc(got.byDuty["d"], func(a, b SideCount) int { return a.Side - b.Side })
	if diff := cmp.Diff(want, got.byDuty["d"]); diff != "" {
		t.Error(diff)
	}
	limits := req.limits(cat, []counting.ObligationBound{
		{Parts: counting.Parts{counting.ByProvince: "2101", counting.ByRisk: "mild"}, Shortest: time.Hour, Longest: 2 * time.Hour},
		{Parts: counting.Parts{counting.ByProvince: "1501", counting.ByRisk: "mild"}, Shortest: 90 * time.Minute, Longest: 3 * time.Hour},
		{Parts: counting.Parts{counting.ByProvince: "1601", counting.ByRisk: "mild"}, Shortest: time.Minute, Longest: 9 * time.Hour}, // jungle
	})
	if diff := cmp.Diff(map[string]Limits{"mild": {1, 3}}, limits); diff != "" {
		t.Error(diff)
	}
}

func TestGroupsThatShareCasesAreRefused(t *testing.T) {
	cat := catalogue(t)
	req := request(t, cat, "coast", "department:15")
	_, err := req.assign(cat, offices(office{duty: "d", province: "1501", met: 1}))
	if !errors.Is(err, ErrOverlap) {
		t.Errorf("error %v, want %v", err, ErrOverlap)
	}
}

// lasting are n durations of one side and end.
func lasting(side int, hours int64, events, competing, censored int64) []Duration {
	return ending(side, "mild", 60*hours, events, competing, censored)
}

func ending(side int, risk string, minutes, events, competing, censored int64) []Duration {
	return []Duration{
		{side, risk, minutes, counting.EndedDone, events}, {side, risk, minutes, counting.EndedVoid, competing}, {side, risk, minutes, counting.EndedOpen, censored},
	}
}

func TestTimes(t *testing.T) {
	limits := map[string]Limits{"mild": {24, 24}}
	spreadOut := func(side int, by, n int64) (out []Duration) {
		for h := range int64(40) {
			out = append(out, lasting(side, 1+h+by, n, 0, n/5)...)
		}
		return out
	}
	for _, c := range []struct {
		name      string
		durations []Duration
		verdict   Verdict
		doubt     Doubt
	}{
		{"nothing at all", nil, Unknown, DoubtNoCases},
		{"one side only", slices.Concat(lasting(0, 5, 100, 0, 0)), Unknown, DoubtNoCases},
		{"few cases", slices.Concat(lasting(0, 5, 29, 0, 0), lasting(1, 5, 100, 0, 0)), Unknown, DoubtTooFew},
		{"all still open at one instant", slices.Concat(lasting(0, 5, 0, 0, 100), lasting(1, 5, 0, 0, 100)), Equivalent, ""},
		{"all done at one instant", slices.Concat(lasting(0, 5, 100, 0, 0), lasting(1, 5, 100, 0, 0)), Equivalent, ""},
		{"all fell away", slices.Concat(lasting(0, 5, 0, 100, 0), lasting(1, 5, 0, 100, 0)), Equivalent, ""},
		{"all done at time zero", slices.Concat(lasting(0, 0, 100, 0, 0), lasting(1, 0, 100, 0, 0)), Equivalent, ""},
		{"ten hours later", slices.Concat(spreadOut(0, 0, 10), spreadOut(1, 10, 10)), Different, ""},
		{"the same times of many", slices.Concat(spreadOut(0, 0, 10), spreadOut(1, 0, 10)), Equivalent, ""},
		{"the same times of few", slices.Concat(spreadOut(0, 0, 1), spreadOut(1, 0, 1)), Unknown, DoubtWide},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := CompareTimes(c.durations, limits, DefaultTerms())
			if err != nil {
				t.Fatal(err)
			}
			if got.Verdict != c.verdict || got.Reason != c.doubt {
				t.Errorf("verdict %s (%s), want %s (%s): %+v", got.Verdict, got.Reason, c.verdict, c.doubt, got.MeanDifference)
			}
			if _, err := json.Marshal(got); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestThoseThatFellAwayCompete(t *testing.T) {
	counts := slices.Concat(lasting(0, 10, 40, 0, 0), lasting(0, 5, 0, 40, 0), lasting(0, 30, 20, 0, 0))
	got, err := CompareTimes(counts, map[string]Limits{"mild": {24, 24}}, DefaultTerms())
	if err != nil {
		t.Fatal(err)
	}
	s := got.Sides[0]
	near(t, "done by the limit", *s.DoneBy, 0.4, 1e-12)
	near(t, "undone at the limit, were nothing to fall away", s.Undone.Estimate, 1.0/3, 1e-12)
	near(t, "median", *s.Median, 10, 1e-12)
}

func TestLimitsThatDifferGiveNoCommonLimit(t *testing.T) {
	counts := slices.Concat(lasting(0, 10, 40, 0, 0), lasting(1, 10, 40, 0, 0))
	got, err := CompareTimes(counts, map[string]Limits{"mild": {24, 24}, "severe": {48, 72}}, DefaultTerms())
	if err != nil {
		t.Fatal(err)
	}
	if got.Limit != nil || got.Sides[0].Undone != nil || got.Horizon != 72 || got.Strata[0].Limit == nil {
		t.Errorf("limit %v, horizon %v, strata %+v", got.Limit, got.Horizon, got.Strata)
	}
}

func TestFunnelMarksOfficesOutsideAndRanksNone(t *testing.T) {
	cat := catalogue(t)
	req := request(t, cat, "highlands", "coast")
	req.Duties, req.Terms = []*law.Duty{{ID: "d"}}, DefaultTerms()
	var of []office
	for _, name := range []string{"c", "a", "b", "d", "e"} {
		of = append(of, office{name: name, province: "2101", met: 80, failed: 20})
	}
	of = append(of, office{name: "low", province: "2101", met: 40, failed: 60}, office{name: "small", province: "2101", met: 1, failed: 28},
		office{province: "2101", met: 8, failed: 2}, office{name: "of the coast", province: "1501", met: 100})
	got := req.funnel(cat, offices(of...))
	where := map[string]Flag{}
	var order []string
	for _, o := range got.Offices {
		where[o.Office] = o.Where
		order = append(order, o.Office)
	}
	if where["a"] == Alarm || where["low"] != Alarm || where["small"] != TooSmall || where["of the coast"] != "" || got.Unnamed != 10 || got.Phi != nil {
		t.Errorf("positions %v, unnamed %d, phi %v", where, got.Unnamed, got.Phi)
	}
	if !slices.IsSorted(order) {
		t.Errorf("offices in the order %v, not by code", order)
	}
	for _, empty := range [][]office{nil, {{name: "a", province: "2101", failed: 50}}, {{name: "a", province: "2101", met: 50}}} {
		if _, err := json.Marshal(req.funnel(cat, offices(empty...))); err != nil {
			t.Error(err)
		}
	}
}

func TestMonthsShowSignalsAndChangesOfLaw(t *testing.T) {
	cat := catalogue(t)
	d, ok := cat.Duty("measures-decided")
	if !ok {
		t.Fatal("no duty measures-decided")
	}
	req := request(t, cat, "highlands", "coast")
	req.Duties, req.Terms = []*law.Duty{d}, DefaultTerms()
	var counts []counting.ObligationOutcome
	at := time.Date(2022, 6, 1, 0, 0, 0, 0, time.UTC)
	for i := range 18 {
		met := uint64(70 + i%2)
		if i == 16 {
			met = 20
		}
		for _, n := range offices(office{province: "2101", met: met, failed: 100 - met}) {
			n.Parts[counting.ByMonth] = at.AddDate(0, i, 0).Format("2006-01")
			counts = append(counts, n)
		}
	}
	chart := func(months int) *MonthReport {
		return req.controlChart(cat, counts[:months], "2023-12")
	}
	got := chart(18)
	if !slices.Contains(got.Months[16].Signals, statistics.OutsideLimits) {
		t.Errorf("signals of the bad month: %v", got.Months[16].Signals)
	}
	if before := req.controlChart(cat, counts, "2023-11"); len(before.Months) != 17 {
		t.Errorf("%d months before the current one, want 17", len(before.Months))
	}
	if march := got.Months[9]; march.Month != "2023-03" || len(march.Changes) == 0 {
		t.Errorf("%s has the changes %v", march.Month, march.Changes)
	}
	if got.Trial || chart(5).Mean == nil || !chart(5).Trial || chart(0).Mean != nil {
		t.Error("limits of few months are provisional, and none has none")
	}
}

func TestGapsOfAllPairsAreOneFamily(t *testing.T) {
	cat := catalogue(t)
	duties, err := Duties(&indicator.Reader{Catalogue: cat}, indicator.Options{}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var of []office
	for _, province := range []string{"2101", "1501", "1601"} {
		met := map[string]uint64{"2101": 600, "1501": 800, "1601": 800}[province]
		of = append(of, office{duty: "measures-decided", province: province, risk: "mild", met: met, failed: 1000 - met})
	}
	req := Request{Grouping: "natural", Duties: duties, Implications: true, Window: indicator.Year, Terms: DefaultTerms()}
	gaps, err := req.gaps(cat, cat.Places.Regions("natural"), offices(of...))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]Verdict{}
	for _, g := range gaps {
		if g.Topic == "measures-decided" {
			found[g.Pair] = g.Verdict
			if g.Family != 6 { // Three pairs, the duty and its implication.
				t.Errorf("family of %d", g.Family)
			}
		}
	}
	if diff := cmp.Diff(map[string]Verdict{"coast-highlands": Different, "coast-jungle": Equivalent, "highlands-jungle": Different}, found); diff != "" {
		t.Error(diff)
	}
}

func TestAnyTimesGiveAnAnswer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.SampledFrom([]int64{0, 0, 1, 20, 4000, 1_000_000_000})
		var durations []Duration
		limits := map[string]Limits{}
		for range rapid.IntRange(0, 12).Draw(t, "durations") {
			risk := rapid.SampledFrom([]string{"", "mild"}).Draw(t, "risk")
			durations = append(durations, ending(rapid.IntRange(0, 1).Draw(t, "side"), risk, rapid.SampledFrom([]int64{0, 1, 60, 1440, 500_000}).Draw(t, "minutes"),
				some.Draw(t, "events"), some.Draw(t, "competing"), some.Draw(t, "censored"))...)
			limits[risk] = Limits{rapid.SampledFrom([]float64{0, 24}).Draw(t, "shortest"), rapid.SampledFrom([]float64{24, 720}).Draw(t, "longest")}
		}
		got, err := CompareTimes(durations, limits, DefaultTerms())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(got); err != nil {
			t.Fatal(err)
		}
		if got.Verdict == Unknown && got.Reason == "" {
			t.Fatal("unknown without a reason")
		}
	})
}
