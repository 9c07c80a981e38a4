package statistics

import (
	"fmt"
	"math"
)

// Table is one stratum of a comparison of two groups: successes among totals. A group may be empty (both counts 0);
// such a stratum counts for the crude difference only, because it compares nothing.
//
// Counts up to 10⁹ and beyond are safe: products are taken in floating point.
type Table struct {
	Successes1, Total1 int64
	Successes2, Total2 int64
}

// Pooled holds the Mantel-Haenszel estimates: one difference and two ratios, group 1 against group 2, adjusted for
// the strata. Each exists only where its divisor is not zero.
type Pooled struct {
	RiskDifference      Optional
	RiskDifferenceError Optional // Sato's standard error.
	RiskRatio           Optional
	OddsRatio           Optional
	OddsRatioLow        Optional // Limits after Robins, Breslow and Greenland; none at an odds ratio of 0.
	OddsRatioHigh       Optional
}

// cells is a stratum in the letters of the literature: a, c successes and b, d failures of groups 1 and 2.
type cells struct {
	a, b, c, d float64
	n1, n2     float64 // Totals of the groups.
	m          float64 // Successes of both.
	n          float64 // Everyone.
}

// compared validates the tables and keeps the strata that have both groups.
func compared(tables []Table) ([]cells, error) {
	both := make([]cells, 0, len(tables))
	for i, t := range tables {
		if t.Successes1 < 0 || t.Successes2 < 0 || t.Successes1 > t.Total1 || t.Successes2 > t.Total2 {
			return nil, fmt.Errorf("%w: stratum %d has %d successes of %d and %d of %d",
				ErrInvalid, i+1, t.Successes1, t.Total1, t.Successes2, t.Total2)
		}
		if t.Total1 == 0 || t.Total2 == 0 {
			continue
		}
		a, c := float64(t.Successes1), float64(t.Successes2)
		n1, n2 := float64(t.Total1), float64(t.Total2)
		b, d := float64(t.Total1-t.Successes1), float64(t.Total2-t.Successes2)
		both = append(both, cells{a: a, b: b, c: c, d: d, n1: n1, n2: n2, m: a + c, n: n1 + n2})
	}
	return both, nil
}

// excess is (a·n2 − c·n1)/N, the successes of group 1 above what the stratum's margins expect. Fused multiplication
// keeps its digits where two large products nearly cancel.
func (s cells) excess() float64 {
	product := s.c * s.n1
	rounding := math.FMA(-s.c, s.n1, product)
	return (math.FMA(s.a, s.n2, -product) + rounding) / s.n
}

// CrudeRiskDifference is Σa/Σn1 − Σc/Σn2 over all strata, also those with one group only: what one sees without
// adjusting. It does not exist when a group is empty everywhere.
func CrudeRiskDifference(tables []Table) Optional {
	var a, n1, c, n2 float64
	for _, t := range tables {
		a, n1 = a+float64(t.Successes1), n1+float64(t.Total1)
		c, n2 = c+float64(t.Successes2), n2+float64(t.Total2)
	}
	if n1 == 0 || n2 == 0 {
		return Optional{}
	}
	return Some(a/n1 - c/n2)
}

// MantelHaenszel pools the strata into a common risk difference, risk ratio and odds ratio, the last with limits at
// the given level. With sums over the strata that have both groups, N = n1 + n2:
//
//	risk difference = Σ(a·n2 − c·n1)/N ÷ W,  W = Σ n1·n2/N
//	risk ratio      = Σ a·n2/N ÷ Σ c·n1/N
//	odds ratio      = R/S,  R = Σ ad/N,  S = Σ bc/N
//
// Sources: N. Mantel and W. Haenszel, J. Natl. Cancer Inst. 22 (1959) 719; error of the difference: T. Sato,
// Biometrics 45 (1989) 1323; limits of the odds ratio: J. Robins, N. Breslow and S. Greenland, Biometrics 42 (1986)
// 311. All of them hold for few large strata and for many small ones. Zero cells need no correction; a ratio whose
// divisor is 0 does not exist, and with no stratum to compare nothing does. Negative counts, successes above the
// total and a level outside (0, 1) are [ErrInvalid].
func MantelHaenszel(tables []Table, level float64) (Pooled, error) {
	if err := checkShare("level", level); err != nil {
		return Pooled{}, err
	}
	strata, err := compared(tables)
	if err != nil {
		return Pooled{}, err
	}
	var pooled Pooled
	pooled.RiskDifference, pooled.RiskDifferenceError = pooledDifference(strata)
	pooled.RiskRatio = pooledRiskRatio(strata)
	pooled.OddsRatio, pooled.OddsRatioLow, pooled.OddsRatioHigh = pooledOddsRatio(strata, twoSidedZ(level))
	return pooled, nil
}

// pooledDifference is the pooled risk difference with Sato's error √((rd·P + Q)/W²), where
// P = Σ[c(n1/N)² − a(n2/N)² + (n1/N)(n2/N)(n2 − n1)/2] and Q = Σ(ad + bc)/N ÷ 2.
func pooledDifference(strata []cells) (difference, stdError Optional) {
	var excess, weight, p, q float64
	for _, s := range strata {
		f1, f2 := s.n1/s.n, s.n2/s.n
		excess += s.excess()
		weight += f1 * s.n2
		p += s.c*f1*f1 - s.a*f2*f2 + f1*f2*(s.n2-s.n1)/2
		q += (s.a*(s.d/s.n) + s.b*(s.c/s.n)) / 2
	}
	if weight == 0 {
		return Optional{}, Optional{}
	}
	rd := excess / weight
	variance := rd*p + q
	if variance < 0 && variance > -1e-9*q {
		variance = 0 // All successes on one side: the two terms cancel up to rounding.
	}
	return Some(rd), Some(math.Sqrt(variance) / weight)
}

func pooledRiskRatio(strata []cells) Optional {
	var above, below float64
	for _, s := range strata {
		above += s.a * (s.n2 / s.n)
		below += s.c * (s.n1 / s.n)
	}
	if below == 0 {
		return Optional{}
	}
	return Some(above / below)
}

// pooledOddsRatio is R/S with limits or·exp(± z·√v). With A = (a + d)/N and B = (b + c)/N,
// v = ΣA·ad/N ÷ 2R² + Σ[A·bc + B·ad]/N ÷ 2RS + ΣB·bc/N ÷ 2S².
func pooledOddsRatio(strata []cells, z float64) (or, low, high Optional) {
	var r, s, pr, cross, qs float64
	for _, t := range strata {
		ad, bc := t.a*(t.d/t.n), t.b*(t.c/t.n)
		agree, differ := (t.a+t.d)/t.n, (t.b+t.c)/t.n
		r, s = r+ad, s+bc
		pr += agree * ad
		cross += agree*bc + differ*ad
		qs += differ * bc
	}
	if s == 0 {
		return Optional{}, Optional{}, Optional{}
	}
	if r == 0 {
		return Some(0), Optional{}, Optional{}
	}
	reach := z * math.Sqrt(pr/(2*r*r)+cross/(2*r*s)+qs/(2*s*s))
	return Some(r / s), Some(r / s * math.Exp(-reach)), Some(r / s * math.Exp(reach))
}

// CochranMantelHaenszel tests whether the groups differ in any consistent direction once the strata are held fixed:
// (Σ(a − n1·m/N))² ÷ Σ n1·n2·m·(N − m)/(N²(N − 1)) on one degree of freedom, without continuity correction.
//
// Sources: W. G. Cochran, Biometrics 10 (1954) 417; N. Mantel and W. Haenszel, J. Natl. Cancer Inst. 22 (1959) 719.
// Strata without both groups add nothing. When no stratum has both outcomes the variance is 0 and the test is
// [ErrUndefined]. Impossible counts are [ErrInvalid].
func CochranMantelHaenszel(tables []Table) (Test, error) {
	strata, err := compared(tables)
	if err != nil {
		return Test{}, err
	}
	var excess, variance float64
	for _, s := range strata {
		excess += s.excess()
		variance += (s.n1 / s.n) * (s.n2 / s.n) * s.m * ((s.b + s.d) / (s.n - 1))
	}
	if variance == 0 {
		return Test{}, fmt.Errorf("compare groups within strata: %w: no stratum has both groups and both outcomes", ErrUndefined)
	}
	return newTest(excess/variance*excess, 1), nil
}

// BreslowDay tests whether the odds ratio is the same in all strata: Σ (a − e)²/V, with e the successes of group 1
// that the pooled odds ratio and the stratum's margins imply and 1/V the sum of the reciprocals of the four expected
// cells. Degrees of freedom: strata with both groups and both outcomes, less one. There is no Tarone correction.
//
// Source: N. E. Breslow and N. E. Day, Statistical Methods in Cancer Research, vol. I (1980), section 4.4. A small p
// says that one pooled number hides what happens: show the strata instead. Fewer than two such strata, or a pooled
// odds ratio that is 0 or does not exist, are [ErrUndefined]; impossible counts are [ErrInvalid].
func BreslowDay(tables []Table) (Test, error) {
	strata, err := compared(tables)
	if err != nil {
		return Test{}, err
	}
	or, _, _ := pooledOddsRatio(strata, 0)
	if !or.Exists || or.Value == 0 {
		return Test{}, fmt.Errorf("compare odds ratios: %w: the pooled odds ratio is 0 or does not exist", ErrUndefined)
	}
	var sum float64
	informative := 0
	for _, s := range strata {
		if s.m == 0 || s.b+s.d == 0 {
			continue
		}
		informative++
		e := s.expected(or.Value)
		sum += (s.a - e.a) * (s.a - e.a) * (1/e.a + 1/e.b + 1/e.c + 1/e.d)
	}
	if informative < 2 {
		return Test{}, fmt.Errorf("compare odds ratios: %w: %d strata have both groups and both outcomes, two are needed",
			ErrUndefined, informative)
	}
	return newTest(sum, informative-1), nil
}

// expected gives the cells of the table with the same margins whose odds ratio ad/bc is psi.
//
// The cell a solves (1 − ψ)a² + (n2 − m + ψ(n1 + m))a − ψ·n1·m = 0, which loses all its digits near ψ = 1 in the
// schoolbook form. Here groups or outcomes are first exchanged so that ψ ≤ 1 and a is the smallest cell. Then the
// form 2C/(B + √D) has only positive terms, with the discriminant written as a sum of positive terms too.
func (s cells) expected(psi float64) cells {
	switch {
	case psi > 1: // Exchange success and failure.
		e := cells{a: s.b, b: s.a, c: s.d, d: s.c, n1: s.n1, n2: s.n2, m: s.n - s.m, n: s.n}.expected(1 / psi)
		return cells{a: e.b, b: e.a, c: e.d, d: e.c, n1: s.n1, n2: s.n2, m: s.m, n: s.n}
	case s.m > s.n2: // Exchange both, so that a and d change places.
		e := cells{a: s.d, b: s.c, c: s.b, d: s.a, n1: s.n2, n2: s.n1, m: s.n - s.m, n: s.n}.expected(psi)
		return cells{a: e.d, b: e.c, c: e.b, d: e.a, n1: s.n1, n2: s.n2, m: s.m, n: s.n}
	}
	gap := s.n2 - s.m
	linear := gap + psi*(s.n1+s.m)
	root := math.Sqrt(gap*gap + psi*psi*(s.n1-s.m)*(s.n1-s.m) + 2*psi*(s.n1*s.n2+s.m*(s.n-s.m)))
	e := s
	e.a = 2 * psi * s.n1 * s.m / (linear + root)
	e.d = e.a + gap
	// Of the two remaining cells the one in the larger group is a safe subtraction, the other follows from ψ.
	if s.n1 >= s.n2 {
		e.b = s.n1 - e.a
		e.c = e.a * e.d / (psi * e.b)
	} else {
		e.c = s.m - e.a
		e.b = e.a * e.d / (psi * e.c)
	}
	return e
}
