package dashboard_test

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/snapshot"
	"amparo/pipeline/store"
	"amparo/pipeline/store/listing"
	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/aggregator"
	"amparo/services/dashboard"
	"amparo/services/desk"
	"amparo/services/desk/desktest"
	"amparo/services/desk/queue"
	"amparo/services/present"
)

func TestTodaySaysWhatFallsDueWhatIsOverdueAndHowTheRegionsCompare(t *testing.T) {
	in := counted(t)
	var soon, missed int64
	for o, err := range in.Store.Obligations(t.Context(), now) {
		must(t, err)
		status := o.Status(now)
		switch {
		case o.Kind != law.Law:
		case status == obligation.Missed:
			missed++
		case status == obligation.Open && !o.DueAt.After(now.Add(24*time.Hour)):
			soon++
		}
	}
	if soon == 0 || missed == 0 {
		t.Fatalf("%d fall due and %d are missed: the simulation is too small", soon, missed)
	}
	got := page(t, served(t, nora), "/")
	wants(t, got,
		fmt.Sprintf(`<a href="#due">%s</a>`, present.Count(soon)), fmt.Sprintf(`<a href="#overdue">%s</a>`, present.Count(missed)),
		"Vence en las próximas 24 horas", "Vencidas sin cumplir, por etapa y antigüedad", "Desde ayer", "Desde el mes pasado", "El silencio no es cumplimiento",
		"Costa – Sierra", "No se sabe", "sidpol", "15/10/2025 09:00",
	)
}

func TestANumberOpensItsDefinitionTheDepartmentsTheInstitutionsAndTheCases(t *testing.T) {
	in, server := counted(t), served(t, nora)
	whole := in.Board.Whole(desk.Question{Duty: "measures-decided", Window: indicator.Year})
	if whole.Due() < 30 {
		t.Fatalf("%d have fallen due: the simulation is too small", whole.Due())
	}
	got := page(t, server, "/number?duty=measures-decided")
	wants(t, got, "Numerador", "Denominador", "Excluye", in.Catalogue.ID, in.Catalogue.Version, "Contado al", "art. 16", "Lima", "Por departamento", "Por institución",
		fmt.Sprintf("n = %s", present.Count(whole.Due())))
	lima := page(t, server, "/number?duty=measures-decided&department=15")
	wants(t, lima, "Por institución", "últimos doce meses · Lima")
	if strings.Contains(lima, `id="departments"`) {
		t.Error("one department is split by department")
	}
	link := regexp.MustCompile(`/cases\?[^"]*status=failed[^"]*`).FindString(lima)
	cases := page(t, server, strings.ReplaceAll(link, "&amp;", "&"))
	part := in.Board.Whole(desk.Question{Duty: "measures-decided", Window: indicator.Year, Place: "15"})
	if n := strings.Count(cases, `<th scope="row">`); int64(n) != min(50, part.Failed) {
		t.Errorf("%d obligations behind the number %d", n, part.Failed)
	}
}

func TestDepartmentsAndInstitutionsAddUpToTheWhole(t *testing.T) {
	in := counted(t)
	for _, window := range []indicator.Window{indicator.Year, indicator.Month} {
		for _, d := range in.Snapshot.Duties {
			q := desk.Question{Duty: d.ID, Window: window}
			whole := in.Board.Whole(q).Tally
			var departments, institutions desk.Tally
			for _, part := range in.Board.ByDepartment(q) {
				departments = departments.Plus(part.Tally)
			}
			for _, part := range in.Board.ByInstitution(q) {
				institutions = institutions.Plus(part.Tally)
			}
			counted := in.Snapshot.OnTime[snapshot.OnTimeKey{Region: indicator.Nation, Duty: d.ID, Window: window}]
			if departments != whole || institutions != whole || counted.Due != whole.Due() || counted.Met != whole.Met {
				t.Errorf("%s, %s: whole %+v, departments %+v, institutions %+v, snapshot %+v", d.ID, window, whole, departments, institutions, counted)
			}
		}
	}
}

func TestLinksOfAlertsOpenTheirNumber(t *testing.T) {
	server := served(t, nora)
	status, _, header := get(t, server, "/?status=missed&duty=measures-decided&department=04")
	if to := header.Get("Location"); status != http.StatusFound || to != "/number?department=04&duty=measures-decided" {
		t.Errorf("%d to %q", status, to)
	}
}

func TestUnknownAddressesSaySo(t *testing.T) {
	server := served(t, nora)
	for _, odd := range []string{
		"/nothing", "/number", "/number?duty=%3Cscript%3E", "/number?duty=measures-decided&department=99", "/number?duty=measures-decided&region=atlantis",
		"/cases?duty=measures-decided", "/cases?duty=nothing&status=missed", "/cases?duty=measures-decided&status=missed&page=-1", "/cases?duty=measures-decided&status=odd",
	} {
		status, body, _ := get(t, server, odd)
		if status != http.StatusNotFound || !strings.Contains(body, "No hay nada aquí") || strings.Contains(body, "<script") {
			t.Errorf("%s: %d", odd, status)
		}
	}
}

func TestBeforeTheFirstCountThePagesSaySoAndShowNoZero(t *testing.T) {
	server := served(t, nora, func(c *dashboard.Config) {
		c.Last, c.Board = func() *snapshot.Snapshot { return nil }, func() *desk.Board { return nil }
		c.Breakdown = func() *desk.Breakdown { return nil }
		var err error
		c.Queue, err = queue.Read(func(func(queue.Act, error) bool) {}, looks, nil, desktest.Clock)
		must(t, err)
	})
	for _, address := range addresses {
		if address == "/methods" || address == "/public" {
			continue
		}
		body := page(t, server, address)
		if !strings.Contains(body, "Contando por primera vez") || strings.Contains(body, "<dd>0</dd>") || strings.Contains(body, "<td>") {
			t.Errorf("%s does not say that nothing was counted", address)
		}
	}
}

func TestSyntheticDataIsLabelledOnEveryPage(t *testing.T) {
	plain, labelled := served(t, nora), served(t, nora, func(c *dashboard.Config) { c.Synthetic = true })
	for _, address := range append(slices.Clone(addresses), "/nothing") {
		if _, body, _ := get(t, labelled, address); !strings.Contains(body, "Datos sintéticos") {
			t.Errorf("%s is not labelled", address)
		}
		if _, body, _ := get(t, plain, address); strings.Contains(body, "Datos sintéticos") {
			t.Errorf("%s calls real data synthetic", address)
		}
	}
}

// smallDuty is a duty with some that have fallen due, and fewer than a rate needs.
func smallDuty(t *testing.T, in *desktest.Installation) string {
	t.Helper()
	for _, d := range in.Snapshot.Duties {
		if due := in.Board.Whole(desk.Question{Duty: d.ID, Window: indicator.Year}).Due(); due > 0 && !present.Rated(due) {
			return d.ID
		}
	}
	t.Fatal("no duty has few cases")
	return ""
}

func TestBelowTheLeastNumberNoRateAndNoCurveIsShown(t *testing.T) {
	in, server := counted(t), served(t, nora)
	duty := smallDuty(t, in)
	if body := page(t, server, "/number?duty="+duty+"#whole"); !strings.Contains(body, "<dd>–</dd>") {
		t.Error("a rate of few cases is shown")
	}
	body := page(t, server, "/timeliness?duty="+duty)
	if strings.Contains(body, "<svg") || !strings.Contains(body, "menos de diez") && !strings.Contains(body, "no se muestra una curva") {
		t.Error("a curve of few cases is drawn")
	}
}

func TestTheCaseIsNamedOnlyToThoseWhoMayOpenIt(t *testing.T) {
	in := counted(t)
	mine := missedAtAnInstitution(t, in)
	const list = "/cases?duty=measures-decided&status=missed"
	if body := page(t, served(t, nora), list); strings.Contains(body, mine.CaseID) {
		t.Error("the national desk is told the case")
	}
	steward := access.Viewer{Name: "saul", Role: access.Steward, Institution: mine.Institution}
	body := page(t, served(t, steward), list)
	if !strings.Contains(body, `href="/case/`+mine.CaseID) {
		t.Error("the institution's steward is not led to its case")
	}
	rows, err := listing.Of(in.Store).Behind(t.Context(), listing.Query{
		AsOf: in.Board.AsOf, Duty: "measures-decided", Due: store.Span{To: now.AddDate(10, 0, 0), From: now.AddDate(-10, 0, 0)}, Institution: mine.Institution,
		Statuses: []obligation.Status{obligation.Missed}, Choice: in.Board.Choice, Limit: 100,
	})
	must(t, err)
	if n := strings.Count(body, `<th scope="row">`); n != min(50, len(rows)) {
		t.Errorf("the steward sees %d obligations, the institution has %d", n, len(rows))
	}
	status, _, _ := get(t, served(t, steward), list+"&institution=another")
	if status != http.StatusNotFound {
		t.Errorf("another institution's cases: %d, want 404 without a hint", status)
	}
	for _, role := range []access.Role{access.Auditor, access.Regional, access.Analyst, access.Administrator} {
		if status, _, _ := get(t, served(t, access.Viewer{Name: "x", Role: role}), list); status != http.StatusForbidden {
			t.Errorf("%s gets %d", role, status)
		}
	}
}

// through reads a list to its end by its own links, and says how many rows it has and where
// its pages are.
func through(t *testing.T, server *httptest.Server, list string) (rows int, pages []string) {
	t.Helper()
	next := regexp.MustCompile(`href="([^"]*)">siguientes`)
	for address := list; address != "" && len(pages) < 100; {
		body := page(t, server, address)
		rows += strings.Count(body, `<th scope="row">`)
		pages = append(pages, address)
		if address != list && !strings.Contains(body, "desde el principio") {
			t.Errorf("%s does not lead back to the beginning", address)
		}
		address = ""
		if link := next.FindStringSubmatch(body); link != nil {
			address = html.UnescapeString(link[1])
		}
	}
	return rows, pages
}

func TestAListIsReadToItsEndAndItsLinksNameNoCase(t *testing.T) {
	in, server := counted(t), served(t, nora)
	const list = "/cases?duty=measures-decided&status=met&department=15"
	all, err := listing.Of(in.Store).Behind(t.Context(), listing.Query{
		AsOf: in.Board.AsOf, Duty: "measures-decided", Place: "15", Due: store.Span{To: now.AddDate(10, 0, 0), From: now.AddDate(-10, 0, 0)},
		Statuses: []obligation.Status{obligation.Met}, Choice: in.Board.Choice, Limit: 10_000,
	})
	must(t, err)
	rows, pages := through(t, server, list)
	if rows != len(all) || len(pages) < 2 {
		t.Fatalf("%d obligations on %d pages, there are %d", rows, len(pages), len(all))
	}
	if pieces, pages := through(t, server, "/indicator/cases?window=all&department=15&indicator="+onTime); len(pages) < 2 || pieces <= 50 {
		t.Errorf("%d pieces on %d pages", pieces, len(pages))
	}
	for i := range all {
		if strings.Contains(strings.Join(pages, " "), all[i].CaseID) {
			t.Fatal("a link names a case")
		}
	}
	_, after, _ := strings.Cut(pages[1], "after=")
	after, _, _ = strings.Cut(after, "&")
	first := "x"
	if after[:1] == first {
		first = "y"
	}
	for name, address := range map[string]string{
		"of another list": "/cases?duty=measures-decided&status=met&department=08&after=" + after,
		"of another room": "/indicator/cases?department=15&indicator=" + onTime + "&after=" + after,
		"mistyped":        list + "&after=" + first + after[1:],
		"of another page": list + "&page=2",
	} {
		if status, _, _ := get(t, server, address); status != http.StatusNotFound {
			t.Errorf("a place %s: %d, want 404", name, status)
		}
	}
}

func TestTargetsAreNeverShownAsLimitsOfTheLaw(t *testing.T) {
	wants(t, page(t, served(t, nora), "/number?duty=breach-responded"), "meta del proyecto")
}

func TestImplicationsHaveTheirIndicatorsWithIntervalCountAndLimitsOfSight(t *testing.T) {
	server := served(t, nora)
	wants(t, page(t, server, "/implications"), "2 · Campañas y difusión", "16 · ", "R 106.4", "n = ", "Qué cuenta y qué no ve", "menos que el mínimo", `aria-current="page"`)
	wants(t, page(t, server, "/causes"), "1 · Malas políticas", "no la prueba", "El estudio la encontró: sí", "señal por encima de")
}

func TestTrendsMarkChangesOfTheLaw(t *testing.T) {
	server := served(t, nora)
	wants(t, page(t, server, "/trends?duty=measures-decided"), "Gráfico de control XmR", "2025-09", "Cambio de la ley")
	wants(t, page(t, server, "/trends?duty=measures-decided&place=highlands&lang=en"), "Highlands", "XmR control chart")
}

func TestACaseIsToldToItsStewardAndRecorded(t *testing.T) {
	in := counted(t)
	mine := missedAtAnInstitution(t, in)
	steward := access.Viewer{Name: "saul", Role: access.Steward, Institution: mine.Institution}
	server := served(t, steward)
	body := page(t, server, "/case/"+mine.CaseID)
	wants(t, body, "Resumen", "Hechos", "Deberes", "Por qué", "SHA-256", "registro de accesos")
	if !looks.saw("saul", mine.CaseID) {
		t.Error("the look is in no log")
	}
	status, pdf, header := get(t, server, "/case/"+mine.CaseID+"/pdf")
	if status != http.StatusOK || !strings.HasPrefix(pdf, "%PDF-") || header.Get("Content-Type") != "application/pdf" {
		t.Errorf("the PDF: %d %s", status, header.Get("Content-Type"))
	}
	other := access.Viewer{Name: "else", Role: access.Steward, Institution: "another"}
	foreign, _, _ := get(t, served(t, other), "/case/"+mine.CaseID)
	missing, _, _ := get(t, served(t, other), "/case/c-nobody")
	if foreign != http.StatusNotFound || missing != http.StatusNotFound {
		t.Errorf("another institution's case: %d, one that does not exist: %d, want 404 for both", foreign, missing)
	}
}

// missedAtAnInstitution is a missed obligation that names its institution.
func missedAtAnInstitution(t *testing.T, in *desktest.Installation) obligation.Obligation {
	t.Helper()
	for o, err := range in.Store.Obligations(t.Context(), now) {
		must(t, err)
		if o.Kind == law.Law && o.Duty == "measures-decided" && o.Institution != "" && o.Status(now) == obligation.Missed {
			return o
		}
	}
	t.Fatal("no missed obligation has an institution")
	return obligation.Obligation{}
}

func TestATokenOfANoticeOpensItsObligation(t *testing.T) {
	in := counted(t)
	mine := missedAtAnInstitution(t, in)
	must(t, in.Store.InsertTokens(t.Context(), []store.Token{{Token: "t-1", Key: mine.Key()}}))
	body := page(t, served(t, nora), "/notice/t-1")
	wants(t, body, "incumplida", mine.Institution)
	if strings.Contains(body, mine.CaseID) || strings.Contains(body, "Abrir el caso") {
		t.Error("the national desk is told the case")
	}
	steward := access.Viewer{Name: "saul", Role: access.Steward, Institution: mine.Institution}
	wants(t, page(t, served(t, steward), "/notice/t-1"), "/case/"+mine.CaseID)
	for token, viewer := range map[string]access.Viewer{"t-1": {Name: "else", Role: access.Steward, Institution: "another"}, "t-nothing": nora} {
		if status, _, _ := get(t, served(t, viewer), "/notice/"+token); status != http.StatusNotFound {
			t.Errorf("%s for %s: %d, want 404", token, viewer.Name, status)
		}
	}
}

func TestAnyoneSeesWhatIsPublishedAndNothingElse(t *testing.T) {
	server := served(t, access.Viewer{})
	body := page(t, server, "/public")
	wants(t, body, "08/2025", "▒", "oculto: pocas personas", "se redondean a cinco", "n ≈ ", "Por departamento")
	for _, count := range regexp.MustCompile(`n ≈ ([0-9,]+)`).FindAllStringSubmatch(body, -1) {
		if last := count[1][len(count[1])-1]; last != '0' && last != '5' {
			t.Errorf("%s is not rounded to five", count[1])
		}
	}
	if strings.Contains(body, `href="/matrix`) {
		t.Error("the menu offers what the public may not open")
	}
	for _, address := range addresses {
		status, _, _ := get(t, server, address)
		open := address == "/public" || address == "/methods"
		if open != (status == http.StatusOK) {
			t.Errorf("%s: %d for anyone", address, status)
		}
	}
	nothing := served(t, access.Viewer{}, func(c *dashboard.Config) { c.Published = func() *aggregator.Published { return nil } })
	if body := page(t, nothing, "/public"); !strings.Contains(body, "Aún no se ha publicado") || strings.Contains(body, "<table>") {
		t.Error("before anything was published the page does not say so")
	}
}

func TestTheFirstPageIsThatOfItsReader(t *testing.T) {
	in := counted(t)
	rosa := access.Viewer{Name: "rosa", Role: access.Regional, Places: []string{"15"}}
	own := page(t, served(t, rosa), "/")
	wants(t, own, "Hoy, en lo propio", "Lima", "Vencidas sin cumplir")
	lima := in.Board.Whole(desk.Question{Duty: "measures-decided", Window: indicator.Year, Place: "15"})
	number := page(t, served(t, rosa), "/number?duty=measures-decided")
	wants(t, number, fmt.Sprintf("n = %s", present.Count(lima.Due())), "Lima")
	if strings.Contains(number, `>Puno</a>`) || strings.Contains(own, "/cases?") {
		t.Error("a regional viewer is shown, or led to, what is not theirs")
	}
	other := in.Board.Whole(desk.Question{Duty: "measures-decided", Window: indicator.Year, Place: "04"})
	if other.Due() == 0 {
		t.Fatal("Arequipa has no case: the simulation is too small")
	}
	if body := page(t, served(t, rosa), "/number?duty=measures-decided&department=04"); strings.Contains(body, fmt.Sprintf("<dd>%d</dd>", other.Met)) && other.Met > 0 {
		t.Error("a regional viewer sees another department")
	}

	ana := access.Viewer{Name: "ana", Role: access.Analyst, Purpose: "thesis"}
	analysis := page(t, served(t, ana), "/")
	wants(t, analysis, "Cifras para el análisis", "menos de 5 personas", "▒", "Por departamento")
	for _, viewer := range []access.Viewer{rosa, ana} {
		for _, address := range []string{"/matrix", "/compare", "/quality"} {
			if status, _, _ := get(t, served(t, viewer), address); status != http.StatusForbidden {
				t.Errorf("%s gets %s: %d", viewer.Role, address, status)
			}
		}
	}
}
