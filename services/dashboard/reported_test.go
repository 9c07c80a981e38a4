package dashboard_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"amparo/pipeline/store"
	"amparo/schemas/law/lawtest"
	"amparo/services/dashboard"
	"amparo/services/present"
)

// silentSince are sources of all departments that fell silent at an instant.
func silentSince(t *testing.T, until time.Time) func(*dashboard.Config) {
	cat := lawtest.Shipped(t)
	var spans []store.ReportedSpan
	for _, department := range cat.Places.Departments() {
		spans = append(spans, store.ReportedSpan{Province: department + "01", First: until.AddDate(-3, 0, 0), Until: until, Events: 10})
	}
	return func(c *dashboard.Config) {
		c.Sources = func() *present.Sources { return present.NewSources(cat, now, spans) }
	}
}

// Months after the last report no page shows a rate of now: it says so above, and in
// the cells. Months that were reported keep theirs.
func TestPagesTellNoRateOfATimeThatWasNotReported(t *testing.T) {
	rate, why := regexp.MustCompile(`[0-9]%`), regexp.MustCompile(`no informado|no fue informado`)
	table := func(body string) string {
		_, main, _ := strings.Cut(body, "<table")
		return main
	}
	for _, tt := range []struct {
		months int
		rates  bool
	}{{0, true}, {-7, false}} {
		server := served(t, nora, silentSince(t, now.AddDate(0, tt.months, 0)))
		for _, path := range []string{"/", "/matrix", "/deadlines", "/compare", "/implications"} {
			body := page(t, server, path)
			if got := rate.MatchString(table(body)); got != tt.rates && path != "/" {
				t.Errorf("%s, silent for %d months: rates %t", path, -tt.months, got)
			}
			if strings.Contains(body, "las tasas no se dan") == tt.rates || path != "/" && why.MatchString(table(body)) == tt.rates {
				t.Errorf("%s, silent for %d months: it is not said that rates are withheld, or said in vain", path, -tt.months)
			}
		}
	}
}
