package explain

import (
	"fmt"
	"io"
	"strings"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/text/encoding/charmap"

	"amparo/schemas/law"
)

// The paper, in millimetres: A4, one face, and columns as on the page in HTML.
const (
	margin     = 18.0
	paperWidth = 210.0 - 2*margin
	face       = "Times"
	leading    = 0.45 // of a line, in millimetres a point
)

// PDF writes the explanation as a PDF of A4 pages, the sum at the foot of each.
func (x *Explanation) PDF(out io.Writer, paper Paper) error {
	sum, err := x.Sum()
	if err != nil {
		return err
	}
	issued, err := x.local(paper.IssuedAt, paper.Lang)
	if err != nil {
		return err
	}
	p := &printed{Fpdf: fpdf.New("P", "mm", "A4", ""), lang: paper.Lang}
	p.SetTitle(x.Title.In(p.lang), true)
	p.SetLang(p.say("es-PE", "en"))
	p.SetCreator("amparo "+paper.Program, true)
	p.SetCreationDate(paper.IssuedAt.UTC())
	p.SetModificationDate(paper.IssuedAt.UTC())
	p.SetCatalogSort(true)
	p.SetMargins(margin, margin, margin)
	p.SetAutoPageBreak(true, margin)
	p.AliasNbPages("")
	p.SetFooterFunc(func() { p.foot(x, sum) })
	p.AddPage()
	p.head(x)
	p.facts(x)
	p.duties(x)
	p.origin(x)
	p.section("Huellas", "Sums")
	p.column(0, paperWidth, 9, p.say("Huella SHA-256 de esta explicación: ", "SHA-256 of this explanation: ")+sum)
	p.column(0, paperWidth, 9, p.say("Huella SHA-256 del catálogo, versión ", "SHA-256 of the catalogue, version ")+x.Catalogue.Version+": "+x.Catalogue.Hash)
	p.column(0, paperWidth, 9, p.say("Emitida el ", "Issued on ")+issued+", amparo "+paper.Program+". "+sameSum.In(p.lang))
	p.column(0, paperWidth, 9, noAdvice.In(p.lang))
	if err := p.Output(out); err != nil {
		return fmt.Errorf("write the PDF of %s: %w", x.Subject, err)
	}
	return nil
}

// printed lays texts out on pages, in one language.
type printed struct {
	*fpdf.Fpdf
	lang string
}

func (p *printed) say(es, en string) string { return law.Text{ES: es, EN: en}.In(p.lang) }

// encoded is a text in the encoding of the fonts that every reader of PDF has.
// What they do not have is named by its code point, and never dropped.
func encoded(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r == '−' {
			r = '-'
		}
		if c, ok := charmap.Windows1252.EncodeRune(r); ok {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "[U+%04X]", r)
		}
	}
	return b.String()
}

func (p *printed) foot(x *Explanation, sum string) {
	p.SetY(-margin + 4)
	p.SetFont(face, "", 8)
	text := x.Title.In(p.lang) + " · SHA-256 " + sum[:16] + "… · " + fmt.Sprint(p.PageNo()) + "/{nb}"
	if label := x.Synthetic.In(p.lang); label != "" {
		text = label + " · " + text
	}
	p.CellFormat(0, 4, encoded(text), "T", 0, "C", false, 0, "")
}

// column writes a paragraph into a column that begins so far from the margin, and
// leaves the position below it.
func (p *printed) column(from, width, size float64, text string) {
	p.SetX(margin + from)
	p.SetFontSize(size)
	p.MultiCell(width, size*leading, encoded(text), "", "L", false)
}

// height is how tall a paragraph would be.
func (p *printed) height(width, size float64, text string) float64 {
	p.SetFontSize(size)
	return float64(len(p.SplitLines([]byte(encoded(text)), width))) * size * leading
}

// room begins a new page where what follows would not fit on this one.
func (p *printed) room(height float64) {
	if _, tall := p.GetPageSize(); p.GetY()+height > tall-margin {
		p.AddPage()
	}
}

func (p *printed) section(es, en string) {
	p.Ln(4)
	p.room(20)
	p.SetFont(face, "B", 13)
	p.CellFormat(0, 7, encoded(p.say(es, en)), "B", 1, "L", false, 0, "")
	p.Ln(1)
	p.SetFont(face, "", 11)
}

func (p *printed) head(x *Explanation) {
	p.SetFont(face, "B", 16)
	p.column(0, paperWidth, 16, x.Title.In(p.lang))
	if label := x.Synthetic.In(p.lang); label != "" {
		p.column(0, paperWidth, 11, label)
	}
	p.SetFont(face, "", 11)
	p.column(0, paperWidth, 11, x.Instant.In(p.lang))
	p.column(0, paperWidth, 11, x.Law.In(p.lang))
	p.SetFont(face, "B", 11)
	for _, c := range x.Cautions {
		p.column(0, paperWidth, 11, c.In(p.lang))
	}
	p.section("Resumen", "Summary")
	p.column(0, paperWidth, 11, x.Summary.In(p.lang))
}

// rows writes lines of columns side by side, each as tall as its tallest column,
// none across two pages.
func (p *printed) rows(widths []float64, size float64, cells ...string) {
	tallest := 0.0
	for i, cell := range cells {
		tallest = max(tallest, p.height(widths[i], size, cell))
	}
	p.room(tallest)
	top, from, page := p.GetY(), 0.0, p.PageNo()
	for i, cell := range cells {
		if p.PageNo() == page {
			p.SetY(top)
		}
		p.column(from, widths[i], size, cell)
		from += widths[i]
	}
	if p.PageNo() == page {
		p.SetY(top + tallest)
	}
	p.Ln(0.8)
}

func told(f *Fact, lang string) string {
	var text strings.Builder
	text.WriteString(f.Title.In(lang))
	for _, more := range []string{f.Detail.In(lang), f.Note.In(lang)} {
		if more != "" {
			text.WriteString(" · " + more)
		}
	}
	return text.String()
}

func (p *printed) facts(x *Explanation) {
	if len(x.Facts)+len(x.LeftOut) > 0 {
		p.section("Hechos", "Facts")
	}
	for i := range x.Facts {
		f := &x.Facts[i]
		p.rows([]float64{9, 36, paperWidth - 45}, 10, fmt.Sprint(f.Number), f.When.In(p.lang), told(f, p.lang))
	}
	for _, l := range x.LeftOut {
		p.column(0, paperWidth, 10, l.In(p.lang))
	}
	if len(x.Retracted) > 0 {
		p.section("Hechos dejados sin efecto", "Facts taken back")
	}
	for i := range x.Retracted {
		f := &x.Retracted[i]
		p.rows([]float64{36, paperWidth - 36}, 10, f.When.In(p.lang), told(f, p.lang))
	}
}

// duties writes each duty; its title never stands alone at the foot of a page.
func (p *printed) duties(x *Explanation) {
	if len(x.Duties) > 0 {
		p.section("Deberes", "Duties")
	}
	for i := range x.Duties {
		d := &x.Duties[i]
		title := fmt.Sprintf("%d. %s", i+1, d.Title.In(p.lang))
		p.SetFont(face, "B", 11)
		p.room(p.height(paperWidth, 11, title) + 25)
		p.column(0, paperWidth, 11, title)
		p.column(0, paperWidth, 10, d.Verdict.In(p.lang))
		p.SetFont(face, "", 10)
		for _, l := range d.Lines {
			p.rows([]float64{29, paperWidth - 29}, 10, l.Label.In(p.lang), l.Text.In(p.lang))
		}
		p.Ln(2.5)
	}
}

// origin lists where the facts come from, and what their records hash to.
func (p *printed) origin(x *Explanation) {
	if len(x.Facts) == 0 {
		return
	}
	p.section("Procedencia de los hechos", "Where the facts come from")
	for i := range x.Facts {
		f := &x.Facts[i]
		p.rows([]float64{9, 65, paperWidth - 74}, 8, fmt.Sprint(f.Number), f.Source+" · "+f.ID, f.Digest)
	}
}
