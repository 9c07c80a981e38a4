package explain_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"amparo/services/explain"
)

func sum(t *testing.T, x *explain.Explanation) string {
	t.Helper()
	s, err := x.Sum()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The sum names what is explained, and nothing else: not when or how often it
// was drawn, nor in which order the facts came.
func TestSumFollowsWhatIsExplained(t *testing.T) {
	all := stories(t)
	seen := map[string]string{}
	for _, s := range all {
		x := s.explain(t)
		first := sum(t, x)
		if other := seen[first]; other != "" {
			t.Errorf("%s and %s have one sum", s.name, other)
		}
		seen[first] = s.name
		for i, j := 0, len(s.events)-1; i < j; i, j = i+1, j-1 {
			s.events[i], s.events[j] = s.events[j], s.events[i]
		}
		if sum(t, s.explain(t)) != first {
			t.Errorf("%s: the order in which facts came changes the sum", s.name)
		}
		s.query.AsOf = s.query.AsOf.Add(time.Second)
		if sum(t, s.explain(t)) == first {
			t.Errorf("%s: another instant has the same sum", s.name)
		}
	}
}

func TestJSONReadsBackToItsSum(t *testing.T) {
	for _, s := range stories(t) {
		x := s.explain(t)
		var out strings.Builder
		if err := x.JSON(&out); err != nil {
			t.Fatal(err)
		}
		var read struct {
			Sum         string               `json:"sha256"`
			Explanation *explain.Explanation `json:"explanation"`
		}
		decoder := json.NewDecoder(strings.NewReader(out.String()))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&read); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if again := sum(t, read.Explanation); again != read.Sum {
			t.Errorf("%s: written with sum %s, read with %s", s.name, read.Sum, again)
		}
	}
}

// The page for the file of a court stands alone: nothing is loaded, nothing runs.
func TestPageStandsAlone(t *testing.T) {
	for _, s := range stories(t) {
		x := s.explain(t)
		x.Subject = "c-1"
		for _, lang := range explain.Languages {
			var out strings.Builder
			paper := explain.Paper{Lang: lang, IssuedAt: time.Date(2026, 1, 2, 15, 4, 0, 0, time.UTC), Program: "1a2b3c"}
			if err := x.Page(&out, paper); err != nil {
				t.Fatal(err)
			}
			page := out.String()
			for _, banned := range []string{"<script", "http://", "https://", " src=", "url(", "@import", " style=", "ZgotmplZ"} {
				if strings.Contains(page, banned) {
					t.Errorf("%s in %s: the page has %q", s.name, lang, banned)
				}
			}
			for _, want := range []string{
				sum(t, x), x.Catalogue.Hash, x.Catalogue.Version, "default-src &#39;none&#39;", "1a2b3c",
				map[string]string{"es": `lang="es-PE"`, "en": `lang="en"`}[lang],
				map[string]string{"es": "02/01/2026 10:04", "en": "2 Jan 2026 10:04"}[lang],
			} {
				if !strings.Contains(page, want) {
					t.Errorf("%s in %s: the page lacks %q", s.name, lang, want)
				}
			}
			for _, f := range x.Facts {
				if !strings.Contains(page, f.Digest) {
					t.Errorf("%s: the page lacks the digest of fact %d", s.name, f.Number)
				}
			}
		}
	}
}
