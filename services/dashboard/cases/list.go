package cases

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/pipeline/store/listing"
	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/dashboard/page"
	"amparo/services/desk"
	"amparo/services/present"
)

// casesOnAPage is how many obligations one page lists.
const casesOnAPage = 50

// failed stands in a link for all that was not done in time.
const failed = "failed"

// A caseRequest is what a list of cases is asked for.
type caseRequest struct {
	duty     *law.Duty
	status   string
	soon     bool // only what falls due within the desk's horizon
	window   indicator.Window
	region   string
	place    string
	office   string
	after    listing.Place
	statuses []obligation.Status
}

// readCases reads the request; it is not ok where the link asks for nothing that
// the catalogue has.
func (p *room) readCases(r *http.Request) (c caseRequest, ok bool) {
	query := r.URL.Query()
	c = caseRequest{
		status: query.Get("status"), soon: query.Get("soon") != "", window: indicator.Window(query.Get("window")),
		region: query.Get("region"), place: query.Get("department"), office: query.Get("institution"),
	}
	var known bool
	if c.duty, known = p.Catalogue.Duty(query.Get("duty")); !known {
		return c, false
	}
	switch {
	case c.status == failed:
		c.statuses = []obligation.Status{obligation.Late, obligation.Missed}
	case slices.Contains(obligation.Statuses(), obligation.Status(c.status)):
		c.statuses = []obligation.Status{obligation.Status(c.status)}
	default:
		return c, false
	}
	if text := query.Get(page.AfterParam); text != "" && !p.Places.Open(text, &c.after, c.list()...) {
		return c, false
	}
	switch {
	case query.Has("page"), // So lists were divided before.
		c.window != "" && !slices.Contains(indicator.AllWindows(), c.window),
		c.region != "" && !slices.Contains(p.Catalogue.Places.Regions(p.Grouping), c.region),
		c.place != "" && !p.Catalogue.Places.Known(c.place):
		return c, false
	}
	return c, true
}

// list tells this list from others: all that it is asked for but where it goes on.
func (c *caseRequest) list() []string {
	soon := ""
	if c.soon {
		soon = "yes"
	}
	return []string{"duty", c.duty.ID, "status", c.status, "soon", soon, "window", string(c.window), "region", c.region, "department", c.place, "institution", c.office}
}

// span are the deadlines that a request is about.
func (p *room) span(c *caseRequest, asOf time.Time) store.Span {
	w := indicator.Windows(p.Catalogue, asOf)
	switch {
	case c.soon:
		return store.Span{From: asOf, To: asOf.Add(desk.Horizon)}
	case c.window == indicator.Month:
		return w[0]
	case c.window == indicator.Year:
		return store.Span{From: w[1].From, To: endless}
	}
	return store.Span{From: beginning, To: endless}
}

// beginning and endless bound spans that are open.
var (
	beginning = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	endless   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// newCases lists the obligations behind a number, the earliest deadline first, within
// what the viewer may list. The case itself is named to those alone who may open it.
func (p *room) newCases(r *http.Request, f page.Frame, b *desk.Board, c caseRequest) (page.Page, error) {
	v := page.Page{Frame: f}
	v.Heading = fmt.Sprintf(f.T("Obligaciones: %s", "Obligations: %s"), c.duty.Title.In(f.Lang))
	if v.Waiting = b == nil; v.Waiting {
		return v, nil
	}
	viewer := access.From(r.Context())
	scope := viewer.Queue()
	office := c.office
	if scope.Institution != "" {
		if office != "" && office != scope.Institution {
			return v, access.ErrNoSuchCase
		}
		office = scope.Institution
	}
	if scope.Empty() {
		return v, access.ErrNoSuchCase
	}
	rows, err := p.Lists.Behind(r.Context(), listing.Query{
		AsOf: b.AsOf, Duty: c.duty.ID, Due: p.span(&c, b.AsOf), Place: c.place, Provinces: p.provincesOf(c.region), Institution: office,
		Statuses: c.statuses, Choice: b.Choice, After: c.after, Limit: casesOnAPage + 1,
	})
	if err != nil {
		return v, fmt.Errorf("list the cases behind a number: %w", err)
	}
	next := ""
	if len(rows) > casesOnAPage {
		rows = rows[:casesOnAPage]
		if next, err = p.Places.Seal(listing.PlaceOf(&rows[casesOnAPage-1]), c.list()...); err != nil {
			return v, err
		}
	}
	v.Lead = []string{p.caseLead(f, b, &c)}
	sec := page.Section{ID: "list", Title: f.T("Por vencimiento, lo más antiguo primero", "By deadline, the oldest first"), Table: p.caseTable(f, b, viewer, rows)}
	sec.Links = p.caseLinks(f, &c, next)
	v.Sections = []page.Section{sec}
	return v, nil
}

// provincesOf are the codes of a region, none for the whole country.
func (p *room) provincesOf(region string) []string {
	if region == "" {
		return nil
	}
	var out []string
	for _, digits := range []int{2, 4} {
		for _, code := range p.Catalogue.Places.WithDigits(digits) {
			if p.Catalogue.Places.Region(p.Grouping, code) == region {
				out = append(out, code)
			}
		}
	}
	return out
}

// caseLead says what is listed, in words.
func (p *room) caseLead(f page.Frame, b *desk.Board, c *caseRequest) string {
	parts := []string{f.T("no cumplidas en plazo", "not done in time")}
	if c.status != failed {
		parts[0] = present.Word("status", c.status).In(f.Lang)
	}
	if c.soon {
		parts = append(parts, f.T("vencen en 24 horas", "fall due within 24 hours"))
	}
	if c.window != "" {
		parts = append(parts, present.Word("window", string(c.window)).In(f.Lang))
	}
	for _, code := range []string{c.region, c.place} {
		if code != "" {
			parts = append(parts, present.Place(p.Catalogue, code).In(f.Lang))
		}
	}
	if c.office != "" {
		parts = append(parts, c.office)
	}
	return strings.Join(parts, " · ") + ". " + f.T("Contado al ", "Counted as of ") + page.LocalTime(p.Catalogue, b.AsOf)
}

func (p *room) caseTable(f page.Frame, b *desk.Board, viewer access.Viewer, rows []obligation.Obligation) *page.Table {
	named := !viewer.Cases().Empty()
	t := &page.Table{Name: f.T("Obligaciones", "Obligations"), None: f.T("Ninguna.", "None."), Head: []string{
		f.T("Vencimiento", "Deadline"), f.T("Estado", "Status"), f.T("Inicio", "Start"), f.T("Cumplida", "Done"), f.T("Riesgo", "Risk"), f.T("Institución", "Institution"), f.T("Lugar", "Place"),
	}}
	if named {
		t.Head = append(t.Head, f.T("Caso", "Case"))
	}
	for i := range rows {
		o := &rows[i]
		row := page.TableRow{Head: page.Entry{Value: page.LocalTime(p.Catalogue, o.DueAt)}, Cells: []page.Entry{
			page.Prose(statusWord(o, b.AsOf, f)), {Value: page.LocalTime(p.Catalogue, o.StartedAt)}, {Value: page.LocalTime(p.Catalogue, o.DoneAt)},
			page.Prose(p.Catalogue.Word(o.Risk, f.Lang)), page.Prose(strings.TrimSpace(p.Catalogue.Word(o.InstitutionKind, f.Lang) + " " + o.Institution)), page.Prose(page.PlaceName(p.Catalogue, o.Place)),
		}}
		if named {
			cell := page.Entry{Value: o.CaseID}
			if viewer.Cases().Holds(o.Place, o.Institution) {
				cell.Link = f.Link(page.CasePath + o.CaseID)
			}
			row.Cells = append(row.Cells, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func statusWord(o *obligation.Obligation, asOf time.Time, f page.Frame) string {
	return present.Word("status", string(o.Status(asOf))).In(f.Lang)
}

// caseLinks lead to the number, and through the list; next is where it goes on, "" at its end.
func (p *room) caseLinks(f page.Frame, c *caseRequest, next string) []page.Link {
	links := []page.Link{{Text: f.T("Definición y denominadores", "Definition and denominators"), Address: f.Link(page.NumberPath, "duty", c.duty.ID, "region", c.region, "department", c.place, "institution", c.office)}}
	return append(links, f.Through(page.CasesPath, next, c.after != listing.Place{}, c.list()...)...)
}
