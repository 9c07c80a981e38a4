package numbers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/dashboard/page"
	"amparo/services/desk"
	"amparo/services/present"
)

const (
	// piecesOnAPage is how many pieces of a number one page lists.
	piecesOnAPage = 50
	// mostPieces is how many pieces are read at the most to show some: where more lie behind,
	// an institution or a shorter period is to be chosen.
	mostPieces = 20_000
)

// A Behinder lists what lies behind an indicator.
type Behinder interface {
	Behind(ctx context.Context, q obligation.Query, req indicator.Request, region string, window indicator.Window) ([]indicator.Piece, error)
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
	number, err := strconv.Atoi("0" + f.Query.Get("page"))
	if !ok || q.region != "" || err != nil || q.of && q.office == "" || !opensCases(q.ind) {
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
	if n := p.piecesCounted(b, &q); n > mostPieces {
		sec.Text = []string{fmt.Sprintf(f.T("Detrás de esta cifra hay %s: demasiados para listarlos. Elija una institución o el último mes.", "%s lie behind this number: too many to list. Choose an institution, or the last month."), present.Count(n))}
		v.Sections = []page.Section{sec}
		return v, nil
	}
	pieces, err := p.Behind.Behind(r.Context(), obligation.Query{AsOf: b.AsOf}, indicator.Request{Indicators: []*law.Indicator{q.ind}, Grouping: p.Grouping, Place: q.department, Institution: q.office}, indicator.Nation, q.window)
	if errors.Is(err, indicator.ErrNoCases) {
		return v, page.ErrNothing
	}
	if err != nil {
		return v, fmt.Errorf("list what lies behind %s: %w", q.ind.ID, err)
	}
	p.fillPieces(f, &sec, &q, pieces, number)
	v.Sections = []page.Section{sec}
	return v, nil
}

// piecesCounted is how many pieces lie behind a number, as the breakdown has counted.
func (p *room) piecesCounted(b *desk.Breakdown, q *indicatorRequest) int64 {
	var sum int64
	for _, i := range b.Institutions(q.ind.ID, q.department, func(_, code string) bool { return !q.of || code == q.office }) {
		n, leftOut := i.Counted(q.window)
		sum += n + leftOut
	}
	return sum
}

// fillPieces shows one page of pieces, and their sum over all pages.
func (p *room) fillPieces(f page.Frame, sec *page.Section, q *indicatorRequest, pieces []indicator.Piece, number int) {
	var n, leftOut int64
	for i := range pieces {
		n, leftOut = n+pieces[i].N, leftOut+pieces[i].LeftOut
	}
	sec.Text = []string{fmt.Sprintf(f.T("%s partes: %s cuentan y %s quedan fuera.", "%s pieces: %s count and %s are left out."), present.Count(int64(len(pieces))), present.Count(n), present.Count(leftOut))}
	named := !f.Viewer.Cases().Empty()
	t := &page.Table{Name: sec.Title, None: f.T("Ninguno.", "None."), Head: []string{
		f.T("Desde", "Since"), f.T("Vence", "Due"), f.T("Cumplida", "Done"), f.T("Estado", "Status"), f.T("Institución", "Institution"), f.T("Numerador", "Numerator"), f.T("Denominador", "Denominator"), f.T("Fuera", "Left out"),
	}}
	if named {
		t.Head = append(t.Head, f.T("Caso", "Case"))
	}
	from := min(number*piecesOnAPage, len(pieces))
	to := min(from+piecesOnAPage, len(pieces))
	for i := from; i < to; i++ {
		t.Rows = append(t.Rows, p.pieceRow(f, &pieces[i], named))
	}
	sec.Table = t
	at := func(n int) string {
		return f.Link(page.IndicatorPath+"/cases", "indicator", q.ind.ID, "window", string(q.window), "department", q.department, "institution", q.office, "page", strconv.Itoa(n))
	}
	if number > 0 {
		sec.Links = append(sec.Links, page.Link{Text: f.T("← anteriores", "← earlier"), Address: at(number - 1)})
	}
	if to < len(pieces) {
		sec.Links = append(sec.Links, page.Link{Text: f.T("siguientes →", "next →"), Address: at(number + 1)})
	}
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
