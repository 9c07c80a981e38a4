package statistics

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// The chi-squared tail is gonum's, good to about 12 digits. The incomplete beta function is our own: implementations
// that build its leading factor from differences of log-gamma values lose digits as counts grow (six are left at a
// thousand million), while Loader's saddle-point form keeps them all.

// twoSidedZ is the normal quantile of (1 + level)/2.
func twoSidedZ(level float64) float64 { return math.Sqrt2 * math.Erfinv(level) }

// normalQuantile is the z with P(Z ≤ z) = p.
func normalQuantile(p float64) float64 { return -math.Sqrt2 * math.Erfcinv(2*p) }

// chiSquaredUpper is P(X > x) for a chi-squared variable.
func chiSquaredUpper(x float64, df int) float64 {
	if df == 1 {
		return math.Erfc(math.Sqrt(x / 2))
	}
	return mathext.GammaIncRegComp(float64(df)/2, x/2)
}

// chiSquaredQuantile is the value below which a chi-squared variable lies with probability p.
func chiSquaredQuantile(p float64, df int) float64 {
	return distuv.ChiSquared{K: float64(df)}.Quantile(p)
}

// binomialPMF is P(X = k) for 0 < p < 1 and q = 1 − p.
func binomialPMF(k, n, p, q float64) float64 {
	switch {
	case k < 0 || k > n:
		return 0
	case k == 0:
		return math.Exp(n * logOf(q, p))
	case k == n:
		return math.Exp(n * logOf(p, q))
	}
	return binomialDensity(k, n, p, q)
}

// binomialCDF is P(X ≤ k).
func binomialCDF(k, n, p, q float64) float64 {
	if k < 0 {
		return 0
	}
	if k >= n {
		return 1
	}
	_, upper := betaTails(k+1, n-k, p, q)
	return upper
}

// logOf is log p, taken from the complement q = 1 − p where that is the smaller one.
func logOf(p, q float64) float64 {
	if q < 0.5 {
		return math.Log1p(-q)
	}
	return math.Log(p)
}

// binomialDensity is the binomial probability of k in n, 0 < k < n, continued to real k and n:
// C. Loader, Fast and accurate computation of binomial probabilities (2000).
func binomialDensity(k, n, p, q float64) float64 {
	exponent := stirlingError(n) - stirlingError(k) - stirlingError(n-k) - deviance(k, n*p) - deviance(n-k, n*q)
	return math.Exp(exponent) / math.Sqrt(2*math.Pi*k*(1-k/n))
}

// stirlingError is log(n!) less Stirling's approximation of it.
func stirlingError(n float64) float64 {
	if n < 16 {
		logFactorial, _ := math.Lgamma(n + 1)
		return logFactorial - (n+0.5)*math.Log(n) + n - math.Log(2*math.Pi)/2
	}
	nn := n * n
	return (1.0/12 - (1.0/360-(1.0/1260-(1.0/1680-1.0/1188/nn)/nn)/nn)/nn) / n
}

// deviance is x·log(x/m) + m − x, by a series where x is close to m and the plain form would cancel.
func deviance(x, m float64) float64 {
	if math.Abs(x-m) >= 0.1*(x+m) {
		return x*math.Log(x/m) + m - x
	}
	v := (x - m) / (x + m)
	sum := (x - m) * v
	for term, j := 2*x*v, 1.0; ; j++ {
		term *= v * v
		next := sum + term/(2*j+1)
		if next == sum {
			return sum
		}
		sum = next
	}
}

// betaTails gives the regularised incomplete beta function I_x(a, b) and its complement, for x + y = 1 and a, b ≥ 1.
// The smaller one is computed, so that neither tail is a difference.
func betaTails(a, b, x, y float64) (lower, upper float64) {
	if x <= 0 {
		return 0, 1
	}
	if y <= 0 {
		return 1, 0
	}
	if x > (a+1)/(a+b+2) {
		upper, lower = betaTails(b, a, y, x)
		return lower, upper
	}
	lower = binomialDensity(a, a+b, x, y) * b / (a + b) / betaFraction(a, b, x)
	return lower, 1 - lower
}

// betaFraction evaluates the continued fraction 1 + d1/(1 + d2/(1 + …)) of DLMF 8.17.22 by Lentz's method. It needs of
// the order of √max(a, b) terms.
func betaFraction(a, b, x float64) float64 {
	const tiny = 1e-300
	away := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	f, c, d := 1.0, 1.0, 0.0
	limit := 1000 + 20*math.Sqrt(math.Max(a, b))
	for m := 0.0; m < limit; m++ {
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d = 1 / away(1+odd*d)
		c = away(1 + odd/c)
		f *= c * d

		even := (m + 1) * (b - m - 1) * x / ((a + 2*m + 1) * (a + 2*m + 2))
		d = 1 / away(1+even*d)
		c = away(1 + even/c)
		f *= c * d
		if math.Abs(c*d-1) < 1e-16 {
			break
		}
	}
	return f
}

// betaQuantile is the x with I_x(a, b) = q, for whole a, b ≥ 1 and 0 < q ≤ 1/2. Newton's method runs on log I as a
// function of log x, which is nearly straight in the lower tail, inside a bracket that only shrinks.
func betaQuantile(q, a, b, guess float64) float64 {
	low, high := -745.0, 0.0 // The logarithms of the smallest double and of 1.
	t := math.Log(guess)
	if !(t > low && t < high) {
		t = math.Log(a / (a + b))
	}
	for range 200 {
		x, y := math.Exp(t), -math.Expm1(t)
		lower, _ := betaTails(a, b, x, y)
		if lower < q {
			low = t
		} else {
			high = t
		}
		slope := binomialDensity(a, a+b, x, y) * a * b / (a + b) / y / lower
		next := t - (math.Log(lower)-math.Log(q))/slope
		if !(next > low && next < high) {
			next = low + (high-low)/2
		}
		if math.Abs(next-t) <= 1e-16*math.Abs(t) {
			t = next
			break
		}
		t = next
	}
	return math.Exp(t)
}
