package explain

import (
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"html/template"
	"io"
	"time"

	"amparo/schemas/law"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// A Paper is what a printed explanation says of itself.
type Paper struct {
	Lang     string
	IssuedAt time.Time
	Program  string // its version
}

// sameSum says what the sum stands for, and noAdvice what an explanation is not.
var (
	sameSum = law.Text{
		ES: "Con los mismos hechos, el mismo catálogo, la misma fecha de corte y el mismo programa, la explicación y su huella son siempre las mismas, en los dos idiomas.",
		EN: "With the same facts, the same catalogue, the same instant and the same program, the explanation and its sum are always the same, in both languages.",
	}
	noAdvice = law.Text{
		ES: "Explica cómo se cuentan los plazos con los hechos registrados. No es asesoría legal, y lo que no está registrado no consta aquí.",
		EN: "It explains how limits are counted from the recorded facts. It is no legal advice, and what is not recorded is not here.",
	}
)

// SameSum says what the sum stands for.
func (page) SameSum() law.Text { return sameSum }

// NoAdvice says what an explanation is not.
func (page) NoAdvice() law.Text { return noAdvice }

// page is what the template sees.
type page struct {
	*Explanation
	Paper
	Sum    string
	Issued string
	Style  template.CSS
	Policy string
}

// Say picks the language of the page's own words.
func (p page) Say(es, en string) string { return law.Text{ES: es, EN: en}.In(p.Lang) }

// In is a text of the explanation in the language of the page.
func (p page) In(text law.Text) string { return text.In(p.Lang) }

// Number is by which number a duty is called.
func (p page) Number(i int) int { return i + 1 }

// Page writes the explanation as one HTML page for the file of a court: it loads
// nothing, runs nothing, and prints on A4.
func (x *Explanation) Page(out io.Writer, paper Paper) error {
	sum, err := x.Sum()
	if err != nil {
		return err
	}
	issued, err := x.local(paper.IssuedAt, paper.Lang)
	if err != nil {
		return err
	}
	hash := sha256.Sum256([]byte(pageCSS))
	return pageTemplate.Execute(out, page{
		Explanation: x, Paper: paper, Sum: sum, Issued: issued,
		Style:  template.CSS(pageCSS), //nolint:gosec // A file of this package.
		Policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'",
	})
}

// local prints an instant in the explanation's zone, for the paper's own dates.
func (x *Explanation) local(t time.Time, lang string) (string, error) {
	zone, err := time.LoadLocation(x.Zone)
	if err != nil {
		return "", err
	}
	return t.In(zone).Format(dateLayout.In(lang) + " 15:04"), nil
}
