package present_test

import (
	"math"
	"testing"
	"testing/quick"
	"time"

	"github.com/google/go-cmp/cmp"

	"amparo/services/present"
)

func TestRatesFollowOnePolicy(t *testing.T) {
	tests := []struct {
		share float64
		n     int64
		want  string
	}{
		{0.734, 9, "–"},
		{0.734, 10, "73%†"},
		{0.734, 29, "73%†"},
		{0.734, 30, "73%"},
		{0.734, 999, "73%"},
		{0.734, 1000, "73.4%"},
		{0, 40, "0%"},
		{1, 40, "100%"},
		{0.001, 999, "<1%"},
		{0.9996, 999, ">99%"},
		{0.9996, 3000, ">99.9%"},
		{0.0001, 30000, "<0.1%"},
	}
	for _, tt := range tests {
		if got := present.Rate(tt.share, tt.n); got != tt.want {
			t.Errorf("%v of %d: %q, want %q", tt.share, tt.n, got, tt.want)
		}
	}
	if got := present.RateWithin(0.5, 0.25, 0.75, 50, present.Spanish); got != "50% (25% a 75%)" {
		t.Error(got)
	}
}

func TestNoShareReadsAsNoneOrAllThatIsNot(t *testing.T) {
	holds := func(met uint16, more uint16) bool {
		n := int64(met) + int64(more) + 2
		text := present.Percent(float64(met+1)/float64(n), n)
		return met == math.MaxUint16 || text != "0%" && text != "0.0%" && text != "100%" && text != "100.0%"
	}
	if err := quick.Check(holds, nil); err != nil {
		t.Error(err)
	}
}

func TestADifferenceNeverSeemsToTouchZero(t *testing.T) {
	tests := []struct {
		estimate, low, high float64
		want                []string
	}{
		{0.034, 0.0002, 0.069, []string{"+3.40", "+0.02", "+6.90"}},
		{-0.034, -0.069, -0.00004, []string{"−3.400", "−6.900", "−0.004"}},
		{0.034, -0.01, 0.069, []string{"+3.4", "−1.0", "+6.9"}},
		{0, 0, 0, []string{"0.0", "0.0", "0.0"}},
		{0.05, 0, 0.1, []string{"+5.0", "0.0", "+10.0"}},
	}
	for _, tt := range tests {
		value, low, high := present.Difference(tt.estimate, tt.low, tt.high)
		if diff := cmp.Diff(tt.want, []string{value, low, high}); diff != "" {
			t.Error(diff)
		}
	}
}

func TestNumbersAreWrittenAsInPeru(t *testing.T) {
	tests := map[string]string{
		present.Count(1234567):                              "1,234,567",
		present.Count(-1234):                                "−1,234",
		present.Fixed(-0.01, 1):                             "0.0",
		present.Amount(38, "hours", 40, present.Spanish):    "38 horas",
		present.Amount(1, "days", 40, present.English):      "1 day",
		present.Amount(38.26, "hours", 12, "en"):            "38.3 hours†",
		present.Amount(38.26, "hours", 9, "en"):             "–",
		present.Amount(7, "count", 7, present.Spanish):      "7",
		present.Amount(0.021, "points", 50, "es"):           "+2.1 puntos",
		present.Amount(0.5, "ratio", 50, present.Spanish):   "0.50",
		present.Level(0.9975):                               "99.75%",
		present.Level(0.95):                                 "95%",
		present.Range("−1.0", "+6.9", present.English):      "−1.0 to +6.9",
		present.Instant(time.Time{}, time.UTC):              "–",
		present.Threshold(0.05, "points", 0, "en"):          "+5.0 points",
		present.Threshold(0.9, "share", 0, present.English): "90%",
	}
	for got, want := range tests {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
