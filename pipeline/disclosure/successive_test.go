package disclosure_test

import (
	"testing"

	"amparo/pipeline/disclosure"
)

// series is a place with so many persons a month, half of them done right by; months below
// twenty are hidden, and years shown from the twelfth month on.
func series(persons ...uint64) disclosure.Series {
	var s disclosure.Series
	for i, n := range persons {
		s.Months = append(s.Months, []uint64{n / 2, n - n/2})
		s.ShownMonth = append(s.ShownMonth, n >= 20)
		s.ShownYear = append(s.ShownYear, i >= 11)
	}
	return s
}

func repeat(n int, persons uint64) []uint64 {
	out := make([]uint64, n)
	for i := range out {
		out[i] = persons
	}
	return out
}

func TestAHiddenMonthIsFoundByTheYearsAroundIt(t *testing.T) {
	pinned := func(s disclosure.Series) bool {
		t.Helper()
		found, err := disclosure.ForPublic.Pinned(s)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	// A year with one small month: the others, which are shown, leave it.
	one := append([]uint64{8}, repeat(11, 40)...)
	if !pinned(series(one...)) {
		t.Error("the only hidden month of a shown year is not found")
	}
	// Two small months of ten together leave each anything from none to ten a part.
	two := append([]uint64{12, 12}, repeat(10, 40)...)
	if pinned(series(two...)) {
		t.Error("two hidden months of six and six are told apart")
	}
	// A month later the first of them has left the year, and the new one is shown: the years
	// differ by both.
	later := series(append(two, 40)...)
	if !pinned(later) {
		t.Error("two years that differ by a hidden and a shown month do not give the hidden one away")
	}
	later.ShownYear[12] = false
	if pinned(later) {
		t.Error("without the second year the month is found")
	}
	// Where the new month is hidden as well, only how much they differ is known.
	if pinned(series(append(two, 14)...)) {
		t.Error("two hidden months that differ by a known number are pinned")
	}
	// A place in which every month is small, and every year is shown.
	if pinned(series(repeat(24, 14)...)) {
		t.Error("months that are all hidden are told apart")
	}
	if found, err := disclosure.Exact.Pinned(series(one...)); err != nil || found {
		t.Errorf("exact numbers hide nothing: %t, %v", found, err)
	}
	odd := series(one...)
	odd.ShownYear = odd.ShownYear[:3]
	if _, err := disclosure.ForPublic.Pinned(odd); err == nil {
		t.Error("a series that contradicts itself is looked at")
	}
}

func TestYearsThatOverlapTieHiddenMonths(t *testing.T) {
	// Each year that ends with a hidden month, or has lost one, is tied to the year before it.
	small := series(repeat(24, 14)...)
	if !disclosure.ForPublic.Ties(small) {
		t.Error("two years that differ by two hidden months are not seen as tied")
	}
	// The last year that was shown is twelve months old: nothing overlaps.
	for i := 12; i < 23; i++ {
		small.ShownYear[i] = false
	}
	if disclosure.ForPublic.Ties(small) {
		t.Error("years without a common month are seen as tied")
	}
	small.ShownYear[13] = true
	if !disclosure.ForPublic.Ties(small) {
		t.Error("years with two common months are not seen as tied")
	}
	// A hidden month that both years hold falls out of their difference.
	within := repeat(24, 40)
	within[18] = 14
	if disclosure.ForPublic.Ties(series(within...)) {
		t.Error("years that differ by shown months alone are seen as tied")
	}
	left := repeat(24, 40)
	left[11] = 14
	if !disclosure.ForPublic.Ties(series(left...)) {
		t.Error("a hidden month that has left the year is not seen")
	}
	if disclosure.Exact.Ties(small) {
		t.Error("exact numbers hide nothing")
	}
}

func TestACellThatIsWithheldIsProtectedLikeAnyOther(t *testing.T) {
	table := disclosure.Table{
		Cells: []disclosure.Cell{
			{Key: "all", Parts: []uint64{300, 300}}, {Key: "a", Parts: []uint64{100, 100}, Withheld: true}, {Key: "b", Parts: []uint64{100, 100}}, {Key: "c", Parts: []uint64{100, 100}},
		},
		Sums: []disclosure.Sum{{Total: "all", Parts: []string{"a", "b", "c"}}},
	}
	figures, err := disclosure.ForPublic.Figures(table)
	if err != nil {
		t.Fatal(err)
	}
	hidden := 0
	for _, f := range figures {
		if f.Hidden != "" {
			hidden++
		}
	}
	if figures["a"].Hidden == "" || hidden != 2 {
		t.Errorf("%d cells are hidden, want the one withheld and one beside it: %+v", hidden, figures)
	}
	table.Cells[1].Withheld = false
	if figures, err = disclosure.ForPublic.Figures(table); err != nil || figures["a"].Hidden != "" {
		t.Errorf("what is not withheld is hidden: %+v, %v", figures, err)
	}
}
