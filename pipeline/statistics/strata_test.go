package statistics

import (
	"errors"
	"math"
	"strconv"
	"testing"
)

// admissions are Berkeley's graduate admissions by department, men against women.
func admissions(t *testing.T) []Table {
	t.Helper()
	f := load(t, "ucb-admissions.csv")
	count := func(column string, row int) int64 {
		n, err := strconv.ParseInt(f[column][row], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	var tables []Table
	for i := 0; i < len(f["stratum"]); i += 2 {
		tables = append(tables, Table{
			Successes1: count("success", i), Total1: count("total", i),
			Successes2: count("success", i+1), Total2: count("total", i+1),
		})
	}
	return tables
}

func TestAdjustingForDepartmentTurnsTheBerkeleyDifferenceAround(t *testing.T) {
	tables := admissions(t)
	nearSome(t, "crude difference", CrudeRiskDifference(tables), 0.141645, 1e-6)
	pooled, err := MantelHaenszel(tables, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	nearSome(t, "risk difference", pooled.RiskDifference, -0.018425, 1e-6)
	nearSome(t, "Sato's error", pooled.RiskDifferenceError, 0.014825, 1e-6)
	nearSome(t, "risk ratio", pooled.RiskRatio, 0.944905, 1e-6)
	nearSome(t, "odds ratio", pooled.OddsRatio, 0.904697, 1e-6)
	nearSome(t, "odds ratio low", pooled.OddsRatioLow, 0.771907, 1e-6)
	nearSome(t, "odds ratio high", pooled.OddsRatioHigh, 1.060330, 1e-6)

	cmh, err := CochranMantelHaenszel(tables)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "CMH", cmh.ChiSquared, 1.524607, 1e-6)
	near(t, "CMH p", cmh.P, 0.216924, 1e-6)
	homogeneity, err := BreslowDay(tables)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "Breslow-Day", homogeneity.ChiSquared, 18.825514, 1e-6)
	near(t, "Breslow-Day p", homogeneity.P, 0.002071, 1e-6)
	if homogeneity.DF != 5 {
		t.Errorf("df = %d, want 5", homogeneity.DF)
	}

	var men, women, admittedMen, admittedWomen int64
	for _, s := range tables {
		men, women = men+s.Total1, women+s.Total2
		admittedMen, admittedWomen = admittedMen+s.Successes1, admittedWomen+s.Successes2
	}
	crude, err := Newcombe(admittedMen, men, admittedWomen, women, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "crude low", crude.Low, 0.113213, 1e-6)
	near(t, "crude high", crude.High, 0.169570, 1e-6)
	one, err := MantelHaenszel([]Table{{admittedMen, men, admittedWomen, women}}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	nearSome(t, "crude odds ratio", one.OddsRatio, 1.841080, 1e-6)
}

// fiveStrata is a published example (R's mantelhaen.test without correction, DescTools' BreslowDayTest).
func fiveStrata() []Table {
	return []Table{{20, 34, 10, 34}, {15, 27, 3, 18}, {3, 5, 3, 5}, {12, 15, 7, 12}, {1, 1, 3, 5}}
}

func TestFiveStrataMatchR(t *testing.T) {
	pooled, err := MantelHaenszel(fiveStrata(), 0.95)
	if err != nil {
		t.Fatal(err)
	}
	nearSome(t, "odds ratio", pooled.OddsRatio, 3.5912, 1e-5)
	nearSome(t, "low", pooled.OddsRatioLow, 1.781135, 1e-6)
	nearSome(t, "high", pooled.OddsRatioHigh, 7.240633, 1e-6)
	cmh, err := CochranMantelHaenszel(fiveStrata())
	if err != nil {
		t.Fatal(err)
	}
	// The published 11.8852 has the continuity correction; taking half a case off the excess gives it back.
	strata, err := compared(fiveStrata())
	if err != nil {
		t.Fatal(err)
	}
	excess := 0.0
	for _, s := range strata {
		excess += s.excess()
	}
	corrected := cmh.ChiSquared * math.Pow((math.Abs(excess)-0.5)/excess, 2)
	near(t, "corrected CMH", corrected, 11.8852, 1e-5)
	homogeneity, err := BreslowDay(fiveStrata())
	if err != nil {
		t.Fatal(err)
	}
	near(t, "Breslow-Day", homogeneity.ChiSquared, 1.8438, 1e-4)
	near(t, "p", homogeneity.P, 0.7645, 1e-4)
}

func TestRatiosWithoutADivisorDoNotExist(t *testing.T) {
	for _, c := range []struct {
		name               string
		tables             []Table
		rd, rr, or, orHigh float64
	}{
		{"no successes in group 2", []Table{{3, 10, 0, 10}}, 0.3, none, none, none},
		{"no successes in group 1", []Table{{0, 10, 3, 10}}, -0.3, 0, 0, none},
		{"nobody in group 2", []Table{{3, 10, 0, 0}}, none, none, none, none},
		{"no strata", nil, none, none, none, none},
		{"everyone succeeds", []Table{{10, 10, 10, 10}}, 0, 1, none, none},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := MantelHaenszel(c.tables, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			nearSome(t, "rd", got.RiskDifference, c.rd, 1e-12)
			nearSome(t, "rr", got.RiskRatio, c.rr, 1e-12)
			nearSome(t, "or", got.OddsRatio, c.or, 1e-12)
			nearSome(t, "or high", got.OddsRatioHigh, c.orHigh, 1e-12)
			if got.RiskDifference.Exists != got.RiskDifferenceError.Exists {
				t.Errorf("difference %v with error %v", got.RiskDifference, got.RiskDifferenceError)
			}
		})
	}
}

func TestUndefinedTestsSaySo(t *testing.T) {
	if _, err := CochranMantelHaenszel([]Table{{10, 10, 10, 10}}); !errors.Is(err, ErrUndefined) {
		t.Errorf("CMH without failures: %v", err)
	}
	if _, err := BreslowDay([]Table{{3, 10, 4, 10}}); !errors.Is(err, ErrUndefined) {
		t.Errorf("Breslow-Day of one stratum: %v", err)
	}
	if _, err := BreslowDay([]Table{{0, 10, 4, 10}, {0, 10, 4, 10}}); !errors.Is(err, ErrUndefined) {
		t.Errorf("Breslow-Day at an odds ratio of 0: %v", err)
	}
	if _, err := BreslowDay([]Table{{11, 10, 4, 10}}); !errors.Is(err, ErrInvalid) {
		t.Errorf("more successes than trials: %v", err)
	}
}

func TestAStratumWithOneGroupCountsForTheCrudeDifferenceOnly(t *testing.T) {
	with := append(fiveStrata(), Table{90, 100, 0, 0})
	if CrudeRiskDifference(with) == CrudeRiskDifference(fiveStrata()) {
		t.Error("the crude difference ignores the extra stratum")
	}
	a, errA := MantelHaenszel(with, 0.95)
	b, errB := MantelHaenszel(fiveStrata(), 0.95)
	if a != b || errA != nil || errB != nil {
		t.Errorf("pooled %+v, %v; without the extra stratum %+v, %v", a, errA, b, errB)
	}
}

func TestExpectedCellsKeepTheirDigits(t *testing.T) {
	for _, margins := range []cells{
		{n1: 1e9, n2: 1e9, m: 1e9}, {n1: 3, n2: 1e9, m: 5e8}, {n1: 1e9, n2: 3, m: 5e8}, {n1: 7, n2: 9, m: 15},
		{n1: 9, n2: 7, m: 1}, {n1: 123456789, n2: 987654321, m: 555555555},
	} {
		margins.n = margins.n1 + margins.n2
		for _, psi := range []float64{1e-9, 0.5, 1 - 1e-9, 1 - 1e-15, 1, 1 + 1e-15, 1 + 1e-9, 2, 1e9} {
			e := margins.expected(psi)
			for what, got := range map[string]float64{
				"odds ratio": e.a * e.d / (e.b * e.c) / psi,
				"group 1":    (e.a + e.b) / margins.n1,
				"group 2":    (e.c + e.d) / margins.n2,
				"successes":  (e.a + e.c) / margins.m,
			} {
				if math.Abs(got-1) > 1e-11 {
					t.Errorf("margins %v %v %v, odds ratio %v: %s is off by %g", margins.n1, margins.n2, margins.m, psi, what, got-1)
				}
			}
		}
	}
}

func TestCountsOfAThousandMillionDoNotOverflow(t *testing.T) {
	tables := []Table{
		{500_000_000, 1_000_000_000, 499_900_000, 1_000_000_000},
		{300_000_000, 1_000_000_000, 300_100_000, 1_000_000_000},
	}
	pooled, err := MantelHaenszel(tables, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	// The two strata pull in opposite directions with equal force, so that the common odds ratio is 1.
	nearSome(t, "difference", pooled.RiskDifference, 0, 1e-15)
	nearSome(t, "odds ratio", pooled.OddsRatio, 1, 1e-15)
	homogeneity, err := BreslowDay(tables)
	if err != nil {
		t.Fatal(err)
	}
	const squaredResidual = 50_000.0 * 50_000.0
	want := squaredResidual * (2/499_950_000.0 + 2/500_050_000.0 + 2/300_050_000.0 + 2/699_950_000.0)
	near(t, "Breslow-Day", homogeneity.ChiSquared, want, 1e-9)
}
