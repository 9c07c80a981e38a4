package dashboard

import (
	"fmt"

	"amparo/pipeline/disclosure"
	"amparo/pipeline/indicator"
	"amparo/pipeline/snapshot"
	"amparo/services/dashboard/chart"
	"amparo/services/dashboard/page"
	"amparo/services/desk"
	"amparo/services/present"
)

// Where the catalogue says that a department lies on the grid of tiles.
const (
	tileRow    = "tile_row"
	tileColumn = "tile_column"
)

// newMap shows every department as it lies, and as a tile of equal size, since what is small on
// a map is not small to those who live there.
func (p *pages) newMap(f page.Frame, s *snapshot.Snapshot, b *desk.Board) page.Page {
	v := page.Page{Frame: f}
	v.Heading = f.T("Los departamentos", "The departments")
	if v.Waiting = s == nil || b == nil; v.Waiting {
		return v
	}
	d := p.chosenDuty(f, s)
	if d == nil {
		v.Lead = []string{f.T("Este catálogo no tiene deberes con plazo.", "This catalogue has no duty with a limit.")}
		return v
	}
	window := page.WindowOf(f)
	if window == indicator.All {
		window = indicator.Year
	}
	q := desk.Question{Duty: d.ID, Window: window}
	sec := page.Section{
		ID: "tiles", Title: d.Title.In(f.Lang), Text: []string{f.T("Parte cumplida en plazo de lo que venció. Contado al ", "Share done in time of what fell due. Counted as of ") + page.LocalTime(p.cat, b.AsOf)},
		Form:   &page.Form{Path: page.MapPath, Label: f.T("Deber y periodo", "Duty and period"), Fields: []page.Field{p.countedDutyField(f, s, d.ID), page.WindowField(f, window, indicator.Year, indicator.Month)}},
		Beside: true,
		Notes: []string{
			f.T("Un departamento puede reunir provincias de regiones distintas. En el mapa un punto es un departamento demasiado pequeño para verse. Contornos: Natural Earth.", "A department may hold provinces of several regions. A dot on the map is a department too small to be seen. Outlines: Natural Earth."),
			present.FewLegend.In(f.Lang),
		},
	}
	parts := b.ByDepartment(q)
	marks := make([]mark, len(parts))
	for i := range parts {
		marks[i] = markOfPart(&parts[i], f.Link(page.NumberPath, "duty", d.ID, "window", string(window), "department", parts[i].Code), f)
	}
	sec.Figures = p.placeFigures(f, d.Title.In(f.Lang), marks)
	t := &page.Table{Name: f.T("Por departamento", "By department"), Head: page.PartHead(f, f.T("Departamento", "Department"))}
	for i := range parts {
		t.Rows = append(t.Rows, page.TableRow{Head: page.Entry{Value: p.cat.Places.Name(parts[i].Code), Link: marks[i].link}, Cells: page.PartCells(f, &parts[i])})
	}
	sec.Table = t
	v.Sections = []page.Section{sec}
	return v
}

// A mark is what a department shows on a map and on its tile.
type mark struct {
	code, text, link string
	level            int
	few              bool
}

func markOfPart(part *desk.Part, link string, f page.Frame) mark {
	m := mark{code: part.Code, text: "n = 0", link: link}
	switch due := part.Due(); {
	case present.Rated(due) && !f.Unreported:
		share := float64(part.Met) / float64(due)
		m.text, m.level = present.Rate(share, due), chart.Level(share)
	case due > 0:
		m.text, m.few = "n = "+present.Count(due), true
	}
	return m
}

// markOfFigure is a figure as anyone sees it: what is hidden shows nothing of its size.
func markOfFigure(f page.Frame, code string, figure disclosure.Figure) mark {
	m := mark{code: code, text: "n = 0"}
	switch {
	case figure.Hidden != "":
		m.text, m.few = f.T("oculto", "hidden"), true
	case figure.Persons > 0:
		share := float64(figure.Parts[0]) / float64(figure.Persons)
		m.text, m.level = present.Rate(share, page.Signed(figure.Persons)), chart.Level(share)
	}
	return m
}

// placeFigures draws the map and the grid of tiles, as far as the catalogue says how its
// departments look and where they lie.
func (p *pages) placeFigures(f page.Frame, title string, marks []mark) []page.Figure {
	rated := 0
	for i := range marks {
		if marks[i].level > 0 {
			rated++
		}
	}
	label := fmt.Sprintf(f.T("%s: %d de %d departamentos tienen casos suficientes para una tasa", "%s: %d of %d departments have cases enough for a rate"), title, rated, len(marks))
	var out []page.Figure
	if drawn := p.drawnMap(f, label, marks); drawn != "" {
		out = append(out, page.Figure{Title: fmt.Sprintf(f.T("En el mapa: %d de %d con tasa", "On the map: %d of %d with a rate"), rated, len(marks)), SVG: drawn})
	}
	if tiles := p.tiles(marks); tiles != nil {
		out = append(out, page.Figure{Title: f.T("En tamaños iguales", "In equal sizes"), SVG: chart.Tiles(label, tiles)})
	}
	return out
}

func (p *pages) drawnMap(f page.Frame, label string, marks []mark) chart.Drawing {
	if p.cat.Shapes == nil {
		return ""
	}
	areas := make([]chart.Area, len(marks))
	for i := range marks {
		m := &marks[i]
		areas[i] = chart.Area{Shape: p.cat.Shapes[m.code], Name: p.cat.Places.Name(m.code), Text: m.text, Level: m.level, Few: m.few, Link: m.link}
	}
	return chart.Map(label, areas, chart.MapKey{
		Title: f.T("En plazo", "On time"), Steps: [5]string{"0–19%", "20–39%", "40–59%", "60–79%", "80–100%"},
		Hidden: f.T("menos de diez, u oculto", "fewer than ten, or hidden"), None: f.T("sin casos", "no cases"),
	})
}

// tiles are the grid, nil where the catalogue does not say where its departments lie.
func (p *pages) tiles(marks []mark) []chart.Tile {
	var out []chart.Tile
	for i := range marks {
		m := &marks[i]
		row, ok := p.cat.Attribute(tileRow, m.code)
		column, ok2 := p.cat.Attribute(tileColumn, m.code)
		if !ok || !ok2 {
			return nil
		}
		out = append(out, chart.Tile{Row: int(row), Column: int(column), Name: p.cat.Places.Name(m.code), Text: m.text, Level: m.level, Few: m.few, Link: m.link})
	}
	return out
}
