package desk_test

import (
	"os"
	"testing"

	"amparo/pipeline/indicator"
	"amparo/pipeline/store/engine/enginetest"
	"amparo/services/desk/desktest"
)

func TestMain(m *testing.M) { os.Exit(enginetest.Run(m)) }

func everyone(string, string) bool { return true }

func same(a, b *indicator.Value) bool {
	return a.N == b.N && a.LeftOut == b.LeftOut && near(a.Numerator, b.Numerator) && near(a.Denominator, b.Denominator) && a.Reason == b.Reason && a.Estimate.Exists == b.Estimate.Exists
}

func near(a, b float64) bool { return a-b < 1e-6*(1+a) && b-a < 1e-6*(1+b) }

// A number that adds its parts up is the same whichever way it is split.
func TestInstitutionsAndDepartmentsAddUpToTheIndicator(t *testing.T) {
	in := desktest.Counted(t)
	compared, counted := 0, 0
	for _, ind := range in.Catalogue.Indicators {
		for _, window := range []indicator.Window{indicator.Year, indicator.Month} {
			nation := in.Snapshot.Value(ind.ID, indicator.Nation, window)
			again := in.Breakdown.Value(ind.ID, indicator.Nation, window)
			if !ind.Measure.Explained && !same(again, nation) {
				t.Errorf("%s, %s: counted with the departments %+v, with the regions %+v", ind.ID, window, again, nation)
			}
			all := in.Breakdown.Institutions(ind.ID, "", everyone)
			if !indicator.AddsUp(&ind.Measure) {
				for _, i := range all {
					if v := i.Value(ind, window); v.Estimate.Exists {
						t.Errorf("%s is given for %s by itself: %v", ind.ID, i.Code, v.Estimate)
					}
				}
				continue
			}
			compared++
			if nation.N > 0 {
				counted++
			}
			if whole := indicator.InstitutionValue(ind, window, all...); !same(whole, nation) {
				t.Errorf("%s, %s: institutions come to %+v, the indicator is %+v", ind.ID, window, whole, nation)
			}
			for _, code := range in.Catalogue.Places.Departments() {
				part, of := in.Breakdown.Value(ind.ID, code, window), in.Breakdown.Institutions(ind.ID, code, everyone)
				if whole := indicator.InstitutionValue(ind, window, of...); !same(whole, part) {
					t.Errorf("%s, %s, %s: institutions come to %+v, the department is %+v", ind.ID, window, code, whole, part)
				}
			}
		}
	}
	if compared < 60 || counted < 60 {
		t.Errorf("%d numbers compared, %d of them with anything counted: the test has little to say", compared, counted)
	}
}
