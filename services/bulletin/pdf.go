package bulletin

import (
	"fmt"
	"io"
	"strings"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/text/encoding/charmap"
)

// The paper, in millimetres: A4 lying, for tables of five columns.
const (
	margin     = 15.0
	paperWidth = 297.0 - 2*margin
	face       = "Times"
	leading    = 0.45 // of a line, in millimetres a point
)

// PDF writes the bulletin as a PDF of A4 pages.
func (b *Bulletin) PDF(out io.Writer) error {
	p := &printed{fpdf.New("L", "mm", "A4", "")}
	p.SetTitle(b.Title, true)
	lang := "es-PE"
	if b.Lang == "en" {
		lang = "en"
	}
	p.SetLang(lang)
	p.SetCreator("amparo", true)
	p.SetCreationDate(b.issued.UTC())
	p.SetModificationDate(b.issued.UTC())
	p.SetCatalogSort(true)
	p.SetMargins(margin, margin, margin)
	p.SetAutoPageBreak(true, margin)
	p.AliasNbPages("")
	p.SetFooterFunc(func() {
		p.SetY(-margin + 4)
		p.SetFont(face, "", 8)
		p.CellFormat(0, 4, encoded(strings.TrimSpace(b.Synthetic+" "+b.Title))+fmt.Sprintf(" - %d/{nb}", p.PageNo()), "T", 0, "C", false, 0, "")
	})
	p.AddPage()
	p.SetFont(face, "B", 16)
	p.paragraph(16, b.Title)
	if b.Synthetic != "" {
		p.SetFont(face, "B", 11)
		p.paragraph(11, b.Synthetic)
	}
	p.SetFont(face, "", 11)
	for _, text := range b.Lead {
		p.paragraph(11, text)
	}
	for i := range b.Sections {
		p.section(&b.Sections[i])
	}
	p.Ln(4)
	p.SetFont(face, "", 9)
	for _, text := range b.Foot {
		p.paragraph(9, text)
	}
	if err := p.Output(out); err != nil {
		return fmt.Errorf("write the PDF of the bulletin: %w", err)
	}
	return nil
}

// printed lays texts out on pages.
type printed struct{ *fpdf.Fpdf }

// encoded is a text in the encoding of the fonts that every reader of PDF has. What they
// do not have is named by its code point, and never dropped.
func encoded(text string) string {
	var b strings.Builder
	for _, r := range strings.NewReplacer("−", "-", "≈", "~").Replace(text) {
		if c, ok := charmap.Windows1252.EncodeRune(r); ok {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "[U+%04X]", r)
		}
	}
	return b.String()
}

func (p *printed) paragraph(size float64, text string) {
	p.SetX(margin)
	p.SetFontSize(size)
	p.MultiCell(paperWidth, size*leading, encoded(text), "", "L", false)
	p.Ln(1)
}

// room begins a new page where what follows would not fit on this one.
func (p *printed) room(height float64) {
	if _, tall := p.GetPageSize(); p.GetY()+height > tall-margin {
		p.AddPage()
	}
}

func (p *printed) section(s *Section) {
	p.Ln(3)
	p.room(25)
	p.SetFont(face, "B", 13)
	p.CellFormat(0, 7, encoded(s.Title), "B", 1, "L", false, 0, "")
	p.Ln(1)
	p.SetFont(face, "", 11)
	for _, text := range s.Text {
		p.paragraph(11, text)
	}
	if s.Table != nil {
		p.table(s.Table)
	}
	p.SetFont(face, "I", 9)
	for _, text := range s.Notes {
		p.paragraph(9, text)
	}
}

func (p *printed) table(t *Table) {
	widths := make([]float64, len(t.Head))
	for i := range widths {
		widths[i] = (paperWidth - 80) / float64(len(widths)-1)
	}
	widths[0] = 80
	p.SetFont(face, "B", 9)
	p.row(widths, t.Head)
	for _, cells := range t.Rows {
		p.SetFont(face, "", 9)
		if len(cells) == 1 {
			p.SetFont(face, "B", 9)
			p.room(12)
			p.row([]float64{paperWidth}, cells)
			continue
		}
		p.row(widths, cells)
	}
	p.Ln(2)
}

// row writes cells side by side, as tall as the tallest, never across two pages.
func (p *printed) row(widths []float64, cells []string) {
	const size = 9.0
	p.SetFontSize(size)
	tallest := 0.0
	for i, cell := range cells {
		tallest = max(tallest, float64(len(p.SplitLines([]byte(encoded(cell)), widths[i])))*size*leading)
	}
	p.room(tallest + 1)
	top, from := p.GetY(), margin
	for i, cell := range cells {
		p.SetXY(from, top)
		p.MultiCell(widths[i], size*leading, encoded(cell), "", "L", false)
		from += widths[i]
	}
	p.Line(margin, top+tallest+0.5, margin+paperWidth, top+tallest+0.5)
	p.SetXY(margin, top+tallest+1)
}
