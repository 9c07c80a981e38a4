package statistics

import (
	"encoding/binary"
	"math"
	"testing"
)

// checkInterval fails on NaN, a negative width, and limits outside their range.
func checkInterval(t *testing.T, what string, v Interval, least, most float64) {
	t.Helper()
	if !(least <= v.Low && v.Low <= v.Estimate && v.Estimate <= v.High && v.High <= most) {
		t.Errorf("%s: %+v does not lie in order within [%v, %v]", what, v, least, most)
	}
}

// checkRange fails on a number that exists but is NaN or out of range.
func checkRange(t *testing.T, what string, v Optional, least, most float64) {
	t.Helper()
	if v.Exists && !(least <= v.Value && v.Value <= most) {
		t.Errorf("%s: %v is outside [%v, %v]", what, v.Value, least, most)
	}
}

func checkTest(t *testing.T, what string, v Test, err error) {
	t.Helper()
	if err == nil && !(v.ChiSquared >= 0 && v.DF >= 1 && v.P >= 0 && v.P <= 1) {
		t.Errorf("%s: %+v", what, v)
	}
}

func FuzzCounts(f *testing.F) {
	f.Add(int64(5), int64(56), int64(0), int64(29), 0.95)
	f.Add(int64(0), int64(1), int64(1), int64(1), 0.5)
	f.Add(int64(500_000_000), int64(1_000_000_000), int64(1_000_000_000), int64(1_000_000_000), 1-1e-16)
	f.Add(int64(1), int64(1_000_000_000), int64(-1), int64(0), math.NaN())
	f.Add(int64(3), int64(7), int64(2), int64(9), 5e-324)
	f.Fuzz(func(t *testing.T, k1, n1, k2, n2 int64, level float64) {
		const most = 1_000_000_000_000 // Larger counts are sound too, but their tails take seconds.
		k1, n1, k2, n2 = k1%most, n1%most, k2%most, n2%most
		if v, err := Wilson(k1, n1, level); err == nil {
			checkInterval(t, "Wilson", v, 0, 1)
		}
		if v, err := ClopperPearson(k1, n1, level); err == nil {
			checkInterval(t, "Clopper-Pearson", v, 0, 1)
		}
		if v, err := Newcombe(k1, n1, k2, n2, level); err == nil {
			checkInterval(t, "Newcombe", v, -1, 1)
		}
		if v, err := Funnel(level, n1); err == nil {
			checkInterval(t, "95 % funnel", Interval{Low: v.Low95, Estimate: v.Low95, High: v.High95}, v.Low998, v.High998)
			checkInterval(t, "99.8 % funnel", Interval{Low: v.Low998, Estimate: v.Low998, High: v.High998}, 0, 1)
		}

		tables := []Table{{k1, n1, k2, n2}, {k2, n2, k1, n1}, {1, 2, 1, 3}}
		v, err := MantelHaenszel(tables, level)
		if err != nil {
			return
		}
		checkRange(t, "risk difference", v.RiskDifference, -1, 1)
		checkRange(t, "its error", v.RiskDifferenceError, 0, math.MaxFloat64)
		checkRange(t, "risk ratio", v.RiskRatio, 0, math.MaxFloat64)
		if v.OddsRatioLow.Exists && v.OddsRatioHigh.Exists {
			checkInterval(t, "odds ratio", Interval{v.OddsRatio.Value, v.OddsRatioLow.Value, v.OddsRatioHigh.Value}, 0, math.MaxFloat64)
		}
		cmh, err := CochranMantelHaenszel(tables)
		checkTest(t, "Cochran-Mantel-Haenszel", cmh, err)
		homogeneity, err := BreslowDay(tables)
		checkTest(t, "Breslow-Day", homogeneity, err)
		opposed, err := GailSimon(tables)
		checkTest(t, "Gail-Simon", opposed, err)
		pooled, err := Stratify(tables, Optional{}, 0)
		if err != nil {
			return
		}
		i, err := pooled.Interval(level)
		if err == nil {
			checkInterval(t, "pooled difference", i, -1, 1)
		}
		checkRange(t, "its p-value", Optional{pooled.PValue(0), true}, 0, 1)
		if p, err := pooled.TOST(level); err == nil {
			checkRange(t, "its equivalence", Optional{p, true}, 0, 1)
		}
		if least, err := pooled.Detectable(0.05, level); err == nil {
			checkRange(t, "what it detects", least, -math.MaxFloat64, 1)
		}
	})
}

// observed reads observations from bytes: a time, an entry, an outcome and a count each.
func observed(data []byte) []Observation {
	const size = 18
	var all []Observation
	for ; len(data) >= size; data = data[size:] {
		all = append(all, Observation{
			Time:    math.Float64frombits(binary.LittleEndian.Uint64(data)),
			Entry:   math.Float64frombits(binary.LittleEndian.Uint64(data[8:])),
			Outcome: Outcome(data[16] % 4),
			Count:   int64(int8(data[17])),
		})
	}
	return all
}

func FuzzTimes(f *testing.F) {
	row := func(time, entry float64, outcome, count byte) []byte {
		b := binary.LittleEndian.AppendUint64(nil, math.Float64bits(time))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(entry))
		return append(b, outcome, count)
	}
	f.Add(append(row(3, 0, 1, 2), row(5, 1, 0, 1)...), 4.0)
	f.Add(append(row(0, 0, 1, 1), row(math.MaxFloat64, 1, 2, 100)...), 1e308)
	f.Add(row(math.NaN(), 0, 1, 1), math.Inf(1))
	f.Add(append(append(row(1, 0, 1, 1), row(2, 0, 1, 1)...), row(9, 3, 1, 1)...), 0.0)
	f.Fuzz(func(t *testing.T, data []byte, at float64) {
		all := observed(data)
		table, err := Tabulate(all)
		if err != nil {
			return
		}
		half, err := Tabulate(all[:len(all)/2])
		if err != nil {
			return
		}
		curve, err := KaplanMeier(table.CompetingAsCensored(), 0.95)
		if err != nil {
			t.Fatalf("a table that Tabulate made is refused: %v", err)
		}
		e := curve.At(at)
		checkRange(t, "survival", e.Survival, 0, 1)
		checkRange(t, "error", e.StdError, 0, math.MaxFloat64)
		checkRange(t, "low", e.Low, 0, e.Survival.Value)
		checkRange(t, "high", e.High, e.Survival.Value, 1)
		m := curve.Median()
		checkRange(t, "median", m.Time, 0, math.MaxFloat64)
		checkRange(t, "median low", m.Low, 0, math.MaxFloat64)
		checkRange(t, "median high", m.High, 0, math.MaxFloat64)
		if mean, err := curve.RestrictedMean(at); err == nil {
			checkRange(t, "mean", Optional{mean.Value, true}, 0, at*(1+1e-12))
			checkRange(t, "error of the mean", Optional{mean.StdError, true}, 0, math.MaxFloat64)
		}
		incidence, err := AalenJohansen(table)
		if err != nil {
			t.Fatalf("a table that Tabulate made is refused: %v", err)
		}
		checkRange(t, "incidence", incidence.At(at).Incidence, 0, 1)
		checkRange(t, "error of the incidence", incidence.At(at).StdError, 0, math.MaxFloat64)
		compared, err := LogRank([]Stratum{{table.CompetingAsCensored(), half.CompetingAsCensored()}}, 1)
		checkTest(t, "log-rank", compared.Test, err)
	})
}

func FuzzSeries(f *testing.F) {
	f.Add(1.0, 2.0, 3.0, 4.0)
	f.Add(0.1, 0.1, 0.1, 0.1)
	f.Add(math.MaxFloat64, -math.MaxFloat64, 0.0, 5e-324)
	f.Add(math.Inf(1), math.NaN(), 0.0, 1.0)
	f.Fuzz(func(t *testing.T, a, b, c, d float64) {
		series := []float64{a, b, c, d, a, b, c, d, d}
		if v, err := XmR(series); err == nil {
			checkInterval(t, "XmR", Interval{v.Mean, v.Low, v.High}, -math.MaxFloat64, math.MaxFloat64)
		}
		times := []float64{math.Abs(a), math.Abs(b), math.Abs(c), math.Abs(d)}
		for _, v := range times {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return
			}
		}
		before := append([]float64(nil), times...)
		AlignTimes(times)
		for i, v := range times {
			if !(v <= before[i] && v >= 0) {
				t.Errorf("%v became %v", before[i], v)
			}
		}
	})
}
