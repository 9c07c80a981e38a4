package numbers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"amparo/pipeline/indicator"
	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/dashboard/page"
	"amparo/services/desk"
	"amparo/services/present"
)

// piecesOnAPage is how many pieces of a number one page lists, and the rest of the last case.
// Each lies elsewhere in the store: what a page costs grows with them.
const piecesOnAPage = 25

// A Behinder lists what lies behind an indicator.
type Behinder interface {
	BehindAfter(ctx context.Context, asOf time.Time, req indicator.Request, window indicator.Window, after string, atLeast int) (pieces []indicator.Piece, more bool, err error)
}

// opensCases reports whether cases lie behind an indicator at all.
func opensCases(ind *law.Indicator) bool {
	return ind.Measure.DutyShare == nil && ind.Measure.Coverage == nil && !ind.Measure.Explained
}

// casesOf leads to what lies behind a number, for those who may list it.
func (p *room) casesOf(f page.Frame, q *indicatorRequest) string {
	code := q.office
	if q.of && code == "" || !opensCases(q.ind) {
		return "" // Nobody's obligations cannot be asked for by name.
	}
	if !f.Viewer.May(access.SeeQueue) {
		return ""
	}
	return f.Link(page.IndicatorPath+"/cases", "indicator", q.ind.ID, "window", string(q.window), "department", q.department, "institution", code)
}

// newPieces lists what lies behind a number of a department or an institution, within what
// the viewer may list. The case is named to those alone who may open it.
func (p *room) newPieces(r *http.Request, f page.Frame) (page.Page, error) {
	v := page.Page{Frame: f}
	q, ok := p.readIndicator(f)
	if !ok || f.Query.Has("page") || q.region != "" || q.of && q.office == "" || !opensCases(q.ind) {
		return v, page.ErrNothing
	}
	scope := f.Viewer.Queue()
	if scope.Institution != "" {
		if q.of && q.office != scope.Institution {
			return v, access.ErrNoSuchCase
		}
		q.of, q.office = true, scope.Institution
	}
	if scope.Empty() || q.department == "" && !q.of {
		return v, page.ErrNothing
	}
	v.Heading, v.Path = fmt.Sprintf(f.T("Detrás de: %s", "Behind: %s"), q.ind.Title.In(f.Lang)), page.ImplicationsPath
	b := p.Breakdown()
	if v.Waiting = b == nil; v.Waiting {
		return v, nil
	}
	v.Lead = []string{p.whereOf(f, &q) + ". " + f.T("Contado al ", "Counted as of ") + page.LocalTime(p.Catalogue, b.AsOf)}
	sec := page.Section{ID: "list", Title: f.T("Uno por uno", "One by one"), Links: []page.Link{{Text: f.T("La cifra y su definición", "The number and its definition"), Address: q.link(f, "department", q.department, "institution", q.office)}}}
	after := ""
	if text := f.Query.Get(page.AfterParam); text != "" && !p.Places.Open(text, &after, q.list()...) {
		return v, page.ErrNothing
	}
	pieces, more, err := p.Behind.BehindAfter(r.Context(), b.AsOf, indicator.Request{Indicators: []*law.Indicator{q.ind}, Grouping: p.Grouping, Place: q.department, Institution: q.office}, q.window, after, piecesOnAPage)
	if errors.Is(err, indicator.ErrNoCases) {
		return v, page.ErrNothing
	}
	if err != nil {
		return v, fmt.Errorf("list what lies behind %s: %w", q.ind.ID, err)
	}
	next := ""
	if more {
		if next, err = p.Places.Seal(pieces[len(pieces)-1].CaseID, q.list()...); err != nil {
			return v, err
		}
	}
	sec.Text = []string{p.piecesCounted(f, b, &q)}
	sec.Table = p.pieceTable(f, sec.Title, pieces)
	sec.Links = append(sec.Links, f.Through(page.IndicatorPath+"/cases", next, after != "", q.list()...)...)
	v.Sections = []page.Section{sec}
	return v, nil
}

// list tells this list from others.
func (q *indicatorRequest) list() []string {
	return []string{"indicator", q.ind.ID, "window", string(q.window), "department", q.department, "institution", q.office}
}

// piecesCounted says how many count behind a number, as the breakdown has counted.
func (p *room) piecesCounted(f page.Frame, b *desk.Breakdown, q *indicatorRequest) string {
	var sum, beside int64
	for _, i := range b.Institutions(q.ind.ID, q.department, func(_, code string) bool { return !q.of || code == q.office }) {
		n, leftOut := i.Counted(q.window)
		sum, beside = sum+n, beside+leftOut
	}
	return fmt.Sprintf(f.T("En total, %s cuentan y %s quedan fuera.", "In all, %s count and %s are left out."), present.Count(sum), present.Count(beside))
}

// pieceTable shows one page of pieces.
func (p *room) pieceTable(f page.Frame, name string, pieces []indicator.Piece) *page.Table {
	named := !f.Viewer.Cases().Empty()
	t := &page.Table{Name: name, None: f.T("Ninguno.", "None."), Head: []string{
		f.T("Desde", "Since"), f.T("Vence", "Due"), f.T("Cumplida", "Done"), f.T("Estado", "Status"), f.T("Institución", "Institution"), f.T("Numerador", "Numerator"), f.T("Denominador", "Denominator"), f.T("Fuera", "Left out"),
	}}
	if named {
		t.Head = append(t.Head, f.T("Caso", "Case"))
	}
	for i := range pieces {
		t.Rows = append(t.Rows, p.pieceRow(f, &pieces[i], named))
	}
	return t
}

func (p *room) pieceRow(f page.Frame, piece *indicator.Piece, named bool) page.TableRow {
	instant := func(text string) page.Entry {
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return page.Entry{Value: "–"}
		}
		return page.Entry{Value: page.LocalTime(p.Catalogue, t)}
	}
	status := page.Entry{Value: "–"}
	if piece.Status != "" {
		status = page.Prose(present.Word("status", string(piece.Status)).In(f.Lang))
	}
	if d, ok := p.Catalogue.Duty(piece.Duty); ok {
		status.N = d.Title.In(f.Lang)
	}
	row := page.TableRow{Head: instant(piece.Since), Cells: []page.Entry{
		instant(piece.Due), instant(piece.Done), status, page.Prose(officeName(f, piece.Unit)), {Value: amounts(piece.Numerator)}, {Value: amounts(piece.Denominator)}, page.Counted(piece.LeftOut),
	}}
	if named {
		cell := page.Entry{Value: piece.CaseID}
		if piece.CaseID != "" {
			cell.Link = f.Link(page.CasePath + piece.CaseID)
		}
		row.Cells = append(row.Cells, cell)
	}
	return row
}
