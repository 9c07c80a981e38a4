package cases

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/services/access"
	"amparo/services/dashboard/page"
	"amparo/services/explain"
	"amparo/services/present"
)

// explanation tells a case as its facts and the law give it now.
func (p *room) explanation(ctx context.Context, caseID string) (*explain.Explanation, error) {
	histories, err := p.Store.History(ctx, []string{caseID})
	if err != nil {
		return nil, err
	}
	stored, ok := histories[caseID]
	if !ok {
		return nil, access.ErrNoSuchCase
	}
	events := make([]event.Event, len(stored))
	for i := range stored {
		events[i] = stored[i].Event
	}
	return explain.Build(p.Catalogue, caseID, events, obligation.Query{AsOf: p.Now()})
}

// newCase tells a case to someone who may open it: the guard has looked, and recorded it.
func (p *room) newCase(r *http.Request, f page.Frame) (page.Page, error) {
	v := page.Page{Frame: f}
	v.Waiting = false
	caseID := r.PathValue("case")
	x, err := p.explanation(r.Context(), caseID)
	if err != nil {
		return v, err
	}
	sum, err := x.Sum()
	if err != nil {
		return v, fmt.Errorf("sum up the explanation: %w", err)
	}
	v.Heading, v.AsOf = x.Title.In(f.Lang), page.LocalTime(p.Catalogue, x.AsOf)
	v.Lead = []string{x.Instant.In(f.Lang), x.Law.In(f.Lang)}
	for _, caution := range x.Cautions {
		v.Lead = append(v.Lead, caution.In(f.Lang))
	}
	v.Sections = append(v.Sections,
		page.Section{ID: "summary", Title: f.T("Resumen", "Summary"), Text: []string{x.Summary.In(f.Lang)}, Links: []page.Link{{Text: f.T("Como PDF, para el expediente", "As PDF, for the file"), Address: f.Link(page.CasePath + caseID + "/pdf")}}},
		factSection(f, x), dutySection(f, x))
	v.Sections = append(v.Sections, page.Section{ID: "seal", Title: f.T("Huella", "Sum"), Text: []string{"SHA-256: " + sum}, Notes: []string{
		f.T("Esta consulta quedó en el registro de accesos.", "This look is in the access log."),
	}})
	return v, nil
}

func factSection(f page.Frame, x *explain.Explanation) page.Section {
	sec := page.Section{ID: "facts", Title: f.T("Hechos", "Facts")}
	t := &page.Table{Name: sec.Title, Head: []string{f.T("Cuándo", "When"), f.T("Qué", "What"), f.T("Detalle", "Detail"), f.T("Nota", "Note")}, None: f.T("Ninguno.", "None.")}
	for _, list := range [][]explain.Fact{x.Facts, x.Retracted} {
		for i := range list {
			fact := &list[i]
			head := page.Entry{Value: fact.When.In(f.Lang), Prose: true}
			if fact.Number > 0 {
				head.Sign = fmt.Sprintf("%d.", fact.Number)
			}
			t.Rows = append(t.Rows, page.TableRow{Head: head, Cells: []page.Entry{page.Prose(fact.Title.In(f.Lang)), page.Prose(fact.Detail.In(f.Lang)), page.Prose(fact.Note.In(f.Lang))}})
		}
	}
	sec.Table = t
	for _, text := range x.LeftOut {
		sec.Notes = append(sec.Notes, text.In(f.Lang))
	}
	return sec
}

func dutySection(f page.Frame, x *explain.Explanation) page.Section {
	sec := page.Section{ID: "duties", Title: f.T("Deberes", "Duties")}
	t := &page.Table{Name: sec.Title, Head: []string{f.T("Deber", "Duty"), f.T("Resultado", "Result"), f.T("Por qué", "Why")}, None: f.T("Ninguno hasta este momento.", "None up to this instant.")}
	for i := range x.Duties {
		d := &x.Duties[i]
		var why strings.Builder
		for k, line := range d.Lines {
			if k > 0 {
				why.WriteString(" · ")
			}
			why.WriteString(line.Label.In(f.Lang) + ": " + line.Text.In(f.Lang))
		}
		t.Rows = append(t.Rows, page.TableRow{Head: page.Entry{Sign: fmt.Sprintf("%d.", i+1), Value: d.Title.In(f.Lang), Prose: true}, Cells: []page.Entry{page.Prose(d.Verdict.In(f.Lang)), page.Prose(why.String())}})
	}
	sec.Table = t
	return sec
}

// casePDF is the explanation for the file of a court.
func (p *room) casePDF(guard *access.Guard) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		x, err := p.explanation(r.Context(), r.PathValue("case"))
		var b bytes.Buffer
		if err == nil {
			lang := present.Spanish
			if r.URL.Query().Get("lang") == present.English {
				lang = present.English
			}
			err = x.PDF(&b, explain.Paper{Lang: lang, IssuedAt: p.Now(), Program: p.Program})
		}
		if err != nil {
			guard.Fail(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/pdf")
		w.Header().Set("Content-Disposition", `attachment; filename="amparo.pdf"`)
		if _, err := w.Write(b.Bytes()); err != nil {
			p.Log.Debug("file not delivered", "error", err)
		}
	}
}

// newNotice opens the token of a notice: the obligation that it tells of, to those in
// whose scope it lies. The case is named to those alone who may open it.
func (p *room) newNotice(r *http.Request, f page.Frame) (page.Page, error) {
	v := page.Page{Frame: f}
	v.Heading = f.T("La obligación de un aviso", "The obligation of a notice")
	v.Waiting = false
	o, err := p.noticed(r.Context(), r.PathValue("token"))
	if err != nil {
		return v, err
	}
	viewer := access.From(r.Context())
	if !viewer.Queue().Holds(o.Place, o.Institution) {
		return v, access.ErrNoSuchCase
	}
	now := p.Now()
	d, _ := p.Catalogue.Duty(o.Duty)
	title := o.Duty
	if d != nil {
		title = d.Title.In(f.Lang)
	}
	sec := page.Section{ID: "notice", Title: title, Table: &page.Table{Name: title, Head: []string{f.T("Qué", "What"), f.T("Dato", "Fact")}}, Links: []page.Link{{Text: f.T("Definición y lugares", "Definition and places"), Address: f.Link(page.NumberPath, "duty", o.Duty, "department", p.Catalogue.Places.Department(o.Place))}}}
	for _, row := range [][2]string{
		{f.T("Estado", "Status"), statusWord(o, now, f)},
		{f.T("Empezó", "Started"), page.LocalTime(p.Catalogue, o.StartedAt)},
		{f.T("Vence", "Due"), page.LocalTime(p.Catalogue, o.DueAt)},
		{f.T("Cumplida", "Done"), page.LocalTime(p.Catalogue, o.DoneAt)},
		{f.T("Riesgo", "Risk"), p.Catalogue.Word(o.Risk, f.Lang)},
		{f.T("Institución", "Institution"), p.Catalogue.Word(o.InstitutionKind, f.Lang) + " " + o.Institution},
		{f.T("Lugar", "Place"), page.PlaceName(p.Catalogue, o.Place)},
		{f.T("Al", "As of"), page.LocalTime(p.Catalogue, now)},
	} {
		sec.Table.Rows = append(sec.Table.Rows, page.TableRow{Head: page.Entry{Value: row[0]}, Cells: []page.Entry{page.Prose(row[1])}})
	}
	if viewer.Cases().Holds(o.Place, o.Institution) {
		sec.Links = append(sec.Links, page.Link{Text: f.T("Abrir el caso", "Open the case"), Address: f.Link(page.CasePath + o.CaseID)})
	}
	v.Sections = []page.Section{sec}
	return v, nil
}

// noticed is the obligation that a token stands for.
func (p *room) noticed(ctx context.Context, token string) (*obligation.Obligation, error) {
	keys, err := p.Store.OpenTokens(ctx, []string{token})
	if err != nil {
		return nil, err
	}
	key, ok := keys[token]
	if !ok {
		return nil, access.ErrNoSuchCase
	}
	rows, err := p.Store.ObligationsOf(ctx, []string{key.CaseID})
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(rows, func(o obligation.Obligation) bool { return o.Key() == key })
	if i < 0 {
		return nil, access.ErrNoSuchCase // A correction took it away since.
	}
	return &rows[i], nil
}
