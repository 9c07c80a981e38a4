package explain_test

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"

	"amparo/services/explain"
)

var (
	streams = regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`)
	shown   = regexp.MustCompile(`\(((?:[^()\\]|\\.)*)\)\s*Tj`)
)

// read is what a PDF shows, in the order in which it is drawn.
func read(t *testing.T, pdf []byte) string {
	t.Helper()
	var text strings.Builder
	for _, stream := range streams.FindAllSubmatch(pdf, -1) {
		inflated, err := zlib.NewReader(bytes.NewReader(stream[1]))
		if err != nil {
			continue // a font or an image
		}
		content, err := io.ReadAll(inflated)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range shown.FindAllSubmatch(content, -1) {
			decoded, err := charmap.Windows1252.NewDecoder().Bytes(m[1])
			if err != nil {
				t.Fatal(err)
			}
			text.WriteString(strings.NewReplacer(`\(`, "(", `\)`, ")", `\\`, `\`).Replace(string(decoded)) + " ")
		}
	}
	return text.String()
}

// The PDF shows what the text says: every word of every duty, in both languages,
// and is the same file each time.
func TestPDFShowsAllThatIsSaid(t *testing.T) {
	paper := explain.Paper{IssuedAt: time.Date(2026, 1, 2, 15, 4, 0, 0, time.UTC), Program: "1a2b3c"}
	for _, s := range stories(t) {
		x := s.explain(t)
		for _, paper.Lang = range explain.Languages {
			var first, second bytes.Buffer
			if err := x.PDF(&first, paper); err != nil {
				t.Fatal(err)
			}
			if err := x.PDF(&second, paper); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(first.Bytes(), second.Bytes()) {
				t.Errorf("%s in %s: two drawings differ", s.name, paper.Lang)
			}
			words := strings.Fields(read(t, first.Bytes()))
			has := map[string]bool{}
			for _, w := range words {
				has[w] = true
			}
			said := []string{x.Title.In(paper.Lang), x.Summary.In(paper.Lang), sum(t, x), x.Catalogue.Hash}
			for _, d := range x.Duties {
				said = append(said, d.Title.In(paper.Lang), d.Verdict.In(paper.Lang))
				for _, l := range d.Lines {
					said = append(said, l.Label.In(paper.Lang), l.Text.In(paper.Lang))
				}
			}
			for _, f := range slices.Concat(x.Facts, x.Retracted) {
				said = append(said, f.When.In(paper.Lang), f.Title.In(paper.Lang), f.Detail.In(paper.Lang), f.Note.In(paper.Lang))
			}
			for w := range strings.FieldsSeq(strings.Join(said, " ")) {
				if !has[w] {
					t.Errorf("%s in %s: the PDF lacks %q", s.name, paper.Lang, w)
					break
				}
			}
		}
	}
}

// What the fonts of a PDF cannot show is named, not dropped.
func TestPDFNamesWhatItCannotShow(t *testing.T) {
	x := stories(t)[0].explain(t)
	x.Facts[0].Source = "urn:pe:ñandú:κ"
	var out bytes.Buffer
	if err := x.PDF(&out, explain.Paper{Lang: "es", IssuedAt: time.Unix(0, 0), Program: "x"}); err != nil {
		t.Fatal(err)
	}
	if text := read(t, out.Bytes()); !strings.Contains(text, "urn:pe:ñandú:[U+03BA]") {
		t.Error("the source is not shown whole")
	}
}
