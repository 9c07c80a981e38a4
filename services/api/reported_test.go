package api_test

import (
	"strings"
	"testing"
	"time"

	"amparo/pipeline/store"
	"amparo/schemas/law/lawtest"
	"amparo/services/api"
	"amparo/services/desk/desktest"
	"amparo/services/present"
)

// silentSince are sources of every province that fell silent at an instant.
func silentSince(t *testing.T, until time.Time) func(*api.Config) {
	cat := lawtest.Shipped(t)
	var spans []store.ReportedSpan
	for _, department := range cat.Places.Departments() {
		spans = append(spans, store.ReportedSpan{Province: department + "01", First: until.AddDate(-3, 0, 0), Until: until, Events: 10, Synthetic: 10})
	}
	return func(c *api.Config) {
		c.Sources = func() *present.Sources { return present.NewSources(cat, desktest.Clock(), spans) }
	}
}

// What was not reported is no share of a program either: the counts stay, the share
// goes, and a column says why. What is made up is called so, however it came in.
func TestAShareOverATimeThatWasNotReportedIsWithheld(t *testing.T) {
	for _, tt := range []struct {
		until  time.Time
		shares bool
	}{{desktest.Clock(), true}, {desktest.Clock().AddDate(0, -7, 0), false}} {
		server, _ := served(t, nora, silentSince(t, tt.until))
		for path, columns := range map[string][]string{
			"/on-time?window=year": {"share", "low", "high"}, "/indicators?window=year": {"value", "low", "high"}, "/comparisons": {"difference", "low", "high", "sentence"},
		} {
			told, withheld := 0, 0
			for _, row := range rows(t, server, path).Rows {
				for _, column := range columns {
					if row[column] != nil {
						told++
					}
				}
				if row["reason"] == string(present.NoCover) {
					withheld++
				}
			}
			if (told > 0) != tt.shares || (withheld > 0) == tt.shares {
				t.Errorf("%s, reported until %s: %d numbers, %d withheld", path, tt.until, told, withheld)
			}
		}
		_, b := get(t, server, "/on-time")
		if text := string(b); !strings.Contains(text, `"reported_until": "`) && !strings.Contains(text, `"reported_until":"`) || !strings.Contains(text, "synthetic") {
			t.Errorf("the answer does not say until when sources reported, or that they are made up: %.300s", text)
		}
	}
}
