package bulletin_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"amparo/pipeline/comparison"
	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/pipeline/store/counting"
	"amparo/pipeline/store/engine/enginetest"
	"amparo/schemas/law"
	"amparo/services/bulletin"
	"amparo/services/desk/desktest"
	"amparo/services/present"
)

func TestMain(m *testing.M) { os.Exit(enginetest.Run(m)) }

func config(t *testing.T) bulletin.Config {
	t.Helper()
	in := desktest.Counted(t)
	return bulletin.Config{
		Catalogue: in.Catalogue, Grouping: "natural", Lang: "es", Choice: store.Choice{Kinds: []string{string(law.Law)}}, Now: desktest.Now, Program: "test",
	}
}

func made(t *testing.T, cfg bulletin.Config, month string) *bulletin.Bulletin {
	t.Helper()
	first, err := time.Parse("2006-01", month)
	if err != nil {
		t.Fatal(err)
	}
	b, err := bulletin.Exact(t.Context(), cfg, counting.Of(desktest.Counted(t).Store), first)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func html(t *testing.T, b *bulletin.Bulletin) string {
	t.Helper()
	var out bytes.Buffer
	if err := b.HTML(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTheBulletinCountsWhatFellDueInTheMonth(t *testing.T) {
	in, cfg := desktest.Counted(t), config(t)
	from := time.Date(2025, 9, 1, 0, 0, 0, 0, in.Catalogue.Zone)
	var n comparison.Counts
	for o, err := range in.Store.Obligations(t.Context(), desktest.Now) {
		if err != nil {
			t.Fatal(err)
		}
		if o.Kind != law.Law || !o.DueAt.After(from) || o.DueAt.After(from.AddDate(0, 1, 0)) {
			continue
		}
		switch o.Status(desktest.Now) {
		case obligation.Met:
			n.Met++
		case obligation.Late, obligation.Missed:
			n.Failed++
		}
	}
	if n.Due() < 100 {
		t.Fatalf("%d fell due: the simulation is too small", n.Due())
	}
	got := html(t, made(t, cfg, "2025-09"))
	for _, want := range []string{
		"Boletín mensual: setiembre de 2025", "n = " + present.Count(n.Due()), present.Rate(float64(n.Met)/float64(n.Due()), n.Due()), "no para publicar",
		"Frente al mes anterior", "corrección de Holm", "Sierra", "Métodos", "Content-Security-Policy",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in the bulletin", want)
		}
	}
	cfg.Lang, cfg.Synthetic = "en", true
	english := html(t, made(t, cfg, "2025-09"))
	for _, want := range []string{"Monthly bulletin: September 2025", "Synthetic data", "Highlands", `lang="en"`} {
		if !strings.Contains(english, want) {
			t.Errorf("%q is not in the English bulletin", want)
		}
	}
}

func TestAMonthThatHasNotClosedHasNoBulletin(t *testing.T) {
	_, err := bulletin.Exact(t.Context(), config(t), counting.Of(desktest.Counted(t).Store), desktest.Now)
	if !errors.Is(err, bulletin.ErrMonth) {
		t.Errorf("the month that runs: %v", err)
	}
}

func TestAMonthThatNobodyReportedHasNoRates(t *testing.T) {
	cfg := config(t)
	cfg.Reported = present.Reported{Asked: true, From: desktest.Now.AddDate(-1, 0, 0), Until: desktest.Now.AddDate(0, -3, 0)}
	got := html(t, made(t, cfg, "2025-09"))
	if strings.Contains(got, "n = ") || !strings.Contains(got, "Las fuentes informaron hasta") {
		t.Error("a rate is given of a month that nobody reported")
	}
}

func TestThePublicGetsWhatWasPublishedAndNothingElse(t *testing.T) {
	in, cfg := desktest.Counted(t), config(t)
	got := html(t, bulletin.Public(cfg, in.Published()))
	for _, want := range []string{"agosto de 2025", "[#]", "n ≈ ", "Los doce meses que terminan con él", "se redondean a cinco"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in the public bulletin", want)
		}
	}
	if strings.Contains(got, "n = ") {
		t.Error("an exact number is in the public bulletin")
	}
}

func TestThePDFHasEveryPageAndIsTheSameTwice(t *testing.T) {
	var one, two bytes.Buffer
	for _, out := range []*bytes.Buffer{&one, &two} {
		if err := made(t, config(t), "2025-09").PDF(out); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.HasPrefix(one.Bytes(), []byte("%PDF-")) || !bytes.Contains(one.Bytes(), []byte("%%EOF")) || !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Errorf("%d and %d bytes", one.Len(), two.Len())
	}
	if pages := bytes.Count(one.Bytes(), []byte("/Type /Page\n")); pages < 2 {
		t.Errorf("%d pages", pages)
	}
}
