package dashboard

import (
	"fmt"

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

// newMap shows every department as a tile of equal size, since what is small on a map
// is not small to those who live there.
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
		Form: &page.Form{Path: page.MapPath, Label: f.T("Deber y periodo", "Duty and period"), Fields: []page.Field{p.countedDutyField(f, s, d.ID), page.WindowField(f, window, indicator.Year, indicator.Month)}},
		Notes: []string{
			f.T("Más oscuro es más en plazo, en cinco pasos. Rayado: menos de diez casos. Blanco: nada venció. Un departamento puede reunir provincias de regiones distintas.", "Darker is more on time, in five steps. Hatched: fewer than ten cases. White: nothing fell due. A department may hold provinces of several regions."),
			present.FewLegend.In(f.Lang),
		},
	}
	parts := b.ByDepartment(q)
	if fig := p.tileFigure(f, d.Title.In(f.Lang), q, parts); fig != nil {
		sec.Figures = []page.Figure{*fig}
	}
	t := &page.Table{Name: f.T("Por departamento", "By department"), Head: page.PartHead(f, f.T("Departamento", "Department"))}
	for i := range parts {
		t.Rows = append(t.Rows, page.TableRow{Head: page.Entry{Value: p.cat.Places.Name(parts[i].Code), Link: f.Link(page.NumberPath, "duty", d.ID, "window", string(window), "department", parts[i].Code)}, Cells: page.PartCells(f, &parts[i])})
	}
	sec.Table = t
	v.Sections = []page.Section{sec}
	return v
}

// tileFigure draws the grid, nil where the catalogue does not say where its departments
// lie.
func (p *pages) tileFigure(f page.Frame, title string, q desk.Question, parts []desk.Part) *page.Figure {
	var tiles []chart.Tile
	rated := 0
	for i := range parts {
		part := &parts[i]
		row, ok := p.cat.Attribute(tileRow, part.Code)
		column, ok2 := p.cat.Attribute(tileColumn, part.Code)
		if !ok || !ok2 {
			return nil
		}
		tile := chart.Tile{
			Row: int(row), Column: int(column), Name: p.cat.Places.Name(part.Code), Text: "n = 0",
			Link: f.Link(page.NumberPath, "duty", q.Duty, "window", string(q.Window), "department", part.Code),
		}
		switch due := part.Due(); {
		case present.Rated(due):
			share := float64(part.Met) / float64(due)
			tile.Text, tile.Level = present.Rate(share, due), chart.Level(share)
			rated++
		case due > 0:
			tile.Text, tile.Few = "n = "+present.Count(due), true
		}
		tiles = append(tiles, tile)
	}
	label := fmt.Sprintf(f.T("%s: %d de %d departamentos tienen casos suficientes para una tasa", "%s: %d of %d departments have cases enough for a rate"), title, rated, len(parts))
	return &page.Figure{Title: label, SVG: chart.Tiles(label, tiles)}
}
