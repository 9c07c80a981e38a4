package aggregator

import (
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"amparo/schemas/law"
)

func TestChangesOfTheLawAreServed(t *testing.T) {
	cat := catalogue(t)
	if n := testutil.CollectAndCount(newLawChanges(cat)); n < 40 || n > 150 {
		t.Errorf("%d changes of law, where the catalogue has some ninety regimes of the law", n)
	}
	cat.Duties = slices.DeleteFunc(cat.Duties, func(d *law.Duty) bool { return d.ID != "police-file-to-court" })
	// Midnight in Lima, where the dates in force hold.
	want := `
# HELP amparo_law_change_timestamp_seconds When a regime of the law began, or had ended.
# TYPE amparo_law_change_timestamp_seconds gauge
amparo_law_change_timestamp_seconds{change="begins",duty="police-file-to-court",regime="police-to-court-24h"} 1.5361236e+09
amparo_law_change_timestamp_seconds{change="begins",duty="police-file-to-court",regime="police-to-court-24h-2015"} 1.4483412e+09
amparo_law_change_timestamp_seconds{change="ended",duty="police-file-to-court",regime="police-to-court-24h-2015"} 1.5361236e+09
`
	if err := testutil.CollectAndCompare(newLawChanges(cat), strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}
