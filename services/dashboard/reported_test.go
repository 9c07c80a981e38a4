package dashboard_test

import (
	"strings"
	"testing"
	"time"

	"amparo/pipeline/store"
	"amparo/services/dashboard"
	"amparo/services/desk/desktest"
	"amparo/services/present"
)

func TestEveryPageSaysUntilWhenSourcesHaveReported(t *testing.T) {
	cat := counted(t).Catalogue
	reported := func(until time.Time, synthetic uint64) func(*dashboard.Config) {
		return func(c *dashboard.Config) {
			sources := present.NewSources(cat, desktest.Clock(), []store.ReportedSpan{
				{Province: "1501", First: until.AddDate(-1, 0, 0), Until: until, Events: 10, Synthetic: synthetic},
			})
			c.Sources = func() *present.Sources { return sources }
		}
	}
	long := desktest.Clock().AddDate(0, -11, 0)
	stale, fresh, made := served(t, nora, reported(long, 0)), served(t, nora, reported(desktest.Clock(), 0)), served(t, nora, reported(desktest.Clock(), 10))
	for _, address := range addresses {
		_, body, _ := get(t, stale, address)
		for _, want := range []string{"Las fuentes informaron hasta el " + present.Instant(long, cat.Zone), "informado hasta " + present.Instant(long, cat.Zone)} {
			if !strings.Contains(body, want) {
				t.Errorf("%s does not say %q", address, want)
			}
		}
		if _, body, _ := get(t, fresh, address); strings.Contains(body, "sin que se sepa") || strings.Contains(body, "Datos sintéticos") {
			t.Errorf("%s warns of nothing", address)
		}
		if _, body, _ := get(t, made, address); !strings.Contains(body, "Datos sintéticos") {
			t.Errorf("%s does not say that the data are made up", address)
		}
	}
}
