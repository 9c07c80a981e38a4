package explain_test

import (
	"os"
	"strings"
	"testing"

	"amparo/pipeline/obligation"
	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
	"amparo/schemas/law/load"
	ley30364 "amparo/schemas/ley-30364"
	"amparo/services/explain"
)

// withDistance is the catalogue that ships with one term of distance: 48 hours for
// a province.
func withDistance(t *testing.T, province string) *law.Catalogue {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, ley30364.Files); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/distances.csv", []byte("code,hours\n"+province+",48\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cat, err := load.Catalogue(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// limitOf is what an explanation says of the limit of a duty.
func limitOf(t *testing.T, cat *law.Catalogue, duty string, lines ...string) string {
	t.Helper()
	x, err := explain.Build(cat, "c-1", lawtest.Story(t, lines...), obligation.Query{AsOf: lawtest.Instant(t, "2024-05-01T00:00")})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range x.Duties {
		for _, l := range d.Lines {
			if d.Duty == duty && l.Name == "limit" {
				return l.Text.ES
			}
		}
	}
	t.Fatalf("no limit of %s", duty)
	return ""
}

func TestTheTermOfDistanceIsSaidOnlyWhereItAdds(t *testing.T) {
	cat := withDistance(t, "1601")
	arrest := "2024-03-01T10:00 arrest.made arrest=a-1 ubigeo="
	for place, want := range map[string]string{
		"160102": "48 horas más 48 horas por el término de la distancia",
		"150101": "48 horas",
	} {
		if got := limitOf(t, cat, "detention-ended", arrest+place); got != want {
			t.Errorf("in %s: %q, want %q", place, got, want)
		}
	}
	notified := "2024-03-01T10:00 measures.notified measure=m-1 to=victim ubigeo="
	appeal := "2024-03-04T10:00 appeal.notified appeal=a-1 measure=m-1 ubigeo="
	if got := limitOf(t, cat, "appeal-adhered", notified+"160102", appeal+"160102"); !strings.Contains(got, "por el término de la distancia") {
		t.Errorf("in days: %q", got)
	}
	if got := limitOf(t, cat, "appeal-adhered", notified+"150101", appeal+"150101"); strings.Contains(got, "distancia") {
		t.Errorf("where it adds nothing: %q", got)
	}
}
