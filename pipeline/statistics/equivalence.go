package statistics

// Equivalence is the answer to the question whether two shares are equal for all practical purposes.
type Equivalence struct {
	// Difference is the first share less the second, with the interval of confidence 1 − 2·alpha.
	Difference Interval

	// Equivalent holds when the whole interval lies strictly inside ± margin. Its absence is not a difference: with
	// too few observations two equal shares are not shown to be equal.
	Equivalent bool
}

// TOST makes two one-sided tests at alpha that the difference of two shares lies above −margin and below +margin. It
// is the same as asking whether the [Newcombe] interval of confidence 1 − 2·alpha lies inside ± margin: 90 % for the
// usual alpha of 0.05.
//
// Source: D. J. Schuirmann, J. Pharmacokinet. Biopharm. 15 (1987) 657. The margin is a share (0.05 is five percentage
// points) and belongs to the indicator: it is set before anyone looks at the data. An alpha outside (0, 0.5), a margin
// outside (0, 1) and the errors of [Newcombe] are [ErrInvalid].
func TOST(k1, n1, k2, n2 int64, margin, alpha float64) (Equivalence, error) {
	if err := checkShare("margin", margin); err != nil {
		return Equivalence{}, err
	}
	if err := checkShare("twice alpha", 2*alpha); err != nil {
		return Equivalence{}, err
	}
	d, err := Newcombe(k1, n1, k2, n2, 1-2*alpha)
	if err != nil {
		return Equivalence{}, err
	}
	return Equivalence{Difference: d, Equivalent: -margin < d.Low && d.High < margin}, nil
}
