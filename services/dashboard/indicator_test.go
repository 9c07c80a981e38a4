package dashboard_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"amparo/pipeline/indicator"
	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/dashboard"
	"amparo/services/desk"
	"amparo/services/desk/desktest"
	"amparo/services/present"
)

// onTime is an indicator that adds up obligations.
const onTime = "pm-on-time-share"

func everyone(string, string) bool { return true }

// busiest is an institution of an indicator with much to count, and its department.
func busiest(t *testing.T, in *desktest.Installation, id string) *indicator.Institution {
	t.Helper()
	var best *indicator.Institution
	var most int64
	for _, i := range in.Breakdown.Institutions(id, "", everyone) {
		if n, _ := i.Counted(indicator.Year); n > most && i.Code != "" && i.Region != "" {
			best, most = i, n
		}
	}
	if best == nil {
		t.Fatalf("no institution counts for %s", id)
	}
	return best
}

func TestAnIndicatorOpensItsDefinitionDepartmentsInstitutionsAndCases(t *testing.T) {
	in, server := counted(t), served(t, nora)
	wants(t, page(t, server, "/implications"), `href="/indicator?indicator=`+onTime)
	whole := in.Snapshot.Value(onTime, indicator.Nation, indicator.Year)
	body := page(t, server, "/indicator?indicator="+onTime)
	wants(t, body, "Numerador", "Denominador", "Excluye", "No puede ver", "Artículos", in.Catalogue.ID, in.Catalogue.Version, "Contado al", "Por región", "Por departamento", "Puno",
		"n = "+present.Count(whole.N))
	if strings.Contains(body, "/indicator/cases") {
		t.Error("all cases of the country can be listed at once")
	}

	i := busiest(t, in, onTime)
	department := page(t, server, "/indicator?indicator="+onTime+"&department="+i.Region)
	wants(t, department, "Por institución", i.Code, "institution="+i.Code, "/indicator/cases?")
	n, leftOut := i.Counted(indicator.Year)
	office := page(t, server, fmt.Sprintf("/indicator?indicator=%s&department=%s&institution=%s", onTime, i.Region, i.Code))
	wants(t, office, ">"+present.Count(n)+"</a></dd>", i.Code)
	list := page(t, server, fmt.Sprintf("/indicator/cases?indicator=%s&department=%s&institution=%s", onTime, i.Region, i.Code))
	wants(t, list, fmt.Sprintf("%s cuentan y %s quedan fuera", present.Count(n), present.Count(leftOut)))
	if rows := int64(strings.Count(list, `<th scope="row">`)); rows != min(50, n+leftOut) {
		t.Errorf("%d rows behind %d", rows, n+leftOut)
	}
	if strings.Contains(list, `href="/case/`) {
		t.Error("the national desk is led to a case")
	}
}

// What is not the sum of its institutions says so, and gives none of them a value.
func TestANumberOfTheWholeIsNotGivenForItsParts(t *testing.T) {
	in, server := counted(t), served(t, nora)
	for _, ind := range in.Catalogue.Indicators {
		if ind.Measure.Wait == nil || in.Breakdown.Value(ind.ID, "15", indicator.Year).N == 0 {
			continue
		}
		wants(t, page(t, server, "/indicator?indicator="+ind.ID+"&department=15"), "no es la suma de sus instituciones", "se mide sobre el conjunto")
		return
	}
	t.Fatal("Lima has no waiting time: the simulation is too small")
}

func TestEveryIndicatorOpensAndItsCasesAddUpToIt(t *testing.T) {
	in, server := counted(t), served(t, nora)
	for _, ind := range in.Catalogue.Indicators {
		for _, more := range []string{"&window=month", "&window=all&department=15", "&region=coast"} {
			if body := page(t, server, "/indicator?indicator="+ind.ID+more); strings.Contains(body, "NaN") || strings.Contains(body, "%!") {
				t.Errorf("%s%s is broken", ind.ID, more)
			}
		}
		cases := "/indicator/cases?indicator=" + ind.ID + "&department=15"
		status, body, _ := get(t, server, cases)
		opens := strings.Contains(page(t, server, "/indicator?indicator="+ind.ID+"&department=15"), "/indicator/cases?")
		if opens != (status == http.StatusOK) {
			t.Errorf("%s: offered %t, answered %d", cases, opens, status)
		}
		if !opens || status != http.StatusOK {
			continue
		}
		// The list and the number say the same, whatever the number is made of.
		v := in.Breakdown.Value(ind.ID, "15", indicator.Year)
		if comparesOrMeasuresPlaces(&ind.Measure) {
			continue
		}
		wants(t, body, fmt.Sprintf("%s cuentan y %s quedan fuera", present.Count(v.N), present.Count(v.LeftOut)))
	}
}

// comparesOrMeasuresPlaces reports whether n is that of the smaller of two groups, of days or
// of institutions, and not of what lies behind.
func comparesOrMeasuresPlaces(m *law.Measure) bool {
	return !indicator.AddsUp(m) && m.Count == nil && m.Wait == nil
}

func TestWhoSeesPartOfTheCountrySeesThatPartOfAnIndicator(t *testing.T) {
	in := counted(t)
	i := busiest(t, in, onTime)
	n, _ := i.Counted(indicator.Year)
	nation := in.Snapshot.Value(onTime, indicator.Nation, indicator.Year)
	if n == nation.N {
		t.Fatal("one institution is the country: the simulation is too small")
	}

	saul := served(t, access.Viewer{Name: "saul", Role: access.Steward, Institution: i.Code})
	own := page(t, saul, "/indicator?indicator="+onTime)
	wants(t, own, "n = "+present.Count(n), i.Code)
	if strings.Contains(own, "n = "+present.Count(nation.N)) || strings.Contains(own, `id="regions"`) {
		t.Error("a steward sees the country")
	}
	list := page(t, saul, "/indicator/cases?indicator="+onTime+"&department="+i.Region)
	if !strings.Contains(list, `href="/case/`) {
		t.Error("the steward is not led to the cases")
	}
	if !looks.has(access.Entry{Who: "saul", Role: access.Steward, Did: access.ListSeen, Object: "GET /indicator/cases", Detail: "indicator=" + onTime + "&department=" + i.Region}) {
		t.Error("the look is in no log")
	}
	if status, _, _ := get(t, saul, "/indicator/cases?indicator="+onTime+"&institution=another"); status != http.StatusNotFound {
		t.Errorf("another institution's cases: %d", status)
	}
	other := page(t, saul, "/indicator?indicator="+onTime+"&institution=another")
	wants(t, other, "<dd>0</dd>", "sin datos")

	rosa := served(t, access.Viewer{Name: "rosa", Role: access.Regional, Places: []string{"15"}})
	lima := in.Breakdown.Value(onTime, "15", indicator.Year)
	theirs := page(t, rosa, "/indicator?indicator="+onTime)
	wants(t, theirs, "Lima", "n = "+present.Count(lima.N))
	if strings.Contains(theirs, ">Puno</a>") || strings.Contains(theirs, "n = "+present.Count(nation.N)) {
		t.Error("a regional viewer sees more than their department")
	}
	puno := page(t, rosa, "/indicator?indicator="+onTime+"&department=21")
	if in.Breakdown.Value(onTime, "21", indicator.Year).N == 0 {
		t.Fatal("Puno has no case: the simulation is too small")
	}
	if regexp.MustCompile(`n = [1-9]`).MatchString(puno) {
		t.Error("a regional viewer sees another department")
	}
	for _, role := range []access.Role{access.Analyst, access.Administrator} {
		if status, _, _ := get(t, served(t, access.Viewer{Name: "x", Role: role}), "/indicator?indicator="+onTime); status != http.StatusForbidden {
			t.Errorf("%s: %d", role, status)
		}
	}
}

func TestTooManyPiecesAndUnknownIndicatorsSaySo(t *testing.T) {
	server := served(t, nora)
	for _, odd := range []string{
		"/indicator", "/indicator?indicator=nothing", "/indicator?indicator=" + onTime + "&department=99", "/indicator?indicator=" + onTime + "&region=atlantis",
		"/indicator/cases?indicator=" + onTime, "/indicator/cases?indicator=" + onTime + "&department=15&page=x", "/indicator/cases?indicator=nothing&department=15",
	} {
		if status, body, _ := get(t, server, odd); status != http.StatusNotFound || !strings.Contains(body, "No hay nada aquí") {
			t.Errorf("%s: %d", odd, status)
		}
	}
	waiting := served(t, nora, func(c *dashboard.Config) { c.Breakdown = func() *desk.Breakdown { return nil } })
	wants(t, page(t, waiting, "/indicator?indicator="+onTime), "Contando por primera vez")
}
