package explain_test

import (
	"strings"
	"testing"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law/lawtest"
	"amparo/services/explain"
)

// What is made up says so in every format and language, by its events themselves.
func TestSyntheticFactsAreLabelled(t *testing.T) {
	for _, tt := range []struct {
		made         int
		es, en, none string
	}{
		{0, "", "", "ntétic"},
		{1, "Hechos sintéticos mezclados con hechos registrados", "Synthetic facts mixed with recorded ones", "ninguna persona"},
		{2, "Datos sintéticos: ninguna persona ni caso es real", "Synthetic data: no person or case is real", "mezclados"},
	} {
		events := lawtest.Story(t, "2024-03-01T10:00 report.received channel=police", "2024-03-01T11:00 risk.assessed level=mild")
		for i := range tt.made {
			events[i].Source = event.SyntheticSource + ":sidpol"
		}
		q := obligation.Query{AsOf: lawtest.Instant(t, "2024-04-01T00:00")}
		x, err := explain.Build(lawtest.Shipped(t), "c-1", events, q)
		if err != nil {
			t.Fatal(err)
		}
		for lang, want := range map[string]string{"es": tt.es, "en": tt.en} {
			var page, pdf strings.Builder
			paper := explain.Paper{Lang: lang, IssuedAt: q.AsOf, Program: "x"}
			if err := x.Page(&page, paper); err != nil {
				t.Fatal(err)
			}
			if err := x.PDF(&pdf, paper); err != nil {
				t.Fatal(err)
			}
			for format, output := range map[string]string{"text": text(t, x, lang), "page": page.String(), "PDF": read(t, []byte(pdf.String()))} {
				if output = strings.Join(strings.Fields(output), " "); !strings.Contains(output, want) || strings.Contains(output, tt.none) {
					t.Errorf("%d of 2 made up, %s in %s: %q is not in it, or %q is", tt.made, format, lang, want, tt.none)
				}
			}
		}
	}
}
