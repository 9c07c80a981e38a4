package explain_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law/lawtest"
	"amparo/services/explain"
)

// To write the explanations anew after a change of words or of the catalogue, and
// then to read each as a lawyer would:
//
//	go test ./services/explain -run Golden -update
var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// told is a story from testdata: what it is about, and from where it is asked.
type told struct {
	name   string
	events []event.Event
	query  obligation.Query
}

// stories reads testdata: comment lines, "as-of" and "known-at" with an instant,
// and one event a line.
func stories(t testing.TB) []told {
	t.Helper()
	files, err := filepath.Glob("testdata/*.story")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d stories (%v): twenty very different cases are asked for", len(files), err)
	}
	var all []told
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s := told{name: strings.TrimSuffix(filepath.Base(file), ".story")}
		var lines []string
		for line := range strings.Lines(string(text)) {
			word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			switch word {
			case "", "#":
			case "as-of":
				s.query.AsOf = lawtest.Instant(t, rest).UTC()
			case "known-at":
				s.query.KnownAt = lawtest.Instant(t, rest).UTC()
			default:
				lines = append(lines, strings.TrimSpace(line))
			}
		}
		s.events = lawtest.Story(t, lines...)
		all = append(all, s)
	}
	return all
}

func (s *told) explain(t testing.TB) *explain.Explanation {
	t.Helper()
	x, err := explain.Build(lawtest.Shipped(t), "c-1", s.events, s.query)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// sums are what any change of the catalogue changes, whether or not a case is
// told otherwise.
var sums = regexp.MustCompile(`\b[0-9a-f]{12,64}\b`)

// markup is what of a page nobody reads.
var markup = regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>`)

func text(t testing.TB, x *explain.Explanation, lang string) string {
	t.Helper()
	var out strings.Builder
	if err := x.Text(&out, explain.Paper{Lang: lang}); err != nil {
		t.Fatal(err)
	}
	return strings.Replace(sums.ReplaceAllString(out.String(), "…"), x.Catalogue.Version, "…", 1)
}

// Twenty very different cases in both languages, each read as a lawyer would read
// it aloud.
func TestGoldenExplanations(t *testing.T) {
	for _, s := range stories(t) {
		t.Run(s.name, func(t *testing.T) {
			x := s.explain(t)
			for _, lang := range explain.Languages {
				file := filepath.Join("testdata", s.name+"."+lang+".txt")
				got := text(t, x, lang)
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
						t.Fatal(err)
					}
					continue
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("%s (-golden +now); if it reads right, run with -update:\n%s", file, diff)
				}
			}
		})
	}
}
