package dashboard

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/statistics"
	"amparo/pipeline/store"
	"amparo/schemas/law"
	ley30364 "amparo/schemas/ley-30364"
)

// totals are a few counts: enough of one duty for a rate, too few of another.
var totals = []store.Total{
	{Duty: "measures-decided", Kind: "law", Province: "0401", Status: obligation.Met, Every: 1500, InYear: 1500},
	{Duty: "measures-decided", Kind: "law", Province: "0401", Status: obligation.Missed, Every: 300, InYear: 300},
	{Duty: "appeal-granted", Kind: "law", Province: "1501", Status: obligation.Met, Every: 4, InYear: 4},
}

// load reads the catalogue once for all tests: it never changes.
var load = sync.OnceValues(func() (*law.Catalogue, error) { return law.Load(ley30364.Files) })

func shipped(t *testing.T) *law.Catalogue {
	t.Helper()
	cat, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// page fetches a page as a browser would.
func page(t *testing.T, cfg Config, path string) (string, http.Header) {
	t.Helper()
	cat := shipped(t)
	asOf := time.Date(2026, 3, 1, 17, 0, 0, 0, time.UTC)
	cfg.Catalogue, cfg.Log = cat, slog.New(slog.DiscardHandler)
	cfg.Now = func() time.Time { return asOf }
	if cfg.Last == nil {
		cfg.Last = func() *indicator.Snapshot {
			return (&indicator.Reader{Catalogue: cat}).Build(totals, asOf, indicator.Options{Grouping: "natural"})
		}
	}
	handler, err := Handler(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	resp, err := http.Get(server.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v", path, resp.StatusCode, err)
	}
	return string(b), resp.Header
}

func TestPageShowsSharesWithCountAndInterval(t *testing.T) {
	got, header := page(t, Config{}, "/")
	for _, want := range []string{
		`lang="es-PE"`, "<strong>83.3%</strong>", "81.5–85.0%", "n = 1,800", "Sierra", "Costa", "Selva", "Nacional",
		"01/03/2026 12:00:00", "Intervalo de Wilson", "no la prevalencia",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not on the page:\n%.4000s", want, got)
		}
	}
	if strings.Contains(got, "Datos sintéticos") {
		t.Error("real data is called synthetic")
	}
	if csp := header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'self'") {
		t.Errorf("content security policy: %q", csp)
	}
}

func TestTargetsAndLowConfidenceAreMarkedOnThePage(t *testing.T) {
	low := []store.Total{{Duty: "measures-decided", Kind: "law", Confidence: "low", Province: "0401", Status: obligation.Met, Every: 30, InYear: 30}}
	shown := func(reader *indicator.Reader) func() *indicator.Snapshot {
		return func() *indicator.Snapshot {
			return reader.Build(low, time.Date(2026, 3, 1, 17, 0, 0, 0, time.UTC), indicator.Options{Grouping: "natural"})
		}
	}
	cat := shipped(t)
	const without = "sin los regímenes de confianza baja"
	got, _ := page(t, Config{Last: shown(&indicator.Reader{Catalogue: cat})}, "/")
	if strings.Count(got, "(confianza baja)") != 1 || strings.Contains(got, without) {
		t.Errorf("one duty rests on low confidence:\n%.3000s", got)
	}
	if got, _ := page(t, Config{Last: shown(&indicator.Reader{Catalogue: cat, LeaveOutLow: true})}, "/"); !strings.Contains(got, without) {
		t.Error("the page does not say that regimes are left out")
	}
	if got, _ := page(t, Config{}, "/?duty=breach-responded"); !strings.Contains(got, "(meta del proyecto, no es un plazo legal)") {
		t.Error("a target is shown as if the law had set it")
	}
}

func TestBelowTenNoRateIsShown(t *testing.T) {
	got, _ := page(t, Config{}, "/")
	if strings.Contains(got, "100%") || !strings.Contains(got, "n = 4") {
		t.Error("four cases gave a rate, or their number is not shown")
	}
}

func TestSyntheticDataIsLabelled(t *testing.T) {
	got, _ := page(t, Config{Synthetic: true}, "/")
	if !strings.Contains(got, "Datos sintéticos") {
		t.Error("synthetic data is not labelled")
	}
	english, _ := page(t, Config{Synthetic: true}, "/?lang=en")
	if !strings.Contains(english, "Synthetic data") || !strings.Contains(english, `lang="en"`) || !strings.Contains(english, "Highlands") {
		t.Error("the English page is not English")
	}
}

func TestBeforeTheFirstCountThePageSaysSoAndShowsNoZero(t *testing.T) {
	got, _ := page(t, Config{Last: func() *indicator.Snapshot { return nil }}, "/")
	if !strings.Contains(got, "Contando por primera vez") || strings.Contains(got, "<dd>0</dd>") {
		t.Errorf("%s", got)
	}
}

func TestTheLinkOfAnAlertShowsWhereAndHowToFindTheCases(t *testing.T) {
	got, _ := page(t, Config{}, "/?status=missed&duty=measures-decided&department=04")
	for _, want := range []string{"Arequipa", "<td>300</td>", "amparo obligations --status missed --duty measures-decided --department 04"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not on the page:\n%.3000s", want, got)
		}
	}
	if got, _ := page(t, Config{}, "/?status=missed&duty=measures-decided&region=coast"); strings.Contains(got, ">Puno<") {
		t.Error("Puno has no coast")
	}
	for _, odd := range []string{"/?duty=%3Cscript%3E", "/?department=99", "/?status=missed"} {
		if got, _ := page(t, Config{}, odd); strings.Contains(got, `id="detail"`) || strings.Contains(got, "<script>") {
			t.Errorf("%s asks for nothing and got a detail", odd)
		}
	}
}

// counted is a snapshot with a few indicators.
func counted(t *testing.T) func() *indicator.Snapshot {
	t.Helper()
	cat := shipped(t)
	asOf := time.Date(2026, 3, 1, 17, 0, 0, 0, time.UTC)
	s := (&indicator.Reader{Catalogue: cat}).Build(totals, asOf, indicator.Options{Grouping: "natural"})
	s.IndicatorsAsOf = asOf.Add(-time.Hour)
	value := func(id, region string, n int64, v ...float64) indicator.Value {
		i := slices.IndexFunc(cat.Indicators, func(ind *law.Indicator) bool { return ind.ID == id })
		if i < 0 {
			t.Fatalf("no indicator %s", id)
		}
		out := indicator.Value{Indicator: cat.Indicators[i], Region: region, Window: indicator.Year, N: n, Reason: indicator.BelowMinimum}
		if len(v) > 0 {
			out.Estimate, out.Low, out.High, out.Reason = statistics.Some(v[0]), statistics.Some(v[1]), statistics.Some(v[2]), indicator.Exists
		}
		return out
	}
	s.Indicators = []indicator.Value{
		value("leaflet-delivered-share", indicator.Nation, 4000, 0.7, 0.68, 0.72),
		value("leaflet-delivered-share", "coast", 3),
		value("language-gap", indicator.Nation, 400, -0.082, -0.12, -0.044),
		value("exam-wait-p50", indicator.Nation, 90, 7.06, 6.4, 7.9),
		value("breach-response-on-time-share", "highlands", 60, 0.5, 0.4, 0.6),
	}
	return func() *indicator.Snapshot { return s }
}

func TestImplicationsHaveTheirIndicatorsWithIntervalCountAndLimitsOfSight(t *testing.T) {
	got, _ := page(t, Config{Last: counted(t)}, "/implications")
	for _, want := range []string{
		"2 · Campañas y difusión", "16 · ", "R 106.4", "<strong>70.0%</strong>", "68.0% – 72.0%", "n = 4,000",
		"menos que el mínimo", "n = 3", "<strong>-8.2 puntos</strong>", "<strong>7.1 días</strong>",
		"en parte meta del proyecto", "(de registros)", "Qué cuenta y qué no ve", "Si la víctima la pudo leer y entender.",
		"01/03/2026 11:00:00", `aria-current="page"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	english, _ := page(t, Config{Last: counted(t)}, "/implications?lang=en")
	if !strings.Contains(english, "<strong>-8.2 points</strong>") || !strings.Contains(english, "fewer than the minimum") {
		t.Error("the English page is not English")
	}
	waiting, _ := page(t, Config{}, "/implications")
	if !strings.Contains(waiting, "Contando por primera vez") {
		t.Error("before the first count of indicators the page does not say so")
	}
}

func TestCausesHaveTheirSignalsBesideTheStudyAndProveNothing(t *testing.T) {
	got, _ := page(t, Config{Last: counted(t)}, "/causes")
	for _, want := range []string{
		"1 · Malas políticas", "7 · ", "no la prueba", "parámetros del proyecto", "El estudio la encontró: sí", "3 de 14 entrevistas",
		"2 de 8 entrevistas", "<strong>no se sabe</strong>", "señal por encima de 2.0 días", "<strong>7.1 días ▲</strong>",
		"señal por debajo de -5.0 puntos", "<strong>-8.2 puntos</strong>", // its interval reaches across the threshold
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	english, _ := page(t, Config{Last: counted(t)}, "/causes?lang=en")
	if !strings.Contains(english, "does not prove it") || !strings.Contains(english, "2 of 8 interviews") {
		t.Error("the English page is not English")
	}
}
