package counting

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// counts are what a series is, by its place on the scale.
type counts map[int64][2]int64

func (c counts) series() Series {
	s := Series{Sums: make([][]int64, 2)}
	for _, at := range slices.Sorted(maps.Keys(c)) {
		s.At = append(s.At, at)
		for k := range s.Sums {
			s.Sums[k] = append(s.Sums[k], c[at][k])
		}
	}
	return s
}

func drawCounts(t *rapid.T, name string) counts {
	of := rapid.Custom(func(t *rapid.T) [2]int64 {
		return [2]int64{rapid.Int64Range(-3, 3).Draw(t, "some"), rapid.SampledFrom([]int64{-2, -1, 1, 2}).Draw(t, "all")}
	})
	return rapid.MapOf(rapid.Int64Range(-5, 30), of).Draw(t, name)
}

// Two series together are the sums at every place, without the places of which nothing
// is left; and neither of the two has changed.
func TestSeriesTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawCounts(t, "a"), drawCounts(t, "b")
		want := maps.Clone(a)
		for at, n := range b {
			sum := want[at]
			sum[0], sum[1] = sum[0]+n[0], sum[1]+n[1]
			if want[at] = sum; sum[1] == 0 {
				delete(want, at)
			}
		}
		one, other := a.series(), b.series()
		got := one.with(&other)
		if diff := cmp.Diff(want.series(), got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]Series{a.series(), b.series()}, []Series{one, other}, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("one of them changed:\n%s", diff)
		}
	})
}

// What still waits has waited until now, wherever it began.
func TestWaitingUntil(t *testing.T) {
	asOf := time.Date(2026, 3, 4, 5, 6, 7, 8_000_000, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		began, want := counts{}, counts{}
		for i := range rapid.IntRange(0, 20).Draw(t, "rows") {
			took := rapid.Int64Range(-1000, 40*24*60*60*1000).Draw(t, "took")
			n := [2]int64{int64(i), 1}
			for at, c := range map[int64]counts{asOf.UnixMilli() - took: began, Waited(took): want} {
				sum := c[at]
				c[at] = [2]int64{sum[0] + n[0], sum[1] + n[1]}
			}
		}
		of := began.series()
		if diff := cmp.Diff(want.series(), of.until(asOf), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}
