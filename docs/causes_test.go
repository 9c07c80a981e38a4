package docs

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
)

// A guide to a cause names each of its signals with its threshold, in both
// languages, and none that the catalogue does not have; and says of the study what
// its data say.
func TestGuidesOfCausesNameTheirSignals(t *testing.T) {
	cat := lawtest.Shipped(t)
	overview := guide(t, "README")
	for i := range cat.Causes {
		c := &cat.Causes[i]
		t.Run(c.ID, func(t *testing.T) {
			if !strings.Contains(overview, "("+c.ID+".md)") {
				t.Errorf("docs/causes/README.md does not lead to %s", c.ID)
			}
			spanish, english, both := strings.Cut(guide(t, c.ID), `<a id="english"></a>`)
			if !both {
				t.Fatal("there is no English part")
			}
			named := map[string]bool{}
			for _, part := range []struct{ lang, text string }{{"es", spanish}, {"en", english}} {
				if want := "# " + c.Title.In(part.lang) + "\n"; !strings.Contains(part.text, want) || !strings.Contains(part.text, lower(strings.TrimSuffix(c.ReadsAs.In(part.lang), "."))) {
					t.Errorf("in %s: title and reading are not those of the catalogue", part.lang)
				}
				for _, ind := range cat.Indicators {
					if !slices.Contains(ind.Causes, c.ID) || ind.Signal == nil || isVoice(ind.ID) {
						continue
					}
					named[ind.ID] = true
					checkRow(t, part.lang, part.text, ind)
				}
				for _, m := range backquoted.FindAllStringSubmatch(rows(part.text), -1) {
					if !named[m[1]] {
						t.Errorf("in %s: %s is no signal of the cause", part.lang, m[1])
					}
				}
				for _, coded := range c.Coded {
					want := fmt.Sprintf("%d of the %d", coded.Participants, cat.Study.Participants[coded.Region])
					if part.lang == "es" {
						want = fmt.Sprintf("%d de las %d", coded.Participants, cat.Study.Participants[coded.Region])
					}
					if !strings.Contains(part.text, want) {
						t.Errorf("in %s: the study's %q of %s is not in it", part.lang, want, coded.Region)
					}
				}
			}
			if n := strings.Count(guide(t, c.ID), "\n"); n > 75 {
				t.Errorf("%d lines: a guide is one page a language", n)
			}
		})
	}
}

var backquoted = regexp.MustCompile("`([a-z0-9-]+)`")

func guide(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("causes/" + name + ".md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// rows are the lines of a text's tables.
func rows(text string) string {
	var out []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "|") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

// isVoice tells what people say of a cause, which stands in the overview once for
// all causes.
func isVoice(id string) bool {
	return strings.HasPrefix(id, "explained-delay-share-") || strings.HasPrefix(id, "frontline-cause-share-")
}

// checkRow looks for a signal's row, with its name and threshold. Handoffs between
// pairs of institutions share one row and one threshold.
func checkRow(t *testing.T, lang, text string, ind *law.Indicator) {
	t.Helper()
	id, title := ind.ID, ind.Title.In(lang)
	if pair, ok := strings.CutPrefix(id, "handoff-delay-p90-"); ok && pair != "" {
		_, title, _ = strings.Cut(title, ": ")
		id = "handoff-delay-p90"
	}
	title, _, _ = strings.Cut(title, ":")
	for line := range strings.Lines(rows(text)) {
		if !strings.Contains(line, "`"+id+"`") {
			continue
		}
		last := title[strings.LastIndex(title, ", ")+1:] // two quantiles may share a name
		if !strings.Contains(line, title) && !strings.Contains(line, strings.TrimSpace(last)) {
			t.Errorf("in %s: the row of %s does not call it %q", lang, ind.ID, title)
		}
		if want := threshold(ind); !strings.Contains(line, want) {
			t.Errorf("in %s: the row of %s does not say %q", lang, ind.ID, want)
		}
		return
	}
	t.Errorf("in %s: no row of %s", lang, ind.ID)
}

// threshold is the number beyond which a signal is raised, as a guide says it.
func threshold(ind *law.Indicator) string {
	value, _ := ind.Signal.Threshold()
	switch ind.Unit {
	case "share":
		return fmt.Sprintf("%g %%", math.Round(value*100))
	case "points":
		return fmt.Sprintf("%g p", math.Abs(math.Round(value*100)))
	}
	return fmt.Sprintf("%g", value)
}

func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }
