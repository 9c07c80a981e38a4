package explain

import (
	"fmt"
	"io"
	"strings"

	"amparo/schemas/law"
)

// width is how long lines of the text are, at most, where a word allows.
const width = 100

// Text writes the explanation as plain text in one language.
func (x *Explanation) Text(out io.Writer, paper Paper) error {
	lang := paper.Lang
	sum, err := x.Sum()
	if err != nil {
		return err
	}
	t := &text{lang: lang}
	t.block("", x.Title.In(lang))
	if label := x.Synthetic.In(lang); label != "" {
		t.block("", label)
	}
	t.block("", x.Instant.In(lang))
	t.block("", x.Law.In(lang))
	for _, c := range x.Cautions {
		t.block("", t.say("ATENCIÓN: ", "CAUTION: ")+c.In(lang))
	}
	t.head("RESUMEN", "SUMMARY")
	t.block("", x.Summary.In(lang))
	if len(x.Facts) > 0 || len(x.LeftOut) > 0 {
		t.head("HECHOS", "FACTS")
		t.facts(x.Facts)
		for _, l := range x.LeftOut {
			t.block("", l.In(lang))
		}
	}
	if len(x.Retracted) > 0 {
		t.head("HECHOS DEJADOS SIN EFECTO", "FACTS TAKEN BACK")
		t.facts(x.Retracted)
	}
	if len(x.Duties) > 0 {
		t.head("DEBERES", "DUTIES")
		for i := range x.Duties {
			t.duty(i+1, &x.Duties[i])
		}
	}
	fmt.Fprintf(t, "\n%s %s\n", t.say("Huella SHA-256 de esta explicación:", "SHA-256 of this explanation:"), sum)
	_, err = io.WriteString(out, t.String())
	return err
}

// text gathers lines in one language.
type text struct {
	strings.Builder
	lang string
}

func (t *text) say(es, en string) string { return law.Text{ES: es, EN: en}.In(t.lang) }

func (t *text) head(es, en string) { fmt.Fprintf(t, "\n%s\n", t.say(es, en)) }

// block writes a paragraph behind a lead, wrapped, its further lines below its
// first.
func (t *text) block(lead, paragraph string) {
	indent := strings.Repeat(" ", len([]rune(lead)))
	line := lead
	empty := true
	for word := range strings.FieldsSeq(paragraph) {
		if !empty && len([]rune(line))+1+len([]rune(word)) > width {
			t.WriteString(line + "\n")
			line, empty = indent, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	t.WriteString(line + "\n")
}

func (t *text) facts(facts []Fact) {
	for _, f := range facts {
		lead := "     "
		if f.Number > 0 {
			lead = fmt.Sprintf("%4d ", f.Number)
		}
		var told strings.Builder
		told.WriteString(f.When.In(t.lang) + "  " + f.Title.In(t.lang))
		for _, more := range []string{f.Detail.In(t.lang), f.Note.In(t.lang)} {
			if more != "" {
				told.WriteString(" · " + more)
			}
		}
		t.block(lead, told.String())
	}
}

func (t *text) duty(n int, d *Duty) {
	t.WriteString("\n")
	t.block(fmt.Sprintf("%2d. ", n), d.Title.In(t.lang))
	t.block("    ", d.Verdict.In(t.lang))
	for _, l := range d.Lines {
		t.block(fmt.Sprintf("    %-17s", l.Label.In(t.lang)+":"), l.Text.In(t.lang))
	}
}
