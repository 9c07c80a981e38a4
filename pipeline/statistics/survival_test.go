package statistics

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLungCurveMatchesR(t *testing.T) {
	curve := kaplanMeier(t, load(t, "lung.csv").whole(t))
	if curve.Size != 228 || curve.Events != 165 {
		t.Errorf("%d of %d, want 165 of 228", curve.Events, curve.Size)
	}
	for _, c := range []struct{ q, time, low, high float64 }{{0.25, 170, 144, 194}, {0.5, 310, 284, 361}, {0.75, 550, 457, 643}} {
		got, err := curve.Quantile(c.q)
		if err != nil {
			t.Fatal(err)
		}
		nearSome(t, "quantile", got.Time, c.time, 0)
		nearSome(t, "quantile low", got.Low, c.low, 0)
		nearSome(t, "quantile high", got.High, c.high, 0)
	}
	for _, c := range []struct{ t, s, se, low, high float64 }{
		{90, 0.8815789, 0.02139822, 0.8318, 0.9174},
		{180, 0.7216707, 0.02981242, 0.65830453, 0.7753147},
		{365, 0.4092416, 0.03582364, 0.33871427, 0.4783808},
	} {
		got := curve.At(c.t)
		nearSome(t, "survival", got.Survival, c.s, 1e-7)
		nearSome(t, "error", got.StdError, c.se, 1e-7)
		if c.t > 90 {
			nearSome(t, "low", got.Low, c.low, 1e-7)
			nearSome(t, "high", got.High, c.high, 1e-7)
		}
	}
}

func TestMediansMatchR(t *testing.T) {
	for _, c := range []struct {
		file, column, group string
		time, low, high     float64
	}{
		{"lung.csv", "sex", "1", 270, 210, 306},
		{"lung.csv", "sex", "2", 426, 345, 524},
		{"veteran.csv", "trt", "1", 103, 54, 126},
		{"veteran.csv", "trt", "2", 52.5, 43, 90}, // A flat stretch at one half: its middle.
		{"veteran.csv", "celltype", "squamous", 118, 44, 242},
		{"veteran.csv", "celltype", "smallcell", 51, 24, 61},
		{"veteran.csv", "celltype", "adeno", 51, 24, 90},
		{"veteran.csv", "celltype", "large", 156, 100, 216},
		{"aml.csv", "group", "Maintained", 31, 13, none},
		{"aml.csv", "group", "Nonmaintained", 23, 5, 33},
		{"gehan.csv", "group", "6-MP", 23, 13, none},
		{"gehan.csv", "group", "control", 8, 4, 11},
	} {
		t.Run(c.file+" "+c.group, func(t *testing.T) {
			got := kaplanMeier(t, load(t, c.file).groups(t, c.column, c.group)[0]).Median()
			nearSome(t, "median", got.Time, c.time, 1e-12)
			nearSome(t, "low", got.Low, c.low, 1e-12)
			nearSome(t, "high", got.High, c.high, 1e-12)
		})
	}
}

func TestRestrictedMeansMatchR(t *testing.T) {
	sexes := load(t, "lung.csv").groups(t, "sex", "1", "2")
	for i, want := range [][3]float64{{241.495085, 10.3582265, 151.680080}, {297.465410, 10.7913240, 168.007973}} {
		curve := kaplanMeier(t, sexes[i])
		year, err := curve.RestrictedMean(365)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "mean to 365", year.Value, want[0], 1e-8)
		near(t, "error", year.StdError, want[1], 1e-8)
		half, err := curve.RestrictedMean(180)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "mean to 180", half.Value, want[2], 1e-8)
	}
}

func TestSmallCurveMatchesStatsmodels(t *testing.T) {
	first := tabulate(t, rows([]float64{3, 1, 2, 3, 2, 1, 5, 3}, []int{0, 1, 1, 1, 0, 0, 1, 0}))
	curve := kaplanMeier(t, first)
	for i, want := range []struct{ time, s, se float64 }{{1, 0.875, 0.1169268}, {2, 0.7291667, 0.1649762}, {3, 0.546875, 0.20058}, {5, 0, none}} {
		nearSome(t, "survival", Some(curve.Points[i].Survival), want.s, 1e-6)
		nearSome(t, "error", curve.At(want.time).StdError, want.se, 1e-6)
	}
	second := tabulate(t, rows([]float64{1, 1, 2, 3, 7, 1, 5, 3, 9}, []int{0, 1, 0, 0, 1, 0, 1, 0, 1}))
	got := logRank(t, []Stratum{{first, second}}, 0)
	near(t, "χ²", got.ChiSquared, 2.14673, 1e-5)
	near(t, "p", got.P, 0.14287, 1e-5)
}

func TestQuantilesTakeTheMiddleOfAFlatStretch(t *testing.T) {
	curve := kaplanMeier(t, tabulate(t, rows([]float64{9, 1, 1, 6, 6, 8, 10}, []int{1, 1, 0, 1, 1, 0, 0})))
	for _, c := range []struct{ survival, want float64 }{
		{13.0 / 14, 1}, {6.0 / 7, 3.5}, {2.0 / 3, 6}, {0.5, 9}, {9.0 / 35, 9.5}, {0.1, none},
	} {
		got, err := curve.Quantile(1 - c.survival)
		if err != nil {
			t.Fatal(err)
		}
		nearSome(t, "quantile", got.Time, c.want, 1e-12)
	}
}

func TestLateEntryMatchesR(t *testing.T) {
	starts := []float64{1, 2, 5, 2, 1, 7, 3, 4, 8, 8}
	stops := []float64{2, 3, 6, 7, 8, 9, 9, 9, 14, 17}
	events := []int{1, 1, 1, 1, 1, 1, 1, 0, 0, 0}
	late := rows(stops, events)
	for i := range late {
		late[i].Entry = starts[i]
	}
	curve := kaplanMeier(t, tabulate(t, late))
	var atRisk []int64
	for i, p := range curve.Points {
		atRisk = append(atRisk, p.AtRisk)
		near(t, "survival", p.Survival, []float64{0.5, 1.0 / 3, 4.0 / 15, 1.0 / 5, 3.0 / 20, 9.0 / 100}[i], 1e-12)
	}
	if diff := cmp.Diff([]int64{2, 3, 5, 4, 4, 5}, atRisk); diff != "" {
		t.Error(diff)
	}
}

func TestWhoeverEntersAfterTheCurveReachedZeroDoesNotLiftIt(t *testing.T) {
	curve := kaplanMeier(t, LifeTable{{Time: 1, Events: 2}, {Time: 2, Entries: 5}, {Time: 3, Events: 1, Censored: 4}})
	for _, at := range []float64{1, 3, 100} {
		if got, want := curve.At(at), (Estimate{Survival: Some(0)}); got != want {
			t.Errorf("at %v: %+v", at, got)
		}
	}
}

func TestCurveOutsideItsEvents(t *testing.T) {
	curve := kaplanMeier(t, LifeTable{{Time: 5, Events: 1}, {Time: 9, Censored: 3}})
	if got, want := curve.At(4), (Estimate{Survival: Some(1), StdError: Some(0)}); got != want {
		t.Errorf("before the first event: %+v", got)
	}
	if got := curve.At(9); !got.Survival.Exists {
		t.Errorf("at the last observed time: %+v", got)
	}
	if got := curve.At(9.01); got != (Estimate{}) {
		t.Errorf("after the last observed time: %+v", got)
	}
	empty := kaplanMeier(t, nil)
	if got := empty.At(0); got != (Estimate{}) || empty.Median() != (Quantile{}) {
		t.Errorf("nobody at all: %+v, %+v", got, empty.Median())
	}
	if _, err := empty.RestrictedMean(1); !errors.Is(err, ErrUndefined) {
		t.Errorf("mean of nobody: %v", err)
	}
}

func TestAMedianThatEndsTheCurveLiesBetweenItAndTheLastObservation(t *testing.T) {
	got := kaplanMeier(t, LifeTable{{Time: 5, Events: 2}, {Time: 9, Censored: 2}}).Median()
	nearSome(t, "median", got.Time, 7, 0)
	// 9/10 · 5/9 is one half, but not in doubles.
	got = kaplanMeier(t, LifeTable{{Time: 1, Events: 1}, {Time: 2, Events: 4}, {Time: 4, Events: 5}}).Median()
	nearSome(t, "median", got.Time, 3, 0)
}

func TestLogRankMatchesR(t *testing.T) {
	lung, veteran := load(t, "lung.csv"), load(t, "veteran.csv")
	gehan, aml := load(t, "gehan.csv"), load(t, "aml.csv")
	bmt := load(t, "bmt.csv").without("group", "1")
	for _, modulus := range []int{5, 8} {
		for i := range bmt["time"] {
			column := "mod" + string(rune('0'+modulus))
			bmt[column] = append(bmt[column], string(rune('0'+i%modulus)))
		}
	}
	lungECOG := lung.without("ecog", "NA")
	celltypes := []string{"squamous", "smallcell", "adeno", "large"}
	for _, c := range []struct {
		name   string
		strata []Stratum
		rho    float64
		chisq  float64
		p      float64
	}{
		{"lung by sex", []Stratum{lung.groups(t, "sex", "1", "2")}, 0, 10.32674195, 0.00131116452},
		{"lung by sex, early events", []Stratum{lung.groups(t, "sex", "1", "2")}, 1, 12.7141514, none},
		{"lung by sex within performance", lungECOG.strata(t, "ecog", "sex", "1", "2"), 0, 10.79505963, 0.001017713},
		{"veteran by treatment", []Stratum{veteran.groups(t, "trt", "1", "2")}, 0, 0.008227343202, 0.92772723},
		{"veteran by treatment within cell type", veteran.strata(t, "celltype", "trt", "1", "2"), 0, 0.7017433468, 0.40219852},
		{"veteran by cell type", []Stratum{veteran.groups(t, "celltype", celltypes...)}, 0, 25.40370035, none},
		{"aml", []Stratum{aml.groups(t, "group", "Maintained", "Nonmaintained")}, 0, 3.396388699, 0.06533932},
		{"gehan", []Stratum{gehan.groups(t, "group", "6-MP", "control")}, 0, 16.79294099, 4.168809e-05},
		{"gehan, early events", []Stratum{gehan.groups(t, "group", "6-MP", "control")}, 1, 14.45715082, none},
		{"bone marrow", []Stratum{bmt.groups(t, "group", "2", "3")}, 0, 13.44556, none},
		{"bone marrow, five strata", bmt.strata(t, "mod5", "group", "2", "3"), 0, 11.97799, none},
		{"bone marrow, eight strata", bmt.strata(t, "mod8", "group", "2", "3"), 0, 12.12631, none},
		{"lymphoma by stage", []Stratum{load(t, "lymphoma.csv").groups(t, "group", "1", "2")}, 0, 6.70971, none},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := logRank(t, c.strata, c.rho)
			near(t, "χ²", got.ChiSquared, c.chisq, 1e-6)
			if !math.IsNaN(c.p) {
				near(t, "p", got.P, c.p, 1e-5)
			}
		})
	}
}

func TestLogRankPartsMatchR(t *testing.T) {
	lung := logRank(t, []Stratum{load(t, "lung.csv").groups(t, "sex", "1", "2")}, 0)
	near(t, "lung E1", lung.Groups[0].Expected, 91.58173903, 1e-9)
	near(t, "lung E2", lung.Groups[1].Expected, 73.41826097, 1e-9)
	near(t, "lung V", lung.Groups[0].Variance, 40.37143398, 1e-9)
	if lung.Groups[0].Observed != 112 || lung.Groups[1].Observed != 53 {
		t.Errorf("lung O = %+v", lung.Groups)
	}
	gehan := logRank(t, []Stratum{load(t, "gehan.csv").groups(t, "group", "6-MP", "control")}, 0)
	near(t, "gehan E1", gehan.Groups[0].Expected, 19.25050095, 1e-9)
	near(t, "gehan E2", gehan.Groups[1].Expected, 10.74949905, 1e-9)
	near(t, "gehan V", gehan.Groups[0].Variance, 6.256960574, 1e-9)
	aml := logRank(t, []Stratum{load(t, "aml.csv").groups(t, "group", "Maintained", "Nonmaintained")}, 0)
	near(t, "aml E1", aml.Groups[0].Expected, 10.689335992, 1e-9)
	veteran := load(t, "veteran.csv").groups(t, "celltype", "squamous", "smallcell", "adeno", "large")
	for i, g := range logRank(t, []Stratum{veteran}, 0).Groups {
		near(t, "veteran E", g.Expected, []float64{47.65467767, 30.10207933, 15.69376461, 34.54947839}[i], 1e-9)
	}
}

func TestSixTimesInTwoGroupsMatchLifelines(t *testing.T) {
	for _, c := range []struct {
		events   []int
		chisq, p float64
	}{{[]int{1, 1, 1, 1, 1, 1}, 0.254237, 0.614107}, {[]int{1, 0, 1, 1, 0, 1}, 0.384615, 0.535143}} {
		times := []float64{10, 20, 30, 10, 20, 50}
		got := logRank(t, []Stratum{{tabulate(t, rows(times[:3], c.events[:3])), tabulate(t, rows(times[3:], c.events[3:]))}}, 0)
		near(t, "χ²", got.ChiSquared, c.chisq, 1e-6)
		near(t, "p", got.P, c.p, 1e-6)
	}
}

func TestLogRankWithLateEntryIsTheCoxScoreTest(t *testing.T) {
	all := rows([]float64{5, 3, 4, 2, 5, 4, 6, 7, 5, 9}, []int{1, 1, 0, 1, 1, 0, 1, 1, 0, 0})
	without := logRank(t, []Stratum{{tabulate(t, all[:5]), tabulate(t, all[5:])}}, 0)
	near(t, "χ² without entries", without.ChiSquared, 6.694424330195508, 1e-12)
	for i, entry := range []float64{1, 2, 2, 1, 3, 3, 5, 4, 2, 5} {
		all[i].Entry = entry
	}
	with := logRank(t, []Stratum{{tabulate(t, all[:5]), tabulate(t, all[5:])}}, 0)
	near(t, "χ² with entries", with.ChiSquared, 3, 1e-12)
}

func TestOnePersonBesideMillionsKeepsItsDigits(t *testing.T) {
	// Two equal groups and one person with the event at the first of two times: for the person alone O − E is 1 − d/r
	// and V is d/r·(1 − d/r), up to the tie factor.
	const n = 10_000_000
	million := LifeTable{{Time: 1, Events: n / 2, Censored: n / 2}}
	person := LifeTable{{Time: 1, Events: 1}}
	got := logRank(t, []Stratum{{person, million, million}}, 0)
	const r, d = 2*n + 1, n + 1
	share := 1.0 / r
	o, v := 1-d*share, d*share*(1-share)*(r-d)/(r-1)
	// The two large groups do not differ, so that nothing but the person is left of the statistic.
	near(t, "χ²", got.ChiSquared, o*o/v, 1e-9)
	if got.DF != 2 {
		t.Errorf("df = %d, want 2", got.DF)
	}
}

func TestLogRankThatComparesNothingIsUndefined(t *testing.T) {
	event := LifeTable{{Time: 5, Events: 2, Censored: 1}}
	for name, strata := range map[string][]Stratum{
		"one group":                       {{event}},
		"no events":                       {{LifeTable{{Time: 5, Censored: 2}}, LifeTable{{Time: 6, Censored: 2}}}},
		"gone before the first event":     {{event, LifeTable{{Time: 1, Censored: 9}}}},
		"everyone at risk has the event":  {{LifeTable{{Time: 5, Events: 2}}, LifeTable{{Time: 5, Events: 2}}}},
		"groups in different strata only": {{event, nil}, {nil, event}},
		"two pairs that never meet": {{
			LifeTable{{Time: 1, Events: 1}, {Time: 2, Censored: 3}}, LifeTable{{Time: 1, Events: 1}, {Time: 2, Censored: 2}},
			LifeTable{{Time: 3, Entries: 4}, {Time: 4, Events: 1}, {Time: 5, Censored: 3}},
			LifeTable{{Time: 3, Entries: 3}, {Time: 4, Events: 1}, {Time: 5, Censored: 2}},
		}},
	} {
		if got, err := LogRank(strata, 0); !errors.Is(err, ErrUndefined) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := LogRank(nil, 0); !errors.Is(err, ErrInvalid) {
		t.Errorf("no stratum: %v", err)
	}
	if _, err := LogRank([]Stratum{{event, event}, {event}}, 0); !errors.Is(err, ErrInvalid) {
		t.Errorf("strata of different lengths: %v", err)
	}
	if _, err := LogRank([]Stratum{{event, event}}, -1); !errors.Is(err, ErrInvalid) {
		t.Errorf("negative rho: %v", err)
	}
}

func TestAalenJohansenMatchesR(t *testing.T) {
	table := load(t, "mgus2.csv").whole(t)
	curve, err := AalenJohansen(table)
	if err != nil {
		t.Fatal(err)
	}
	censoring := kaplanMeier(t, table.CompetingAsCensored())
	if censoring.Events != 115 || table.Size() != 1384 {
		t.Errorf("%d progressions, %d people", censoring.Events, table.Size())
	}
	for _, c := range []struct{ t, incidence, wrong float64 }{
		{60, 0.03410371, 0.04215386}, {120, 0.06372217, 0.09522166}, {240, 0.09981372, 0.20956162},
	} {
		nearSome(t, "incidence", curve.At(c.t).Incidence, c.incidence, 1e-8)
		// Censoring the deaths answers another question and doubles the number.
		nearSome(t, "survival", censoring.At(c.t).Survival, 1-c.wrong, 1e-8)
	}
}

func TestIncidenceOutsideItsEvents(t *testing.T) {
	curve, err := AalenJohansen(LifeTable{{Time: 2, Events: 1, Competing: 1}, {Time: 4, Censored: 1}})
	if err != nil {
		t.Fatal(err)
	}
	nearSome(t, "before", curve.At(1).Incidence, 0, 0)
	nearSome(t, "after", curve.At(5).Incidence, none, 0)
	exhausted, err := AalenJohansen(LifeTable{{Time: 2, Events: 1, Competing: 1}})
	if err != nil {
		t.Fatal(err)
	}
	nearSome(t, "after everyone ended", exhausted.At(5).Incidence, 0.5, 0)
}

func TestInstantsThatDifferByRoundingAreOne(t *testing.T) {
	first, second := 0.1, 0.2 // Constants would add up exactly.
	times := []float64{first + second, 0.3, 5}
	entries := []float64{0, 0.3 + 1e-9, 0}
	AlignTimes(times, entries)
	if diff := cmp.Diff([][]float64{{0.3, 0.3, 5}, {0, 0.3, 0}}, [][]float64{times, entries}); diff != "" {
		t.Error(diff)
	}
	// A millisecond between far instants is rounding relative to their mean; between near ones it is not.
	for _, c := range []struct{ times, want []float64 }{
		{[]float64{1e9, 1e9 + 1}, []float64{1e9, 1e9}},
		{[]float64{1, 1 + 1e-7}, []float64{1, 1 + 1e-7}},
		{[]float64{1 + 2e-8, 1 + 1e-8, 1}, []float64{1, 1, 1}}, // Neighbours tie, and so do neighbours of neighbours.
		{nil, nil},
	} {
		AlignTimes(c.times)
		if diff := cmp.Diff(c.want, c.times); diff != "" {
			t.Error(diff)
		}
	}
}

func TestInconsistentTablesAreRefused(t *testing.T) {
	for name, table := range map[string]LifeTable{
		"negative time":          {{Time: -1, Events: 1}},
		"endless time":           {{Time: math.Inf(1), Events: 1}},
		"times out of order":     {{Time: 2, Events: 1}, {Time: 1, Events: 1}},
		"the same time twice":    {{Time: 2, Events: 1}, {Time: 2, Events: 1}},
		"negative count":         {{Time: 2, Events: -1}},
		"entries that never end": {{Time: 1, Events: 1}, {Time: 2, Entries: 1}},
	} {
		_, errKM := KaplanMeier(table, 0.95)
		_, errAJ := AalenJohansen(table)
		_, errLR := LogRank([]Stratum{{table, {{Time: 1, Events: 1}}}}, 0)
		for _, err := range []error{errKM, errAJ, errLR} {
			if !errors.Is(err, ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if _, err := KaplanMeier(LifeTable{{Time: 1, Competing: 1}}, 0.95); !errors.Is(err, ErrInvalid) {
		t.Errorf("competing ends in a Kaplan-Meier curve: %v", err)
	}
	for name, o := range map[string]Observation{
		"entry at the time": {Entry: 2, Time: 2, Count: 1}, "negative entry": {Entry: -1, Time: 2, Count: 1},
		"unknown outcome": {Time: 2, Outcome: 3, Count: 1}, "no number": {Time: math.NaN(), Count: 1},
	} {
		if _, err := Tabulate([]Observation{o}); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkTabulateAMillionRows(b *testing.B) {
	rows := make([]Observation, 1_000_000)
	for i := range rows {
		rows[i] = Observation{Time: float64(i * 7919 % 1_000_003), Outcome: Outcome(i % 2), Count: 1}
	}
	for b.Loop() {
		if _, err := Tabulate(rows); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLogRankOfTenMillionAggregatedByHour(b *testing.B) {
	stratum := make(Stratum, 3)
	for g := range stratum {
		for hour := range 10_000 {
			stratum[g] = append(stratum[g], Step{Time: float64(hour), Events: int64(300 + g), Censored: 33})
		}
	}
	for b.Loop() {
		if _, err := LogRank([]Stratum{stratum}, 0); err != nil {
			b.Fatal(err)
		}
	}
}

// Ten begin. One is done at hour 1, two withdraw at 2, three are done at 4, one
// is censored at 5, and the last three withdraw at 6.
func TestTimeByCountsAllWhoBegan(t *testing.T) {
	table := LifeTable{
		{Time: 1, Entries: 0, Events: 1},
		{Time: 2, Competing: 2},
		{Time: 4, Events: 3},
		{Time: 5, Censored: 1},
		{Time: 6, Competing: 3},
	}
	for share, want := range map[float64]Optional{
		0.1:  Some(1),
		0.11: Some(4),
		0.4:  Some(4), // 1/10 + 9/10 · 7/9 · 3/7
		0.41: {},      // those who withdrew never get there
	} {
		got, err := table.TimeBy(share)
		if err != nil {
			t.Fatal(err)
		}
		if got.Time.Exists != want.Exists || math.Abs(got.Time.Value-want.Value) > 1e-12 {
			t.Errorf("time by which %g had the event: got %v, want %v", share, got.Time, want)
		}
		if got.Time.Exists && (!got.Low.Exists || got.Low.Value > got.Time.Value || got.High.Exists && got.High.Value < got.Time.Value) {
			t.Errorf("limits %v and %v around %v", got.Low, got.High, got.Time)
		}
	}
	if _, err := table.TimeBy(1); !errors.Is(err, ErrInvalid) {
		t.Errorf("a share of one: got %v", err)
	}
	alone, err := table.CompetingAsCensored().TimeBy(0.4)
	if err != nil {
		t.Fatal(err)
	}
	curve := kaplanMeier(t, table.CompetingAsCensored())
	if want, _ := curve.Quantile(0.4); alone != want {
		t.Errorf("without competing ends: got %v, want the quantile %v", alone, want)
	}
}
