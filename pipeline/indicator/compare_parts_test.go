package indicator

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"amparo/pipeline/statistics"
	"amparo/pipeline/store"
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

func TestSpansMeetWithoutOverlap(t *testing.T) {
	cat := catalogue(t)
	midnight := time.Date(2023, 3, 23, 0, 0, 0, 0, cat.Zone)
	for _, c := range []struct {
		due           time.Time
		before, after bool
	}{{midnight, true, false}, {midnight.Add(time.Millisecond), false, true}, {midnight.AddDate(0, 0, -1), true, false}} {
		for text, want := range map[string]bool{"before:2023-03-23": c.before, "after:2023-03-23": c.after} {
			g, err := ParseGroup(cat, "natural", text)
			if err != nil || g.span.Holds(c.due) != want {
				t.Errorf("%s holds %v: %t, %v", text, c.due, !want, err)
			}
		}
	}
}

func request(t *testing.T, cat *law.Catalogue, a, b string) Request {
	t.Helper()
	req := Request{Grouping: "natural", Terms: DefaultTerms(), Window: All}
	var err error
	if req.A, err = ParseGroup(cat, "natural", a); err != nil {
		t.Fatal(err)
	}
	if req.B, err = ParseGroup(cat, "natural", b); err != nil {
		t.Fatal(err)
	}
	return req
}

func TestCountsGoToTheirSide(t *testing.T) {
	cat := catalogue(t)
	req := request(t, cat, "highlands", "coast")
	counts := []store.OfficeCount{
		{Duty: "d", Province: "2101", Risk: "mild", Institution: "o-1", InA: true, InB: true, Met: 3, Failed: 1, Shortest: time.Hour, Longest: 2 * time.Hour},
		{Duty: "d", Province: "1501", Risk: "mild", InA: true, InB: true, Met: 5},
		{Duty: "d", Province: "1601", Risk: "mild", InA: true, InB: true, Met: 9}, // jungle
	}
	got, err := req.assign(cat, counts)
	if err != nil {
		t.Fatal(err)
	}
	want := []SideCount{
		{Side: 0, Stratum: "mild", Office: "o-1", Counts: Counts{Met: 3, Failed: 1}},
		{Side: 1, Stratum: "mild", Counts: Counts{Met: 5}},
	}
	if diff := cmp.Diff(want, got.byDuty["d"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([2]store.Side{{Provinces: []string{"2101"}}, {Provinces: []string{"1501"}}}, got.sides); diff != "" {
		t.Error(diff)
	}
}

func TestGroupsThatShareCasesAreRefused(t *testing.T) {
	cat := catalogue(t)
	req := request(t, cat, "coast", "department:15")
	_, err := req.assign(cat, []store.OfficeCount{{Duty: "d", Province: "1501", InA: true, InB: true, Met: 1}})
	if !errors.Is(err, ErrOverlap) {
		t.Errorf("error %v, want %v", err, ErrOverlap)
	}
}

// lasting are n durations of one side and end.
func lasting(side int, hours int64, events, competing, censored uint64) store.DurationCount {
	return store.DurationCount{Side: side, Risk: "mild", Minutes: 60 * hours, Events: events, Competing: competing, Censored: censored}
}

func TestTimes(t *testing.T) {
	limits := map[string]limitSpan{"mild": {24, 24}}
	spreadOut := func(side int, by int64, n uint64) (out []store.DurationCount) {
		for h := range int64(40) {
			out = append(out, lasting(side, 1+h+by, n, 0, n/5))
		}
		return out
	}
	for _, c := range []struct {
		name      string
		durations []store.DurationCount
		verdict   Verdict
		doubt     Doubt
	}{
		{"nothing at all", nil, Unknown, DoubtNoCases},
		{"one side only", []store.DurationCount{lasting(0, 5, 100, 0, 0)}, Unknown, DoubtNoCases},
		{"few cases", []store.DurationCount{lasting(0, 5, 29, 0, 0), lasting(1, 5, 100, 0, 0)}, Unknown, DoubtTooFew},
		{"all still open at one instant", []store.DurationCount{lasting(0, 5, 0, 0, 100), lasting(1, 5, 0, 0, 100)}, Equivalent, ""},
		{"all done at one instant", []store.DurationCount{lasting(0, 5, 100, 0, 0), lasting(1, 5, 100, 0, 0)}, Equivalent, ""},
		{"all fell away", []store.DurationCount{lasting(0, 5, 0, 100, 0), lasting(1, 5, 0, 100, 0)}, Equivalent, ""},
		{"all done at time zero", []store.DurationCount{lasting(0, 0, 100, 0, 0), lasting(1, 0, 100, 0, 0)}, Equivalent, ""},
		{"ten hours later", slices.Concat(spreadOut(0, 0, 10), spreadOut(1, 10, 10)), Different, ""},
		{"the same times of many", slices.Concat(spreadOut(0, 0, 10), spreadOut(1, 0, 10)), Equivalent, ""},
		{"the same times of few", slices.Concat(spreadOut(0, 0, 1), spreadOut(1, 0, 1)), Unknown, DoubtWide},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := compareTimes(c.durations, limits, DefaultTerms())
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
	counts := []store.DurationCount{lasting(0, 10, 40, 0, 0), lasting(0, 5, 0, 40, 0), lasting(0, 30, 20, 0, 0)}
	got, err := compareTimes(counts, map[string]limitSpan{"mild": {24, 24}}, DefaultTerms())
	if err != nil {
		t.Fatal(err)
	}
	s := got.Sides[0]
	near(t, "done by the limit", *s.DoneBy, 0.4, 1e-12)
	near(t, "undone at the limit, were nothing to fall away", s.Undone.Estimate, 1.0/3, 1e-12)
	near(t, "median", *s.Median, 10, 1e-12)
}

func TestLimitsThatDifferGiveNoCommonLimit(t *testing.T) {
	counts := []store.DurationCount{lasting(0, 10, 40, 0, 0), lasting(1, 10, 40, 0, 0)}
	got, err := compareTimes(counts, map[string]limitSpan{"mild": {24, 24}, "severe": {48, 72}}, DefaultTerms())
	if err != nil {
		t.Fatal(err)
	}
	if got.Limit != nil || got.Sides[0].Undone != nil || got.Horizon != 72 || got.Strata[0].Limit == nil {
		t.Errorf("limit %v, horizon %v, strata %+v", got.Limit, got.Horizon, got.Strata)
	}
}

func TestFunnelMarksOfficesOutsideAndRanksNone(t *testing.T) {
	var counts []store.OfficeCount
	for _, name := range []string{"c", "a", "b", "d", "e"} {
		counts = append(counts, store.OfficeCount{Institution: name, Province: "2101", Met: 80, Failed: 20})
	}
	counts = append(counts,
		store.OfficeCount{Institution: "low", Met: 40, Failed: 60}, store.OfficeCount{Institution: "small", Met: 1, Failed: 28}, store.OfficeCount{Met: 8, Failed: 2})
	got := funnel("d", counts, func(string) string { return "" }, 0.95)
	where := map[string]Position{}
	var order []string
	for _, o := range got.Offices {
		where[o.Office] = o.Where
		order = append(order, o.Office)
	}
	if where["a"] == Alarm || where["low"] != Alarm || where["small"] != TooSmall || got.Unnamed != 10 || got.Phi != nil {
		t.Errorf("positions %v, unnamed %d, phi %v", where, got.Unnamed, got.Phi)
	}
	if !slices.IsSorted(order) {
		t.Errorf("offices in the order %v, not by code", order)
	}
	for _, empty := range [][]store.OfficeCount{nil, {{Institution: "a", Failed: 50}}, {{Institution: "a", Met: 50}}} {
		if _, err := json.Marshal(funnel("d", empty, func(string) string { return "" }, 0.95)); err != nil {
			t.Error(err)
		}
	}
}

func TestMonthsShowSignalsAndChangesOfLaw(t *testing.T) {
	d, ok := catalogue(t).Duty("measures-decided")
	if !ok {
		t.Fatal("no duty measures-decided")
	}
	var counts []store.MonthCount
	at := time.Date(2022, 6, 1, 0, 0, 0, 0, time.UTC)
	for i := range 18 {
		met := uint64(70 + i%2)
		if i == 16 {
			met = 20
		}
		counts = append(counts, store.MonthCount{Province: "2101", Month: at.AddDate(0, i, 0).Format("2006-01"), Met: met, Failed: 100 - met})
	}
	got := controlChart(d, counts, 0.95)
	if !slices.Contains(got.Months[16].Signals, statistics.OutsideLimits) {
		t.Errorf("signals of the bad month: %v", got.Months[16].Signals)
	}
	if march := got.Months[9]; march.Month != "2023-03" || len(march.Changes) == 0 {
		t.Errorf("%s has the changes %v", march.Month, march.Changes)
	}
	if got.Trial || controlChart(d, counts[:5], 0.95).Mean == nil || !controlChart(d, counts[:5], 0.95).Trial || controlChart(d, nil, 0.95).Mean != nil {
		t.Error("limits of few months are provisional, and none has none")
	}
}

func TestWarnings(t *testing.T) {
	region := func(string) string { return "highlands" }
	past := []store.StratumDuration{
		{Duty: "d", Minutes: 600, Events: 500}, {Duty: "d", Minutes: 1500, Events: 500},
	}
	open := func(age int64, n uint64) []store.OpenAge {
		return []store.OpenAge{{Duty: "d", Province: "2101", Age: age, Allowed: 1440, FallsDue: true, Count: n}}
	}
	for _, c := range []struct {
		name     string
		past     []store.StratumDuration
		open     []store.OpenAge
		expected float64 // below 0: none
	}{
		{"half of the young are missed", past, open(0, 40), 20},
		{"all that are past the quick ones are missed", past, open(700, 40), 40},
		{"without a past nothing is known", nil, open(0, 40), -1},
		{"a past that was not watched long enough tells nothing", []store.StratumDuration{{Duty: "d", Minutes: 600, Censored: 500}}, open(0, 40), -1},
		{"nothing falls due", past, []store.OpenAge{{Duty: "d", Province: "2101", Allowed: 9999, Count: 40}}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := forecast(c.past, c.open, region, region)
			if err != nil || len(got) != 1 {
				t.Fatalf("%v, %v", got, err)
			}
			w := got[0]
			if w.Open != 40 || (w.Expected == nil) != (c.expected < 0) {
				t.Fatalf("%+v", w)
			}
			if w.Expected != nil {
				near(t, "expected", *w.Expected, c.expected, 0.05)
				if float64(w.Low) > *w.Expected || float64(w.High) < *w.Expected || w.High > w.FallDue {
					t.Errorf("%d to %d around %v", w.Low, w.High, *w.Expected)
				}
			}
		})
	}
}

func TestGapsOfAllPairsAreOneFamily(t *testing.T) {
	cat := catalogue(t)
	duties, err := (&Reader{Catalogue: cat}).Duties(Options{}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var counts []store.OfficeCount
	for _, province := range []string{"2101", "1501", "1601"} {
		met := map[string]uint64{"2101": 600, "1501": 800, "1601": 800}[province]
		counts = append(counts, store.OfficeCount{Duty: "measures-decided", Province: province, Risk: "mild", InA: true, InB: true, Met: met, Failed: 1000 - met})
	}
	req := Request{Grouping: "natural", Duties: duties, Implications: true, Window: Year, Terms: DefaultTerms()}
	gaps, err := req.gaps(cat, cat.Places.Regions("natural"), counts)
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
	series := func(gaps []Gap) int { return len(gapNumbers(gaps)) }
	if got, want := series(gaps), len(gaps)+6*3; got != want {
		t.Errorf("%d series, want a verdict each and three bounds where there is a difference: %d", got, want)
	}
}

func TestAnyTimesGiveAnAnswer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.SampledFrom([]uint64{0, 0, 1, 20, 4000, 1_000_000_000})
		durations := make([]store.DurationCount, rapid.IntRange(0, 12).Draw(t, "durations"))
		limits := map[string]limitSpan{}
		for i := range durations {
			risk := rapid.SampledFrom([]string{"", "mild"}).Draw(t, "risk")
			durations[i] = store.DurationCount{
				Side: rapid.IntRange(0, 1).Draw(t, "side"), Risk: risk, Minutes: rapid.SampledFrom([]int64{0, 1, 60, 1440, 500_000}).Draw(t, "minutes"),
				Events: some.Draw(t, "events"), Competing: some.Draw(t, "competing"), Censored: some.Draw(t, "censored"),
			}
			limits[risk] = limitSpan{rapid.SampledFrom([]float64{0, 24}).Draw(t, "shortest"), rapid.SampledFrom([]float64{24, 720}).Draw(t, "longest")}
		}
		got, err := compareTimes(durations, limits, DefaultTerms())
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

func TestAnyPastGivesAForecast(t *testing.T) {
	same := func(place string) string { return place }
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.SampledFrom([]int64{0, 15, 1440, 3000, 100_000})
		some := rapid.SampledFrom([]uint64{0, 1, 29, 31, 1_000_000})
		past := make([]store.StratumDuration, rapid.IntRange(0, 8).Draw(t, "past"))
		for i := range past {
			past[i] = store.StratumDuration{
				Duty: "d", Risk: rapid.SampledFrom([]string{"", "mild"}).Draw(t, "risk"), Minutes: minutes.Draw(t, "minutes"),
				Events: some.Draw(t, "events"), Censored: some.Draw(t, "censored"),
			}
		}
		open := []store.OpenAge{}
		for range rapid.IntRange(1, 5).Draw(t, "open") {
			age := minutes.Draw(t, "age")
			open = append(open, store.OpenAge{
				Duty: "d", Risk: "mild", Age: age, Allowed: age + minutes.Draw(t, "left"), FallsDue: rapid.Bool().Draw(t, "due"), Count: 1 + some.Draw(t, "count"),
			})
		}
		got, err := forecast(past, open, same, same)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range got {
			if _, err := json.Marshal(w); err != nil {
				t.Fatal(err)
			}
			if w.Expected != nil && (float64(w.Low) > *w.Expected+1e-6 || float64(w.High) < *w.Expected-1e-6 || w.Low < 0 || w.High > w.FallDue) {
				t.Fatalf("%d to %d of %d around %v", w.Low, w.High, w.FallDue, *w.Expected)
			}
		}
	})
}
