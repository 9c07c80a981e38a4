package load

import (
	"errors"
	"io/fs"
	"math"
	"strconv"
	"strings"

	"amparo/schemas/law"
	"amparo/schemas/law/source"
)

// readPlaces reads places.csv (code, name, then one column a grouping) and, where
// it exists, districts.csv (code, name). Both are optional.
func (c *loader) readPlaces() error {
	t, err := source.ReadTable(c.fsys, placesFile, []string{"code", "name"}, "grouping")
	if t == nil {
		return err
	}
	p := law.NewPlaces(t.Header[2:])
	for _, row := range t.Rows {
		addPlace(p, row, c.Words)
	}
	c.Places = p
	districts, err := source.ReadTable(c.fsys, districtsFile, []string{"code", "name"})
	if districts == nil {
		return errors.Join(append(t.Errs, err)...)
	}
	for _, row := range districts.Rows {
		code := row.Cells[0]
		if !isDigits(code) || len(code) != 6 || !p.Known(code[:4]) {
			row.Report("", "%q is not a district (6 digits) of a known province", code)
			continue
		}
		checkName(p, row, code)
		p.Add(code, row.Cells[1])
	}
	return errors.Join(append(t.Errs, districts.Errs...)...)
}

// addPlace adds a department or province. A region that has no word, where there
// are words, is taken for a misspelt one.
func addPlace(p *law.Places, row source.Row, words map[string]law.Text) {
	code, regions := row.Cells[0], row.Cells[2:]
	switch {
	case !isDigits(code) || len(code) != 2 && len(code) != 4:
		row.Report("", "%q is neither a department (2 digits) nor a province (4)", code)
		return
	case len(code) == 4 && !p.Known(code[:2]):
		row.Report("", "province %s stands before its department", code)
		return
	}
	checkName(p, row, code)
	for i, region := range regions {
		if region == "" {
			row.Report("", "place %s has no region under %s", code, p.Groupings[i])
		} else if _, known := words[region]; !known && len(words) > 0 {
			row.Report("", "region %q has no word in %s: give it one, or is it misspelt?", region, wordsFile)
		}
	}
	p.Add(code, row.Cells[1], regions...)
}

func checkName(p *law.Places, row source.Row, code string) {
	if p.Known(code) {
		row.Report("", "place %s is listed twice", code)
	}
	if row.Cells[1] == "" {
		row.Report("", "place %s has no name", code)
	}
}

func isDigits(code string) bool {
	return !strings.ContainsFunc(code, func(r rune) bool { return r < '0' || r > '9' })
}

// readAttributes reads attributes.csv: the column code, then one column an
// attribute of places, a number or empty. The table is optional.
func (c *loader) readAttributes() error {
	c.Attributes = map[string]map[string]float64{}
	t, err := source.ReadTable(c.fsys, attributesFile, []string{"code"}, "attribute")
	if t == nil {
		return err
	}
	for _, name := range t.Header[1:] {
		c.Attributes[name] = map[string]float64{}
	}
	seen := onlyOnce{}
	for _, row := range t.Rows {
		code := row.Cells[0]
		seen.check(row.Report, "place", code)
		if c.Places == nil || !c.Places.Known(code) {
			row.Report("", "unknown place %q", code)
		}
		for j, name := range t.Header[1:] {
			text := row.Cells[j+1]
			if text == "" {
				continue
			}
			v, err := strconv.ParseFloat(text, 64)
			if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				row.Report("", "%s is %q, expected a number", name, text)
			}
			c.Attributes[name][code] = v
		}
	}
	return errors.Join(t.Errs...)
}

// readShapes reads shapes.geojson, the outlines of departments. It is optional.
func (c *loader) readShapes() error {
	b, err := fs.ReadFile(c.fsys, shapesFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		c.Shapes, err = law.ReadShapes(b, c.Places.Departments())
	}
	if err != nil {
		return &law.FileError{File: shapesFile, Err: err}
	}
	return nil
}
